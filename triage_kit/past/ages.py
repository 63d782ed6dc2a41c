"""How long listed rows have been a problem."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from triage_kit.past.state import WeekState

__all__ = ["age_lines", "ages_of"]

#: The spans, each with the most days that it has; the last has no end.
_SPANS = (
    ("new with this file", 0),
    ("up to 1 week", 7),
    ("1 to 2 weeks", 14),
    ("2 to 4 weeks", 28),
    ("4 to 8 weeks", 56),
    ("longer than 8 weeks", None),
)


def ages_of(state: WeekState) -> pd.DataFrame:
    """Return since when the listed rows that are not settled have been a problem, shortest first, without empty spans.

    ``title``, and how many rows are ``open`` and ``waiting``. A row that nobody could recognise is new.
    """
    spans = {since: _span(since, state.date) for since in state.rows["since"].unique()}
    counts = pd.crosstab(state.rows["since"].map(spans), state.table["state"].astype("str"))
    counts = counts.reindex(index=[title for title, _ in _SPANS], columns=["open", "waiting"], fill_value=0)
    counts = counts[counts.sum(axis=1) > 0]
    return counts.rename_axis(index="title", columns=None).reset_index()


def age_lines(state: WeekState) -> list[str]:
    """Return how long what is not settled has been a problem, a line each; nothing for the first file."""
    ages = ages_of(state) if state.last_date else pd.DataFrame(columns=["open", "waiting", "title"])
    return [f"{row.open + row.waiting:>8,}  not settled: {row.title}" for row in ages.itertuples()]


def _span(since: str, today: str) -> str:
    days = (date.fromisoformat(today) - date.fromisoformat(since)).days if since else 0
    return next(title for title, most in _SPANS if most is None or days <= most)
