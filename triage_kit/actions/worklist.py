"""The work list: every failed row once, with what went wrong, what to do next, and a place for the result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from triage_kit.actions.catalogue import guard_entries
from triage_kit.actions.plan import Plan
from triage_kit.categories import combinations, spread
from triage_kit.columns import OWNERS, STATES
from triage_kit.outcomes import WORKLISTS, rows_of_outcomes
from triage_kit.output import write_people_csv

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = [
    "LONG_WORKLIST",
    "MOST_ROWS",
    "WORKLIST",
    "worklist_columns",
    "write_worklist_csv",
]

#: Above this many rows a workbook takes too long to write and to open; the rows go to a CSV.
MOST_ROWS = 50_000
WORKLIST, LONG_WORKLIST = WORKLISTS


def worklist_columns(
    failed: FailedRows,
    table: pd.DataFrame,
    plan: Plan,
    rules: Rules,
    file_names: pd.Categorical,
    outcomes: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return our columns of the work list, in the order of the failed rows: texts, those that repeat as categories.

    ``file_names`` gives for each row the file in which it stands; blank if in none.
    """
    blank = pd.Categorical.from_codes(np.zeros(len(table), dtype=np.int8), categories=[""])
    steps = {step.id: step.title for step in rules.steps}
    guards = {guard.id: guard.title for guard in guard_entries().values()}
    reasons = {
        held: "; ".join(guards[guard] for guard in held.split(";") if guard) for held in plan.held.cat.categories
    }
    columns = {
        "Result": blank,
        "Student": _students(failed),
        "Next step": _titles(table["step"], steps),
        "Problem": _problems(table, rules),
        "State": _titles(table["state"], STATES),
        "Held back because": _titles(plan.held, reasons),
        "Note": blank,
        "Old username": blank,
        "So far": blank if outcomes is None else _so_far(failed, outcomes, rules),
        "Who": _titles(table["owner"], OWNERS),
        "If that does not work": _titles(table["if_refused"], steps),
        "Why": _titles(table["rule"], {entry.id: entry.why for entry in rules.procedure}),
        "File": file_names,
        "Row": pd.Series(failed.rows.index).astype("str"),
        "Excel line": failed.line_numbers.astype("str").array,
    }
    return pd.DataFrame(columns)


def write_worklist_csv(path: Path, failed: FailedRows, ours: pd.DataFrame) -> str:
    """Write the list as a CSV for people, in the order of the failed rows, and return its SHA-256."""
    return write_people_csv(pd.concat([ours, failed.rows.reset_index(drop=True)], axis=1), path)


def _students(failed: FailedRows) -> pd.Series:
    """Return name and e-mail address together, so that whoever reads the list sees at once who it is about."""
    first, last, email = (failed.column(name).str.strip() for name in ("first_name", "last_name", "email_address"))
    name = (first + " " + last).str.strip()
    both = name + ", " + email
    return both.mask(name == "", email).mask(email == "", name).reset_index(drop=True)


def _so_far(failed: FailedRows, outcomes: pd.DataFrame, rules: Rules) -> list[str]:
    """Return what was recorded of each student, in order, with date and note."""
    said: list[list[str]] = [[] for _ in range(len(failed.rows))]
    known = outcomes[outcomes["outcome"] != ""].sort_values("date", kind="stable")
    columns = [known[name] for name in ("outcome", "date", "note")]
    for positions, outcome, date, note in zip(rows_of_outcomes(failed, known), *columns, strict=True):
        noted = f"({note.strip()})" if note.strip() else ""
        text = " ".join(filter(None, (date, rules.outcome(outcome).title, noted)))
        for position in positions:
            if position >= 0 and text not in said[position]:
                said[position].append(text)
    return ["; ".join(texts) for texts in said]


def _problems(table: pd.DataFrame, rules: Rules) -> pd.Categorical:
    """Return the problem that decides, with whatever else Handshake objected to behind it."""
    titles = {kind.id: kind.title for kind in rules.kinds}
    codes, found = combinations(table, ("kind", "other_kinds"))
    texts = [
        "; also: ".join(filter(None, [titles[kind], ", ".join(titles[other] for other in others.split(";") if other)]))
        for kind, others in found.itertuples(index=False)
    ]
    return spread(codes, texts)


def _titles(column: pd.Series, titles: Mapping[str, str]) -> pd.Categorical:
    """Return the titles of a column of ids; two ids may share a title."""
    places, names = pd.factorize(np.array([titles[str(name)] for name in column.cat.categories], dtype=object))
    return pd.Categorical.from_codes(places[column.cat.codes] if len(column) else [], categories=names)
