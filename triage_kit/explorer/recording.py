"""Recording results: in the case book for the students it knows, else in a CSV beside the file, one line per student.

The CSV is one that `triage_kit.outcomes.read_outcomes` reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from triage_kit.casebook import SHORT_WAIT_SECONDS, RecordedResult, keys_of, open_database, record, transaction
from triage_kit.errors import InputError, OutputError, TriageKitError
from triage_kit.explorer.exploration import Exploration, Memory
from triage_kit.output import defused, whole_file
from triage_kit.week.lists import only_rows

__all__ = ["RESULTS_FILE", "Result", "Written", "add_results", "offered_outcomes"]

#: Where results are recorded, beside the failed-rows file.
RESULTS_FILE = "results.csv"
_COLUMNS = ("username", "email_address", "result", "old_username", "date", "note")


class Result(NamedTuple):
    """What happened: an outcome's id, and what was found out with it. The case book keeps no notes."""

    outcome: str
    old_username: str = ""
    note: str = ""

    def __repr__(self) -> str:
        return "<Result>"


class Written(NamedTuple):
    """For how many rows a result was recorded, and where."""

    in_casebook: int
    in_file: int


def offered_outcomes(exploration: Exploration, rows: Sequence[int]) -> dict[str, str]:
    """Return what may have happened with these rows' steps: id -> title; what fits all of them comes first."""
    steps = exploration.table.loc[list(rows), "step"].unique()
    offered = [exploration.rules.step(step).outcomes for step in steps]
    every = dict.fromkeys(outcome for outcomes in offered for outcome in outcomes)
    ordered = sorted(every, key=lambda outcome: -sum(outcome in outcomes for outcomes in offered))
    return {outcome: exploration.rules.outcome(outcome).title for outcome in ordered}


def add_results(memory: Memory, exploration: Exploration, rows: Sequence[int], result: Result) -> Written:
    """Record a result for some rows, in both places or in neither; what stands there already stays, and once.

    Raises
    ------
    InputError
        If the step of one of the rows does not offer this result, a row names nobody, or the case book cannot be
        written to.
    OutputError
        If the file is held open, or is not one of ours.
    """
    _check(exploration, rows, result.outcome)
    if exploration.past is None:
        _add_to_file(memory.results, exploration, rows, result)
        return Written(0, len(rows))
    kept = only_rows(exploration.failed, pd.Index(rows))
    today = date.today().isoformat()
    told = [
        RecordedResult(who, result.outcome, today, old_username=result.old_username.strip())
        for who in keys_of(kept, exploration.rules)
    ]
    with (
        _as_before_if_it_fails(memory.results),
        transaction(open_database(memory.casebook, wait=SHORT_WAIT_SECONDS)) as connection,
    ):
        done = record(connection, exploration.rules, recorded=told)
        unknown = [rows[place] for place in sorted({*done.results_of_nobody, *done.results_in_doubt})]
        if unknown:
            _add_to_file(memory.results, exploration, unknown, result)
    return Written(len(rows) - len(unknown), len(unknown))


@contextmanager
def _as_before_if_it_fails(path: Path) -> Iterator[None]:
    """Put a file back as it was, or away if it was not there, when what stands inside fails."""
    before = path.read_bytes() if path.is_file() else None
    try:
        yield
    except TriageKitError as error:
        if before == (path.read_bytes() if path.is_file() else None):
            raise
        try:
            _put_back(path, before)
        except (OSError, OutputError):
            raise OutputError(
                f"{error} {path.name} could not be put back: of the students whom the case book does not know it has "
                "the result already. Record again when you can; nothing will stand anywhere twice."
            ) from None
        raise


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
        return
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def _add_to_file(path: Path, exploration: Exploration, rows: Sequence[int], result: Result) -> None:
    failed = exploration.failed
    added = pd.DataFrame(
        {
            "username": failed.column("username").loc[list(rows)].to_numpy(),
            "email_address": failed.column("email_address").loc[list(rows)].to_numpy(),
            "result": exploration.rules.outcome(result.outcome).title,
            "old_username": result.old_username.strip(),
            "date": date.today().isoformat(),
            "note": " ".join(result.note.split()),
        },
        dtype="str",
    )
    together = pd.concat([_existing(path), added.apply(defused)], ignore_index=True).drop_duplicates()
    with whole_file(path) as temporary:
        together.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _check(exploration: Exploration, rows: Sequence[int], outcome: str) -> None:
    if not rows:
        raise InputError("Tick the students first for whom the result holds.")
    steps = exploration.table.loc[list(rows), "step"].unique()
    wrong = [
        exploration.rules.step(step).title for step in steps if outcome not in exploration.rules.step(step).outcomes
    ]
    if wrong:
        raise InputError(
            f"This result does not belong to the next step “{wrong[0]}”. Narrow to one next step, then tick."
        )
    failed = exploration.failed
    nobody = (failed.column("username").loc[list(rows)] == "") & (failed.column("email_address").loc[list(rows)] == "")
    if nobody.any():
        raise InputError(f"{int(nobody.sum()):,} of these rows have neither username nor e-mail; untick them.")


def _existing(path: Path) -> pd.DataFrame:
    if not path.exists():
        return pd.DataFrame(columns=list(_COLUMNS), dtype="str")
    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError):  # pandas' parser errors and wrong encodings are ValueErrors
        raise OutputError(f"{path.name} cannot be read as a list of results; rename it, then record again.") from None
    if tuple(table.columns) != _COLUMNS:
        raise OutputError(f"{path.name} was not written by this panel; rename it, then record again.")
    return table
