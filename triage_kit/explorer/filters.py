"""What the panel narrows to: the filters, the rows that they leave, and how they are called on screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.columns import DOMAIN_KINDS, OWNERS, STATES
from triage_kit.compare import CHANGES
from triage_kit.explorer.exploration import Exploration
from triage_kit.wording import count

__all__ = ["BREAKDOWNS", "Filters", "chips", "count_left", "counts_of", "mask", "rows_left", "title_of"]

#: The upload's columns by which the panel can break rows down, where the file has them.
BREAKDOWNS = {
    "school_year_name": "School year",
    "primary_education:primary_college_name": "College",
    "primary_education:college_name": "College",
    "primary_education:college_names": "Colleges",
    "campus_name": "Campus",
}
#: The filters that choose one value, as they are called on screen.
_SINGLE = {
    "kind": "Problem",
    "domain_kind": "E-mail",
    "step": "Next step",
    "owner": "Who",
    "state": "State",
    "change": "Last time",
}
_FIXED_TITLES = {"domain_kind": DOMAIN_KINDS, "owner": OWNERS, "state": STATES, "change": CHANGES}


@dataclass(frozen=True)
class Filters:
    """What the panel narrows to; an empty text narrows nothing. ``header`` is the column that ``value`` stands in.

    ``kinds`` are the problems that a bar of the chart stands for together, ``rows`` those of a finding ``rows_of``;
    ``change`` is of `triage_kit.compare.CHANGES`.
    """

    kind: str = ""
    kinds: tuple[str, ...] = ()
    domain_kind: str = ""
    step: str = ""
    owner: str = ""
    state: str = ""
    change: str = ""
    header: str = ""
    value: str = ""
    search: str = ""
    rows: tuple[int, ...] = ()
    rows_of: str = ""

    def without(self, name: str) -> Filters:
        """Return the filters with one of them cleared, and what belongs to it."""
        blank = Filters()
        together = {"header": ("header", "value"), "rows": ("rows", "rows_of")}.get(name, (name,))
        return replace(self, **{each: getattr(blank, each) for each in together})


def mask(exploration: Exploration, filters: Filters) -> npt.NDArray[np.bool_]:
    """Return for each row whether the filters leave it."""
    table = exploration.table
    kept = np.ones(len(table), dtype=np.bool_)
    for name in _SINGLE:
        wanted = getattr(filters, name)
        if wanted:
            kept &= (_values(exploration, name) == wanted).to_numpy(dtype=np.bool_)
    if filters.kinds:
        kept &= table["kind"].isin(filters.kinds).to_numpy(dtype=np.bool_)
    if filters.header:
        kept &= (exploration.failed.column(filters.header) == filters.value).to_numpy(dtype=np.bool_)
    if filters.rows:
        kept &= table.index.isin(filters.rows)
    for word in filters.search.lower().split():
        kept &= exploration.searchable.str.contains(word, regex=False).to_numpy(dtype=np.bool_)
    return kept


def count_left(exploration: Exploration, filters: Filters) -> int:
    """Return how many rows the filters leave."""
    return int(mask(exploration, filters).sum())


def rows_left(exploration: Exploration, filters: Filters) -> list[int]:
    """Return the numbers of all rows that the filters leave."""
    return [int(row) for row in exploration.table.index[mask(exploration, filters)]]


def counts_of(exploration: Exploration, filters: Filters, name: str) -> pd.DataFrame:
    """Return how many rows each value of a filter would leave: ``value``, ``title`` and ``rows``, most rows first."""
    counts = _values(exploration, name)[mask(exploration, filters.without(name))].value_counts()
    counts = counts[(counts > 0) & (counts.index != "")]
    values = [str(value) for value in counts.index]
    titles = [title_of(exploration, name, value) for value in values]
    return pd.DataFrame({"value": values, "title": titles, "rows": counts.to_numpy()})


def chips(exploration: Exploration, filters: Filters) -> dict[str, str]:
    """Return the filters in force as they are called on screen: name -> text."""
    single: dict[str, Callable[[], str]] = {
        "kinds": lambda: count(len(filters.kinds), "rarer problem"),
        "header": lambda: f"{BREAKDOWNS.get(filters.header, filters.header)}: {filters.value or '(blank)'}",
        "rows": lambda: filters.rows_of,
    }
    found = {}
    for name in (field.name for field in fields(filters)):
        chosen = getattr(filters, name)
        if chosen and name in single:
            found[name] = single[name]()
        elif chosen and name in _SINGLE:
            found[name] = f"{_SINGLE[name]}: {title_of(exploration, name, chosen)}"
    return found


def title_of(exploration: Exploration, name: str, value: str) -> str:
    """Return how a value of one of the filters is called on screen."""
    if name in _FIXED_TITLES:
        return _FIXED_TITLES[name][value]
    return exploration.rules.kind(value).title if name == "kind" else exploration.rules.step(value).title


def _values(exploration: Exploration, name: str) -> pd.Series:
    """Return each row's value; without a case book nothing is known of the last time."""
    if name != "change":
        return exploration.table[name]
    if exploration.past is None:
        return pd.Series("", index=exploration.table.index, dtype="str")
    return exploration.past.rows["change"]
