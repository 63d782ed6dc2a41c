"""What became known: the failed rows of a week and of our own upload, and what staff recorded.

It is taken into the facts first, in memory, and then written down, in the caller's one transaction; a look stops before
that. A file counts once, by its bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, select

from triage_kit.casebook.facts import Facts, ImportLine, distinct, read_facts
from triage_kit.casebook.recognition import Doubt
from triage_kit.casebook.results import RecordedResult, add_results
from triage_kit.casebook.schema import sightings
from triage_kit.casebook.writing import write_down
from triage_kit.categories import combinations
from triage_kit.rulebook import Rules

__all__ = ["Recognised", "Recorded", "RefusedFile", "known_import", "learn", "recognise", "record"]

Students = npt.NDArray[np.int64]
#: What the triage table says of a row as the table ``decisions`` keeps it.
_DECISION = ("kind", "origin", "domain_kind", "step", "if_refused", "rule")


@dataclass(frozen=True, repr=False)
class RefusedFile:
    """A file of failed rows as the case book takes it: who and what, nothing else.

    ``who`` is a table of keys, in the order of ``table``, which is the triage table before any result; ``content`` is
    the sha256 of the file's bytes. Where ``dated`` is false nobody said of which day it is: then the same bytes are the
    same file, else only those of the same day are (stuck students can give two weeks the same bytes).
    """

    purpose: str
    content: str
    date: str
    table: pd.DataFrame
    who: pd.DataFrame
    domains: tuple[str, ...] = ()
    uploaded: int | None = None
    dated: bool = True


@dataclass(frozen=True, repr=False)
class Recognised:
    """Who the rows of the regular file are: it depends on file and case book alone, not on the school.

    ``facts`` are those of the case book, the keys of the file learned; ``students`` has the student of each row, 0 for
    nobody.
    """

    facts: Facts
    students: Students
    known: int = 0
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, repr=False)
class Recorded:
    """What an update did.

    ``facts`` are those after it, ``sightings`` the lines that it brought, with ``row_number``. ``import_id`` and
    ``students`` (of each row, 0 for nobody) belong to the regular file. ``was_known`` says that its bytes were recorded
    before. ``results_of_nobody`` and ``results_in_doubt`` hold the positions of results whose student is not in the
    case book, or could be several; ``reupload_rows_of_nobody`` counts rows of our own upload likewise. ``results`` says
    of each result whose it is, its outcome and day; None for those just named. ``known_results`` holds the positions
    of those that were recorded before.
    """

    facts: Facts
    sightings: tuple[pd.DataFrame, ...] = ()
    import_id: int = 0
    was_known: bool = False
    students: Students = field(default_factory=lambda: np.array([], dtype=np.int64))
    touched: Students = field(default_factory=lambda: np.array([], dtype=np.int64))
    without_keys: int = 0
    doubts: tuple[Doubt, ...] = ()
    new_results: int = 0
    results_of_nobody: tuple[int, ...] = ()
    results_in_doubt: tuple[int, ...] = ()
    known_results: frozenset[int] = frozenset()
    repeated_without_date: tuple[int, ...] = ()
    reupload_rows_of_nobody: int = 0
    results: tuple[tuple[int, str, str] | None, ...] = ()


def record(
    connection: Connection,
    rules: Rules,
    *,
    week: RefusedFile | None = None,
    reuploads: Sequence[RefusedFile] = (),
    recorded: Sequence[RecordedResult] = (),
) -> Recorded:
    """Write down a week inside the caller's transaction and bring the cases that it touches up to date."""
    facts = read_facts(connection)
    found = recognise(connection, facts, week) if week is not None else None
    done = learn(facts, found, week=week, reuploads=reuploads, recorded=recorded)
    write_down(connection, rules, facts, done)
    return done


def recognise(connection: Connection, facts: Facts, week: RefusedFile) -> Recognised:
    """Return who the rows of a regular file are; of one that is recorded, as it was then."""
    known = known_import(facts.imports, week)[0]
    if known:
        found = select(sightings.c.row_number, sightings.c.student_id).where(sightings.c.import_id == known)
        by_row = dict(tuple(line) for line in connection.execute(found).all())
        students = np.array([by_row.get(row, 0) for row in week.table.index.tolist()], dtype=np.int64)
        return Recognised(facts, students, known)
    register = facts.register.copy()
    students, doubts = register.recognise(week.who)
    return Recognised(replace(facts, register=register), students, doubts=tuple(doubts))


