"""Hiding small counts before a table may be forwarded: three people in a line can be recognised.

The one place where it is done. A count under the minimum is never shown, and cannot be had by subtracting what is shown
from a total either: what is hidden is put together with the next larger count until it is large enough (complementary
suppression).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def merge_small(counts: Mapping[str, int], minimum: int = MINIMUM, *, unnamed: int = 0) -> tuple[dict[str, int], int]:
    """Return the counts that may be shown, the largest first, and the sum of all others.

    Parameters
    ----------
    counts
        Rows by value.
    unnamed
        Rows of values that may not be named at all: they are among the others.

    The sum is 0 if nothing is hidden, else at least ``minimum``; where that cannot be had, nothing is shown and the sum
    is that of all. A small count is never alone in it, so that it cannot be computed from a total.

    >>> merge_small({"Senior": 40, "Junior": 12, "Alumni": 3})
    ({'Senior': 40}, 15)
    """
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [(value, rows) for value, rows in ranked if rows >= minimum]
    rest = unnamed + sum(counts.values()) - sum(rows for _, rows in shown)
    while 0 < rest < minimum and shown:
        rest += shown.pop()[1]
    return dict(shown), rest


def merge_small_domains(domains: pd.DataFrame, minimum: int = MINIMUM) -> pd.DataFrame:
    """Return the counts by domain with rare domains merged, so that no small count can be computed.

    Within each domain kind, whose total is shown, domains of fewer than ``minimum`` rows and those that may not be
    named (a blank) become one line `OTHER_DOMAINS`.
    """
    import pandas as pd  # here, because the command line takes only the numbers above

    lines: list[tuple[str, str, int]] = []
    for domain_kind, group in domains.groupby("domain_kind", sort=False):
        counts = {str(domain): int(rows) for domain, rows in zip(group["domain"], group["rows"], strict=True)}
        shown, rest = merge_small(counts, minimum, unnamed=counts.pop("", 0))
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
    import pandas as pd

    check_minimum(minimum)
    counts = {str(value): int(rows) for value, rows in values.str.strip().value_counts().items()}
    unnamed = sum(counts.pop(value) for value in list(counts) if not nameable(value))
    shown, rest = merge_small(counts, minimum, unnamed=unnamed)
    lines = [*shown.items(), *([(OTHER_VALUES, rest)] if rest else [])]
    kept = lines if len(lines) > 1 else []
    return pd.DataFrame(kept, columns=["value", "rows"]).astype({"value": "str", "rows": "int64"})
