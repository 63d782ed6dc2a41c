"""The week in plain sentences: what is new, what moved, what waits; what is proof and what is not."""

from __future__ import annotations

import pandas as pd

from triage_kit.casebook import Recorded, RefusedFile
from triage_kit.columns import OWNERS
from triage_kit.week.state import WeekState

__all__ = ["change_lines", "gone_sentences", "waiting_lines", "week_lines"]

#: What a student's vanishing from the file does not prove.
NOT_PROOF = "That is no proof of being fixed: a student who left the upload vanishes too."


def week_lines(state: WeekState, recorded: Recorded, week: RefusedFile, *, share: str = "") -> list[str]:
    """Return the week for the office: exact numbers, no names."""
    lines = []
    if recorded.was_known:
        lines.append(
            f"This file is in the case book already, as that of {week.date}; it counts once. "
            "If it is a new one with the same rows, give its day with --date."
        )
    lines += [*_share_line(state, share), *change_lines(state.changes, state.last_date)]
    lines += ["", *_state_lines(state.table), *waiting_lines(state)]
    lines += [line for line in gone_sentences(state.gone) if line]
    if suggested := int((state.rows["suggestion"] != "").sum()):
        lines.append(
            f"{_rows(suggested)} of our own upload came back with an answer about the e-mail address. Perhaps these "
            "students are connected to another school; adding them by e-mail will tell. Nothing was concluded."
        )
    return lines + _trouble(recorded)


def change_lines(changes: pd.DataFrame, last_date: str) -> list[str]:
    """Return how the rows relate to the file before, a line each."""
    if not last_date:
        return ["This is the first file in the case book: everything is new."]
    lines = [f"Compared with the file of {last_date}"]
    return lines + [f"{row.rows:>8,}  {row.title}" for row in changes.itertuples()]


def waiting_lines(state: WeekState) -> list[str]:
    """Return whom listed rows wait for, and since when at the earliest."""
    waiting = state.table["state"].astype("str") == "waiting"
    owners = state.table["owner"].astype("str")[waiting]
    since = state.rows["waiting_since"][waiting]
    return [
        f"{rows:>8,}  waiting for: {OWNERS[owner]} (the longest since {since[owners == owner].min()})"
        for owner, rows in owners.value_counts().sort_index().items()
    ]


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
        sentences.append(f"{untouched:,} of the students who are no longer listed were still to do. {NOT_PROOF}")
    return sentences


def _students(gone: pd.DataFrame) -> int:
    return len(gone[["username", "email", "card"]].drop_duplicates())


def _share_line(state: WeekState, share: str) -> list[str]:
    if not share:
        return []
    return [f"{_rows(len(state.table))} of {state.uploaded:,} uploaded {_were(len(state.table))} refused ({share})."]


def _state_lines(table: pd.DataFrame) -> list[str]:
    counts = table["state"].astype("str").value_counts()
    words = {"open": "to do", "done": "done since, left out", "dropped": "dropped, left out"}
    return [f"{counts[name]:>8,}  {title}" for name, title in words.items() if counts.get(name, 0)]


def _trouble(recorded: Recorded) -> list[str]:
    lines = []
    if recorded.without_keys:
        lines.append(
            f"{_rows(recorded.without_keys)} {_have(recorded.without_keys)} no username, e-mail address or card ID: "
            "nobody can say next week whether they were here before."
        )
    if recorded.doubts:
        lines.append(
            f"{_rows(len(recorded.doubts))} could be any of several students of the weeks before and were kept apart; "
            "“triage-kit casebook export” shows them beside each other."
        )
    if recorded.repeated_without_date:
        lines.append(
            f"{len(recorded.repeated_without_date):,} results without a date were recorded before and count once; "
            "if they are new, give them a date."
        )
    if recorded.reupload_rows_of_nobody:
        lines.append(
            f"{_rows(recorded.reupload_rows_of_nobody)} of our own upload {_belong(recorded.reupload_rows_of_nobody)} "
            "to nobody in the case book, or to more than one student."
        )
    return lines


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _belong(count: int) -> str:
    return "belongs" if count == 1 else "belong"
