"""How the refused rows of one week relate to those of the weeks before.

Totals only, and never beside the names of domains: whoever knows how many rows came and went can subtract one week's
counts by domain from the next and find a count that was hidden. Rounding does not help: with a domain at 18 rows in
one week, hidden in the next, and fewer than ten rows gone, nine is the only number left. So a page that may be
forwarded either names domains (`triage_kit.report`) or tells what changed (`triage_kit.week`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.rulebook import Rules, load_rules
from triage_kit.triage import triage

if TYPE_CHECKING:
    from triage_kit.domains import School
    from triage_kit.reading import FailedRows

__all__ = ["CHANGES", "Comparison", "change_of_rows", "compare_files", "count_changes", "share_of"]

Students = npt.NDArray[np.int64]

#: How a row relates to the weeks before, with its words on screen; ``gone`` is said of students, the rest of rows.
CHANGES = {
    "new": "new",
    "again": "failed last time too",
    "moved": "moved to another problem",
    "back": "back again",
    "unknown": "not recognisable: no username, e-mail address or card ID",
    "gone": "no longer listed",
}
_PLACE = {name: place for place, name in enumerate(CHANGES)}


@dataclass(frozen=True, repr=False)
class Comparison:
    """Several files, each compared with those before it.

    ``weeks`` has one line per file in the order given: ``rows`` and a column for each of `CHANGES`; ``changes`` holds
    for each file the change of each row; ``moves`` counts for the last file the rows that moved: ``before``, ``now``
    (kinds), ``rows``.
    """

    weeks: pd.DataFrame
    changes: tuple[pd.Series, ...]
    moves: pd.DataFrame


def change_of_rows(
    students: Students,
    problems: pd.Series,
    *,
    last: pd.DataFrame,
    before: Students,
    returned: npt.NDArray[np.bool_] | None = None,
) -> pd.Categorical:
    """Return how each row relates to the weeks before.

    Parameters
    ----------
    students, problems
        Of each row, the problems as categories; student 0 is nobody who could be recognised.
    last
        A line per ``student`` and ``problem`` of the last file before.
    before
        Who was in any file before.
    returned
        Which rows are of a problem that was done and is refused again; none if not given.
    """
    kinds = problems.cat.categories
    known = last[last["problem"].isin(kinds)]
    pairs_before = known["student"].to_numpy() * len(kinds) + kinds.get_indexer(known["problem"])
    again = np.isin(students * len(kinds) + problems.cat.codes.to_numpy(), pairs_before)
    absent = ~np.isin(students, last["student"]) | (False if returned is None else returned)
    change = np.select(
        [students == 0, ~np.isin(students, before), absent, again],
        [_PLACE["unknown"], _PLACE["new"], _PLACE["back"], _PLACE["again"]],
        default=_PLACE["moved"],
    )
    return pd.Categorical.from_codes(change, categories=list(CHANGES))


def count_changes(changes: pd.Categorical, gone: int) -> pd.DataFrame:
    """Return one line per change that occurs: ``change``, ``title``, ``rows``; of ``gone``, students are counted."""
    counts = changes.value_counts().to_dict() | {"gone": gone}
    shown = [name for name in CHANGES if counts[name]]
    return pd.DataFrame(
        {"change": shown, "title": [CHANGES[name] for name in shown], "rows": [counts[name] for name in shown]}
    ).astype({"change": "str", "title": "str", "rows": "int64"})


def share_of(rows: int, uploaded: int | None) -> str:
    """Return which share of the uploaded rows was refused; blank where it is not known.

    >>> share_of(42, 1300), share_of(1, 100000), share_of(5, None)
    ('3.2%', 'less than 0.1%', '')
    """
    if not uploaded:
        return ""
    share = 100 * rows / uploaded
    return "less than 0.1%" if 0 < share < 0.1 else f"{share:.1f}%"


def compare_files(files: Sequence[FailedRows], school: School, *, rules: Rules | None = None) -> Comparison:
    """Return how several files of failed rows relate, oldest first, without a case book."""
    from triage_kit.casebook import Register, key_table  # only now: it loads the database's library

    rules = rules or load_rules()
    register, before = Register(), np.array([], dtype=np.int64)
    last = _pairs(before, pd.Series([], dtype="str"))
    lines, changes = [], []
    moves: list[tuple[str, str]] = []
    for failed in files:
        problems = triage(failed, school, rules=rules)["kind"]
        students, _ = register.recognise(key_table(failed, rules))
        change = change_of_rows(students, problems, last=last, before=before)
        gone = len(np.setdiff1d(last["student"], students))
        lines.append({"rows": len(failed.rows)} | change.value_counts().to_dict() | {"gone": gone})
        changes.append(pd.Series(change, index=failed.rows.index, name="change").astype("str"))
        moves = _moves(students, problems, change == "moved", last)
        before = np.union1d(before, students[students > 0])
        last = _pairs(students, problems)
    return Comparison(pd.DataFrame(lines), tuple(changes), count_moves(moves))


def count_moves(moves: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return how many rows moved from which problem to which: ``before``, ``now``, ``rows``, most rows first."""
    table = pd.DataFrame(list(moves), columns=["before", "now"], dtype="str")
    counts = table.groupby(["before", "now"]).size().rename("rows").reset_index()
    return counts.sort_values(["rows", "before", "now"], ascending=[False, True, True], ignore_index=True)


def _moves(
    students: Students, problems: pd.Series, moved: npt.NDArray[np.bool_], last: pd.DataFrame
) -> list[tuple[str, str]]:
    """Return the problems before and now of each row that moved; several before are joined by ``;``."""
    concerned = last[np.isin(last["student"], students[moved])]
    before = concerned.groupby("student")["problem"].agg(";".join)
    return list(zip(before.reindex(students[moved]), problems[moved].astype("str"), strict=True))


def _pairs(students: Students, problems: pd.Series) -> pd.DataFrame:
    """Return a line per student and problem, in their order."""
    pairs = pd.DataFrame({"student": students, "problem": problems.astype("str").to_numpy()})[students > 0]
    return pairs.drop_duplicates().sort_values(["student", "problem"], ignore_index=True)
