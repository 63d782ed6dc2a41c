"""Writes records so that reading them gives every cell back."""

from __future__ import annotations

import csv
import os
import tempfile
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
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=place.parent, prefix=".", suffix=".part", delete=False
        ) as file:
            temporary = Path(file.name)
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerow(table.columns)
            writer.writerows(zip(*(table.iloc[:, i] for i in range(table.shape[1])), strict=True))
        temporary.replace(place)
        temporary = None
    except OSError as error:
        raise OutputError(
            f"{place.name} cannot be written ({error.strerror}); close it in other programs, or choose another folder."
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
