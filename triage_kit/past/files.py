"""A file of failed rows as the case book takes it: its day, its bytes, whose rows, and what is wrong with them."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.casebook import SYNC, RefusedFile, keys_of
from triage_kit.errors import InputError, SettingsError

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.domains import School
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["checked_date", "content_of", "date_of", "day_in_name", "refused_file"]

_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


def refused_file(
    failed: FailedRows,
    table: pd.DataFrame,
    path: Path,
    school: School,
    rules: Rules,
    *,
    purpose: str = SYNC,
    day: tuple[str, bool] | None = None,
    uploaded: int | None = None,
) -> RefusedFile:
    """Return a file as the case book takes it.

    Parameters
    ----------
    table
        Its triage table before any result.
    path
        The file that was read.
    day
        Its day, and whether that is certain; `date_of` its path if not given.
    """
    date_, dated = day or date_of(path)
    who, domains = keys_of(failed, rules), tuple(school.domains)
    return RefusedFile(purpose, content_of(path), date_, table, who, domains, uploaded, dated)


def content_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, by which it is known again."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path.name}: the file cannot be read ({error.strerror}).") from None


def date_of(path: Path, given: str = "", *, or_else: str = "") -> tuple[str, bool]:
    """Return the day of a file, and whether that is certain: as given, or as its name says.

    Else it is ``or_else``, or the day on which the file was last changed, and that is not certain.
    """
    if named := checked_date(given) if given else day_in_name(path):
        return named, True
    return or_else or date.fromtimestamp(path.stat().st_mtime).isoformat(), False


def day_in_name(path: Path) -> str:
    """Return the day that a file's name holds; blank if it holds none.

    >>> day_in_name(Path("failed_rows_20260302.csv"))
    '2026-03-02'
    """
    if found := _DAY_IN_NAME.search(path.stem):
        with contextlib.suppress(ValueError):
            return date(*map(int, found.groups())).isoformat()
    return ""


def checked_date(text: str) -> str:
    """Return a date as it was given, checked for its form."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise SettingsError("The date has to be written like 2026-03-02: year, month, day.") from None
