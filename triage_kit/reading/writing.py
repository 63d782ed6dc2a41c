"""Writes records so that reading them gives every cell back."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from triage_kit.errors import OutputError
from triage_kit.reading.model import Records

__all__ = ["write_records"]


def write_records(records: Records | pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table of text for re-import: every cell quoted, lines ended by CRLF, UTF-8 without byte-order mark.

    Nothing is escaped or changed: the file is exact, and so not one to open in Excel. It is written whole or not at
    all; a file of that name is replaced.

    Raises
    ------
    OutputError
        If the file cannot be written, or a cell holds what no CSV can give back.
    """
    table = records.rows if isinstance(records, Records) else records
    place = Path(path)
    # A plain neighbouring file and not one of tempfile's: it keeps the folder's usual permissions.
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            for number, cells in enumerate(_lines_of(table)):
                if any("\0" in cell for cell in cells):
                    raise OutputError(
                        f"{place.name} was not written: row {number} holds a NUL character; take it out first."
                    )
                writer.writerow(cells)
        part.replace(place)
    except OSError as error:
        raise OutputError(
            f"{place.name} cannot be written ({error.strerror}); close it in other programs, or choose another folder."
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _lines_of(table: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    yield tuple(table.columns)
    yield from zip(*(table.iloc[:, i] for i in range(table.shape[1])), strict=True)
