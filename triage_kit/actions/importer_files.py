"""Files for the Importer: exactly the upload's columns in their order, every cell as it came; nothing is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from triage_kit.columns import canonical_header
from triage_kit.errors import OutputError
from triage_kit.reading import read_records, write_records

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["MOST_BYTES", "MOST_ROWS", "replaced", "upload_table", "write_upload"]

#: What one upload may hold (articles 360001032108: at most 199,999 rows; 226346508: under 50 MB).
MOST_ROWS = 199_999
MOST_BYTES = 50_000_000


def upload_table(failed: FailedRows, positions: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Return these rows with exactly the columns that the school uploaded."""
    return failed.rows.iloc[positions, list(failed.upload_columns)]


def replaced(table: pd.DataFrame, header: str, texts: list[str]) -> pd.DataFrame:
    """Return an upload with the cells of one known header replaced; unchanged if it has no such column."""
    changed = table.copy()
    for position, name in enumerate(table.columns):
        if canonical_header(str(name)) == header:
            changed.isetitem(position, pd.Series(texts, index=table.index, dtype="str"))
            break
    return changed


def write_upload(table: pd.DataFrame, folder: Path, stem: str) -> list[tuple[str, int]]:
    """Write an upload, in parts if it is too large for one, and return each file's name with its rows.

    Each file is read back and compared before it counts as written.
    """
    parts = list(_parts(table))
    written = []
    for number, part in enumerate(parts, start=1):
        name = f"{stem}.csv" if len(parts) == 1 else f"{stem}-part-{number}-of-{len(parts)}.csv"
        write_records(part, folder / name)
        _check_written(part, folder / name)
        written.append((name, len(part)))
    return written


def _parts(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the table in as few pieces as the Importer's limits allow, in order."""
    header = sum(len(str(name).encode()) + str(name).count('"') + 3 for name in table.columns) + 2
    ends = np.cumsum(_row_bytes(table))
    start, done = 0, 0
    while start < len(table):
        end = int(np.searchsorted(ends, done + MOST_BYTES - header, side="left"))
        end = max(start + 1, min(end, start + MOST_ROWS))
        yield table.iloc[start:end]
        start, done = end, int(ends[end - 1])


def _row_bytes(table: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return how many bytes each row takes when every cell is quoted."""
    total = np.full(len(table), 2, dtype=np.int64)
    for position in range(table.shape[1]):
        cells = pa.array(table.iloc[:, position].astype("str").array)
        quotes = pc.count_substring(cells, '"')
        size = pc.add(pc.binary_length(cells), quotes)
        total += np.asarray(size).astype(np.int64) + 3
    return total


def _cells(table: pd.DataFrame, place: int) -> pa.ChunkedArray:
    cells = pa.array(table.iloc[:, place].array, type=pa.large_string())
    return cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells])


def _check_written(part: pd.DataFrame, path: Path) -> None:
    """Raise if the file does not give back the very cells that went in."""
    rows = read_records(path).rows
    same = rows.shape == part.shape and all(
        _cells(rows, place).equals(_cells(part, place)) for place in range(part.shape[1])
    )
    if not same:
        raise OutputError(
            f"{path.name} does not give back what was written to it, so it is not kept; please report this."
        )
