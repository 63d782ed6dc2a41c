"""A file as the case book sees it: each row where it stands, and who is no longer listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.casebook import Facts, Recorded, RefusedFile, Standing, standings
from triage_kit.casebook.cases import Standings
from triage_kit.casebook.facts import distinct
from triage_kit.casebook.recognition import KEY_KINDS
from triage_kit.casebook.weeks import RecordedLine, WeekLine, look_back, names_of, results_of, weeks_before
from triage_kit.categories import combinations, spread
from triage_kit.columns import CONNECTIONS, OWNERS, STATES
from triage_kit.compare import change_of_rows, count_changes
from triage_kit.rulebook import Rules

__all__ = ["WeekState", "state_of"]

_FROM_CASE = ("connection", "step", "owner", "if_refused", "state", "rule")
_TOLD = ("since", "waiting_since", "suggestion")
_GONE_TOLD = ("step", "owner", "state", "since", "waiting_since")
_GONE = (*KEY_KINDS, "problem", *_GONE_TOLD)


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


def state_of(recorded: Recorded, week: RefusedFile, rules: Rules) -> WeekState:
    """Return where everybody stands, from what the case book knows and the triage table of the file alone."""
    facts, students = recorded.facts, recorded.students
    back = look_back(facts, recorded.import_id)
    told = standings(facts, rules, distinct(students[students > 0], back.last["student"].to_numpy()))
    this = next(line for line in facts.imports if line.id == recorded.import_id)
    rows = _Rows.of(week.table, told, told.codes_of(students), this.date)
    change = change_of_rows(
        students, week.table["kind"], last=back.last, before=back.before, returned=rows.spread("returned").to_numpy()
    )
    gone = back.last[~np.isin(back.last["student"], students)]
    return WeekState(
        table=rows.followed(),
        rows=rows.told(change),
        recorded=_recorded(facts, week.table.index, students),
        gone=_gone(facts, gone, told),
        gone_students=gone["student"].nunique(),
        changes=count_changes(change, gone["student"].nunique()),
        date=this.date,
        last_date=back.last_date,
        uploaded=this.uploaded,
        weeks=tuple(weeks_before(facts.imports, import_id=this.id)),
    )


@dataclass(frozen=True, repr=False)
class _Rows:
    """The rows of a file by what differs: ``codes`` gives each row the line of ``lines`` that tells of it.

    A line has the columns `_FROM_CASE`, ``since``, ``waiting_since``, ``suggestion`` and ``returned``.
    """

    table: pd.DataFrame
    codes: npt.NDArray[np.intp]
    lines: pd.DataFrame

    @classmethod
    def of(cls, table: pd.DataFrame, told: Standings, histories: npt.NDArray[np.intp], today: str) -> _Rows:
        """Return what the cases say of each row; one that nobody could recognise stays as the table has it."""
        codes, occurring = combinations(table, ("kind", *_FROM_CASE))
        together, codes = np.unique((histories + 1) * len(occurring) + codes, return_inverse=True)
        lines = []
        for history, place in zip(*np.divmod(together, len(occurring)), strict=True):
            kind, *decided = occurring.iloc[place]
            lines.append(_line_of(told.told[history - 1].get(kind) if history else None, decided, today))
        return cls(table, codes, pd.DataFrame(lines, columns=[*_FROM_CASE, *_TOLD, "returned"]))

    def spread(self, name: str) -> pd.Series:
        """Return a column of the lines row by row."""
        return pd.Series(self.lines[name].to_numpy()[self.codes], index=self.table.index)

    def followed(self) -> pd.DataFrame:
        """Return the triage table with what the cases say."""
        fixed = {"connection": list(CONNECTIONS), "owner": list(OWNERS), "state": list(STATES)}
        return self.table.assign(
            **{name: spread(self.codes, self.lines[name].tolist(), fixed.get(name)) for name in _FROM_CASE}
        )

    def told(self, change: pd.Categorical) -> pd.DataFrame:
        """Return what else the cases say of each row, as text."""
        columns = {name: spread(self.codes, self.lines[name].tolist()) for name in _TOLD}
        return pd.DataFrame({"change": change, **columns}, index=self.table.index).astype("str")


def _line_of(case: Standing | None, decided: list[str], today: str) -> tuple[object, ...]:
    """Return a line of `_Rows`; where no result made a row wait, it waits since the problem began."""
    if case is None:
        waits = today if decided[_FROM_CASE.index("state")] == "waiting" else ""
        return (*decided, "", waits, "", False)
    waits = (case.waiting_since or case.since) if case.progress.decision.state == "waiting" else ""
    said = (case.progress.connection, *case.progress.decision)
    return (*said, case.since, waits, case.suggestion, today in case.returned)


def _recorded(facts: Facts, index: pd.Index, students: npt.NDArray[np.int64]) -> dict[int, list[RecordedLine]]:
    lines = results_of(facts, students[students > 0])
    rows = np.flatnonzero(np.isin(students, np.array(list(lines), dtype=np.int64)))
    return {int(index[row]): lines[int(students[row])] for row in rows}


def _gone(facts: Facts, gone: pd.DataFrame, told: Standings) -> pd.DataFrame:
    """Return a line per student and problem of the file before who is in this one no longer."""
    students = gone["student"].to_numpy()
    problems, kinds = pd.factorize(gone["problem"])
    codes, occurring = pd.factorize(told.codes_of(students) * max(len(kinds), 1) + problems)
    cases = [told.told[history].get(kinds[kind]) for history, kind in (divmod(code, len(kinds)) for code in occurring)]
    known = np.array([case is not None for case in cases], dtype=np.bool_)[codes]
    lines = pd.DataFrame([_line_of_gone(case) for case in cases], columns=_GONE_TOLD, dtype="str")
    columns = names_of(facts, students[known]).reset_index(drop=True)
    columns["problem"] = gone["problem"].array[known]
    return pd.concat([columns, lines.iloc[codes[known]].reset_index(drop=True)], axis=1)[list(_GONE)].astype("str")


def _line_of_gone(case: Standing | None) -> tuple[str, ...]:
    if case is None:
        return ("",) * len(_GONE_TOLD)
    decision = case.progress.decision
    return decision.step, decision.owner, decision.state, case.since, case.waiting_since
