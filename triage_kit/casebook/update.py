"""Writing down what became known: the failed rows of a week, of our own upload, and what staff recorded.

Each call is one transaction. A file counts once, by its bytes; a result counts once, by student, outcome and date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, and_, delete, insert, select, update

from triage_kit.casebook.cases import renew_cases
from triage_kit.casebook.recognition import Doubt, Keys, Register
from triage_kit.casebook.schema import doubts, imports, keys, results, settings, sightings, students
from triage_kit.rulebook import Rules

__all__ = ["Recorded", "RecordedResult", "RefusedFile", "known_import", "record"]

#: How many lines go to the database at once.
_BATCH = 5_000
_SIGHTING_COLUMNS = ("problem", "origin", "domain_kind", "step", "if_refused", "rule")


@dataclass(frozen=True, repr=False)
class RefusedFile:
    """A file of failed rows as the case book takes it: who (``who``, in the table's order) and what, nothing else.

    ``table`` is the triage table before any result; ``content`` the sha256 of the file's bytes. Where ``dated`` is
    false nobody said of which day it is: then the same bytes are the same file, else only those of the same day are
    (stuck students can give two weeks the same bytes).
    """

    purpose: str
    content: str
    date: str
    table: pd.DataFrame
    who: Sequence[Keys]
    domains: tuple[str, ...] = ()
    uploaded: int | None = None
    dated: bool = True


@dataclass(frozen=True, repr=False)
class RecordedResult:
    """What staff recorded of one student; ``date`` is blank where they gave none and ``read_for`` counts instead."""

    who: Keys
    outcome: str
    date: str = ""
    read_for: str = ""
    old_username: str = ""


@dataclass(frozen=True)
class Recorded:
    """What an update did.

    ``import_id`` and ``students`` (by row number) belong to the regular file. ``was_known`` says that its bytes were
    recorded before. ``results_of_nobody`` and ``results_in_doubt`` hold the positions of results whose student is not
    in the case book, or could be several; ``reupload_rows_of_nobody`` counts rows of our own upload likewise.
    ``results`` says of each result whose it is, its outcome and day; None for those just named. ``known_results``
    holds the positions of those that were recorded before.
    """

    import_id: int = 0
    was_known: bool = False
    students: dict[int, int] = field(default_factory=dict, repr=False)
    without_keys: int = 0
    doubts: tuple[Doubt, ...] = ()
    new_results: int = 0
    results_of_nobody: tuple[int, ...] = ()
    results_in_doubt: tuple[int, ...] = ()
    known_results: frozenset[int] = frozenset()
    repeated_without_date: tuple[int, ...] = ()
    reupload_rows_of_nobody: int = 0
    results: tuple[tuple[int, str, str] | None, ...] = field(default=(), repr=False)


def record(
    connection: Connection,
    rules: Rules,
    *,
    week: RefusedFile | None = None,
    reuploads: Sequence[RefusedFile] = (),
    recorded: Sequence[RecordedResult] = (),
) -> Recorded:
    """Write down a week inside the caller's transaction and bring the cases that it touches up to date."""
    register = _load_register(connection)
    done: dict[str, Any] = _record_week(connection, register, week) if week is not None else {}
    touched = set(done.get("students", {}).values())
    done["reupload_rows_of_nobody"] = sum(_record_reupload(connection, register, file, touched) for file in reuploads)
    done |= _record_results(connection, register, recorded, touched)
    renew_cases(connection, rules, touched)
    return Recorded(**done)


def _load_register(connection: Connection) -> Register:
    last = connection.scalar(select(settings.c.value).where(settings.c.name == "last_student")) or 0
    known = connection.execute(select(keys.c.student_id, keys.c.kind, keys.c.value))
    return Register.of(((row.student_id, row.kind, row.value) for row in known), int(last))


# --- files ----------------------------------------------------------------------------------------------------------


def _record_week(connection: Connection, register: Register, week: RefusedFile) -> dict[str, Any]:
    known = known_import(connection, week)[0]
    if known:
        found = select(sightings.c.row_number, sightings.c.student_id).where(sightings.c.import_id == known)
        by_row = {row.row_number: row.student_id for row in connection.execute(found)}
        connection.execute(delete(sightings).where(sightings.c.import_id == known))
        if week.uploaded is not None:
            connection.execute(update(imports).where(imports.c.id == known).values(uploaded=week.uploaded))
        _add_sightings(connection, known, week, by_row)
        return {"import_id": known, "was_known": True, "students": by_row}
    first_new = register.last + 1
    who, unclear = register.recognise(week.who)
    _save_students(connection, register, range(first_new, register.last + 1), unclear)
    by_row = {int(row): student for row, student in zip(week.table.index, who, strict=True) if student}
    import_id = _add_import(connection, week)
    _add_sightings(connection, import_id, week, by_row)
    without_keys = len(who) - len(by_row)
    return {"import_id": import_id, "students": by_row, "without_keys": without_keys, "doubts": tuple(unclear)}


def _record_reupload(connection: Connection, register: Register, file: RefusedFile, touched: set[int]) -> int:
    """Write down the refused rows of our own upload; return how many belong to nobody, or to somebody of several."""
    found = [register.find(who) for who in file.who]
    rows = zip(file.table.index, found, strict=True)
    by_row = {int(row): students_[0] for row, students_ in rows if len(students_) == 1}
    touched.update(by_row.values())
    if not known_import(connection, file)[0]:
        _add_sightings(connection, _add_import(connection, file), file, by_row)
    return len(found) - len(by_row)


def known_import(connection: Connection, file: RefusedFile) -> tuple[int, str]:
    """Return number and day under which a file is recorded; 0 and its own day if it is not."""
    same = (imports.c.purpose == file.purpose) & (imports.c.content == file.content)
    if file.dated:
        same &= imports.c.date == file.date
    found = connection.execute(select(imports.c.id, imports.c.date).where(same).order_by(imports.c.date.desc())).first()
    return (int(found.id), str(found.date)) if found else (0, file.date)


def _add_import(connection: Connection, file: RefusedFile) -> int:
    last = connection.scalar(select(imports.c.id).order_by(imports.c.id.desc()).limit(1)) or 0
    values = {
        "id": int(last) + 1,
        "purpose": file.purpose,
        "content": file.content,
        "date": file.date,
        "rows": len(file.table),
        "own_school_rows": int((file.table["domain_kind"] == "own-school").sum()),
        "uploaded": file.uploaded,
        "domains": ";".join(sorted(file.domains)),
    }
    connection.execute(insert(imports).values(values))
    return int(last) + 1


def _add_sightings(connection: Connection, import_id: int, file: RefusedFile, by_row: dict[int, int]) -> None:
    columns = [file.table[name].astype("str").tolist() for name in ("kind", *_SIGHTING_COLUMNS[1:])]
    lines = [
        {"import_id": import_id, "row_number": int(row), "student_id": by_row[int(row)]}
        | dict(zip(_SIGHTING_COLUMNS, values, strict=True))
        for row, *values in zip(file.table.index, *columns, strict=True)
        if int(row) in by_row
    ]
    _add(connection, sightings, lines)


def _save_students(connection: Connection, register: Register, new: range, unclear: Iterable[Doubt]) -> None:
    _add(connection, students, [{"id": student} for student in new])
    _add(
        connection,
        keys,
        [{"student_id": student, "kind": kind, "value": value} for student, kind, value in register.added],
    )
    register.added.clear()
    _add(
        connection,
        doubts,
        [{"student_id": doubt.student, "other_id": other} for doubt in unclear for other in doubt.others],
    )
    connection.execute(update(settings).where(settings.c.name == "last_student").values(value=register.last))


# --- results --------------------------------------------------------------------------------------------------------


def _record_results(
    connection: Connection, register: Register, recorded: Sequence[RecordedResult], touched: set[int]
) -> dict[str, Any]:
    if not recorded:
        return {}
    known = {
        (row.student_id, row.outcome, row.date): row.dated
        for row in connection.execute(select(results.c.student_id, results.c.outcome, results.c.date, results.c.dated))
    }
    undated = {(student, outcome) for (student, outcome, _), dated in known.items() if not dated}
    lines: dict[tuple[int, str, str], dict[str, Any]] = {}
    whose: list[tuple[int, str, str] | None] = [None] * len(recorded)
    nobody: list[int] = []
    unclear: list[int] = []
    repeated: list[int] = []
    for position, result in enumerate(recorded):
        found = register.find(result.who)
        if len(found) != 1:
            (unclear if found else nobody).append(position)
            continue
        date = result.date or result.read_for
        key = whose[position] = (found[0], result.outcome, date)
        if key in known or key in lines:
            _add_old_username(connection, key, result.old_username)
            continue
        if not result.date and key[:2] in undated:
            repeated.append(position)
            continue
        lines[key] = dict(zip(("student_id", "outcome", "date"), key, strict=True)) | {
            "dated": bool(result.date),
            "old_username": result.old_username,
            "email": result.who.email or register.address_of(found[0]),
        }
    _add(connection, results, list(lines.values()))
    touched.update(student for student, _, _ in lines)
    return {
        "new_results": len(lines),
        "results_of_nobody": tuple(nobody),
        "results_in_doubt": tuple(unclear),
        "known_results": frozenset(place for place, key in enumerate(whose) if key in known),
        "repeated_without_date": tuple(repeated),
        "results": tuple(whose),
    }


def _add_old_username(connection: Connection, key: tuple[int, str, str], old_username: str) -> None:
    """Write down an old username that staff filled in after the result itself."""
    if old_username:
        columns = (results.c.student_id, results.c.outcome, results.c.date)
        same = and_(*(column == value for column, value in zip(columns, key, strict=True)))
        connection.execute(update(results).where(same).values(old_username=old_username))


def _add(connection: Connection, table: Table, lines: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(lines), _BATCH):
        connection.execute(insert(table), lines[start : start + _BATCH])
