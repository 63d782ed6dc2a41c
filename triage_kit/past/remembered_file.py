"""What is remembered of one file: read from the case book once, and read again only when the case book has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection

from triage_kit.casebook import (
    SYNC,
    Facts,
    Recognised,
    RefusedFile,
    key_table,
    known_import,
    learn,
    looking,
    mark_of,
    read_facts,
    recognise,
)
from triage_kit.casebook.weeks import cautions
from triage_kit.past.days import date_of
from triage_kit.past.files import content_of
from triage_kit.past.state import WeekState, state_of

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.casebook import RecordedResult
    from triage_kit.domains import School
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["RememberedFile"]


class _Read(NamedTuple):
    """What was read while the case book had this mark: its facts, and who the rows of the file are."""

    mark: int
    facts: Facts
    found: Recognised


class RememberedFile:
    """A file of failed rows beside a case book, to be looked at as often as its school changes.

    Who the rows are depends on neither school nor results, so it is kept until the case book changes; nothing is ever
    written to it. Day and bytes are those of the first look: the file may be moved or saved anew meanwhile.
    """

    def __init__(self, failed: FailedRows, source: str | Path, casebook: str | Path, rules: Rules) -> None:
        self.casebook = casebook
        self._failed, self._source, self._rules = failed, Path(source), rules
        self._read: _Read | None = None

    @cached_property
    def day(self) -> tuple[str, bool]:
        """The day of the file, and whether that is certain."""
        return date_of(self._source)

    @cached_property
    def _who(self) -> pd.DataFrame:
        return key_table(self._failed, self._rules)

    @cached_property
    def _content(self) -> str:
        return content_of(self._source)

    def look(self, table: pd.DataFrame, school: School, results: Sequence[RecordedResult] = ()) -> WeekState:
        """Return where everybody stands (`triage_kit.past.look_at_past`)."""
        date, dated = self.day
        domains = tuple(school.domains)
        week = RefusedFile(SYNC, self._content, date, table, self._who, domains, dated=dated)
        with looking(self.casebook) as connection:
            read = self._read_anew(connection, week)
        doubts = tuple(cautions(read.facts.imports, week))
        week = replace(week, date=known_import(read.facts.imports, week)[1])
        recorded = learn(read.facts, read.found, week=week, recorded=results)
        return replace(state_of(recorded, week, self._rules), doubts=doubts)

    def _read_anew(self, connection: Connection, week: RefusedFile) -> _Read:
        mark = mark_of(connection)
        if self._read is None or self._read.mark != mark:
            facts = read_facts(connection)
            self._read = _Read(mark, facts, recognise(connection, facts, week))
        return self._read
