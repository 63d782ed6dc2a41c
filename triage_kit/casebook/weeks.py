"""What the case book knows about the weeks before: who was refused then, and whether a new file fits in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.casebook.facts import Facts, ImportLine
from triage_kit.casebook.history import SYNC
from triage_kit.casebook.recognition import KEY_KINDS
from triage_kit.casebook.update import RefusedFile, known_import

__all__ = ["Lookback", "RecordedLine", "WeekLine", "cautions", "look_back", "names_of", "results_of", "weeks_before"]

Students = npt.NDArray[np.int64]

#: A file counts as unusually small below this share of the usual rows, once weeks have at least so many.
_SMALL_SHARE, _SMALL_FROM = 0.5, 20
#: The wrong school's file shows by its addresses: a share of ours that is less than half of last time's.
_OWN_SHARE, _OWN_FROM = 0.5, 10


class WeekLine(NamedTuple):
    """One regular file: its number in the case book, date, refused rows, and rows uploaded where that is known."""

    id: int
    date: str
    rows: int
    own_school_rows: int
    uploaded: int | None
    domains: str


class RecordedLine(NamedTuple):
    """What staff recorded of a student: at which address, if they said so, and the old username that they found."""

    date: str
    outcome: str
    old_username: str
    email: str

    def __repr__(self) -> str:
        return "<RecordedLine>"


@dataclass(frozen=True, repr=False)
class Lookback:
    """What was refused before a regular file: in the last one, and who was in any.

    ``last`` has a line per student and problem of the last file: ``student``, ``problem``, in this order.
    """

    last: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"student": [], "problem": []}).astype("int64"))
    before: Students = field(default_factory=lambda: np.array([], dtype=np.int64))
    last_date: str = ""


def weeks_before(imports: Sequence[ImportLine], *, date: str = "", import_id: int = 0) -> list[WeekLine]:
    """Return the regular files before a date, or before a file that is recorded; all of them if neither is given."""
    regular = [line for line in imports if line.purpose == SYNC]
    lines = [WeekLine(*(getattr(line, name) for name in WeekLine._fields)) for line in regular]
    if import_id:
        places = [place for place, line in enumerate(lines) if line.id == import_id]
        return lines[: places[0]]
    return [line for line in lines if line.date < date] if date else lines


def look_back(facts: Facts, import_id: int) -> Lookback:
    """Return what was refused before a recorded file."""
    earlier = weeks_before(facts.imports, import_id=import_id)
    if not earlier:
        return Lookback()
    seen = facts.sightings[facts.sightings["import_id"] == earlier[-1].id]
    problems = np.array([decision[0] for decision in facts.decisions], dtype=object)
    last = pd.DataFrame({"student": seen["student_id"], "problem": problems[seen["decision_id"]]})
    last = last.drop_duplicates().sort_values(["student", "problem"], ignore_index=True)
    return Lookback(last, facts.students_in([line.id for line in earlier]), earlier[-1].date)


def cautions(imports: Sequence[ImportLine], week: RefusedFile) -> list[str]:
    """Return why a file may be the wrong one, in sentences; of one recorded before only the school can be wrong."""
    lines = weeks_before(imports)
    if not lines:
        return []
    found = []
    last = lines[-1]
    if known_import(imports, week)[0]:
        return _of_other_domains(week, last)
    if week.date < last.date:
        found.append(f"The file is of {week.date}, older than the last one in the case book ({last.date}).")
    if week.date in {line.date for line in lines}:
        found.append(f"Another file of {week.date} is in the case book already.")
    return found + (_of_other_domains(week, last) or _of_another_school(week, last)) + _unusually_small(week, lines)


def _of_other_domains(week: RefusedFile, last: WeekLine) -> list[str]:
    domains = ";".join(sorted(week.domains))
    if domains and last.domains and not set(domains.split(";")) & set(last.domains.split(";")):
        return [
            f"The school's domains are {domains.replace(';', ', ')}; so far they were "
            f"{last.domains.replace(';', ', ')}. A case book is for one school."
        ]
    return []


def _of_another_school(week: RefusedFile, last: WeekLine) -> list[str]:
    rows = len(week.table)
    if min(rows, last.rows) < _OWN_FROM:
        return []
    share = float((week.table["domain_kind"] == "own-school").mean())
    if share < _OWN_SHARE * last.own_school_rows / last.rows:
        return [
            f"Only {share:.0%} of the rows have an address of our school; last time it was "
            f"{last.own_school_rows / last.rows:.0%}. Is it another school's file?"
        ]
    return []


def _unusually_small(week: RefusedFile, lines: list[WeekLine]) -> list[str]:
    usual = median(line.rows for line in lines[-8:])
    rows = len(week.table)
    if usual < _SMALL_FROM or rows >= _SMALL_SHARE * usual:
        return []
    return [f"The file has {rows:,} rows; usually there are about {usual:,.0f}. Is it only a part?"]


def names_of(facts: Facts, students: Students) -> pd.DataFrame:
    """Return a line per student with the keys by which they are known, several of a kind joined by ``; ``."""
    known = facts.register.table_of(students).sort_values(["student", "kind", "value"])
    several = known.duplicated(["student", "kind"], keep=False)
    joined = known[several].groupby(["student", "kind"], as_index=False)["value"].agg("; ".join)
    names = pd.concat([known[~several], joined]).pivot(index="student", columns="kind", values="value")
    return names.reindex(index=students, columns=list(KEY_KINDS)).astype("str").fillna("")


def results_of(facts: Facts, students: Students) -> dict[int, list[RecordedLine]]:
    """Return by student what staff recorded, oldest first."""
    lines: dict[int, list[RecordedLine]] = {}
    if not facts.results:
        return lines
    asked = set(students.tolist())
    for line in sorted(facts.results, key=lambda line: (line.date, line.outcome)):
        if line.student_id in asked:
            recorded = RecordedLine(*(getattr(line, name) for name in RecordedLine._fields))
            lines.setdefault(line.student_id, []).append(recorded)
    return lines
