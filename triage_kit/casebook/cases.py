"""The cases beside the facts: computed anew, written where they changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, bindparam, delete, select

from triage_kit.casebook.database import insert_lines
from triage_kit.casebook.facts import Facts, distinct, uncollected
from triage_kit.casebook.history import Result, Sighting, Standing, cases_of
from triage_kit.casebook.schema import cases
from triage_kit.rulebook import Rules

__all__ = ["CASE_COLUMNS", "Standings", "changed_cases", "renew_cases", "standings"]

Students = npt.NDArray[np.int64]
#: What stands in the table ``cases`` behind student and problem.
CASE_COLUMNS = ("step", "owner", "state", "connection", "suggestion", "since", "waiting_since")
#: How many students one query names; SQLite takes 999 at least. Of more, everybody's lines are read.
_AT_ONCE = 900
_Line = tuple[int, str, str, str, str, str, str, str, str]


@dataclass(frozen=True, repr=False)
class Standings:
    """Where each problem of some students stands: few histories differ among thousands of students.

    ``students`` are in order; ``codes`` gives the history of each, ``told`` what is computed of it, by problem.
    """

    students: Students
    codes: npt.NDArray[np.intp]
    told: list[dict[str, Standing]]

    def codes_of(self, students: Students) -> npt.NDArray[np.intp]:
        """Return the history of each of these students; -1 of whom nothing is asked."""
        if not len(self.students):
            return np.full(len(students), -1, dtype=np.intp)
        places = np.searchsorted(self.students, students).clip(max=len(self.students) - 1)
        return np.where(self.students[places] == students, self.codes[places], -1)

    def items(self) -> Iterator[tuple[int, dict[str, Standing]]]:
        """Yield each student, and by problem where it stands."""
        for student, code in zip(self.students.tolist(), self.codes.tolist(), strict=True):
            yield student, self.told[code]


def standings(facts: Facts, rules: Rules, students: Students) -> Standings:
    """Return where each problem of these students stands, computed from the facts alone."""
    asked = distinct(students)
    seen, sightings = _sightings_of(facts, rules, asked)
    with_results = np.array([line.student_id for line in facts.results], dtype=np.int64)
    recorded = [facts.results[place] for place in np.flatnonzero(np.isin(with_results, asked))]
    results = sorted({Result(line.date, line.outcome) for line in recorded})
    places = {result: len(sightings) + place for place, result in enumerate(results)}
    who = np.append(seen["student_id"], np.array([line.student_id for line in recorded], dtype=np.int64))
    what = np.append(seen["code"], np.array([places[Result(line.date, line.outcome)] for line in recorded], np.int64))
    codes, histories = _distinct(np.searchsorted(asked, who), what, len(asked))
    every: list[Sighting | Result] = [*sightings, *results]
    return Standings(asked, codes, [_told([every[code] for code in history], rules) for history in histories])


def changed_cases(
    connection: Connection, facts: Facts, rules: Rules, students: Students
) -> tuple[set[_Line], set[_Line]]:
    """Return the lines of these students that are kept and should not be, and those that should be kept and are not."""
    with uncollected():
        told = standings(facts, rules, students)
        computed = [
            [(problem, *case_line(standing)) for problem, standing in problems.items()] for problems in told.told
        ]
        pairs = zip(told.students.tolist(), told.codes.tolist(), strict=True)
        wanted = {(student, *line) for student, code in pairs for line in computed[code]}
        kept = _kept_lines(connection, told.students)
        return kept - wanted, wanted - kept


def renew_cases(connection: Connection, facts: Facts, rules: Rules, students: Students) -> None:
    """Write down where each problem of these students stands."""
    gone, new = changed_cases(connection, facts, rules, students)
    one = delete(cases).where(cases.c.student_id == bindparam("who"), cases.c.problem == bindparam("what"))
    if gone:
        connection.execute(one, [{"who": line[0], "what": line[1]} for line in sorted(gone)])
    names = ("student_id", "problem", *CASE_COLUMNS)
    insert_lines(connection, cases, [dict(zip(names, line, strict=True)) for line in sorted(new)])


def case_line(standing: Standing) -> tuple[str, str, str, str, str, str, str]:
    """Return what the table ``cases`` says of a standing, in the order of `CASE_COLUMNS`."""
    progress, decision = standing.progress, standing.progress.decision
    told = (decision.step, decision.owner, decision.state, progress.connection)
    return (*told, standing.suggestion, standing.since, standing.waiting_since)


def _sightings_of(facts: Facts, rules: Rules, students: Students) -> tuple[pd.DataFrame, list[Sighting]]:
    """Return the students' sightings by code, and each that differs; those of a problem no rule knows are left out."""
    seen = facts.sightings[np.isin(facts.sightings["student_id"], students)]
    together = seen["import_id"].to_numpy() * len(facts.decisions) + seen["decision_id"].to_numpy()
    occurring, codes = np.unique(together, return_inverse=True)
    files = {line.id: line for line in facts.imports}
    sightings = []
    for file, decision in zip(*np.divmod(occurring, max(len(facts.decisions), 1)), strict=True):
        line = files[int(file)]
        sightings.append(Sighting(line.date, line.purpose, *facts.decisions[decision]))
    kinds = {kind.id for kind in rules.kinds}  # an office's own may have gone since
    known = np.array([sighting.problem in kinds for sighting in sightings], dtype=np.bool_)
    return seen.assign(code=codes)[known[codes]], sightings


def _distinct(who: Students, what: Students, count: int) -> tuple[npt.NDArray[np.intp], list[list[int]]]:
    """Return for each of so many students the number of all that is told of them, and each such telling once."""
    in_order = what[np.lexsort((what, who))].astype(np.int32)
    ends = np.cumsum(np.bincount(who, minlength=count)) * in_order.itemsize
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(in_order)]
    encoded = pa.Array.from_buffers(pa.binary(), count, buffers).dictionary_encode()
    histories = [np.frombuffer(told, np.int32).tolist() for told in encoded.dictionary.to_pylist()]
    return encoded.indices.to_numpy(zero_copy_only=False), histories


def _told(facts: list[Sighting | Result], rules: Rules) -> dict[str, Standing]:
    sightings = [fact for fact in facts if isinstance(fact, Sighting)]
    return cases_of(sightings, [fact for fact in facts if isinstance(fact, Result)], rules)


def _kept_lines(connection: Connection, students: Students) -> set[_Line]:
    found = select(cases.c.student_id, cases.c.problem, *(cases.c[name] for name in CASE_COLUMNS))
    if len(students) <= _AT_ONCE:
        found = found.where(cases.c.student_id.in_(students.tolist()))
        return {tuple(line) for line in connection.execute(found)}
    asked = set(students.tolist())
    return {tuple(line) for line in connection.execute(found).all() if line[0] in asked}
