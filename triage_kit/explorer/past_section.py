"""What changed since the file before, and what waits for whom: the section that a case book brings."""

from __future__ import annotations

import ipywidgets as widgets

from triage_kit.columns import OWNERS
from triage_kit.explorer.control import Control
from triage_kit.explorer.markup import fill
from triage_kit.explorer.pick_table import PickTable
from triage_kit.explorer.remembered import gone_students, past_notices, past_sentence
from triage_kit.explorer.section import Section, row_of
from triage_kit.past import waiting_of
from triage_kit.wording import count, day

__all__ = ["PastSection"]

_GONE = "gone"


class PastSection(Section):
    """The section between school and problems; it is hidden where there is no case book."""

    def __init__(self, control: Control) -> None:
        super().__init__(
            control,
            "Since last time",
            "From the case book of your weekly rounds. Choose a line to narrow everything below.",
        )
        self.answer = widgets.HTML()
        self.changes = PickTable(
            caption="Compared with last time",
            columns=[{"name": "Compared with last time"}, {"name": "Rows", "number": True}],
            openable=True,
        )
        self.waiting = PickTable(
            caption="Waiting for whom",
            columns=[
                {"name": "Waiting for"},
                {"name": "Rows", "number": True},
                {"name": "The longest since"},
            ],
            openable=True,
            empty="Nothing waits.",
        )
        self.gone = PickTable(
            caption="Students who are no longer listed",
            columns=[
                {"name": "Student"},
                {"name": "", "note": True},
                {"name": "Problem"},
                {"name": "Next step"},
                {"name": "State"},
                {"name": "Since"},
            ],
        )
        for table in (self.changes, self.waiting):
            table.add_class("tk-half-table")
        self.body.children = [self.answer, row_of(self.changes, self.waiting)]
        self.below.children = [self.gone]
        self.listen(self.changes, "opened", self._narrow_change)
        self.listen(self.waiting, "opened", self._narrow_waiting)

    def show(self, what: str) -> None:
        """Show what changed and what waits, of the whole file; what the filters choose is marked."""
        if what == "search":
            return
        exploration, filters = self.control.opened, self.control.chosen
        past = exploration.past
        self.view.layout.display = "none" if past is None else ""
        if past is None:
            return
        self.answer.value = fill("answer", sentence=past_sentence(past), notices=past_notices(past))
        with self.setting():
            gone = self.changes.opened == _GONE and not filters.change and what not in ("file", "school")
            self.changes.fill([(line.change, [line.title, line.rows]) for line in past.changes.itertuples()])
            self.changes.opened = _GONE if gone else filters.change
            self.waiting.fill([(owner, [OWNERS[owner], rows, day(since)]) for owner, rows, since in waiting_of(past)])
            self.waiting.opened = filters.owner if filters.state == "waiting" else ""
        self._show_gone()

    def _show_gone(self) -> None:
        past = self.control.opened.past
        self.gone.layout.display = "" if past is not None and self.changes.opened == _GONE else "none"
        if past is None or self.changes.opened != _GONE:
            self.gone.fill([])
            return
        found = gone_students(past, self.control.opened.rules)
        lines = [(str(place), list(line)) for place, line in enumerate(found.itertuples(index=False, name=None))]
        self.gone.fill(lines, note=f"{len(found):,} of {count(len(past.gone), 'problem')} of students no longer listed")

    def _narrow_change(self, change: str) -> None:
        self.control.narrow(change="" if change == _GONE else change)
        self._show_gone()

    def _narrow_waiting(self, owner: str) -> None:
        self.control.narrow(owner=owner, state="waiting" if owner else "")
