"""Writes records so that reading them gives every cell back."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import WriteOptions, write_csv

from triage_kit.errors import OutputError
from triage_kit.reading.model import Records

__all__ = ["write_records"]

_EXACT = WriteOptions(include_header=False, quoting_style="all_valid", eol="\r\n")


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
    columns = _columns_of(table, place.name)
    try:
        with part.open("xb") as file:
            file.write(",".join(map(_quoted, table.columns)).encode() + b"\r\n")
            if len(table) and table.shape[1]:
                write_csv(pa.table(columns, names=list(map(str, range(len(columns))))), file, _EXACT)
        part.replace(place)
    except OSError as error:
        raise OutputError(
            f"{place.name} cannot be written ({error.strerror}); close it in other programs, or choose another folder."
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _columns_of(table: pd.DataFrame, name: str) -> list[pa.ChunkedArray]:
    """Return the columns as Arrow's; raise OutputError for a NUL, which no CSV can give back."""
    columns = []
    for position in range(table.shape[1]):
        cells = pa.array(table.iloc[:, position].array, type=pa.large_string())
        columns.append(cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells]))
        place = pc.index(pc.match_substring(columns[-1], "\0"), True).as_py()
        if place >= 0:
            raise OutputError(f"{name} was not written: row {place + 1} holds a NUL character; take it out first.")
    return columns


def _quoted(cell: object) -> str:
    text = str(cell)
    return f'"{text.replace(chr(34), chr(34) * 2)}"'
