"""Reads a file of any kind into records."""

from __future__ import annotations

import os

from triage_kit.reading.careful import read_carefully
from triage_kit.reading.decoding import decode
from triage_kit.reading.fast import read_fast, read_recoded
from triage_kit.reading.model import Records
from triage_kit.reading.source import open_source
from triage_kit.reading.walk import huge_cells
from triage_kit.reading.workbook import read_workbook

__all__ = ["read_records"]


def read_records(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quotechar: str | None = None,
) -> Records:
    """Return the records of a table, every cell as text.

    Raises
    ------
    InputError
        If the file cannot be opened, is no table, or has no header line.
    """
    source = open_source(path)
    if source.container == "workbook":
        return read_workbook(source)
    with huge_cells():
        records = read_fast(source, delimiter, quotechar) if encoding is None else None
        if records is not None:
            return records
        decoded = decode(source.data, source.name, encoding)
        if encoding is not None or decoded.encoding != "utf-8":
            records = read_recoded(source, decoded, delimiter, quotechar)
        return records or read_carefully(source, decoded, delimiter, quotechar)
