"""The report's breakdowns by e-mail domain and by a student's attributes, small groups hidden.

One attribute at a time, never two crossed: what is hidden in one table could be had from the crossed one.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.columns import DOMAIN_KINDS
from triage_kit.html import Fragment, render, table
from triage_kit.small_counts import MINIMUM, OTHER_DOMAINS, break_down

if TYPE_CHECKING:
    import pandas as pd

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
    summary: Summary,
    minimum: int = MINIMUM,
    *,
    past: WeekState | None = None,
    audience: str = "no-names",
) -> Fragment:
    """Return a table each by e-mail domain, school year, college and campus, where the file tells them apart.

    A page that may be forwarded has none where it tells the ``past``: see `triage_kit.compare`.
    """
    if past is not None and audience != "with-names":
        return render("note", text=_NOT_WITH_THE_PAST, kind="plain")
    counted = {title: _counted(failed, headers, minimum) for title, headers in ATTRIBUTES.items()}
    tables = [table(_domains(summary.domains), "Rows by e-mail domain", total=True)] if summary.rows else []
    tables += [
        table(lines.set_axis([title, "Rows"], axis=1), f"Rows by {title.lower()}", total=True)
        for title, lines in counted.items()
        if len(lines)
    ]
    left_out = [title.lower() for title, lines in counted.items() if not len(lines)]
    return render("breakdowns", tables=tables, left_out=left_out, minimum=minimum)


def _counted(failed: FailedRows, headers: tuple[str, ...], minimum: int) -> pd.DataFrame:
    columns = [failed.column(header) for header in headers]
    values = next((column for column in columns if column.str.strip().ne("").any()), columns[0])
    known = _known_values(headers[0])
    return break_down(values, minimum, nameable=lambda value: value in known if known else _is_group_name(value))


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
    named = domains["domain"].replace(OTHER_DOMAINS, "not named here")
    kinds = domains["domain_kind"].map(DOMAIN_KINDS)
    shown = domains.assign(domain=named, domain_kind=kinds)[["domain", "domain_kind", "rows"]]
    return shown.set_axis(["E-mail domain", "Kind", "Rows"], axis=1)
