"""Recording results: one line per student and result, in a CSV that `triage_kit.outcomes.read_outcomes` reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from triage_kit.errors import InputError, OutputError
from triage_kit.explorer.exploration import Exploration
from triage_kit.output import defused, whole_file

__all__ = ["RESULTS_FILE", "add_results", "offered_outcomes"]

#: Where results are recorded, beside the failed-rows file.
RESULTS_FILE = "results.csv"
_COLUMNS = ("username", "email_address", "result", "old_username", "date", "note")


def offered_outcomes(exploration: Exploration, rows: Sequence[int]) -> dict[str, str]:
    """Return what may have happened with these rows' steps: id -> title; what fits all of them comes first."""
    steps = exploration.table.loc[list(rows), "step"].unique()
    offered = [exploration.rules.step(step).outcomes for step in steps]
    every = dict.fromkeys(outcome for outcomes in offered for outcome in outcomes)
    ordered = sorted(every, key=lambda outcome: -sum(outcome in outcomes for outcomes in offered))
    return {outcome: exploration.rules.outcome(outcome).title for outcome in ordered}


def add_results(
    path: Path, exploration: Exploration, rows: Sequence[int], outcome: str, *, old_username: str = "", note: str = ""
) -> int:
    """Add a result for some rows to the file, and return for how many; what stands there already stays.

    Raises
    ------
    InputError
        If the step of one of the rows does not offer this result, or a row names nobody.
    OutputError
        If the file is held open, or is not one of ours.
    """
    _check(exploration, rows, outcome)
    added = pd.DataFrame(
        {
            "username": exploration.failed.column("username").loc[list(rows)].to_numpy(),
            "email_address": exploration.failed.column("email_address").loc[list(rows)].to_numpy(),
            "result": exploration.rules.outcome(outcome).title,
            "old_username": old_username.strip(),
            "date": date.today().isoformat(),
            "note": " ".join(note.split()),
        },
        dtype="str",
    )
    before = _existing(path)
    together = pd.concat([before, added.apply(defused)], ignore_index=True)
    with whole_file(path) as temporary:
        together.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return len(added)


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
