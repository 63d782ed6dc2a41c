"""Which file each row goes to, and what keeps it out: decided once, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.actions.catalogue import FileEntry, check_allowed, file_entries, guard_entries
from triage_kit.actions.guards import CHECKS, Evidence

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, repr=False)
class Plan:
    """Where each row goes.

    ``file`` holds for each row the id of the file it goes to, or nothing; ``held`` the ids of the guards that keep it
    out of one, ``;``-joined. A row has at most one of the two. ``wanted`` names the file it was meant for. All three
    have the failed rows' index. ``allowed`` counts the rows that would be held but for each allowed guard.
    """

    file: pd.Series
    held: pd.Series
    wanted: pd.Series
    allowed: dict[str, int]
    entries: tuple[FileEntry, ...]

    def rows_of(self, entry: FileEntry) -> npt.NDArray[np.intp]:
        """Return the positions of the rows that go to a file, in the order of the failed rows."""
        return np.flatnonzero((self.file == entry.id).to_numpy())

    def held_by_guard(self) -> dict[str, int]:
        """Return how many rows each guard holds; a row may be held by several."""
        names = self.held[self.held != ""].str.split(";").explode()
        counts = names.value_counts()
        return {guard: int(counts[guard]) for guard in guard_entries() if guard in counts}


def make_plan(
    failed: FailedRows,
    table: pd.DataFrame,
    *,
    old_usernames: pd.Series,
    rules: Rules,
    allow: Sequence[str] = (),
) -> Plan:
    """Return which file each row goes to.

    A row goes to the file that serves its step, if the row is still to do and no guard holds it. ``old_usernames``
    has the failed rows' index, blank where nobody found one.
    """
    check_allowed(tuple(allow))
    evidence = Evidence(failed, table, rules, old_usernames)
    by_step = {step: entry.id for entry in file_entries() for step in entry.steps}
    steps = table["step"].astype("str").to_numpy(dtype=object)
    still_open = (table["state"] == "open").to_numpy()
    wanted = np.array([by_step.get(step, "") for step in steps], dtype=object)
    wanted[~still_open] = ""
    held: list[list[str]] = [[] for _ in range(len(table))]
    allowed = dict.fromkeys(allow, 0)
    for entry in file_entries():
        mine = wanted == entry.id
        if mine.any():
            for guard in entry.guards:
                caught = np.flatnonzero(CHECKS[guard](evidence, entry) & mine)
                if guard in allowed:
                    allowed[guard] += len(caught)
                    continue
                for position in caught:
                    held[position].append(guard)
    reasons = np.array([";".join(names) for names in held], dtype=object)
    index = failed.rows.index
    return Plan(
        file=pd.Series(np.where(reasons == "", wanted, ""), index=index, dtype="str"),
        held=pd.Series(reasons, index=index, dtype="str"),
        wanted=pd.Series(wanted, index=index, dtype="str"),
        allowed=allowed,
        entries=file_entries(),
    )
