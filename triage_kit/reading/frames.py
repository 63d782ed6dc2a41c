"""Tables of text: Arrow-backed, so that they are small and can be built without copying."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

__all__ = ["Bytes", "Chunk", "broken_table", "chunks_of", "column_of", "frame_of", "spans_table"]

Bytes = npt.NDArray[np.uint8]


def frame_of(columns: Sequence[pa.ChunkedArray], header: Sequence[str], index: pd.Index) -> pd.DataFrame:
    """Return the columns as a table of text under the header's names, duplicates allowed."""
    text = pd.StringDtype(storage="pyarrow", na_value=np.nan)
    series = {i: pd.arrays.ArrowStringArray(column, dtype=text) for i, column in enumerate(columns)}
    frame = pd.DataFrame(series, index=index, copy=False)
    frame.columns = pd.Index(list(header), dtype="str")
    return frame


def column_of(frame: pd.DataFrame, position: int) -> pa.ChunkedArray:
    """Return a text column as Arrow's, without copying."""
    column = pa.array(frame.iloc[:, position].array)
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


class Chunk(NamedTuple):
    """A part of a text column: its cells, and bytes among which each cell stands between two of the bounds."""

    cells: pa.Array
    text: Bytes
    bounds: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many bytes all cells have."""
        return int(self.bounds[-1] - self.bounds[0])

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """How many bytes each cell has."""
        return np.diff(self.bounds)


def chunks_of(column: pa.ChunkedArray) -> list[Chunk]:
    """Return the parts of a column as they lie in memory."""
    found = []
    for cells in column.chunks:
        _, offsets, values = cells.buffers()
        bounds = np.frombuffer(offsets, dtype=np.int64)[cells.offset : cells.offset + len(cells) + 1]
        text = np.frombuffer(values if values is not None else b"", dtype=np.uint8)
        found.append(Chunk(cells, text[: bounds[-1]], bounds))
    return found


def broken_table(pieces: Iterable[tuple[int, int, str, str]]) -> pd.DataFrame:
    """Return the pieces (row number, line, reason, text) as the table ``broken``."""
    columns = list(zip(*pieces, strict=True)) or [(), (), (), ()]
    return pd.DataFrame(
        {
            "row_number": pd.Series(columns[0], dtype="int64"),
            "line": pd.Series(columns[1], dtype="int64"),
            "reason": pd.Series(columns[2], dtype="str"),
            "text": pd.Series(columns[3], dtype="str"),
        }
    )


def spans_table(ends: Sequence[int], kinds: Sequence[str]) -> pd.DataFrame:
    """Return spans laid end to end from their ends and kinds."""
    stops = np.asarray(ends, dtype="int64")
    starts = np.concatenate([np.zeros(1, dtype="int64"), stops[:-1]]) if len(stops) else stops
    kind = pd.Categorical(list(kinds), categories=["layout", "blank", "row", "broken"])
    return pd.DataFrame({"start": starts, "end": stops, "kind": kind})
