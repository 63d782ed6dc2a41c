"""A file of failed rows as the case book takes it: its day, its bytes, whose rows, and what is wrong with them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.casebook import SYNC, RefusedFile, key_table
from triage_kit.errors import InputError
from triage_kit.past.days import date_of

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.domains import School
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["content_of", "refused_file"]


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
    who, domains = key_table(failed, rules), tuple(school.domains)
    return RefusedFile(purpose, content_of(path), date_, table, who, domains, uploaded, dated)


def content_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, by which it is known again."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path.name}: the file cannot be read ({error.strerror}).") from None
