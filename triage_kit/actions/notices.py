"""What there is to say of a to-do folder beside its counts: what was decided, what moved nobody, what was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from triage_kit.actions.catalogue import guard_entries
from triage_kit.actions.plan import Plan
from triage_kit.actions.worklist import LONG_WORKLIST, MOST_ROWS
from triage_kit.outcomes import results_of_others
from triage_kit.wording import count, lines

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["finding_lines", "kept_lines", "passed_over_lines", "plan_lines"]


def plan_lines(plan: Plan, worklist: str) -> list[str]:
    """Return where the work list is if it is a long one, and what was let pass by whose decision."""
    notices = []
    if worklist == LONG_WORKLIST:
        notices.append(
            f"Above {MOST_ROWS:,} rows a workbook is too slow, so all rows are in {LONG_WORKLIST}, without drop-downs: "
            "write the results as they are called in START-HERE.html."
        )
    for said, decided in (("Allowed for all", plan.allowed), ("Looked at one by one", plan.looked_at)):
        for guard, rows in decided.items():
            notices.append(f"{said}: “{guard_entries()[guard].title}” ({count(rows, 'row')}).")
    return notices


def finding_lines(findings: pd.DataFrame | None) -> list[str]:
    """Return a sentence for each recorded result that moved nobody; many of one file and reason are counted."""
    groups = [] if findings is None else findings.groupby(["file", "problem"], sort=False)
    return [f"{_where(file, group['line'])}: {problem}." for (file, problem), group in groups]


def passed_over_lines(failed: FailedRows, outcomes: pd.DataFrame | None) -> list[str]:
    """Return a sentence for each list that holds results of students who are not in the file.

    That is as it should be where they are solved, and a mistake where it is so of all of them.
    """
    sentences = []
    for file, others in results_of_others(failed, outcomes).groupby("file", sort=False):
        if others["all"].all():
            said = f"none of these students is in {failed.name}. Is it another school's list, or an old one?"
        else:
            said = (
                f"{count(len(others), 'result')} of students who are not in {failed.name}; as it should be if they are "
                "solved."
            )
        sentences.append(f"{_where(file, others['line'])}: {said}")
    return sentences


def _where(file: object, numbers: pd.Series) -> str:
    """Return a list of results and the lines in it; the list alone if the whole of it is meant."""
    named = str(file) or "Results"
    return f"{named}, {lines(numbers.tolist())}" if numbers.any() else named


def kept_lines(kept: Mapping[Path, Sequence[str]], target: Path, read: Sequence[Path]) -> list[str]:
    """Return where the work lists of earlier folders are kept now, and that the replaced one was not read if so."""
    unread = [] if target in read else kept.get(target, [])
    notices = []
    if names := [name for listed in kept.values() for name in listed if name not in unread]:
        notices.append(f"The results recorded so far are kept in {', '.join(names)}: next time this folder is enough.")
    if unread:
        name = f'"{target.name}"' if " " in target.name else target.name
        notices.append(
            f"The results recorded before are kept in {', '.join(unread)} and were not read: to use them, run this "
            f"again with --outcomes {name}."
        )
    return notices
