"""Looking after the case book: out as a table, students forgotten, checked for soundness."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, delete, func, select, text

from triage_kit.casebook.cases import changed_cases, renew_cases
from triage_kit.casebook.evidence import load_evidence
from triage_kit.casebook.facts import read_facts
from triage_kit.casebook.history import SYNC
from triage_kit.casebook.recognition import KEY_KINDS, Keys
from triage_kit.casebook.schema import (
    cases,
    decisions,
    doubts,
    imports,
    keys,
    mark_changed,
    metadata,
    results,
    settings,
    sightings,
    students,
)
from triage_kit.columns import CONNECTIONS, OWNERS, STATES
from triage_kit.rulebook import Rules

__all__ = [
    "EXPORT_COLUMNS",
    "check",
    "count_lines",
    "export_cases",
    "forget",
    "last_known_dates",
    "mend",
    "students_of",
]

#: One line per case, as `export_cases` gives it.
EXPORT_COLUMNS = (
    "username",
    "email_address",
    "card_id",
    "problem",
    "next_step",
    "who",
    "state",
    "where_the_account_is",
    "suggestion",
    "since",
    "waiting_since",
    "first_refused",
    "last_refused",
    "times_refused",
    "results",
    "could_be_the_same_as",
)
_OF_STUDENT = (doubts, cases, results, sightings, keys)


def export_cases(connection: Connection, rules: Rules) -> pd.DataFrame:
    """Return all cases in words, one line each, in the order in which their students became known: personal data."""
    known = _keys_by_student(connection)
    recorded = _results_by_student(connection, rules)
    seen = _times_refused(connection)
    others = _others_by_student(connection)
    suggestions = {entry.id: entry.title for entry in load_evidence()}
    kinds = {kind.id: kind.title for kind in rules.kinds}
    steps = {step.id: step.title for step in rules.steps}
    lines = []
    for case in connection.execute(select(cases).order_by(cases.c.student_id, cases.c.problem)):
        first, last, times = seen[case.student_id, case.problem]
        also = "; ".join(_named(known.get(other, {})) for other in others.get(case.student_id, ()))
        lines.append(
            (
                *("; ".join(known.get(case.student_id, {}).get(kind, ())) for kind in KEY_KINDS),
                kinds.get(case.problem, case.problem),
                steps.get(case.step, case.step),
                OWNERS.get(case.owner, case.owner),
                STATES.get(case.state, case.state),
                CONNECTIONS.get(case.connection, case.connection),
                suggestions.get(case.suggestion, case.suggestion),
                case.since,
                case.waiting_since,
                first,
                last,
                str(times),
                "; ".join(recorded.get(case.student_id, ())),
                also,
            )
        )
    return pd.DataFrame(lines, columns=list(EXPORT_COLUMNS), dtype="str")


def students_of(connection: Connection, who: Iterable[Keys]) -> set[int]:
    """Return every student who holds one of these keys, whichever."""
    wanted = {pair for entry in who for pair in entry.own}
    held = connection.execute(select(keys.c.student_id, keys.c.kind, keys.c.value))
    return {row.student_id for row in held if (row.kind, row.value) in wanted}


def last_known_dates(connection: Connection) -> dict[int, str]:
    """Return for each student the date of the last file or result that speaks of them."""
    dates: dict[int, str] = {row.id: "" for row in connection.execute(select(students.c.id))}
    seen = select(sightings.c.student_id, func.max(imports.c.date)).join(imports).group_by(sightings.c.student_id)
    recorded = select(results.c.student_id, func.max(results.c.date)).group_by(results.c.student_id)
    for query in (seen, recorded):
        for student, date in connection.execute(query):
            dates[student] = max(dates[student], date)
    return dates


def forget(connection: Connection, gone: Collection[int]) -> int:
    """Take all that is known of these students out; return how many there were.

    The files they were in stay recorded by their bytes and counts, so that reading one again brings nobody back.
    """
    mark_changed(connection)
    in_order = sorted(gone)
    for start in range(0, len(in_order), 900):
        some = in_order[start : start + 900]
        connection.execute(delete(doubts).where(doubts.c.other_id.in_(some)))
        for table in _OF_STUDENT:
            connection.execute(delete(table).where(table.c.student_id.in_(some)))
        connection.execute(delete(students).where(students.c.id.in_(some)))
    return len(in_order)


def check(connection: Connection, rules: Rules) -> list[str]:
    """Return what is wrong with the case book, in sentences without a student's value; nothing if it is sound."""
    findings = []
    if connection.dialect.name == "sqlite":
        answers = [row[0] for row in connection.execute(text("PRAGMA integrity_check"))]
        findings += [f"The file is damaged: {answer}." for answer in answers if answer != "ok"]
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        findings += [f"{len(orphans):,} lines belong to a student or file that is not there."] if orphans else []
    findings += _missing_parts(connection)
    return findings + _wrong_cases(connection, rules)


