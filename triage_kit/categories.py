"""Category columns worked on by their codes: what differs is looked at once, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["combinations", "spread"]


def spread(
    codes: npt.NDArray[np.intp], values: Sequence[str], categories: Sequence[str] | None = None
) -> pd.Categorical:
    """Return a category column that gives each row the value of its code; its categories sorted if none are given."""
    categories = sorted(set(values)) if categories is None else list(categories)
    places = {value: place for place, value in enumerate(categories)}
    per_value = np.array([places[value] for value in values], dtype=np.int32)
    return pd.Categorical.from_codes(per_value[codes], categories=categories)


def combinations(table: pd.DataFrame, columns: Sequence[str]) -> tuple[npt.NDArray[np.intp], pd.DataFrame]:
    """Return for each row the number of its combination of categories, and the combinations that occur, as text."""
    categories = [table[name].cat.categories for name in columns]
    combined = np.zeros(len(table), dtype=np.int64)
    for name, values in zip(columns, categories, strict=True):
        combined = combined * len(values) + table[name].cat.codes.to_numpy()
    codes, occurring = pd.factorize(combined, sort=True)
    places = np.unravel_index(occurring, [len(values) for values in categories])
    found = {name: values[at] for name, values, at in zip(columns, categories, places, strict=True)}
    return codes, pd.DataFrame(found).astype("str")
