"""Writing down what became known: the lines that the facts have now and had not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, update

from triage_kit.casebook.cases import renew_cases
from triage_kit.casebook.database import insert_lines
from triage_kit.casebook.facts import Facts, ResultLine, uncollected
from triage_kit.casebook.schema import (
    decisions,
    doubts,
    imports,
    keys,
    mark_changed,
    results,
    settings,
    sightings,
    students,
)
from triage_kit.rulebook import Rules

if TYPE_CHECKING:
    from triage_kit.casebook.update import Recorded

__all__ = ["write_down"]

_DECISION_COLUMNS = ("id", "problem", "origin", "domain_kind", "step", "if_refused", "rule")
_SIGHTING_COLUMNS = ("import_id", "row_number", "student_id", "decision_id")


def write_down(connection: Connection, rules: Rules, before: Facts, done: Recorded) -> None:
    """Write down what is new, and where the cases stand that it touches."""
    mark_changed(connection)
    with uncollected():
        _write_students(connection, before, done)
        _write_imports(connection, before, done)
        _write_sightings(connection, before, done)
        _write_results(connection, before.results, done.facts.results)
        renew_cases(connection, done.facts, rules, done.touched)


def _write_students(connection: Connection, before: Facts, done: Recorded) -> None:
    register = done.facts.register
    if register.last == before.register.last and not register.added:
        return
    new = range(before.register.last + 1, register.last + 1)
    insert_lines(connection, students, [{"id": student} for student in new])
    for kind, who, values in register.added:
        pairs = zip(who.tolist(), values.to_pylist(), strict=True)
        lines = [{"student_id": student, "kind": kind, "value": value} for student, value in pairs]
        insert_lines(connection, keys, lines)
    unclear = [{"student_id": doubt.student, "other_id": other} for doubt in done.doubts for other in doubt.others]
    insert_lines(connection, doubts, unclear)
    connection.execute(update(settings).where(settings.c.name == "last_student").values(value=register.last))


def _write_imports(connection: Connection, before: Facts, done: Recorded) -> None:
    kept = {line.id: line for line in before.imports}
    for line in done.facts.imports:
        if line.id not in kept:
            connection.execute(insert(imports).values(line._asdict()))
        elif line != kept[line.id]:
            connection.execute(update(imports).where(imports.c.id == line.id).values(uploaded=line.uploaded))


def _write_sightings(connection: Connection, before: Facts, done: Recorded) -> None:
    numbered = list(enumerate(done.facts.decisions))[len(before.decisions) :]
    lines = [dict(zip(_DECISION_COLUMNS, (number, *said), strict=True)) for number, said in numbered]
    insert_lines(connection, decisions, lines)
    if done.was_known:
        connection.execute(delete(sightings).where(sightings.c.import_id == done.import_id))
    for table in done.sightings:
        columns = [table[name].tolist() for name in _SIGHTING_COLUMNS]
        rows = [dict(zip(_SIGHTING_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]
        insert_lines(connection, sightings, rows)


def _write_results(connection: Connection, before: tuple[ResultLine, ...], after: tuple[ResultLine, ...]) -> None:
    insert_lines(connection, results, [line._asdict() for line in after[len(before) :]])
    filled_in = [line for line, kept in zip(after, before, strict=False) if line != kept]
    for line in filled_in:
        mine = results.c.student_id == line.student_id
        one = update(results).where(mine, results.c.outcome == line.outcome, results.c.date == line.date)
        connection.execute(one.values(old_username=line.old_username))
