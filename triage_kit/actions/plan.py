"""Which file each row goes to, and what keeps it out: decided once, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.actions.catalogue import FileEntry, check_allowed, file_entries, guard_entries
from triage_kit.actions.guards import CHECKS, Evidence, Mask

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["Plan", "make_plan"]

_Check = tuple[str, tuple[str, ...]]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Plan:
    """Where each row goes.

    ``file`` holds for each row the id of the file it goes to, or nothing; ``held`` the ids of the guards that keep it
    out of one, ``;``-joined. A row has at most one of the two. ``wanted`` names the file it was meant for. All three
    are categories with the failed rows' index. ``allowed`` counts the rows that would be held but for each allowed
    guard, ``looked_at`` those that would be but for what somebody recorded of that very row.
    """

    file: pd.Series
    held: pd.Series
    wanted: pd.Series
    allowed: dict[str, int]
    looked_at: dict[str, int]
    entries: tuple[FileEntry, ...]

    def rows_of(self, entry: FileEntry) -> npt.NDArray[np.intp]:
        """Return the positions of the rows that go to a file, in the order of the failed rows."""
        return np.flatnonzero((self.file == entry.id).to_numpy())

    def held_by_guard(self) -> dict[str, int]:
        """Return how many rows each guard holds; a row may be held by several."""
        counts = self.held.value_counts()
        rows = {
            guard: sum(int(number) for names, number in counts.items() if guard in str(names).split(";"))
            for guard in guard_entries()
        }
        return {guard: number for guard, number in rows.items() if number}


def make_plan(
    failed: FailedRows,
    table: pd.DataFrame,
    *,
    old_usernames: pd.Series,
    rules: Rules,
    outcomes: pd.DataFrame | None = None,
    allow: Sequence[str] = (),
) -> Plan:
    """Return which file each row goes to.

    A row goes to the file that serves its step, if the row is still to do and no guard holds it. ``old_usernames``
    has the failed rows' index, blank where nobody found one.
    """
    check_allowed(tuple(allow))
    evidence = Evidence(failed, table, rules, old_usernames, outcomes)
    wanted = _wanted(table)
    held, allowed, looked_at = _held(evidence, wanted, allow)
    names = ["", *(entry.id for entry in file_entries())]
    combinations, codes = np.unique(held, return_inverse=True)
    reasons = [_guards_of(int(bits)) for bits in combinations]

    def column(places: Codes, categories: list[str]) -> pd.Series:
        return pd.Series(pd.Categorical.from_codes(places, categories=categories), index=failed.rows.index)

    return Plan(
        file=column(np.where(held == 0, wanted, 0), names),
        held=column(codes, reasons),
        wanted=column(wanted, names),
        allowed=allowed,
        looked_at={guard: rows for guard, rows in looked_at.items() if rows},
        entries=file_entries(),
    )


def _wanted(table: pd.DataFrame) -> Codes:
    """Return for each row the place of its file among the entries, from 1; 0 for a row that goes into none."""
    by_step = {step: place for place, entry in enumerate(file_entries(), start=1) for step in entry.steps}
    steps = table["step"].cat
    places = np.array([by_step.get(str(step), 0) for step in steps.categories], dtype=np.int64)
    is_open = (table["state"] == "open").to_numpy()
    return np.where(is_open, places[steps.codes], 0) if len(table) else np.zeros(0, dtype=np.int64)


def _held(evidence: Evidence, wanted: Codes, allow: Sequence[str]) -> tuple[Codes, dict[str, int], dict[str, int]]:
    """Return for each row the guards that hold it, a bit for each; how many were allowed, and how many looked at."""
    held = np.zeros(len(wanted), dtype=np.int64)
    allowed, looked_at = dict.fromkeys(allow, 0), dict.fromkeys(guard_entries(), 0)
    checked = _checked(evidence, wanted)
    for place, entry in enumerate(file_entries(), start=1):
        mine = wanted == place
        for bit, guard in enumerate(guard_entries().values()):
            if guard.id not in entry.guards or not mine.any():
                continue
            caught = checked[guard.id, entry.uses] & mine
            settled = caught & evidence.looked_at(guard) if caught.any() else caught
            looked_at[guard.id] += int(settled.sum())
            caught &= ~settled
            if guard.id in allowed:
                allowed[guard.id] += int(caught.sum())
            else:
                held |= caught.astype(np.int64) << bit
    return held, allowed, looked_at


def _checked(evidence: Evidence, wanted: Codes) -> dict[_Check, Mask]:
    """Return what each check says of every row, for the guards of the files that have rows; two at a time."""
    used = [file_entries()[place - 1] for place in np.unique(wanted[wanted > 0])]
    needed = {(guard, entry.uses): entry for entry in used for guard in entry.guards}
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = pool.map(lambda check: CHECKS[check[0]](evidence, needed[check]), needed)
        return dict(zip(needed, found, strict=True))


def _guards_of(bits: int) -> str:
    return ";".join(guard for bit, guard in enumerate(guard_entries()) if bits >> bit & 1)
