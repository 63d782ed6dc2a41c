"""The cases beside the facts: read, computed anew, written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select

from triage_kit.casebook.history import Result, Sighting, Standing, cases_of
from triage_kit.casebook.schema import cases, imports, results, sightings
from triage_kit.rulebook import Rules

__all__ = ["CASE_COLUMNS", "renew_cases", "standings"]

#: What stands in the table ``cases`` behind student and problem.
CASE_COLUMNS = ("step", "owner", "state", "connection", "suggestion", "since", "waiting_since")

#: How many students one query names; SQLite takes 999 at least.
_AT_ONCE = 900


def standings(connection: Connection, rules: Rules, students: Collection[int]) -> dict[int, dict[str, Standing]]:
    """Return where each problem of these students stands, computed from the facts alone."""
    seen: dict[int, list[Sighting]] = {student: [] for student in students}
    recorded: dict[int, list[Result]] = {student: [] for student in students}
    for some in _portions(students):
        for student, *fact in connection.execute(_sightings_of(some)):
            if rules_know(rules, fact[2]):
                seen[student].append(Sighting(*fact))
        found = select(results.c.student_id, results.c.date, results.c.outcome).where(results.c.student_id.in_(some))
        for student, date, outcome in connection.execute(found):
            recorded[student].append(Result(date, outcome))
    histories = {student: (tuple(sorted(seen[student])), tuple(sorted(recorded[student]))) for student in students}
    told = {history: cases_of(*history, rules) for history in set(histories.values())}  # few differ among thousands
    return {student: told[history] for student, history in histories.items()}


def renew_cases(connection: Connection, rules: Rules, students: Collection[int]) -> None:
    """Write down where each problem of these students stands."""
    computed = standings(connection, rules, students)
    for some in _portions(students):
        connection.execute(delete(cases).where(cases.c.student_id.in_(some)))
        lines = [
            {"student_id": student, "problem": problem} | case_line(standing)
            for student in some
            for problem, standing in computed[student].items()
        ]
        if lines:
            connection.execute(insert(cases), lines)


def case_line(standing: Standing) -> dict[str, str]:
    """Return what the table ``cases`` says of a standing."""
    decision = standing.progress.decision
    return dict(
        zip(
            CASE_COLUMNS,
            (
                decision.step,
                decision.owner,
                decision.state,
                standing.progress.connection,
                standing.suggestion,
                standing.since,
                standing.waiting_since,
            ),
            strict=True,
        )
    )


def rules_know(rules: Rules, problem: str) -> bool:
    """Return whether the rules still hold a kind: an office's own may have gone since."""
    return any(kind.id == problem for kind in rules.kinds)


def _sightings_of(students: Collection[int]) -> Select[tuple[Any, ...]]:
    found = sightings.c
    return (
        select(
            found.student_id,
            imports.c.date,
            imports.c.purpose,
            found.problem,
            found.origin,
            found.domain_kind,
            found.step,
            found.if_refused,
            found.rule,
        )
        .join(imports, imports.c.id == found.import_id)
        .where(found.student_id.in_(students))
    )


def _portions(students: Collection[int]) -> Iterator[list[int]]:
    in_order = sorted(students)
    for start in range(0, len(in_order), _AT_ONCE):
        yield in_order[start : start + _AT_ONCE]
