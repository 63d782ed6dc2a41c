"""What the case book knows of a file: what is new, what was here before, what waits for whom and since when.

The weekly round writes it down (`triage_kit.week`); summary, report and explorer only look (`look_at_past`). What
needs the database loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from triage_kit.past.days import checked_date, date_of, day_in_name
from triage_kit.past.look import look_at_past
from triage_kit.past.words import (
    NOT_PROOF,
    change_lines,
    gone_sentences,
    share_line,
    suggestion_sentence,
    waiting_lines,
    waiting_of,
    weeks_of,
)

if TYPE_CHECKING:
    from triage_kit.past.files import content_of, refused_file
    from triage_kit.past.remembered_file import RememberedFile
    from triage_kit.past.state import WeekState, state_of

__all__ = [
    "NOT_PROOF",
    "RememberedFile",
    "WeekState",
    "change_lines",
    "checked_date",
    "content_of",
    "date_of",
    "day_in_name",
    "gone_sentences",
    "look_at_past",
    "refused_file",
    "share_line",
    "state_of",
    "suggestion_sentence",
    "waiting_lines",
    "waiting_of",
    "weeks_of",
]

_HOMES = {
    "RememberedFile": "remembered_file",
    "WeekState": "state",
    "content_of": "files",
    "refused_file": "files",
    "state_of": "state",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
