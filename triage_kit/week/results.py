"""What staff recorded, ready for the case book: whose, of which day, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from triage_kit.casebook import Keys, RecordedResult, plain_key
from triage_kit.errors import InputError
from triage_kit.outcomes import read_outcomes
from triage_kit.rulebook import Rules
from triage_kit.week.folder import MARK, day_of_folder

__all__ = ["OriginOfResult", "read_results"]


class OriginOfResult(NamedTuple):
    """The file and line in which a result stands."""

    file: str
    line: str

    @property
    def where(self) -> str:
        """The place in words."""
        return f"{self.file}, line {self.line}"


def read_results(
    paths: Sequence[Path], rules: Rules, *, or_else: str, must_read: bool = True
) -> tuple[list[RecordedResult], list[OriginOfResult], tuple[str, ...]]:
    """Return the results, where each stands, and in sentences what could not be read as one.

    A result without a date is of the day of the week's folder in which its file lies; elsewhere it is taken for one
    on the file before, of the day ``or_else``. A file that cannot be read is said to be so, or, where it was asked for
    (``must_read``), stops everything.
    """
    results: list[RecordedResult] = []
    origins: list[OriginOfResult] = []
    unread: list[str] = []
    for path in paths:
        place = path / "to-do" if (path / MARK).is_file() else path
        try:
            table = read_outcomes(place, rules=rules)
        except InputError as error:
            if must_read:
                raise
            unread.append(f"{place.parent.name}, {error}")
            continue
        day = day_of_folder(place)
        who = _keys(table)
        for keys, row in zip(who, table.itertuples(index=False), strict=True):
            origin = OriginOfResult(str(row.file), str(row.line))
            if row.problem:
                unread.append(f"{origin.where}: {row.problem}.")
                continue
            date = str(row.date)[:10] or day
            results.append(RecordedResult(keys, str(row.outcome), date, or_else, keys.old_username))
            origins.append(origin)
    return results, origins, tuple(unread)


def _keys(table: pd.DataFrame) -> list[Keys]:
    columns = [plain_key(table[name]) for name in ("username", "email_address", "old_username")]
    return [Keys(username, email, "", old) for username, email, old in zip(*columns, strict=True)]
