"""What a batch of failed rows has in common, when it has: one cause, many rows, one fix.

A cause is named only if it explains many rows and next to nothing speaks against it; a mixed batch has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from triage_kit.causes.batch import Batch, Cause
from triage_kit.causes.finders import FINDERS
from triage_kit.rulebook import Rules, load_rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["causes"]

Finder = Callable[[Batch], Iterator[Cause]]


def causes(failed: FailedRows, table: pd.DataFrame, rules: Rules | None = None) -> pd.DataFrame:
    """Return the causes that many of the rows share, the one that explains most rows first; none for a mixed batch.

    Parameters
    ----------
    failed, table
        The failed rows, and the triage table made of them.
    rules
        The rules in force; ours if not given.

    Returns
    -------
    DataFrame
        ``id``; ``sentence``, which holds no value of the file; ``office_sentence``, which does: for the office only;
        ``rows`` (how many it explains); ``row_numbers`` (a tuple); ``fix``: the one thing to do.
    """
    batch = Batch(failed, table, rules or load_rules())
    found = sorted((cause for finder in FINDERS for cause in finder(batch)), key=lambda cause: -len(cause.row_numbers))
    lines = [
        (cause.id, cause.sentence, cause.office_sentence, len(cause.row_numbers), tuple(cause.row_numbers), cause.fix)
        for cause in found
    ]
    return pd.DataFrame(lines, columns=["id", "sentence", "office_sentence", "rows", "row_numbers", "fix"])