def learn(
    facts: Facts,
    found: Recognised | None,
    *,
    week: RefusedFile | None = None,
    reuploads: Sequence[RefusedFile] = (),
    recorded: Sequence[RecordedResult] = (),
) -> Recorded:
    """Return the facts with a week taken in, nothing written: its file, our own uploads, what staff recorded."""
    done = Recorded(facts)
    if week is not None and found is not None:
        done = _with_week(found, week)
    for file in reuploads:
        done = _with_reupload(done, file)
    facts, said = add_results(done.facts, recorded)
    new = [line.student_id for line in facts.results[len(done.facts.results) :]]
    return replace(done, facts=facts, touched=distinct(done.touched, np.array(new, dtype=np.int64)), **said)


def known_import(imports: Sequence[ImportLine], file: RefusedFile) -> tuple[int, str]:
    """Return number and day under which a file is recorded; 0 and its own day if it is not."""
    same = [line for line in imports if (line.purpose, line.content) == (file.purpose, file.content)]
    days = [(line.date, line.id) for line in same if not file.dated or line.date == file.date]
    date, found = max(days, default=(file.date, 0))
    return found, date


def _with_week(found: Recognised, week: RefusedFile) -> Recorded:
    facts, known = found.facts, found.known
    before = facts.students_in([known])
    if known:
        renewed = [
            line._replace(uploaded=week.uploaded) if line.id == known and week.uploaded is not None else line
            for line in facts.imports
        ]
        kept = facts.sightings[facts.sightings["import_id"] != known]
        facts = replace(facts, imports=tuple(renewed), sightings=kept)
    else:
        facts, known = _with_import(facts, week)
    facts, lines = _with_sightings(facts, known, week, found.students)
    without_keys = 0 if found.known else int((found.students == 0).sum())
    said: dict[str, Any] = {"was_known": bool(found.known), "without_keys": without_keys, "doubts": found.doubts}
    touched = distinct(before, lines["student_id"].to_numpy())
    return Recorded(facts, (lines,), known, students=found.students, touched=touched, **said)


def _with_reupload(done: Recorded, file: RefusedFile) -> Recorded:
    """Return the same with the refused rows of our own upload; those of nobody, or of somebody of several, counted."""
    found = done.facts.register.find(file.who)
    students = np.array([who[0] if len(who) == 1 else 0 for who in found], dtype=np.int64)
    facts, lines = done.facts, done.sightings
    if not known_import(facts.imports, file)[0]:
        facts, new = _with_import(facts, file)
        facts, more = _with_sightings(facts, new, file, students)
        lines = (*lines, more)
    return replace(
        done,
        facts=facts,
        sightings=lines,
        touched=distinct(done.touched, students[students > 0]),
        reupload_rows_of_nobody=done.reupload_rows_of_nobody + int((students == 0).sum()),
    )


def _with_import(facts: Facts, file: RefusedFile) -> tuple[Facts, int]:
    number = max((line.id for line in facts.imports), default=0) + 1
    own = int((file.table["domain_kind"] == "own-school").sum())
    rows, domains = len(file.table), ";".join(sorted(file.domains))
    line = ImportLine(number, file.purpose, file.content, file.date, rows, own, file.uploaded, domains)
    in_order = sorted([*facts.imports, line], key=lambda line: (line.date, line.id))
    return replace(facts, imports=tuple(in_order)), number


def _with_sightings(facts: Facts, import_id: int, file: RefusedFile, students: Students) -> tuple[Facts, pd.DataFrame]:
    """Return the facts with the file's rows of these students, and their lines."""
    codes, occurring = combinations(file.table, _DECISION)
    decided = list(occurring.itertuples(index=False, name=None))
    decisions = tuple(dict.fromkeys((*facts.decisions, *decided)))
    numbers = {decision: number for number, decision in enumerate(decisions)}
    who = students > 0
    lines = pd.DataFrame(
        {
            "import_id": import_id,
            "student_id": students[who],
            "decision_id": np.array([numbers[decision] for decision in decided], dtype=np.int64)[codes[who]],
        }
    )
    together = pd.concat([facts.sightings, lines], ignore_index=True)
    row_numbers = file.table.index.to_numpy()[who]
    return replace(facts, decisions=decisions, sightings=together), lines.assign(row_number=row_numbers)
