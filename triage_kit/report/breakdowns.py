"""The report's breakdowns by e-mail domain and by a student's attributes, small groups hidden.

One attribute at a time, never two crossed: what is hidden in one table could be had from the crossed one. Nor two that
tell a small group together, as a campus and its large colleges do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from triage_kit.categories import combinations
from triage_kit.columns import DOMAIN_KINDS
from triage_kit.crossed_counts import merge_lines
from triage_kit.html import Fragment, render, table
from triage_kit.small_counts import (
    LEAST_MINIMUM,
    MINIMUM,
    OTHER_DOMAINS,
    count_lines,
    line_of_each,
    merge_small_domains,
)

if TYPE_CHECKING:
    from triage_kit.past import WeekState
    from triage_kit.reading import FailedRows
    from triage_kit.summarize import Summary

__all__ = ["ATTRIBUTES", "show_breakdowns"]

#: What a table may be about: its heading, and the headers that hold it. The first that is not blank is taken, one only:
#: from two columns for the same thing a hidden count might be computed.
ATTRIBUTES = {
    "School year": ("school_year_name",),
    "College": (
        "primary_education:primary_college_name",
        "primary_education:college_name",
        "primary_education:college_names",
    ),
    "Campus": ("campus_name",),
}
_NOT_WITH_THE_PAST = (
    "Not on this page: it tells what changed since the file before, and whoever knows that could compute small groups "
    "from the breakdowns by domain, school year, college and campus of two such pages. A report without the case book "
    "has them; send a reader one kind of report, not both."
)
_LIKE_AN_IDENTIFIER = re.compile(r"@|\d{4}")


def show_breakdowns(
    failed: FailedRows,
    triaged: pd.DataFrame,
    summary: Summary,
    minimum: int = MINIMUM,
    *,
    past: WeekState | None = None,
    audience: str = "no-names",
) -> Fragment:
    """Return a table each by e-mail domain, school year, college and campus, where the file tells them apart.

    Lines by which a small group could be computed from two of them are put together. A page that may be forwarded has
    none where it tells the ``past``: see `triage_kit.compare`.
    """
    if past is not None and audience != "with-names":
        return render("note", text=_NOT_WITH_THE_PAST, kind="plain")
    counted = {title: count_lines(lines) for title, lines in _lines_together(failed, triaged, minimum).items()}
    tables = [table(_domains(summary.domains), "Rows by e-mail domain", total=True)] if summary.rows else []
    tables += [
        table(lines.set_axis([title, "Rows"], axis=1), f"Rows by {title.lower()}", total=True)
        for title, lines in counted.items()
        if len(lines)
    ]
    left_out = [title.lower() for title, lines in counted.items() if not len(lines)]
    return render("breakdowns", tables=tables, left_out=left_out, minimum=minimum)


def _column(failed: FailedRows, headers: tuple[str, ...]) -> tuple[pd.Series, Callable[[str], bool]]:
    """Return the values of an attribute, and what says whether a value can be named."""
    columns = [failed.column(header) for header in headers]
    values = next((column for column in columns if column.str.strip().ne("").any()), columns[0])
    known = _known_values(headers[0])
    return values, known.__contains__ if known else _is_group_name


def _lines_together(failed: FailedRows, triaged: pd.DataFrame, minimum: int) -> dict[str, pd.Categorical]:
    """Return the line of each row in the breakdown of each attribute; none tells a small group beside one before it.

    Nor beside one of a page that is made with the least minimum: none has more lines than on that page.
    """
    columns = {title: _column(failed, headers) for title, headers in ATTRIBUTES.items()}
    found: dict[str, pd.Categorical] = {}
    for least in sorted({LEAST_MINIMUM, minimum}):
        beside = [_domain_lines(triaged, least)]
        for title, (values, nameable) in columns.items():
            most = len(found[title].categories) if title in found else None
            found[title] = merge_lines(line_of_each(values, least, nameable=nameable), beside, least, most=most)
            beside.append(found[title])
    return found


def _domain_lines(triaged: pd.DataFrame, minimum: int) -> pd.Categorical:
    """Return for each row its line in the table by domain; none where its kind, which is shown in full, is small."""
    codes, found = combinations(triaged, ["domain_kind", "domain"])
    found = found.assign(rows=np.bincount(codes, minlength=len(found)))
    shown = merge_small_domains(found, minimum)
    named = set(zip(shown["domain_kind"], shown["domain"], strict=True))
    large = found.groupby("domain_kind")["rows"].transform("sum") >= minimum
    pairs = zip(found["domain_kind"], found["domain"], large, strict=True)
    lines = [(f"{kind} {domain if (kind, domain) in named else ''}" if big else None) for kind, domain, big in pairs]
    per_value = pd.Categorical(lines)
    return pd.Categorical.from_codes(per_value.codes[codes], categories=per_value.categories)


@lru_cache(maxsize=8)
def _known_values(header: str) -> frozenset[str]:
    """Return the values that Handshake documents for a header; none where an office has its own."""
    rules = Path(__file__).parent.parent / "rules" / "upload.toml"
    columns = tomllib.loads(rules.read_text(encoding="utf-8"))["column"]
    return frozenset(value for entry in columns if header in entry["headers"] for value in entry.get("values", ()))


def _is_group_name(value: str) -> bool:
    """Return whether a value can name a group: an address or a long number in a wrong column names a person."""
    return bool(value) and len(value) <= 80 and not _LIKE_AN_IDENTIFIER.search(value)


def _domains(domains: pd.DataFrame) -> pd.DataFrame:
    order = {kind: place for place, kind in enumerate(DOMAIN_KINDS)}
    domains = domains.sort_values("domain_kind", key=lambda kinds: kinds.astype("str").map(order), kind="stable")
    named = domains["domain"].replace(OTHER_DOMAINS, "not named here")
    kinds = domains["domain_kind"].map(DOMAIN_KINDS)
    shown = domains.assign(domain=named, domain_kind=kinds)[["domain", "domain_kind", "rows"]]
    return shown.set_axis(["E-mail domain", "Kind", "Rows"], axis=1)
