"""What the explorer shows, computed without a widget: counts and rows of what the filters leave.

Every function takes the `Filters` with the `Exploration` and returns plain tables, so that a test can call what a click
calls.
"""

from __future__ import annotations

import pandas as pd

from triage_kit.columns import DOMAIN_KINDS, OWNERS
from triage_kit.explorer.exploration import Exploration
from triage_kit.explorer.filters import BREAKDOWNS, Filters, mask, title_of
from triage_kit.summarize import count_by
from triage_kit.wording import day

__all__ = [
    "SHOWN",
    "breakdown",
    "breakdowns",
    "domain_kinds",
    "names",
    "problems",
    "rows_in",
    "since",
    "steps",
    "student_columns",
    "students",
]

#: How many students a table shows at once; the rest is reached by searching or narrowing.
SHOWN = 200

# Columns of the students' table, by where their values stand; those of the past come with a case book.
_COLUMNS = ("Line", "Name", "E-mail", "Username", "Problem", "Last time", "Next step", "State", "Waiting since")
_OF_FILE = {"E-mail": "email_address", "Username": "username"}
_OF_TABLE = {"Problem": "kind", "Next step": "step", "State": "state"}
_OF_PAST = {"Last time": "since", "Waiting since": "waiting_since"}


def problems(exploration: Exploration, filters: Filters) -> pd.DataFrame:
    """Return rows by problem and e-mail kind: ``kind``, ``title``, ``domain_kind``, ``rows``, most rows first."""
    counts = count_by(_kept(exploration, filters, "kind", "domain_kind"), "kind", "domain_kind")
    counts.insert(1, "title", [title_of(exploration, "kind", kind) for kind in counts["kind"]])
    return counts


def steps(exploration: Exploration, filters: Filters) -> pd.DataFrame:
    """Return rows by next step, what unblocks most students first.

    Columns ``step``, ``title``, ``meaning``, ``owner`` (as shown), ``rows``, ``if_refused`` (titles). What is done or
    dropped is not counted.
    """
    kept = _kept(exploration, filters, "step", "owner", "if_refused", "state")
    kept = kept[kept["state"].isin(["open", "waiting"]).to_numpy()]
    counts = count_by(kept, "step", "owner", "if_refused")
    lines = []
    for step, group in counts.groupby("step", sort=False):
        refused = dict.fromkeys(group["if_refused"])
        lines.append(
            {
                "step": step,
                "title": title_of(exploration, "step", str(step)),
                "meaning": exploration.rules.step(str(step)).meaning,
                "owner": " / ".join(OWNERS[owner] for owner in dict.fromkeys(group["owner"])),
                "rows": int(group["rows"].sum()),
                "if_refused": " / ".join(title_of(exploration, "step", each) for each in refused),
            }
        )
    table = pd.DataFrame(lines, columns=["step", "title", "meaning", "owner", "rows", "if_refused"])
    return table.sort_values("rows", ascending=False, kind="stable", ignore_index=True)


def rows_in(counts: pd.DataFrame) -> int:
    """Return how many rows a table of counts is about."""
    return int(counts["rows"].sum())


def domain_kinds(counts: pd.DataFrame) -> dict[str, int]:
    """Return the rows of `problems` by e-mail kind alone, in the order in which kinds are shown; none without rows."""
    totals = counts.groupby(counts["domain_kind"].astype("str"))["rows"].sum()
    return {kind: int(totals[kind]) for kind in DOMAIN_KINDS if totals.get(kind, 0)}


def breakdowns(exploration: Exploration) -> dict[str, str]:
    """Return the columns by which this file can be broken down: header -> title."""
    return {header: title for header, title in BREAKDOWNS.items() if (exploration.failed.column(header) != "").any()}


def breakdown(exploration: Exploration, filters: Filters, header: str) -> pd.DataFrame:
    """Return rows by the values of one of the upload's columns: ``value``, ``rows``, most rows first."""
    counts = exploration.failed.column(header)[mask(exploration, filters)].value_counts()
    table = pd.DataFrame({"value": counts.index.astype("str"), "rows": counts.to_numpy()})
    return table.sort_values(["rows", "value"], ascending=[False, True], ignore_index=True)


def student_columns(exploration: Exploration) -> tuple[str, ...]:
    """Return the columns of `students` for this file, by any of which it can be sorted."""
    return tuple(name for name in _COLUMNS if exploration.past is not None or name not in _OF_PAST)


def students(
    exploration: Exploration,
    filters: Filters,
    *,
    sort_by: str = "Line",
    descending: bool = False,
    most: int = SHOWN,
) -> tuple[pd.DataFrame, int]:
    """Return the first students that the filters leave, and how many there are in all.

    One line per failed row, index ``row_number``, columns as in `student_columns`; sorted over all of them, not only
    over those shown.
    """
    kept = exploration.table.index[mask(exploration, filters)]
    ordered = _sorted(exploration, kept, sort_by, descending)[:most]
    columns = {name: _column(exploration, ordered, name) for name in student_columns(exploration)}
    return pd.DataFrame(columns, index=ordered), len(kept)


def names(exploration: Exploration, rows: pd.Index) -> pd.Series:
    """Return how lists call the students of these rows: last name, first name."""
    last, first = (exploration.failed.column(header).loc[rows].str.strip() for header in ("last_name", "first_name"))
    return last.str.cat(first, sep=", ").str.strip(", ")


def since(date: str) -> str:
    """Return a date as "since ..."; blank stays blank."""
    return f"since {day(date)}" if date else ""


def _kept(exploration: Exploration, filters: Filters, *columns: str) -> pd.DataFrame:
    return exploration.table.loc[mask(exploration, filters), list(columns)]


def _sorted(exploration: Exploration, kept: pd.Index, sort_by: str, descending: bool) -> pd.Index:
    if sort_by == "Line":
        return kept[::-1] if descending else kept
    values = _column(exploration, kept, sort_by)
    return values.sort_values(ascending=not descending, kind="stable", key=_folded).index


def _folded(values: pd.Series) -> pd.Series:
    return values.str.lower()


def _column(exploration: Exploration, rows: pd.Index, name: str) -> pd.Series:
    if name == "Line":
        return exploration.failed.line_numbers.loc[rows].astype("int64")
    if name == "Name":
        return names(exploration, rows)
    if name in _OF_FILE:
        return exploration.failed.column(_OF_FILE[name]).loc[rows]
    if name in _OF_TABLE:
        return _titles(exploration, _OF_TABLE[name], exploration.table[_OF_TABLE[name]].loc[rows])
    return _of_past(exploration, rows, name)


def _of_past(exploration: Exploration, rows: pd.Index, name: str) -> pd.Series:
    if exploration.past is None:
        return pd.Series("", index=rows, dtype="str")
    days = exploration.past.rows[_OF_PAST[name]].loc[rows].map(since)
    if name == "Waiting since":
        return days
    changes = _titles(exploration, "change", exploration.past.rows["change"].loc[rows])
    return changes.str.cat(days, sep=", ").str.strip(", ")


def _titles(exploration: Exploration, name: str, values: pd.Series) -> pd.Series:
    shown = {value: title_of(exploration, name, value) for value in values.unique()}
    return pd.Series([shown[value] for value in values], index=values.index, dtype="str")
