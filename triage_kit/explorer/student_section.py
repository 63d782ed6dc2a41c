"""The students that are left: searched and sorted over all of them, one opened in full; results recorded for some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from triage_kit.allowed import plain_meaning
from triage_kit.explain import explain_decision
from triage_kit.explorer.control import Control
from triage_kit.explorer.filters import rows_left
from triage_kit.explorer.markup import fill
from triage_kit.explorer.pick_table import PickTable
from triage_kit.explorer.recording import Result
from triage_kit.explorer.recording_form import RecordingForm
from triage_kit.explorer.remembered import remembered_facts
from triage_kit.explorer.section import Section
from triage_kit.explorer.selection import names, student_columns, students
from triage_kit.responses import parse_response
from triage_kit.wording import count, shown_of

if TYPE_CHECKING:
    from triage_kit.explorer.exploration import Exploration
    from triage_kit.explorer.recording import Written
    from triage_kit.responses import Refusal

__all__ = ["StudentSection"]

#: The columns that stand small below the one before.
_NOTES = ("Username", "Last time", "Waiting since")
_FIRST_SORT = ["Line", "up"]


class StudentSection(Section):
    """The fifth section, for the office's eyes: it holds names."""

    def __init__(self, control: Control) -> None:
        super().__init__(
            control,
            "Students",
            "Choose a line to see Handshake’s answer and why this step; tick lines to record a result.",
        )
        self.table = PickTable(
            caption="Rows of the file",
            tickable=True,
            all_tickable=True,
            openable=True,
            sort=_FIRST_SORT,
            query="",
            empty="No row fits; clear a filter or the search.",
        )
        self._left = 0
        self.form = RecordingForm()
        self.detail = widgets.HTML()
        self.body.children = [self.table, self.form.view]
        self.below.children = [self.detail]
        self.listen(self.table, "query", lambda query: self.control.narrow(search=query or ""))
        self.listen(self.table, "sort", lambda _sort: self.show("filters"))
        self.listen(self.table, "opened", self._open)
        self.listen(self.table, "ticked", lambda _ticked: self._offer())
        self.listen(self.form.every, "value", lambda _every: self._offer())
        self.listen(self.form.result, "value", lambda _result: self.form.name_button())
        self.on_click(self.form.record, self._record)

    def show(self, what: str) -> None:
        """List the first of the students that are left."""
        exploration, filters = self.control.opened, self.control.filters
        by, way = self.table.sort if self.table.sort[0] in student_columns(exploration) else _FIRST_SORT
        found, self._left = students(exploration, filters, sort_by=by, descending=way == "down")
        lines = [(str(row[0]), list(row[1:])) for row in found.itertuples(name=None)]
        with self.setting():
            if what == "file":
                self.table.ticked, self.table.opened = [], ""
            self.table.sort = [by, way]
            self.table.columns = [
                {"name": name, "number": name == "Line", "note": name in _NOTES}
                for name in student_columns(exploration)
            ]
            self.table.fill(lines, note=shown_of(len(found), self._left, "row"))
            self.table.query = filters.search
            self._open(self.table.opened)
            self._offer()

    def _open(self, row: str) -> None:
        self.detail.value = _in_full(self.control.opened, int(row)) if row else ""

    def _offer(self) -> None:
        """Offer the results that belong to the rows for which one can be recorded now."""
        with self.setting():
            self.form.offer(self.control.opened, self._rows(), others=self._others())

    def _rows(self) -> list[int]:
        if self.form.every.value and self._others():
            return rows_left(self.control.opened, self.control.filters)
        return [int(row) for row in self.table.ticked]

    def _others(self) -> int:
        """Return how many rows fit beside those shown, where all of these are ticked."""
        shown = len(self.table.lines)
        return self._left - shown if len(self.table.ticked) == shown else 0

    def _record(self) -> None:
        form = self.form
        result = Result(form.result.value, form.old_username.value, form.note.value)
        written = self.control.record(self._rows(), result)
        with self.setting():
            self.table.ticked = []
            form.clear()
            self._offer()
        memory = self.control.memory
        self.message.done(_said(written, memory.results.name, has_casebook=bool(memory.casebook)))


def _said(written: Written, file: str, *, has_casebook: bool) -> str:
    """Return for how many a result was recorded, and where."""
    places = [(written.in_casebook, "the case book"), (written.in_file, file)]
    parts = [f"for {count(rows, 'student')} in {place}" for rows, place in places if rows]
    said = f"Recorded {' and '.join(parts)}."
    if has_casebook and written.in_file:
        said += (
            f" The case book does not have that yet: "
            f"“triage-kit week FILE --outcomes {file}” takes over what stands in {file}."
        )
    return said


def _in_full(exploration: Exploration, row: int) -> str:
    failed, rules = exploration.failed, exploration.rules
    answer = failed.response.loc[row]
    known = {"E-mail": failed.column("email_address").loc[row], "Username": failed.column("username").loc[row]}
    place = f"Row {row:,} (line {failed.line_numbers.loc[row]:,} in Excel)"
    return fill(
        "student",
        name=names(exploration, pd.Index([row])).iloc[0] or place,
        place=place,
        facts=[*((term, text or "(blank)") for term, text in known.items()), *remembered_facts(exploration, row)],
        problems=[_objection(exploration, refusal) for refusal in parse_response(answer, rules)],
        answer=answer or "(blank)",
        explanation=explain_decision(failed, exploration.table, row, school=exploration.school, rules=rules),
    )


def _objection(exploration: Exploration, refusal: Refusal) -> tuple[str, str, str]:
    kind = exploration.rules.kind(refusal.kind)
    return refusal.field, kind.title, plain_meaning(kind, refusal.field)
