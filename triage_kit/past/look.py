"""Looking at the past of a file without writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.casebook import RecordedResult
    from triage_kit.domains import School
    from triage_kit.past.state import WeekState
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["look_at_past"]


def look_at_past(
    failed: FailedRows,
    table: pd.DataFrame,
    source: str | Path,
    casebook: str | Path,
    *,
    school: School,
    rules: Rules,
    results: Sequence[RecordedResult] = (),
) -> WeekState:
    """Return where everybody of a file stands; a file that no weekly round has recorded is taken as if one had now.

    The case book stays as it is: what has to be written for looking is undone.

    Parameters
    ----------
    failed, source
        The failed rows, and the file they were read from.
    table
        Their triage table before any result.
    casebook
        The case book's path or URL.
    school, rules
        Those by which the table was made.
    results
        What staff recorded elsewhere, followed as if the case book had been told.

    Raises
    ------
    InputError
        If there is no case book; none is made.
    """
    # Only now: most reports look at no case book, and need not load the database's library.
    from triage_kit.past.remembered_file import RememberedFile

    return RememberedFile(failed, source, casebook, rules).look(table, school, results)
