"""The to-do folder: the files with which the steps are done, each failed row in exactly one list to act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from triage_kit.actions.folder import check_may_replace, keep_results, whole_folder
from triage_kit.actions.manifest import MANIFEST, check_accounts, write_manifest
from triage_kit.actions.notices import finding_lines, kept_lines, passed_over_lines, plan_lines
from triage_kit.actions.plan import Plan, make_plan
from triage_kit.actions.start_here import count_rows, write_start_here
from triage_kit.actions.step_files import Job, Made, write_step_files
from triage_kit.actions.workbook import Progress
from triage_kit.actions.worklist import (
    LONG_WORKLIST,
    MOST_ROWS,
    WORKLIST,
    worklist_columns,
    write_worklist_csv,
)
from triage_kit.actions.worklist_book import write_worklist
from triage_kit.domains import School
from triage_kit.errors import SettingsError
from triage_kit.outcomes import old_usernames
from triage_kit.output import write_people_csv
from triage_kit.rulebook import Rules, load_rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["ActionPack", "Progress", "write_actions"]


@dataclass(frozen=True)
class ActionPack:
    """What was written.

    Attributes
    ----------
    folder
        Where.
    files
        Name and rows of each file; a file without rows of its own has 0.
    accounts
        Where the rows went: ``rows`` is the sum of ``in_step_files``, ``held`` and ``in_worklist_only``.
    held
        How many rows each guard holds, under the guard's id.
    allowed
        How many rows went out because a guard was allowed.
    looked_at
        How many rows went out because somebody recorded of each that it may.
    notices
        Plain sentences about what was done differently or needs a look.
    """

    folder: Path
    files: tuple[tuple[str, int], ...]
    accounts: dict[str, int]
    held: dict[str, int]
    allowed: dict[str, int]
    looked_at: dict[str, int]
    notices: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<ActionPack: {len(self.files)} files, {self.accounts['rows']} rows>"


def write_actions(
    failed: FailedRows,
    table: pd.DataFrame,
    folder: str | Path,
    *,
    school: School | None = None,
    outcomes: pd.DataFrame | None = None,
    findings: pd.DataFrame | None = None,
    rules: Rules | None = None,
    allow: Sequence[str] = (),
    earlier: Sequence[Path] = (),
    weekly: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> ActionPack:
    """Write the to-do folder, whole or not at all, and return what is in it.

    Parameters
    ----------
    failed, table
        The failed rows and the triage table made of them, outcomes followed.
    folder
        A new name, or a folder that the kit made; its work list is kept inside the new one if somebody touched it.
    school
        For names in letters, and for new accounts' addresses by its pattern.
    outcomes
        What staff recorded: that they looked at a row lets it out of what holds it, and the old usernames that they
        found are needed for two uploads.
    findings
        The recorded results that moved nobody (`triage_kit.triage.triage_with_findings`), to be shown.
    allow
        The guards that a person has decided to let pass, by id; recorded in the manifest.
    earlier
        The to-do folders of last time from which ``outcomes`` was read: their results move along into this one, so that
        it is all that is needed the next time.
    weekly
        The folder is one of the weekly round, which reads its results by itself.
    force
        Put a folder that the kit did not make aside, under another name.
    progress
        Told how many rows of a workbook are written.

    Raises
    ------
    OutputError, SettingsError
        One sentence that says what to do; the folder is then as it was before.
    """
    target, rules, school = Path(folder), rules or load_rules(), school or School()
    if not table.index.equals(failed.rows.index):
        raise SettingsError(
            "The triage table is of other rows than the failed rows; make it of these: triage(failed, …)."
        )
    aside = check_may_replace(target, force=force)
    found = old_usernames(failed, outcomes)
    plan = make_plan(failed, table, old_usernames=found, rules=rules, outcomes=outcomes, allow=allow)
    with whole_folder(target, keep=aside) as temporary:
        job = Job(failed, table, rules, school, found, temporary, progress)
        step_files = _write_step_files(job, plan)
        worklist = _write_worklist(job, plan, step_files, outcomes)
        notices = [*plan_lines(plan, worklist.name), *finding_lines(findings), *passed_over_lines(failed, outcomes)]
        accounts = check_accounts(failed, plan, step_files, worklist.rows)
        if aside:
            notices.append(f"The folder before holds what triage-kit did not write; it is kept as {aside.name}.")
        read = [path.absolute() for path in earlier]
        kept = keep_results(dict.fromkeys([*read, target.absolute()]), temporary)
        notices += kept_lines(kept, target.absolute(), read)
        today = date.today().isoformat()
        made = [worklist, *step_files, *_write_unreadable(job, worklist)]
        page = write_start_here(job, plan, made, accounts=accounts, notices=notices, date=today, weekly=weekly)
        made.append(page)
        version = _version()
        write_manifest(temporary, failed, plan, made, accounts=accounts, school=school, version=version, date=today)
    files = (*((file.name, file.rows) for file in made), (MANIFEST, 0))
    return ActionPack(target, files, accounts, plan.held_by_guard(), plan.allowed, plan.looked_at, tuple(notices))


def _write_step_files(job: Job, plan: Plan) -> list[Made]:
    made: list[Made] = []
    number = 0
    for entry in plan.entries:
        positions = plan.rows_of(entry)
        if len(positions):
            number += 1
            made += write_step_files(job, entry, positions, number)
    return made


def _write_worklist(job: Job, plan: Plan, made: Sequence[Made], outcomes: pd.DataFrame | None) -> Made:
    lists = [file for file in made if file.counted and file.positions is not None]
    places = np.zeros(len(job.failed.rows), dtype=np.int64)
    for place, file in enumerate(lists, start=1):
        places[file.positions] = place
    names = pd.Categorical.from_codes(places, categories=["", *(file.name for file in lists)])
    ours = worklist_columns(job.failed, job.table, plan, job.rules, names, outcomes)
    rows = len(ours)
    if rows > MOST_ROWS:
        fingerprint = write_worklist_csv(job.folder / LONG_WORKLIST, job.failed, ours)
        return Made(LONG_WORKLIST, rows, counted=False, fingerprint=fingerprint)
    counts = count_rows(job.table, plan, job.rules)
    write_worklist(job.folder / WORKLIST, job.failed, ours, job.rules, counts=counts, progress=job.progress)
    return Made(WORKLIST, rows, counted=False)


def _write_unreadable(job: Job, worklist: Made) -> list[Made]:
    """Write the lines that could not be read, where the work list has no sheet for them."""
    if worklist.name == WORKLIST or not len(job.failed.broken):
        return []
    write_people_csv(job.failed.broken[["line", "reason", "text"]], job.folder / "unreadable-lines.csv")
    return [Made("unreadable-lines.csv", 0, counted=False)]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("triage-kit")
    except PackageNotFoundError:
        return "not installed"
