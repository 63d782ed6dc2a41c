"""Looks through a workbook before the library opens it: a few damaged bytes can make that run out of memory.

Found by fuzzing: sector chains of an .xls that run in a circle are followed forever, and one stray cell far away
makes a whole sheet of empty cells. Neither can be caught as an exception.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO

import numpy as np

from triage_kit.reading.source import LARGEST

__all__ = ["is_safe_to_open"]

#: The Importer takes 199,999 rows; more cells than these are no upload.
MOST_CELLS = 20_000_000

_DAMAGED = (
    *(struct.error, ValueError, IndexError, OSError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)

_ROW = re.compile(rb'<row[^>]*? r="(\d{1,9})"')
_CELL = re.compile(rb'<c[^>]*? r="([A-Z]{1,6})(\d{1,9})"')


def is_safe_to_open(data: bytes) -> bool:
    """Say whether a workbook of either kind can be opened without using up all memory."""
    try:
        return _chains_end(data) if data.startswith(b"\xd0\xcf") else _sheets_are_small(data)
    except _DAMAGED:
        return False


def _sheets_are_small(data: bytes) -> bool:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for member in archive.infolist():
            if not (member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")):
                continue
            if member.file_size > LARGEST:
                return False
            sheet = archive.read(member)
            cells = _CELL.findall(sheet)
            rows = max((int(row) for row in {*_ROW.findall(sheet), *(row for _, row in cells)}), default=0)
            columns = max((_column_number(letters) for letters in {letters for letters, _ in cells}), default=0)
            if rows * columns > MOST_CELLS:
                return False
    return True


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _chains_end(data: bytes) -> bool:
    """Say whether no chain of sectors in an .xls runs in a circle ([MS-CFB] 2.2 to 2.4)."""
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        return False
    size = 1 << shift
    table_sectors = _table_sectors(data, size)
    table = np.concatenate([_sector(data, sector, size) for sector in table_sectors])
    if _runs_in_circle(table):
        return False
    sector, small = struct.unpack_from("<I", data, 60)[0], []
    while sector < len(table):
        small.append(_sector(data, sector, size))
        sector = int(table[sector])
    return not small or not _runs_in_circle(np.concatenate(small))


def _table_sectors(data: bytes, size: int) -> list[int]:
    """Return the sectors of the allocation table: 109 named in the header, the rest in sectors of their own."""
    named = np.frombuffer(data, "<u4", 109, 76).tolist()
    sector, seen = struct.unpack_from("<I", data, 68)[0], set()
    while sector < 0xFFFFFFFA:
        if sector in seen:
            raise ValueError("the list of table sectors runs in a circle")
        seen.add(sector)
        *more, sector = _sector(data, sector, size).tolist()
        named += more
    return [at for at in named if at < 0xFFFFFFFA]


def _sector(data: bytes, sector: int, size: int) -> np.ndarray:
    return np.frombuffer(data, "<u4", size // 4, (sector + 1) * size)


def _runs_in_circle(following: np.ndarray) -> bool:
    """Say whether going from entry to entry, as often as there are entries, does not leave the table."""
    count = len(following)
    steps = np.append(np.where(following < count, following, count), count).astype("int64")
    for _ in range(count.bit_length() + 1):
        steps = steps[steps]
    return bool((steps != count).any())
