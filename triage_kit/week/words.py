"""The week in plain sentences: what is new, what moved, what waits; what is proof and what is not."""

from __future__ import annotations

from triage_kit.casebook import Recorded, RefusedFile
from triage_kit.past import WeekState, change_lines, gone_sentences, share_line, suggestion_sentence, waiting_lines

__all__ = ["week_lines"]


def week_lines(state: WeekState, recorded: Recorded, week: RefusedFile) -> list[str]:
    """Return the week for the office: exact numbers, no names."""
    lines = []
    if recorded.was_known:
        lines.append(
            f"This file is in the case book already, as that of {week.date}; it counts once. "
            "If it is a new one with the same rows, give its day with --date."
        )
    lines += [line for line in (share_line(state),) if line]
    lines += [*change_lines(state.changes, state.last_date), "", *_state_lines(state), *waiting_lines(state)]
    lines += [line for line in (*gone_sentences(state.gone), suggestion_sentence(state)) if line]
    return lines + _trouble(recorded)


def _state_lines(state: WeekState) -> list[str]:
    counts = state.table["state"].astype("str").value_counts()
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


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _belong(count: int) -> str:
    return "belongs" if count == 1 else "belong"
