"""The form below the students' table: what happened, for those who are ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets as widgets

from triage_kit.explorer.markup import fill
from triage_kit.explorer.recording import offered_outcomes
from triage_kit.explorer.section import row_of
from triage_kit.wording import count

if TYPE_CHECKING:
    from triage_kit.explorer.exploration import Exploration

__all__ = ["RecordingForm"]

_NO_RESULT = "(choose a result)"
_HINT = "To record a result, tick the students for whom you know it."


class RecordingForm:
    """The controls with which a result is recorded; they are there when somebody is ticked."""

    def __init__(self) -> None:
        self.hint = widgets.HTML(fill("soft", text=_HINT))
        self.every = widgets.Checkbox(indent=False)
        self.result = widgets.Dropdown(description="Result", options=[(_NO_RESULT, "")])
        self.old_username = widgets.Text(description="Old username", placeholder="if you found it out")
        self.note = widgets.Text(description="Note", placeholder="optional")
        self.record = widgets.Button(button_style="primary")
        self.controls = row_of(self.every, self.result, self.old_username, self.note, self.record)
        self.view = widgets.VBox([self.hint, self.controls])
        self._rows = 0

    def offer(self, exploration: Exploration, rows: Sequence[int], *, others: int) -> None:
        """Offer what may have happened with the steps of these rows; ``others`` fit as well and are not shown."""
        self._rows = len(rows)
        self.hint.layout.display = "none" if rows else ""
        self.controls.layout.display = "" if rows else "none"
        self.note.layout.display = "" if exploration.past is None else "none"  # the case book keeps none
        self.every.layout.display = "" if others else "none"
        self.every.description = f"Also the other {count(others, 'row')} that fit and are not shown"
        if not others:
            self.every.value = False
        offered = offered_outcomes(exploration, rows) if rows else {}
        options = ((_NO_RESULT, ""), *((title, outcome) for outcome, title in offered.items()))
        if self.result.options != options:
            self.result.options = options
        self.name_button()

    def clear(self) -> None:
        """Empty the fields."""
        self.every.value = False
        self.old_username.value = self.note.value = ""

    def name_button(self) -> None:
        """Say on the button for how many students it records; it is off until a result is chosen."""
        self.record.description = f"Record for {count(self._rows, 'student')}"
        self.record.disabled = not (self._rows and self.result.value)
