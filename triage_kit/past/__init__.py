"""What the case book knows of a file: what is new, what was here before, what waits for whom and since when.

The weekly round writes it down (`triage_kit.week`); summary, report and explorer only look (`look_at_past`).
"""

from triage_kit.past.files import checked_date, content_of, date_of, day_in_name, refused_file
from triage_kit.past.look import look_at_past
from triage_kit.past.state import WeekState, state_of
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

__all__ = [
    "NOT_PROOF",
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
