"""What the case book holds, read into columns: the files, who was refused in them and why, what staff recorded."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, select

from triage_kit.casebook.recognition import KEY_KINDS
from triage_kit.casebook.register import Register
from triage_kit.casebook.schema import decisions, imports, keys, results, settings, sightings

__all__ = ["Facts", "ImportLine", "ResultLine", "distinct", "read_facts", "read_imports", "uncollected"]

Students = npt.NDArray[np.int64]
SIGHTING_COLUMNS = ("import_id", "student_id", "decision_id")


class ImportLine(NamedTuple):
    """One file, as the table ``imports`` has it."""

    id: int
    purpose: str
    content: str
    date: str
    rows: int
    own_school_rows: int
    uploaded: int | None
    domains: str


class ResultLine(NamedTuple):
    """What staff recorded once, as the table ``results`` has it."""

    student_id: int
    outcome: str
    date: str
    dated: bool
    old_username: str
    email: str

    def __repr__(self) -> str:
        return "<ResultLine>"


@dataclass(frozen=True, repr=False)
class Facts:
    """All that the case book holds but what is computed from it.

    ``sightings`` has the columns ``import_id``, ``student_id`` and ``decision_id``, one line per refused row;
    ``decisions`` what the procedure said (problem, origin, kind of domain, step, what if refused, rule), by number.
    """

    register: Register
    imports: tuple[ImportLine, ...] = ()
    decisions: tuple[tuple[str, ...], ...] = ()
    sightings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SIGHTING_COLUMNS, dtype="int64"))
    results: tuple[ResultLine, ...] = ()

    def students_in(self, files: Collection[int]) -> Students:
        """Return who was refused in any of these files."""
        there = np.isin(self.sightings["import_id"], list(files))
        return distinct(self.sightings["student_id"].to_numpy()[there])


def distinct(*students: Students) -> Students:
    """Return the numbers that occur, in order; they are small, so that it is quicker to tick them off than to sort."""
    together = np.concatenate(students)
    ticked = np.zeros(together.max(initial=0) + 1, dtype=np.bool_)
    ticked[together] = True
    return np.flatnonzero(ticked)


def read_facts(connection: Connection) -> Facts:
    """Return what the case book holds."""
    last = connection.scalar(select(settings.c.value).where(settings.c.name == "last_student")) or 0
    seen = select(sightings.c.import_id, sightings.c.student_id, sightings.c.decision_id)
    recorded = select(*(results.c[name] for name in ResultLine._fields))
    with uncollected():
        known = {kind: _read_keys(connection, kind) for kind in KEY_KINDS}
        columns = _columns(connection.execute(seen).all(), 3)
    return Facts(
        Register(known, int(last)),
        read_imports(connection),
        tuple(tuple(line[1:]) for line in connection.execute(select(decisions).order_by(decisions.c.id))),
        pd.DataFrame(dict(zip(SIGHTING_COLUMNS, columns, strict=True))),
        tuple(ResultLine(*line) for line in connection.execute(recorded)),
    )


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Let Python look for no garbage meanwhile: among hundreds of thousands of lines that takes longer than they do."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_imports(connection: Connection) -> tuple[ImportLine, ...]:
    """Return the files that are recorded, oldest first."""
    found = select(*(imports.c[name] for name in ImportLine._fields)).order_by(imports.c.date, imports.c.id)
    return tuple(ImportLine(*line) for line in connection.execute(found))


def _read_keys(connection: Connection, kind: str) -> tuple[Students, pa.Array]:
    found = connection.execute(select(keys.c.student_id, keys.c.value).where(keys.c.kind == kind)).all()
    students, values = zip(*found, strict=True) if found else ((), ())
    return np.array(students, dtype=np.int64), pa.array(values, pa.large_string())


def _columns(lines: Sequence[Sequence[int]], count: int) -> list[Students]:
    """Return lines of numbers turned into columns."""
    return [np.array(column, dtype=np.int64) for column in (zip(*lines, strict=True) if lines else [()] * count)]
