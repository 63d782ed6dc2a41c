"""The day of a file: as somebody gave it, as the file's name says, or on which the file was last changed."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from pathlib import Path

from triage_kit.errors import InputError, SettingsError

__all__ = ["checked_date", "date_of", "day_in_name"]

_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


def date_of(path: Path, given: str = "", *, or_else: str = "") -> tuple[str, bool]:
    """Return the day of a file, and whether that is certain: as given, or as its name says.

    Else it is ``or_else``, or the day on which the file was last changed, and that is not certain.

    Raises
    ------
    InputError
        If nothing but the file can tell, and it is not there any more.
    """
    if named := checked_date(given) if given else day_in_name(path):
        return named, True
    try:
        return or_else or date.fromtimestamp(path.stat().st_mtime).isoformat(), False
    except OSError as error:
        raise InputError(f"{path.name}: the file cannot be read ({error.strerror}).") from None


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
