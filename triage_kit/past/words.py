"""The past in plain sentences: what changed, what waits, and what is proof and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from triage_kit.columns import OWNERS
from triage_kit.compare import share_of
from triage_kit.wording import count, day

if TYPE_CHECKING:
    from triage_kit.past.state import WeekState

__all__ = [
    "NOT_PROOF",
    "change_lines",
    "gone_sentences",
    "share_line",
    "suggestion_sentence",
    "waiting_lines",
    "waiting_of",
    "weeks_of",
]

#: So many files are shown side by side.
_WEEKS = 12
#: What a student's vanishing from the file does not prove.
NOT_PROOF = "That is no proof of being fixed: a student who left the upload vanishes too."


def change_lines(changes: pd.DataFrame, last_date: str) -> list[str]:
    """Return how the rows relate to the file before, a line each."""
    if not last_date:
        return ["This is the first file in the case book: everything is new."]
    lines = [f"Compared with the file of {last_date}"]
    return lines + [f"{row.rows:>8,}  {row.title}" for row in changes.itertuples()]


def share_line(state: WeekState) -> str:
    """Return which share of the uploaded rows was refused; blank where that is not known."""
    rows = len(state.table)
    share = share_of(rows, state.uploaded)
    return f"{count(rows, 'row')} of {state.uploaded:,} uploaded {_were(rows)} refused ({share})." if share else ""


def waiting_lines(state: WeekState) -> list[str]:
    """Return whom listed rows wait for, and since when at the earliest, a line each."""
    return [
        f"{rows:>8,}  waiting for: {OWNERS[owner]} (the longest since {since})"
        for owner, rows, since in waiting_of(state)
    ]


def waiting_of(state: WeekState) -> list[tuple[str, int, str]]:
    """Return whom listed rows wait for: the owner's id, how many rows, and since when the longest waits."""
    waits = state.table["state"].astype("str") == "waiting"
    owners = state.table["owner"].astype("str")[waits]
    since = state.rows["waiting_since"][waits]
    return [
        (str(owner), int(rows), str(since[owners == owner].min()))
        for owner, rows in owners.value_counts().sort_index().items()
    ]


def weeks_of(state: WeekState) -> list[tuple[str, int, float, str]]:
    """Return the last files, oldest first: day, rows, percent of the largest, and share of the upload if known."""
    lines = [(line.date, line.rows, line.uploaded) for line in state.weeks[1 - _WEEKS :]]
    lines.append((state.date, len(state.table), state.uploaded))
    most = max(rows for _, rows, _ in lines) or 1
    return [(day(date), rows, 100 * rows / most, share_of(rows, uploaded)) for date, rows, uploaded in lines]


def gone_sentences(gone: pd.DataFrame) -> list[str]:
    """Return what can be said of the students who are no longer listed, and what cannot."""
    waiting = _students(gone[gone["state"] == "waiting"])
    untouched = _students(gone[gone["state"] == "open"])
    sentences = []
    if waiting:
        sentences.append(
            f"{waiting:,} of the students who are no longer listed had something under way (uploaded, asked, sent to "
            f"Support). {NOT_PROOF} Look a few of them up in Manage Students."
        )
    if untouched:
        said = f"{untouched:,} of the students who are no longer listed {_were(untouched)} still to do."
        sentences.append(said if waiting else f"{said} {NOT_PROOF}")
    return sentences


def suggestion_sentence(state: WeekState) -> str:
    """Return what our own upload that came back suggests; blank if nothing."""
    suggested = int((state.rows["suggestion"] != "").sum())
    if not suggested:
        return ""
    return (
        f"{count(suggested, 'row')} of our own upload came back with an answer about the e-mail address. Perhaps these "
        "students are connected to another school; adding them by e-mail will tell. Nothing was concluded."
    )


def _students(gone: pd.DataFrame) -> int:
    return len(gone[["username", "email", "card"]].drop_duplicates())


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
