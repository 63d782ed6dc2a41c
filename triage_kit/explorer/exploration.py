"""One failed-rows file as the explorer holds it: read, triaged for a school, what staff recorded followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from triage_kit.domains import School
from triage_kit.errors import TriageKitError
from triage_kit.outcomes import read_outcomes
from triage_kit.past import RememberedFile, WeekState
from triage_kit.reading import FailedRows, read_failed_rows
from triage_kit.rulebook import Rules
from triage_kit.settings import choose_rules, choose_school
from triage_kit.triage import triage, triage_with_findings
from triage_kit.unknown import unrecognised
from triage_kit.week.results import read_results, unread_lines

__all__ = ["Exploration", "Memory", "failed_rows_files", "open_exploration", "renewed", "with_school"]

_SUFFIXES = {".csv", ".xlsx", ".xls", ".gz", ".zip"}
_SEARCHED = ("first_name", "last_name", "preferred_name", "username", "email_address", "card_id", "auth_identifier")


class Memory(NamedTuple):
    """Where results stand that staff recorded: a file, and the case book (path or URL; blank if there is none)."""

    results: Path
    casebook: str = ""


@dataclass(frozen=True, eq=False)
class Exploration:
    """One failed-rows file, triaged for one school.

    Attributes
    ----------
    failed, path
        The failed rows, and the file they were read from.
    school, rules
        Those by which they are triaged.
    table
        The triage table, everything followed that staff recorded.
    outcomes
        What stands in the results file, if there is one.
    findings
        Recorded results that moved nobody, and why.
    past
        What the case book knows, if there is one that can be read.
    remembered
        The file beside its case book, so that another school need not recognise everybody again.
    troubles
        Why something that was recorded could not be followed, in sentences.
    """

    failed: FailedRows
    path: Path
    school: School
    rules: Rules
    table: pd.DataFrame
    outcomes: pd.DataFrame | None = None
    findings: pd.DataFrame | None = None
    past: WeekState | None = None
    remembered: RememberedFile | None = None
    troubles: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Exploration({len(self.table):,} rows)"

    @cached_property
    def searchable(self) -> pd.Series:
        """Per row what a search looks in: names, e-mail and IDs in small letters."""
        columns = [self.failed.column(header) for header in _SEARCHED]
        return columns[0].str.cat(columns[1:], sep="\n").str.lower()

    @cached_property
    def unknown(self) -> pd.DataFrame:
        """The messages that no rule knows (`triage_kit.unknown.unrecognised`)."""
        return unrecognised(self.failed, self.rules)


def open_exploration(
    path: str | Path,
    *,
    memory: Memory | None = None,
    domains: tuple[str, ...] = (),
    rules: str | Path | None = None,
) -> Exploration:
    """Return a failed-rows file read and triaged; school and rules are found as the command line finds them."""
    failed = read_failed_rows(path)
    school = choose_school(failed, domains=domains, near=path)
    return _triaged(failed, Path(path), school, choose_rules(rules, near=path), memory)


def with_school(exploration: Exploration, school: School, *, memory: Memory | None = None) -> Exploration:
    """Return the same file triaged for another school."""
    known = exploration.remembered
    after = _triaged(exploration.failed, exploration.path, school, exploration.rules, memory, known)
    for name in ("searchable", "unknown"):  # the file is the same
        if name in exploration.__dict__:
            after.__dict__[name] = exploration.__dict__[name]
    return after


def renewed(exploration: Exploration, memory: Memory) -> Exploration:
    """Return the same with all that is recorded by now."""
    return with_school(exploration, exploration.school, memory=memory)


def _triaged(
    failed: FailedRows,
    path: Path,
    school: School,
    rules: Rules,
    memory: Memory | None,
    known: RememberedFile | None = None,
) -> Exploration:
    """Triage a file and follow what was recorded; what cannot be read of that is said, and the file is shown still."""
    troubles: list[str] = []
    outcomes = None
    try:
        if memory and memory.results.is_file():
            outcomes = read_outcomes(memory.results, rules=rules)
    except TriageKitError as error:
        troubles.append(f"{error} What was recorded there is not followed here.")
    table = triage(failed, school, rules=rules)
    found = Exploration(failed, path, school, rules, table, outcomes, troubles=tuple(troubles))
    if memory and memory.casebook:
        if known is None or known.casebook != memory.casebook:
            known = RememberedFile(failed, path, memory.casebook, rules)
        found = _remembered(replace(found, remembered=known), known, memory)
    return found if found.past is not None or outcomes is None else _followed(found)


def _followed(found: Exploration) -> Exploration:
    """Return the same with the results file alone followed."""
    table, findings = triage_with_findings(found.failed, found.school, rules=found.rules, outcomes=found.outcomes)
    return replace(found, table=table, findings=findings)


def _remembered(found: Exploration, known: RememberedFile, memory: Memory) -> Exploration:
    """Return the same as the case book sees it; the results file is followed as if it had been told of it."""
    results, _, findings = read_results([memory.results] if found.outcomes is not None else [], found.rules)
    troubles = (*found.troubles, *unread_lines(findings))
    try:
        results = [replace(result, read_for=known.day[0]) for result in results]
        past = known.look(found.table, found.school, results)
    except TriageKitError as error:
        return replace(found, troubles=(*troubles, f"{error} The case book is not followed here."))
    return replace(found, table=past.table, past=past, troubles=troubles)


def failed_rows_files(folder: str | Path) -> list[Path]:
    """Return the files of a folder that may be failed-rows files, newest first; none if there is no such folder."""
    if not Path(folder).is_dir():
        return []
    files = [path for path in Path(folder).iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file()]
    return sorted(files, key=lambda path: (-path.stat().st_mtime, path.name))
