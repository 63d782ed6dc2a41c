"""The students that are left: searched and sorted over all of them, one opened in full; results recorded for some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from triage_kit.explain import explain_row
from triage_kit.explorer.control import Control
from triage_kit.explorer.markup import fill
from triage_kit.explorer.pick_table import PickTable
from triage_kit.explorer.recording import offered_outcomes
from triage_kit.explorer.section import Section, row_of
from triage_kit.explorer.selection import STUDENT_COLUMNS, students
from triage_kit.responses import parse_response
from triage_kit.wording import count

if TYPE_CHECKING:
    from triage_kit.explorer.exploration import Exploration

__all__ = ["StudentSection"]

_NO_RESULT = "(choose a result)"


class StudentSection(Section):
    """The fifth section, for the office's eyes: it holds names."""

    def __init__(self, control: Control) -> None:
        super().__init__(control, "Students", "Tick those whose result you know; open a line for Handshake’s answer.")
        self.table = PickTable(
            caption="Rows of the file",
            columns=[{"name": name, "number": name == "Line"} for name in STUDENT_COLUMNS],
            tickable=True,
            openable=True,
            sort=["Line", "up"],
            query="",
            empty="No row fits; clear a filter or the search.",
        )
        self.detail = widgets.HTML()
        self.result = widgets.Dropdown(description="Result", options=[(_NO_RESULT, "")])
        self.old_username = widgets.Text(description="Old username", placeholder="if you found it out")
        self.note = widgets.Text(description="Note", placeholder="optional")
        self.record = widgets.Button(description="Record for 0 students", button_style="primary", disabled=True)
        self.recording = row_of(self.result, self.old_username, self.note, self.record)
        self.recording.layout.display = "none"
        self.body.children = [self.table, self.detail, self.recording]
        self.listen(self.table, "query", lambda query: self.control.narrow(search=query or ""))
        self.listen(self.table, "sort", lambda _sort: self.show("filters"))
        self.listen(self.table, "opened", self._open)
        self.listen(self.table, "ticked", self._ticked)
        self.listen(self.result, "value", lambda _result: self._set_button())
        self.on_click(self.record, self._record)

    def show(self, what: str) -> None:
        """List the first of the students that are left."""
        exploration, filters = self.control.opened, self.control.filters
        by, way = self.table.sort
        found, total = students(exploration, filters, sort_by=by, descending=way == "down")
        lines = [(str(row[0]), list(row[1:])) for row in found.itertuples(name=None)]
        with self.setting():
            if what == "file":
                self.table.ticked, self.table.opened = [], ""
            self.table.fill(lines, note=f"{len(found):,} of {count(total, 'row')} shown")
            self.table.query = filters.search
            self._open(self.table.opened)
            self._ticked(self.table.ticked)

    def _open(self, row: str) -> None:
        self.detail.value = _in_full(self.control.opened, int(row)) if row else ""

    def _ticked(self, ticked: list[str]) -> None:
        rows = [int(row) for row in ticked]
        self.recording.layout.display = "" if rows else "none"
        offered = offered_outcomes(self.control.opened, rows) if rows else {}
        options = ((_NO_RESULT, ""), *((title, outcome) for outcome, title in offered.items()))
        if self.result.options != options:
            with self.setting():
                self.result.options = options
        self._set_button()

    def _set_button(self) -> None:
        ticked = len(self.table.ticked)
        self.record.description = f"Record for {count(ticked, 'student')}"
        self.record.disabled = not (ticked and self.result.value)

    def _record(self) -> None:
        rows = [int(row) for row in self.table.ticked]
        recorded = self.control.record(
            rows, self.result.value, old_username=self.old_username.value, note=self.note.value
        )
        with self.setting():
            self.table.ticked = []
            self.old_username.value = self.note.value = ""
            self._ticked([])
        self.message.done(f"Recorded for {count(recorded, 'student')} in {self.control.results.name}.")


def _in_full(exploration: Exploration, row: int) -> str:
    answer = exploration.failed.response.loc[row]
    refusals = parse_response(answer, exploration.rules)
    explained = explain_row(
        exploration.failed, exploration.table, row, school=exploration.school, rules=exploration.rules
    ).split("\n")
    start = next((place for place, line in enumerate(explained) if line.startswith("The problem that decides")), 0)
    return fill(
        "row",
        title=f"Row {row:,} (line {exploration.failed.line_numbers.loc[row]:,} in Excel)",
        problems=[_problem(exploration, refusal.field, refusal.kind) for refusal in refusals],
        answer=answer or "(blank)",
        explanation=explained[start:],
    )


def _problem(exploration: Exploration, field: str, kind: str) -> str:
    found = exploration.rules.kind(kind)
    meaning = found.meaning.replace("{field}", field or "the field")
    return f"{field or 'No field named'}: {found.title}. {meaning}"
