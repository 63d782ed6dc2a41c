"""Writing down what became known: the failed rows of a week and of our own upload, and what staff recorded.

Each call is one transaction. A file counts once, by its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select, update

from triage_kit.casebook.cases import renew_cases
from triage_kit.casebook.database import insert_lines
from triage_kit.casebook.recognition import Doubt, Keys, Register
from triage_kit.casebook.results import RecordedResult, record_results
from triage_kit.casebook.schema import doubts, imports, keys, settings, sightings, students
from triage_kit.rulebook import Rules

__all__ = ["Recorded", "RefusedFile", "known_import", "record"]

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
    done |= record_results(connection, register, recorded, touched)
    renew_cases(connection, rules, touched)
    return Recorded(**done)


def _load_register(connection: Connection) -> Register:
    last = connection.scalar(select(settings.c.value).where(settings.c.name == "last_student")) or 0
    known = connection.execute(select(keys.c.student_id, keys.c.kind, keys.c.value))
    return Register.of(((row.student_id, row.kind, row.value) for row in known), int(last))


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
    insert_lines(connection, sightings, lines)


def _save_students(connection: Connection, register: Register, new: range, unclear: Iterable[Doubt]) -> None:
    insert_lines(connection, students, [{"id": student} for student in new])
    insert_lines(
        connection,
        keys,
        [{"student_id": student, "kind": kind, "value": value} for student, kind, value in register.added],
    )
    register.added.clear()
    insert_lines(
        connection,
        doubts,
        [{"student_id": doubt.student, "other_id": other} for doubt in unclear for other in doubt.others],
    )
    connection.execute(update(settings).where(settings.c.name == "last_student").values(value=register.last))
