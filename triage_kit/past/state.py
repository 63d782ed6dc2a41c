"""A file as the case book sees it: each row where it stands, and who is no longer listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, select

from triage_kit.casebook import Recorded, RefusedFile, Standing, standings
from triage_kit.casebook.schema import imports
from triage_kit.casebook.weeks import Lookback, RecordedLine, WeekLine, look_back, names_of, results_of, weeks_before
from triage_kit.columns import CONNECTIONS, OWNERS, STATES
from triage_kit.compare import change_of_rows, count_changes
from triage_kit.rulebook import Rules

__all__ = ["WeekState", "state_of"]

_FROM_CASE = ("connection", "step", "owner", "if_refused", "state", "rule")


@dataclass(frozen=True, repr=False)
class WeekState:
    """Where everybody stands.

    Attributes
    ----------
    table
        The triage table after all that the case book knows.
    rows
        The table's index and, as text, ``change`` (of `triage_kit.compare.CHANGES`), ``since``, ``waiting_since`` and
        ``suggestion`` (an id of ``rules/evidence.toml``).
    recorded
        What staff recorded of each row's student, by row number.
    gone
        One line per student and problem of the file before who is in this one no longer: ``username``, ``email``,
        ``card``, ``problem``, ``step``, ``owner``, ``state``, ``since``, ``waiting_since``. Personal data.
    gone_students
        How many students these are.
    changes
        This week's changes, counted: ``change``, ``title``, ``rows``.
    date, last_date
        The day of the file, and of the one before; blank before the first.
    uploaded
        How many rows the school uploaded, where that is known.
    weeks
        The files before, oldest first.
    doubts
        Why the file may not belong to this case book, in sentences; only of one that it has not recorded.
    """

    table: pd.DataFrame
    rows: pd.DataFrame
    recorded: dict[int, list[RecordedLine]]
    gone: pd.DataFrame
    gone_students: int
    changes: pd.DataFrame
    date: str
    last_date: str
    uploaded: int | None
    weeks: tuple[WeekLine, ...] = ()
    doubts: tuple[str, ...] = ()


def state_of(connection: Connection, recorded: Recorded, week: RefusedFile, rules: Rules) -> WeekState:
    """Return where everybody stands, from the case book and the triage table of the file alone."""
    back = look_back(connection, recorded.import_id)
    students = [recorded.students.get(int(row), 0) for row in week.table.index]
    known = standings(connection, rules, set(students) - {0} | set(back.last))
    problems = week.table["kind"].astype("str").tolist()
    cases = [known.get(student, {}).get(problem) for student, problem in zip(students, problems, strict=True)]
    import_date, uploaded = _import(connection, recorded.import_id)
    returned = {
        (student, problem)
        for student, problem, case in zip(students, problems, cases, strict=True)
        if case is not None and import_date in case.returned
    }
    change = change_of_rows(students, problems, last=back.last, before=back.before, returned=returned)
    gone = back.last.keys() - set(students)
    recorded_lines = results_of(connection, set(students))
    table = _followed(week.table, cases)
    return WeekState(
        table=table,
        rows=_rows(table, change, cases, import_date),
        recorded={
            int(row): recorded_lines[student]
            for row, student in zip(week.table.index, students, strict=True)
            if student in recorded_lines
        },
        gone=_gone(connection, back, gone, known),
        gone_students=len(gone),
        changes=count_changes(change, len(gone)),
        date=import_date,
        last_date=back.last_date,
        uploaded=uploaded,
        weeks=tuple(weeks_before(connection, import_id=recorded.import_id)),
    )


def _import(connection: Connection, import_id: int) -> tuple[str, int | None]:
    found = connection.execute(select(imports.c.date, imports.c.uploaded).where(imports.c.id == import_id)).one()
    return found.date, found.uploaded


def _followed(table: pd.DataFrame, cases: list[Standing | None]) -> pd.DataFrame:
    """Return the triage table with what the cases say; a row that nobody could recognise stays as it was."""
    columns = {name: table[name].astype("str").tolist() for name in _FROM_CASE}
    for place, case in enumerate(cases):
        if case is not None:
            decision = case.progress.decision
            values = (case.progress.connection, *decision)
            for name, value in zip(_FROM_CASE, values, strict=True):
                columns[name][place] = value
    fixed = {"connection": list(CONNECTIONS), "owner": list(OWNERS), "state": list(STATES)}
    return table.assign(**{name: pd.Categorical(values, fixed.get(name)) for name, values in columns.items()})


def _rows(table: pd.DataFrame, change: list[str], cases: list[Standing | None], today: str) -> pd.DataFrame:
    waits = (table["state"] == "waiting").tolist()
    columns: dict[str, list[str]] = {
        "change": change,
        "since": [case.since if case else "" for case in cases],
        "waiting_since": [_waiting_since(case, today) if each else "" for case, each in zip(cases, waits, strict=True)],
        "suggestion": [case.suggestion if case else "" for case in cases],
    }
    return pd.DataFrame(columns, index=table.index, dtype="str")


def _waiting_since(case: Standing | None, today: str) -> str:
    """Return since when a row waits: where no result made it wait, since the problem began."""
    return (case.waiting_since or case.since) if case else today


def _gone(
    connection: Connection, back: Lookback, gone: set[int], known: Mapping[int, Mapping[str, Standing]]
) -> pd.DataFrame:
    names = names_of(connection, gone)
    lines = []
    for student in sorted(gone):
        for problem in sorted(back.last[student]):
            case = known.get(student, {}).get(problem)
            if case is None:
                continue
            decision = case.progress.decision
            lines.append(
                {name: names[student].get(name, "") for name in ("username", "email", "card")}
                | {"problem": problem, "step": decision.step, "owner": decision.owner, "state": decision.state}
                | {"since": case.since, "waiting_since": case.waiting_since}
            )
    columns = ["username", "email", "card", "problem", "step", "owner", "state", "since", "waiting_since"]
    return pd.DataFrame(lines, columns=columns, dtype="str")
