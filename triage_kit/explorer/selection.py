"""What the explorer shows, computed without a widget: the rows that its filters leave, and their counts.

A `Filters` says what the panel narrows to; every function takes it with the `Exploration` and returns plain tables,
so that a test can call what a click calls.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.columns import DOMAIN_KINDS, OWNERS, STATES
from triage_kit.explorer.exploration import Exploration
from triage_kit.summarize import count_by
from triage_kit.wording import count

__all__ = [
    "BREAKDOWNS",
    "SHOWN",
    "STUDENT_COLUMNS",
    "Filters",
    "breakdown",
    "breakdowns",
    "chips",
    "mask",
    "names",
    "problems",
    "rows_left",
    "steps",
    "students",
]

#: How many students a table shows at once; the rest is reached by searching or narrowing.
SHOWN = 200

#: The upload's columns by which the panel can break rows down, where the file has them.
BREAKDOWNS = {
    "school_year_name": "School year",
    "primary_education:primary_college_name": "College",
    "primary_education:college_name": "College",
    "primary_education:college_names": "Colleges",
    "campus_name": "Campus",
}

#: The columns of `students`, by any of which it can be sorted.
STUDENT_COLUMNS = ("Line", "Name", "E-mail", "Username", "Problem", "Next step", "State")
_OF_FILE = {"E-mail": "email_address", "Username": "username"}
_OF_TABLE = {"Problem": "kind", "Next step": "step", "State": "state"}


@dataclass(frozen=True)
class Filters:
    """What the panel narrows to; an empty text narrows nothing. ``header`` is the column that ``value`` stands in.

    ``kinds`` are the problems that a bar of the chart stands for together, ``rows`` those of a finding ``rows_of``.
    """

    kind: str = ""
    kinds: tuple[str, ...] = ()
    domain_kind: str = ""
    step: str = ""
    state: str = ""
    header: str = ""
    value: str = ""
    search: str = ""
    rows: tuple[int, ...] = ()
    rows_of: str = ""

    def without(self, name: str) -> Filters:
        """Return the filters with one of them cleared."""
        if name == "header":
            return replace(self, header="", value="")
        if name == "rows":
            return replace(self, rows=(), rows_of="")
        if name == "kinds":
            return replace(self, kinds=())
        return replace(self, **{name: ""})  # type: ignore[arg-type]


def mask(exploration: Exploration, filters: Filters) -> npt.NDArray[np.bool_]:
    """Return for each row whether the filters leave it."""
    table = exploration.table
    kept = np.ones(len(table), dtype=np.bool_)
    for name in ("kind", "domain_kind", "step", "state"):
        wanted = getattr(filters, name)
        if wanted:
            kept &= (table[name] == wanted).to_numpy(dtype=np.bool_)
    if filters.kinds:
        kept &= table["kind"].isin(filters.kinds).to_numpy()
    if filters.header:
        kept &= (exploration.failed.column(filters.header) == filters.value).to_numpy(dtype=np.bool_)
    if filters.rows:
        kept &= table.index.isin(filters.rows)
    for word in filters.search.lower().split():
        kept &= exploration.searchable.str.contains(word, regex=False).to_numpy(dtype=np.bool_)
    return kept


def problems(exploration: Exploration, filters: Filters) -> pd.DataFrame:
    """Return rows by problem and e-mail kind: ``kind``, ``title``, ``domain_kind``, ``rows``, most rows first."""
    counts = count_by(_kept(exploration, filters, "kind", "domain_kind"), "kind", "domain_kind")
    counts.insert(1, "title", [exploration.rules.kind(kind).title for kind in counts["kind"]])
    return counts


def steps(exploration: Exploration, filters: Filters) -> pd.DataFrame:
    """Return rows by next step, what unblocks most students first.

    Columns ``step``, ``title``, ``owner`` (as shown), ``rows``, ``if_refused`` (titles). What is done or dropped is not
    counted.
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
                "title": exploration.rules.step(str(step)).title,
                "owner": " / ".join(OWNERS[owner] for owner in dict.fromkeys(group["owner"])),
                "rows": int(group["rows"].sum()),
                "if_refused": " / ".join(exploration.rules.step(each).title for each in refused),
            }
        )
    table = pd.DataFrame(lines, columns=["step", "title", "owner", "rows", "if_refused"])
    return table.sort_values("rows", ascending=False, kind="stable", ignore_index=True)


