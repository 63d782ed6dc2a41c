"""Columns of text as Arrow holds them, so that millions of cells are worked on without a Python string for each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["arrow_of", "distinct_in", "series_of"]

_TEXT = pd.StringDtype(storage="pyarrow", na_value=np.nan)


def arrow_of(texts: pd.Series) -> pa.ChunkedArray:
    """Return a column of text as Arrow's, without copying where it is that already; what is missing is blank."""
    found = pa.array(texts.astype("str").array, type=pa.large_string())
    return pc.fill_null(found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found]), "")


def series_of(texts: pa.Array | pa.ChunkedArray) -> pd.Series:
    """Return Arrow's column of text as a Series that counts from 0."""
    return pd.Series(_TEXT.__from_arrow__(texts))


def distinct_in(texts: pa.ChunkedArray) -> tuple[npt.NDArray[np.intp], pa.Array]:
    """Return for each text the place of its like among the distinct ones, and those in the order of their coming."""
    encoded = texts.dictionary_encode().combine_chunks()
    return encoded.indices.to_numpy().astype(np.intp), encoded.dictionary