def _missing_parts(connection: Connection) -> list[str]:
    findings = []
    without = select(func.count()).select_from(students).where(students.c.id.not_in(select(keys.c.student_id)))
    if count := connection.scalar(without):
        findings.append(f"{count:,} students have no username, e-mail or card ID and can never be recognised.")
    highest = connection.scalar(select(func.max(students.c.id))) or 0
    last = connection.scalar(select(settings.c.value).where(settings.c.name == "last_student")) or 0
    if highest > last:
        findings.append("Students have numbers that were not given out: somebody changed the tables by hand.")
    too_many = (
        select(imports.c.id)
        .join(sightings, sightings.c.import_id == imports.c.id)
        .group_by(imports.c.id, imports.c.rows)
        .having(func.count() > imports.c.rows)
    )
    if found := connection.execute(too_many).all():
        findings.append(f"{len(found):,} files have more refused rows than they had lines.")
    return findings


def _wrong_cases(connection: Connection, rules: Rules) -> list[str]:
    gone, new = changed_cases(connection, read_facts(connection), rules, _everybody(connection))
    wrong = len({line[:2] for line in gone | new})
    if not wrong:
        return []
    return [f"{wrong:,} cases do not stand where their history says; “casebook check --mend” computes them anew."]


def mend(connection: Connection, rules: Rules) -> None:
    """Compute all cases anew from what was refused and recorded."""
    mark_changed(connection)
    renew_cases(connection, read_facts(connection), rules, _everybody(connection))


def _everybody(connection: Connection) -> npt.NDArray[np.int64]:
    return np.array([row.id for row in connection.execute(select(students.c.id))], dtype=np.int64)


def count_lines(connection: Connection) -> dict[str, int]:
    """Return how many lines each table has, by its name."""
    return {
        table.name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
        for table in metadata.sorted_tables
    }


def _keys_by_student(connection: Connection) -> dict[int, dict[str, list[str]]]:
    known: dict[int, dict[str, list[str]]] = {}
    for row in connection.execute(select(keys).order_by(keys.c.student_id, keys.c.kind, keys.c.value)):
        known.setdefault(row.student_id, {}).setdefault(row.kind, []).append(row.value)
    return known


def _results_by_student(connection: Connection, rules: Rules) -> dict[int, list[str]]:
    titles = {outcome.id: outcome.title for outcome in rules.outcomes}
    recorded: dict[int, list[str]] = {}
    for row in connection.execute(select(results).order_by(results.c.date, results.c.outcome)):
        recorded.setdefault(row.student_id, []).append(f"{row.date} {titles.get(row.outcome, row.outcome)}")
    return recorded


def _times_refused(connection: Connection) -> dict[tuple[int, str], tuple[str, str, int]]:
    found = (
        select(
            sightings.c.student_id,
            decisions.c.problem,
            func.min(imports.c.date),
            func.max(imports.c.date),
            func.count(func.distinct(sightings.c.import_id)),
        )
        .join(imports, imports.c.id == sightings.c.import_id)
        .join(decisions, decisions.c.id == sightings.c.decision_id)
        .where(imports.c.purpose == SYNC)
        .group_by(sightings.c.student_id, decisions.c.problem)
    )
    return {
        (student, problem): (first, last, times) for student, problem, first, last, times in connection.execute(found)
    }


def _others_by_student(connection: Connection) -> dict[int, list[int]]:
    others: dict[int, list[int]] = {}
    for row in connection.execute(select(doubts).order_by(doubts.c.other_id)):
        others.setdefault(row.student_id, []).append(row.other_id)
    return others


def _named(known: dict[str, list[str]]) -> str:
    return next((known[kind][0] for kind in KEY_KINDS if known.get(kind)), "")
