"""Hiding small counts before a table may be forwarded: three people in a line can be recognised.

The one place where it is done, two tables beside each other aside: `triage_kit.crossed_counts` looks whether they tell
more together. A count under the minimum is never shown, and cannot be had by subtracting what is shown
from a total either: what is hidden is put together with the next larger count until it is large enough (complementary
suppression).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LEAST_MINIMUM",
    "MINIMUM",
    "OTHER_DOMAINS",
    "OTHER_VALUES",
    "break_down",
    "check_minimum",
    "count_lines",
    "line_of_each",
    "merge_small",
    "merge_small_domains",
]

#: Counts below this are hidden in breakdowns that are forwarded; the setting may not go below `LEAST_MINIMUM`.
MINIMUM = 10
LEAST_MINIMUM = 5

#: What stands in place of the domains that are too rare to be named.
OTHER_DOMAINS = "(not named)"
#: What stands in place of the values of a breakdown that are too rare to be shown.
OTHER_VALUES = "all others, not shown one by one"


def check_minimum(minimum: int) -> int:
    """Return the minimum, or raise ValueError if it is below what may ever be shown."""
    if minimum < LEAST_MINIMUM:
        raise ValueError(f"minimum is {minimum}; counts under {LEAST_MINIMUM} may not be shown in a breakdown")
    return minimum


def merge_small(
    counts: Mapping[str, int], minimum: int = MINIMUM, *, unnamed: Sequence[int] = ()
) -> tuple[dict[str, int], int]:
    """Return the counts that may be shown, the largest first, and the sum of all others.

    Parameters
    ----------
    counts
        Rows by value.
    unnamed
        Rows of values that may not be named at all, a number for each reason: they are among the others.

    The sum is 0 if nothing is hidden, else at least ``minimum``; where that cannot be had, nothing is shown and the sum
    is that of all. A small count is never alone in it, so that it cannot be computed from a total. Nor is it alone
    beside what is unnamed, for how many values are blank, or refused as unknown, another table may tell.

    >>> merge_small({"Senior": 40, "Junior": 12, "Alumni": 3})
    ({'Senior': 40}, 15)
    >>> merge_small({"Senior": 40, "Junior": 12, "Alumni": 3}, unnamed=[30])
    ({'Senior': 40}, 45)
    """
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [(value, rows) for value, rows in ranked if rows >= minimum]
    small = sum(counts.values()) - sum(rows for _, rows in shown)
    while shown and any(0 < rest < minimum for rest in _rests(small, unnamed)):
        small += shown.pop()[1]
    return dict(shown), small + sum(unnamed)


def _rests(small: int, unnamed: Sequence[int]) -> Iterator[int]:
    """Yield what is left of the others for a reader who knows none, one or all of the unnamed numbers."""
    rest = small + sum(unnamed)
    yield from (small, rest, *(rest - known for known in unnamed))


def merge_small_domains(domains: pd.DataFrame, minimum: int = MINIMUM) -> pd.DataFrame:
    """Return the counts by domain with rare domains merged, so that no small count can be computed.

    Within each domain kind, whose total is shown, domains of fewer than ``minimum`` rows and those that may not be
    named (a blank) become one line `OTHER_DOMAINS`.
    """
    import pandas as pd  # here, because the command line takes only the numbers above

    lines: list[tuple[str, str, int]] = []
    for domain_kind, group in domains.groupby("domain_kind", sort=False):
        counts = {str(domain): int(rows) for domain, rows in zip(group["domain"], group["rows"], strict=True)}
        unnamed = counts.pop("", 0)
        shown, rest = merge_small(counts, minimum, unnamed=[unnamed])
        lines += [(domain, str(domain_kind), rows) for domain, rows in shown.items()]
        lines += [(OTHER_DOMAINS, str(domain_kind), rest)] if rest else []
    if not lines:
        return domains[["domain", "domain_kind", "rows"]]
    return pd.DataFrame(lines, columns=["domain", "domain_kind", "rows"])


def break_down(values: pd.Series, minimum: int = MINIMUM, *, nameable: Callable[[str], bool] = bool) -> pd.DataFrame:
    """Return how many rows have each value, in lines that may be forwarded: ``value``, ``rows``.

    Blanks and values that are not ``nameable`` are among the others. Empty where fewer than two values could be shown
    apart: then it would tell nothing, or too much.
    """
    return count_lines(line_of_each(values, minimum, nameable=nameable))


def count_lines(lines: pd.Categorical) -> pd.DataFrame:
    """Return how many rows are counted in each line: ``value``, ``rows``; empty where there is no second line."""
    import pandas as pd

    counts = lines.value_counts()
    kept = counts if len(counts) > 1 else counts.iloc[:0]
    return pd.DataFrame({"value": kept.index.astype("str"), "rows": kept.to_numpy("int64")}).astype({"value": "str"})


def line_of_each(
    values: pd.Series, minimum: int = MINIMUM, *, nameable: Callable[[str], bool] = bool
) -> pd.Categorical:
    """Return for each row the line of `break_down` in which it is counted; the lines in their order as categories."""
    import numpy as np
    import pandas as pd

    check_minimum(minimum)
    codes, found = pd.factorize(values.str.strip())
    counts = dict(zip(map(str, found), np.bincount(codes, minlength=len(found)).tolist(), strict=True))
    blank = counts.get("", 0)
    strange = sum(rows for value, rows in counts.items() if value and not nameable(value))
    named = {value: rows for value, rows in counts.items() if value and nameable(value)}
    shown, rest = merge_small(named, minimum, unnamed=[blank, strange])
    lines = [*shown, *([OTHER_VALUES] if rest else [])]
    places = {line: place for place, line in enumerate(shown)}
    per_value = np.array([places.get(str(value), len(shown)) for value in found], dtype=np.intp)
    return pd.Categorical.from_codes(per_value[codes], categories=lines)