def breakdowns(exploration: Exploration) -> dict[str, str]:
    """Return the columns by which this file can be broken down: header -> title."""
    return {header: title for header, title in BREAKDOWNS.items() if (exploration.failed.column(header) != "").any()}


def breakdown(exploration: Exploration, filters: Filters, header: str) -> pd.DataFrame:
    """Return rows by the values of one of the upload's columns: ``value``, ``rows``, most rows first."""
    counts = exploration.failed.column(header)[mask(exploration, filters)].value_counts()
    table = pd.DataFrame({"value": counts.index.astype("str"), "rows": counts.to_numpy()})
    return table.sort_values(["rows", "value"], ascending=[False, True], ignore_index=True)


def students(
    exploration: Exploration,
    filters: Filters,
    *,
    sort_by: str = "Line",
    descending: bool = False,
    most: int = SHOWN,
) -> tuple[pd.DataFrame, int]:
    """Return the first students that the filters leave, and how many there are in all.

    One line per failed row, index ``row_number``, columns `STUDENT_COLUMNS`; sorted over all of them, not only over
    those shown.
    """
    kept = exploration.table.index[mask(exploration, filters)]
    ordered = _sorted(exploration, kept, sort_by, descending)[:most]
    columns = {name: _column(exploration, ordered, name) for name in STUDENT_COLUMNS}
    return pd.DataFrame(columns, index=ordered), len(kept)


def rows_left(exploration: Exploration, filters: Filters) -> list[int]:
    """Return the numbers of all rows that the filters leave."""
    return [int(row) for row in exploration.table.index[mask(exploration, filters)]]


def names(exploration: Exploration, rows: pd.Index) -> pd.Series:
    """Return how lists call the students of these rows: last name, first name."""
    last, first = (exploration.failed.column(header).loc[rows].str.strip() for header in ("last_name", "first_name"))
    return last.str.cat(first, sep=", ").str.strip(", ")


def chips(exploration: Exploration, filters: Filters) -> dict[str, str]:
    """Return the filters in force as they are called on screen: name -> text."""
    shown = {
        "kind": lambda: f"Problem: {exploration.rules.kind(filters.kind).title}",
        "kinds": lambda: f"{count(len(filters.kinds), 'rarer problem')}",
        "domain_kind": lambda: f"E-mail: {DOMAIN_KINDS[filters.domain_kind]}",
        "step": lambda: f"Next step: {exploration.rules.step(filters.step).title}",
        "state": lambda: f"State: {STATES[filters.state]}",
        "header": lambda: f"{BREAKDOWNS.get(filters.header, filters.header)}: {filters.value or '(blank)'}",
        "rows": lambda: filters.rows_of,
    }
    return {
        field.name: shown[field.name]()
        for field in fields(filters)
        if field.name in shown and getattr(filters, field.name)
    }


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
    if name in _OF_TABLE:
        titles = {
            "kind": lambda each: exploration.rules.kind(each).title,
            "step": lambda each: exploration.rules.step(each).title,
            "state": STATES.__getitem__,
        }[_OF_TABLE[name]]
        values = exploration.table[_OF_TABLE[name]].loc[rows]
        shown = {value: titles(value) for value in values.unique()}
        return pd.Series([shown[value] for value in values], index=rows, dtype="str")
    if name == "Name":
        return names(exploration, rows)
    return exploration.failed.column(_OF_FILE[name]).loc[rows]
