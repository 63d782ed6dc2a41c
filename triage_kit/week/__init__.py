"""The weekly loop: this week's refused rows and last week's results in; what is new, what is to do, what waits, out.

The case book is brought up to date first, in one transaction. Then the week's folder appears, whole or not at all;
if that fails, running the same command again makes it, for the case book knows the file already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from triage_kit.actions.manifest import read_manifest
from triage_kit.actions.workbook import Progress
from triage_kit.casebook import (
    REUPLOAD,
    Recorded,
    RefusedFile,
    known_import,
    open_database,
    read_imports,
    record,
    standings,
    transaction,
    unsettled_of,
)
from triage_kit.casebook.weeks import cautions, weeks_before
from triage_kit.errors import SettingsError
from triage_kit.past import WeekState, date_of, refused_file, state_of
from triage_kit.rulebook import Rules, load_rules
from triage_kit.triage import triage
from triage_kit.week.folder import fingerprint, known_folder, last_folders, week_folder
from triage_kit.week.lists import write_changes, write_to_do
from triage_kit.week.overview import write_overview
from triage_kit.week.results import Finding, read_results, unread_lines
from triage_kit.week.words import week_lines

if TYPE_CHECKING:
    from triage_kit.domains import School
    from triage_kit.reading import FailedRows

__all__ = ["DoubtfulFileError", "Week", "run_week"]


_UNFIT = (
    "this result does not fit the step at which the student is, or excludes another; the student stays there. "
    "To correct one, give the right result in a list with a later date"
)
_NOBODY = "nobody of this username or e-mail address is in the case book"
_SEVERAL = "username and e-mail address belong to more than one student; nobody was moved"


class DoubtfulFileError(SettingsError):
    """The file may be the wrong one; nothing was recorded or written."""


@dataclass(frozen=True, repr=False)
class Week:
    """What a week brought.

    ``folder`` is the week's folder; ``is_new`` says whether it was made now; ``held`` counts the rows of its to-do
    folder that wait for somebody's decision. ``lines`` tell the office what is new and what waits, with exact numbers
    and without names. ``unread`` says which results moved nobody, where they stand and why.
    """

    folder: Path
    is_new: bool
    held: int
    state: WeekState
    recorded: Recorded
    unread: tuple[str, ...]
    lines: tuple[str, ...]


def run_week(
    failed: FailedRows,
    source: Path,
    school: School,
    *,
    casebook: str | Path,
    out: str | Path,
    outcomes: Sequence[Path] = (),
    reuploads: Sequence[tuple[FailedRows, Path]] = (),
    uploaded: int | None = None,
    date: str = "",
    anyway: bool = False,
    allow: Sequence[str] = (),
    rules: Rules | None = None,
    progress: Progress | None = None,
) -> Week:
    """Bring the case book up to date and write the week's folder; the same files twice change nothing.

    Parameters
    ----------
    failed, source
        This week's failed rows, and the file they were read from.
    school
        The school for which they are triaged.
    casebook
        The case book's path or URL.
    out
        The folder in which each week gets one of its own.
    outcomes
        What staff recorded: files or folders. Without any, the work lists of the last weeks' folders are read.
    reuploads
        Failed rows of the office's own uploads, each with its file.
    uploaded
        How many rows the school uploaded.
    date
        The day of the file; else the date in its name, else the day on which the file was last changed.
    anyway
        Go on although the file looks like the wrong one.
    allow
        Guards of the to-do folder that somebody has decided to let pass.
    rules
        The rules in force; ours if not given.
    progress
        Told how many rows of a workbook are written.

    Raises
    ------
    DoubtfulFileError
        If the file is older than the last one, another school's, or unusually small, and ``anyway`` is not set.
    """
    rules, out = rules or load_rules(), Path(out)
    week = _refused(failed, source, school, rules, day=date_of(source, date), uploaded=uploaded)
    own = [
        _refused(rows, path, school, rules, purpose=REUPLOAD, day=date_of(path, or_else=week.date))
        for rows, path in reuploads
    ]
    results, origins, findings = read_results(list(outcomes) or last_folders(out), rules, must_read=bool(outcomes))
    with transaction(open_database(casebook)) as connection:
        known = read_imports(connection)
        if (doubts := cautions(known, week)) and not anyway:
            raise DoubtfulFileError(
                " ".join([source.name + ":", *doubts, "Nothing was changed. If it is right, add --anyway."])
            )
        week = replace(week, date=known_import(known, week)[1])
        earlier = weeks_before(known, date=week.date)
        read_for = earlier[-1].date if earlier else week.date
        results = [replace(result, read_for=read_for) for result in results]
        recorded = record(connection, rules, week=week, reuploads=own, recorded=results)
        state = state_of(recorded, week, rules)
        findings = [*findings, *_moved_nobody(recorded, origins, rules)]
    folder, is_new = _write(failed, week, state, school, rules, out, allow, progress)
    held = int((read_manifest(folder / "to-do") or {}).get("accounts", {}).get("held", 0))
    return Week(
        folder, is_new, held, state, recorded, tuple(unread_lines(findings)), tuple(week_lines(state, recorded, week))
    )


def _refused(failed: FailedRows, path: Path, school: School, rules: Rules, **more: Any) -> RefusedFile:
    return refused_file(failed, triage(failed, school, rules=rules), path, school, rules, **more)


def _moved_nobody(recorded: Recorded, origins: Sequence[tuple[str, str]], rules: Rules) -> list[Finding]:
    """Return which results moved nobody, and why.

    One that was reported in an earlier week is not reported again once a later result has moved the student.
    """
    whose = np.array([result[0] for result in recorded.results if result], dtype=np.int64)
    unsettled: dict[tuple[int, str, str], bool] = {}
    for student, problems in standings(recorded.facts, rules, whose).items():
        moved = max((standing.moved for standing in problems.values()), default="")
        for fact in unsettled_of(problems.values()):
            unsettled[(student, fact.outcome, fact.date)] = fact.date < moved
    reasons: dict[int, str] = {}
    for place, result in enumerate(recorded.results):
        if result in unsettled and not (unsettled[result] and place in recorded.known_results):
            reasons[place] = _UNFIT
    reasons |= dict.fromkeys(recorded.results_of_nobody, _NOBODY)
    reasons |= dict.fromkeys(recorded.results_in_doubt, _SEVERAL)
    return [Finding(*origins[place], reasons[place]) for place in sorted(reasons)]


def _write(
    failed: FailedRows,
    week: RefusedFile,
    state: WeekState,
    school: School,
    rules: Rules,
    out: Path,
    allow: Sequence[str],
    progress: Progress | None,
) -> tuple[Path, bool]:
    """Write the week's folder, unless one that says the same is there; return it, and whether it is new."""
    mark = fingerprint(week, state, allow)
    if known := known_folder(out, mark):
        return known, False
    with week_folder(out, week.date, mark) as temporary:
        to_do = temporary.path / "to-do"
        write_to_do(failed, state, to_do, school=school, rules=rules, allow=allow, weekly=True, progress=progress)
        write_changes(failed, state, temporary.path / "changes.csv", rules)
        write_overview(state, temporary.path / "overview.html", school=school, rules=rules)
    return temporary.placed, True
