"""``START-HERE.html``: what to do in which order, what is needed first, and that no row was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from triage_kit.actions.catalogue import FileEntry, guard_entries
from triage_kit.actions.pages import render_page
from triage_kit.actions.plan import Plan
from triage_kit.actions.step_files import Job, Made
from triage_kit.columns import OWNERS, STATES
from triage_kit.rulebook import Rules, Step

__all__ = ["START_HERE", "count_rows", "write_start_here"]

START_HERE = "START-HERE.html"


@dataclass(frozen=True)
class _ByHand:
    """A step that is done row by row from the work list."""

    step: Step
    rows: int
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class _FromFiles:
    """A piece of work for which there are files."""

    entry: FileEntry
    rows: int
    files: tuple[Made, ...]
    outcomes: tuple[str, ...]


def write_start_here(
    job: Job,
    plan: Plan,
    made: Sequence[Made],
    *,
    accounts: dict[str, int],
    notices: Sequence[str],
    date: str,
    weekly: bool = False,
) -> Made:
    """Write the page that explains the folder; ``weekly`` says that the weekly round makes it."""
    held = [(guard_entries()[guard], rows) for guard, rows in plan.held_by_guard().items()]
    works = _works(job, plan, made)
    by_hand = _by_hand(job, plan)
    text = render_page(
        "start-here.html.j2",
        failed=job.failed,
        school=job.school,
        works=works,
        by_hand=by_hand,
        held=held,
        held_rows=accounts["held"],
        needs=list(dict.fromkeys(work.entry.needs for work in works)),
        accounts=accounts,
        notices=notices,
        states=_by_state(job.table),
        worklist=next(file.name for file in made if not file.entry),
        untrusted=len(job.failed.untrusted),
        date=date,
        weekly=weekly,
    )
    (job.folder / START_HERE).write_text(text, encoding="utf-8")
    return Made(START_HERE, 0, counted=False)


def count_rows(table: pd.DataFrame, plan: Plan, rules: Rules) -> list[tuple[str, str, int]]:
    """Return the counts of the work list: group, name, rows."""
    counts = [("All rows", "", len(table))]
    for group, column, titles in (
        ("Problem", "kind", {kind.id: kind.title for kind in rules.kinds}),
        ("Next step", "step", {step.id: step.title for step in rules.steps}),
        ("Who", "owner", OWNERS),
        ("State", "state", STATES),
    ):
        found = table[column].astype("str").value_counts(sort=True)
        ranked = sorted(found.items(), key=lambda pair: (-pair[1], str(pair[0])))
        counts += [(group, titles[str(name)], int(rows)) for name, rows in ranked]
    return counts + [("Held back", guard_entries()[guard].title, rows) for guard, rows in plan.held_by_guard().items()]


def _works(job: Job, plan: Plan, made: Sequence[Made]) -> list[_FromFiles]:
    works = []
    for entry in plan.entries:
        files = tuple(file for file in made if file.entry == entry.id)
        if files:
            outcomes = _results(job.rules, entry.steps)
            works.append(_FromFiles(entry, sum(file.rows for file in files if file.counted), files, outcomes))
    return works


def _by_hand(job: Job, plan: Plan) -> list[_ByHand]:
    """Return the steps that are to do and have no file, in the procedure's order."""
    mine = job.table[((job.table["state"] == "open") & (plan.wanted == "")).to_numpy()]
    rows = mine["step"].astype("str").value_counts()
    return [
        _ByHand(step, int(rows[step.id]), _results(job.rules, [step.id])) for step in job.rules.steps if step.id in rows
    ]


def _results(rules: Rules, steps: Sequence[str]) -> tuple[str, ...]:
    names = [outcome for step in steps for outcome in rules.step(step).outcomes]
    return tuple(rules.outcome(name).title for name in dict.fromkeys(names))


def _by_state(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table["state"].astype("str").value_counts()
    return [{"title": title, "rows": int(rows.get(state, 0))} for state, title in STATES.items()]
