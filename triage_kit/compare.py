"""How the refused rows of one week relate to those of the weeks before.

Totals only, and never beside the names of domains: whoever knows how many rows came and went can subtract one week's
counts by domain from the next and find a count that was hidden. Rounding does not help: with a domain at 18 rows in
one week, hidden in the next, and fewer than ten rows gone, nine is the only number left. So a page that may be
forwarded either names domains (`triage_kit.report`) or tells what changed (`triage_kit.week`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from triage_kit.rulebook import Rules, load_rules
from triage_kit.triage import triage

if TYPE_CHECKING:
    from triage_kit.domains import School
    from triage_kit.reading import FailedRows

__all__ = ["CHANGES", "Comparison", "change_of_rows", "compare_files", "count_changes", "share_of"]

#: How a row relates to the weeks before, with its words on screen; ``gone`` is said of students, the rest of rows.
CHANGES = {
    "new": "new",
    "again": "failed last time too",
    "moved": "moved to another problem",
    "back": "back again",
    "unknown": "not recognisable: no username, e-mail address or card ID",
    "gone": "no longer listed",
}


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
    students: Sequence[int],
    problems: Sequence[str],
    *,
    last: Mapping[int, Collection[str]],
    before: Collection[int],
    returned: Collection[tuple[int, str]] = (),
) -> list[str]:
    """Return how each row relates to the weeks before.

    Parameters
    ----------
    students, problems
        Of each row; student 0 is nobody who could be recognised.
    last
        The problems of each student in the last file before.
    before
        Who was in any file before.
    returned
        Students and problems that were done and are refused again.
    """

    def change(student: int, problem: str) -> str:
        if not student:
            return "unknown"
        if student not in before:
            return "new"
        if student not in last or (student, problem) in returned:
            return "back"
        return "again" if problem in last[student] else "moved"

    return [change(student, problem) for student, problem in zip(students, problems, strict=True)]


def count_changes(changes: Sequence[str], gone: int) -> pd.DataFrame:
    """Return one line per change that occurs: ``change``, ``title``, ``rows``; of ``gone``, students are counted."""
    counts = {name: list(changes).count(name) for name in CHANGES} | {"gone": gone}
    shown = [name for name, count in counts.items() if count]
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
    from triage_kit.casebook import Register, keys_of  # only now: it loads the database's library

    rules = rules or load_rules()
    register, before = Register(), set[int]()
    last: dict[int, set[str]] = {}
    lines, changes = [], []
    moves: list[tuple[str, str]] = []
    for failed in files:
        problems = triage(failed, school, rules=rules)["kind"].astype("str").tolist()
        students, _ = register.recognise(keys_of(failed, rules))
        change = change_of_rows(students, problems, last=last, before=before)
        gone = len(last.keys() - set(students))
        lines.append({"rows": len(failed.rows)} | {name: change.count(name) for name in CHANGES} | {"gone": gone})
        changes.append(pd.Series(change, index=failed.rows.index, dtype="str", name="change"))
        moves = _moves(students, problems, change, last)
        before |= set(students) - {0}
        last = _by_student(students, problems)
    return Comparison(pd.DataFrame(lines), tuple(changes), count_moves(moves))


def count_moves(moves: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return how many rows moved from which problem to which: ``before``, ``now``, ``rows``, most rows first."""
    table = pd.DataFrame(list(moves), columns=["before", "now"], dtype="str")
    counts = table.groupby(["before", "now"]).size().rename("rows").reset_index()
    return counts.sort_values(["rows", "before", "now"], ascending=[False, True, True], ignore_index=True)


def _moves(
    students: Sequence[int], problems: Sequence[str], changes: Sequence[str], last: Mapping[int, Collection[str]]
) -> list[tuple[str, str]]:
    """Return the problems before and now of each row that moved; several before are joined by ``;``."""
    rows = zip(students, problems, changes, strict=True)
    return [(";".join(sorted(last[student])), problem) for student, problem, change in rows if change == "moved"]


def _by_student(students: Sequence[int], problems: Sequence[str]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for student, problem in zip(students, problems, strict=True):
        if student:
            found.setdefault(student, set()).add(problem)
    return found
