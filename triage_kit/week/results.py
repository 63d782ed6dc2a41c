"""What staff recorded, ready for the case book: whose, of which day, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from triage_kit.actions.notices import finding_lines
from triage_kit.casebook import Keys, RecordedResult, plain_key
from triage_kit.errors import InputError
from triage_kit.outcomes import read_outcomes
from triage_kit.rulebook import Rules
from triage_kit.week.folder import MARK, day_of_folder

__all__ = ["Finding", "read_results", "unread_lines"]


class Finding(NamedTuple):
    """A recorded result that moved nobody: its file, the line there, and why."""

    file: str
    line: str
    problem: str


def read_results(
    paths: Sequence[Path], rules: Rules, *, must_read: bool = True
) -> tuple[list[RecordedResult], list[tuple[str, str]], list[Finding]]:
    """Return the results, file and line of each, and what could not be read as one.

    A result without a date is of the day of the week's folder in which its file lies; elsewhere it keeps none. A file
    that cannot be read is said to be so, or, where it was asked for (``must_read``), stops everything.
    """
    results: list[RecordedResult] = []
    origins: list[tuple[str, str]] = []
    findings: list[Finding] = []
    for path in paths:
        place = path / "to-do" if (path / MARK).is_file() else path
        day = day_of_folder(place)
        week = f"{place.absolute().parent.name}/" if day and place.is_dir() else ""
        try:
            table = read_outcomes(place, rules=rules)
        except InputError as error:
            if must_read:
                raise
            findings.append(Finding(f"{week}{place.name}", "", str(error).removesuffix(".")))
            continue
        for keys, row in zip(_keys(table), table.itertuples(index=False), strict=True):
            origin = (f"{week}{row.file}", str(row.line))
            if row.problem:
                findings.append(Finding(*origin, str(row.problem)))
                continue
            date = str(row.date)[:10] or day
            results.append(RecordedResult(keys, str(row.outcome), date, old_username=str(row.old_username).strip()))
            origins.append(origin)
    return results, origins, findings


def unread_lines(findings: Sequence[Finding]) -> list[str]:
    """Return in sentences what could not be read or moved nobody."""
    return finding_lines(pd.DataFrame(findings, columns=list(Finding._fields), dtype="str"))


def _keys(table: pd.DataFrame) -> list[Keys]:
    columns = [plain_key(table[name]) for name in ("username", "email_address", "old_username")]
    return [Keys(username, email, "", old) for username, email, old in zip(*columns, strict=True)]
