"""Excel workbooks, every cell as text: what Excel stores as a number or date is written as the Importer takes it."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from triage_kit.columns import canonical_header
from triage_kit.errors import InputError
from triage_kit.reading.excel_traces import DATE_HEADER, DIGITS_KEPT, REDATED, ROUNDED
from triage_kit.reading.frames import broken_table, frame_of, spans_table
from triage_kit.reading.guards import is_safe_to_open
from triage_kit.reading.layout import DELIMITERS, choose_header, is_header_like, is_same_header, refuse_row_as_header
from triage_kit.reading.model import Dialect, Doubt, Layout, Records
from triage_kit.reading.notices import counted
from triage_kit.reading.rows import RowCollector
from triage_kit.reading.source import Source
from triage_kit.reading.walk import Piece
from triage_kit.reading.wrapped import unwrapped

__all__ = ["read_workbook"]

_BROKEN = "is not a workbook that can be opened; open it in Excel, save it as CSV UTF-8 and give that file"
_LOCKED = "is locked with a password; open it in Excel, take the password off, and save it again"

#: Above this, a number in Excel has lost digits.
_EXACT = 10**DIGITS_KEPT


class _Sheet(NamedTuple):
    name: str
    cells: list[list[Any]]
    header: Piece
    known: int


def read_workbook(source: Source) -> Records:
    """Return the records of the sheet that looks most like an upload; its lines are the sheet's own.

    Raises
    ------
    InputError
        If the workbook cannot be opened, or has no header line.
    """
    filled = [(name, cells) for name, cells in _load(source) if any(map(_is_filled, cells))]
    if not filled:
        raise InputError(f"{source.name} has no filled sheet where a table is expected; export it again.")
    sheets = [_Sheet(name, cells, *_find_header(cells)) for name, cells in filled]
    chosen = max(sheets, key=lambda sheet: sheet.known)
    header = tuple(_text(cell) for cell in chosen.header.cells or ())
    if any(unwrapped(header, Dialect(delimiter), is_header_like) for delimiter in DELIMITERS):
        raise InputError(
            f"{source.name} holds each row in a single cell: Excel opened a CSV whose separator it does not expect. "
            "Give the CSV itself, as downloaded from the finished job in the Importer."
        )
    refuse_row_as_header(header, chosen.known, source.name)
    return _records(source, chosen, header, others=len(sheets) - 1)


def _load(source: Source) -> list[tuple[str, list[list[Any]]]]:
    if not is_safe_to_open(source.data):
        raise InputError(f"{source.name} {_BROKEN}.")
    import python_calamine as calamine  # only now: most files are CSV

    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.data)) as book:
            sheets = [(n, book.get_sheet_by_name(n).to_python(skip_empty_area=False)) for n in book.sheet_names]
    except calamine.PasswordError:
        raise InputError(f"{source.name} {_LOCKED}.") from None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a damaged workbook can make the Rust library panic, which is no Exception
        raise InputError(f"{source.name} {_BROKEN}.") from None
    for name, row, column, value in _error_values(source):
        cells = dict(sheets).get(name, [])
        if row < len(cells) and column < len(cells[row]):
            cells[row][column] = value
    return sheets


def _error_values(source: Source) -> list[tuple[str, int, int, str]]:
    """Return sheet, row, column and text of cells like ``#N/A``, which calamine gives as blank (xlsx only)."""
    if not source.data.startswith(b"PK"):
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            parts = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
            if not any(b't="e"' in archive.read(part) for part in parts):
                return []
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True, data_only=True)
        return [
            (sheet.title, cell.row - 1, cell.column - 1, str(cell.value))
            for sheet in book.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "e"
        ]
    except Exception:
        raise InputError(f"{source.name} {_BROKEN}.") from None


def _is_filled(cells: Sequence[Any]) -> bool:
    return any(cell != "" and not (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _find_header(cells: list[list[Any]]) -> tuple[Piece, int]:
    rows = ((i, _trimmed([_text(cell) for cell in row])) for i, row in enumerate(cells[:300]) if _is_filled(row))
    pieces = [Piece(i, i + 1, row) for i, row in rows]
    if not pieces:
        first = next(i for i, row in enumerate(cells) if _is_filled(row))
        pieces = [Piece(first, first + 1, _trimmed([_text(cell) for cell in cells[first]]))]
    return choose_header(pieces)


def _trimmed(row: list[str]) -> list[str]:
    width = max(i for i, cell in enumerate(row) if cell.strip()) + 1
    return row[:width]


def _records(source: Source, sheet: _Sheet, header: tuple[str, ...], others: int) -> Records:
    body = sheet.cells[sheet.header.end :]
    width = max(
        [len(header)] + [i + 1 for row in body for i, cell in enumerate(row) if i >= len(header) and cell != ""]
    )
    header += ("",) * (width - len(header))
    collector, lines, doubts, repeated = RowCollector(width), [], [], 0
    is_date = [bool(DATE_HEADER.search(canonical_header(cell))) for cell in header]
    for line, row in enumerate(body, start=sheet.header.end + 1):
        cells = [_text(cell) for cell in row[:width]]
        if not _is_filled(row):
            continue
        if is_header_like(cells) and is_same_header(cells, header):
            repeated += 1
            continue
        collector.add(cells + [""] * (width - len(cells)))
        lines.append(line)
        for i, cell in enumerate(row[:width]):
            if isinstance(cell, datetime.date) and not is_date[i]:
                doubts.append(Doubt(len(lines), i, REDATED))
            elif isinstance(cell, float) and abs(cell) >= _EXACT:
                doubts.append(Doubt(len(lines), i, ROUNDED))
    index = pd.RangeIndex(1, len(lines) + 1, name="row_number")
    layout = Layout(header_line=sheet.header.first + 1, container="workbook", sheet=sheet.name)
    return Records(
        header=header,
        rows=frame_of(collector.columns(), header, index),
        broken=broken_table(()),
        layout=layout,
        notices=tuple(_notices(layout, others, repeated)),
        line_numbers=pd.Series(np.asarray(lines, dtype="int64"), index=index, name="line"),
        spans=spans_table((), ()),
        name=source.name,
        doubts=tuple(doubts),
    )


def _notices(layout: Layout, others: int, repeated: int) -> list[str]:
    notices = [
        "The file is an Excel workbook. Excel keeps no zeros at the front of numbers and only 15 digits; "
        "the CSV as downloaded from the finished job in the Importer is safer."
    ]
    if others:
        notices.append(f"{counted(others, 'other filled sheet')} of the workbook left aside.")
    if layout.header_line > 1:
        above = counted(layout.header_line - 1, "line")
        notices.append(f"{above} above the header, which is in line {layout.header_line}, left aside.")
    if repeated:
        notices.append(f"The header comes again {counted(repeated, 'time')} further down; it was left aside.")
    return notices


def _text(cell: Any) -> str:
    """Return a cell as the Importer would take it.

    >>> [_text(cell) for cell in (123.0, 1.234567890123457e17, 3.85, True, datetime.date(2024, 5, 1), "007")]
    ['123', '123456789012346000', '3.85', 'TRUE', '2024-05-01', '007']
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        plain = format(Decimal(f"{cell:.15g}" if abs(cell) >= _EXACT else repr(cell)), "f")
        return plain.removesuffix(".0")
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
    return str(cell)
