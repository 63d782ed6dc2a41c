"""The lists of the week's folder that hold names: the to-do folder, and what changed for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from triage_kit.actions import ActionPack, Progress, write_actions
from triage_kit.casebook import plain_key
from triage_kit.casebook.evidence import load_evidence
from triage_kit.columns import OWNERS, STATES
from triage_kit.compare import CHANGES
from triage_kit.outcomes import OUTCOME_COLUMNS
from triage_kit.output import write_people_csv
from triage_kit.past import WeekState
from triage_kit.rulebook import Rules

if TYPE_CHECKING:
    from triage_kit.domains import School
    from triage_kit.reading import FailedRows

__all__ = ["write_changes", "write_to_do"]

#: What is settled needs no work and is left out of the to-do folder.
_SETTLED = ("done", "dropped")
_OUTDATED = "recorded before the problem began, or at another address"


def write_to_do(
    failed: FailedRows,
    state: WeekState,
    folder: Path,
    *,
    school: School,
    rules: Rules,
    allow: Sequence[str] = (),
    weekly: bool = False,
    progress: Progress | None = None,
) -> ActionPack:
    """Write the to-do folder of what is not settled; what waits stands behind the rest, in no file of its own."""
    left = state.table.index[~state.table["state"].astype("str").isin(_SETTLED)]
    table = state.table.loc[left]
    kept = only_rows(failed, left)
    outcomes = recorded_so_far(kept, state, rules)
    return write_actions(
        kept,
        table,
        folder,
        school=school,
        outcomes=outcomes,
        rules=rules,
        allow=tuple(allow),
        weekly=weekly,
        progress=progress,
    )


def only_rows(failed: FailedRows, index: pd.Index) -> FailedRows:
    """Return failed rows of these row numbers alone; what could not be read as a row stays with them."""
    return replace(
        failed,
        rows=failed.rows.loc[index],
        response=failed.response.loc[index],
        status=failed.status.loc[index],
        line_numbers=failed.line_numbers.loc[index],
        untrusted=failed.untrusted[failed.untrusted["row_number"].isin(index)],
    )


def recorded_so_far(failed: FailedRows, state: WeekState, rules: Rules) -> pd.DataFrame:
    """Return what staff recorded of these rows, in the form in which results are read; what it suggests as a note.

    What was recorded before the problem began, or at another address, is shown, and has a ``problem``: it lets no row
    pass that is held back.
    """
    known = {outcome.id for outcome in rules.outcomes}
    suggestions = {entry.id: entry.title for entry in load_evidence()} | {"": ""}
    usernames, addresses = failed.column("username"), failed.column("email_address")
    plain, since = plain_key(addresses), state.rows["since"]
    lines = []
    for row in failed.rows.index:
        recorded = [line for line in state.recorded.get(int(row), ()) if line.outcome in known]
        for line in recorded:
            note = suggestions[state.rows.at[row, "suggestion"]] if line is recorded[-1] else ""
            problem = "" if line.date >= since[row] and line.email in ("", plain[row]) else _OUTDATED
            lines.append(
                (usernames[row], addresses[row], line.outcome, line.old_username, line.date, note, "", "", problem)
            )
    return pd.DataFrame(lines, columns=list(OUTCOME_COLUMNS), dtype="str")


def write_changes(failed: FailedRows, state: WeekState, path: Path, rules: Rules) -> None:
    """Write what changed for whom: a line per row, then one per student who is no longer listed. For the office."""
    write_people_csv(pd.concat([_listed(failed, state, rules), _no_longer(state, rules)], ignore_index=True), path)


def _listed(failed: FailedRows, state: WeekState, rules: Rules) -> pd.DataFrame:
    table = state.table.astype("str")
    suggestions = {entry.id: entry.title for entry in load_evidence()} | {"": ""}
    waits = table["state"] == "waiting"
    return pd.DataFrame(
        {
            "Change": state.rows["change"].map(CHANGES),
            "Excel line": failed.line_numbers.astype("str"),
            "username": failed.column("username"),
            "email_address": failed.column("email_address"),
            "Problem": table["kind"].map(lambda kind: rules.kind(kind).title),
            "Next step": table["step"].map(lambda step: rules.step(step).title),
            "State": table["state"].map(STATES),
            "Since": state.rows["since"],
            "Waiting for": table["owner"].map(OWNERS).where(waits, ""),
            "Waiting since": state.rows["waiting_since"].where(waits, ""),
            "Suggestion": state.rows["suggestion"].map(suggestions),
        }
    )


def _no_longer(state: WeekState, rules: Rules) -> pd.DataFrame:
    gone = state.gone
    waits = gone["state"] == "waiting"
    return pd.DataFrame(
        {
            "Change": [CHANGES["gone"]] * len(gone),
            "Excel line": "",
            "username": gone["username"],
            "email_address": gone["email"],
            "Problem": gone["problem"].map(lambda kind: rules.kind(kind).title),
            "Next step": gone["step"].map(lambda step: rules.step(step).title),
            "State": gone["state"].map(STATES),
            "Since": gone["since"],
            "Waiting for": gone["owner"].map(OWNERS).where(waits, ""),
            "Waiting since": gone["waiting_since"].where(waits, ""),
            "Suggestion": "",
        }
    )
