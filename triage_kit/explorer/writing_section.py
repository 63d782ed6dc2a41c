"""Writing: the to-do folder, and a report for an audience, each into a folder that can be seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import anywidget
import ipywidgets as widgets

from triage_kit.actions import ActionPack, write_actions
from triage_kit.domains import write_school
from triage_kit.explorer.control import Control
from triage_kit.explorer.exploration import Exploration
from triage_kit.explorer.markup import fill
from triage_kit.explorer.section import Section, row_of
from triage_kit.output import private_folder
from triage_kit.report import build_report
from triage_kit.week.lists import write_to_do as write_week_to_do
from triage_kit.wording import count

__all__ = ["InSight", "WritingSection", "write_report", "write_to_do"]

TO_DO, REPORTS = "to-do", "reports"
_TO_DO_NOTE = "A work list, the files to upload or paste, letters, and START-HERE.html: for the office only."
_REPORT_NOTE = "One page that opens in any browser: what went wrong and what to do, in charts and tables."
_NOTES = {
    "no-names": "The page names no student and may be forwarded.",
    "with-names": "The page names students: do not forward it.",
}
_Tell = Callable[[int, int], None]


class InSight(anywidget.AnyWidget):
    """Nothing to be seen; put into a section, it scrolls to what the section says was done or went wrong."""

    _esm = Path(__file__).parent / "in_sight.js"


class WritingSection(Section):
    """The last section: what was found, as files for the whole file, whatever the filters say."""

    def __init__(self, control: Control) -> None:
        super().__init__(control, "Write", "For the whole file, whatever is chosen above.")
        self.to_do = widgets.Button(description="Write to-do folder", button_style="primary")
        self.audience = widgets.Dropdown(
            description="For whom",
            options=[("may be forwarded: no names", "no-names"), ("for the office: with names", "with-names")],
        )
        self.report = widgets.Button(description="Write report", button_style="primary")
        self.written = widgets.HTML()
        halves = [
            _half("To-do folder", _TO_DO_NOTE, self.to_do),
            _half("Report", _REPORT_NOTE, self.audience, self.report),
        ]
        self.body.children = [row_of(*halves)]
        self.below.children = [self.written, InSight()]
        self.on_click(self.to_do, partial(self._write, "Writing the to-do folder …", self._to_do))
        self.on_click(self.report, partial(self._write, "Writing the report; this takes some seconds …", self._report))

    def show(self, what: str) -> None:
        """Forget what was written for another file or school."""
        if what in ("file", "school"):
            self.written.value = ""

    def _write(self, begun: str, write: Callable[[], str]) -> None:
        self.written.value = ""
        self.message.working(begun)
        self.written.value = write()
        self.message.clear()

    def _to_do(self) -> str:
        return write_to_do(self.control, tell=partial(self._tell, "Writing the work list of the to-do folder …"))

    def _tell(self, text: str, done: int, of: int) -> None:
        self.message.working(text, done, of)

    def _report(self) -> str:
        return write_report(self.control, self.audience.value)


def write_to_do(control: Control, *, tell: _Tell | None = None) -> str:
    """Write the to-do folder and return what is in it, as markup; ``tell`` hears how many rows of how many are done."""
    now = control.unchanged()
    pack = _write_to_do(now, control.folder / TO_DO, tell)
    accounts = pack.accounts
    parts = f"{accounts['in_step_files']:,} in files + {accounts['held']:,} held back"
    return fill(
        "written",
        name=f"{control.folder.name}/{TO_DO}",
        place=pack.folder,
        lines=pack.files,
        notes=[
            f"{count(accounts['rows'], 'row')} = {parts} + {accounts['in_worklist_only']:,} in the work list only.",
            "Begin with START-HERE.html in that folder. It holds names: for the office only.",
            *pack.notices,
        ],
    )


def _write_to_do(now: Exploration, folder: Path, tell: _Tell | None) -> ActionPack:
    school, rules = now.school, now.rules
    if now.past is not None:
        return write_week_to_do(now.failed, now.past, folder, school=school, rules=rules, progress=tell)
    return write_actions(
        now.failed,
        now.table,
        folder,
        school=school,
        outcomes=now.outcomes,
        findings=now.findings,
        rules=rules,
        progress=tell,
    )


def write_report(control: Control, audience: str) -> str:
    """Write the report and return its name, as markup; the school is passed on as this panel has it."""
    now = control.unchanged()
    with private_folder() as folder:
        school_file = write_school(now.school, folder / "school.toml") if now.school.domains else None
        path = build_report(
            str(control.path),
            control.folder / REPORTS,
            school_file=school_file,
            audience=audience,
            rules=control.rules,
            casebook=control.memory.casebook if now.past is not None else "",
            name="report.html" if audience == "no-names" else "report-with-names.html",
        )
    return fill(
        "written",
        name=f"{control.folder.name}/{REPORTS}/{path.name}",
        place=path,
        lines=[("Counted in it", len(now.table))],
        notes=[_NOTES[audience], *_not_told(control, now)],
    )


def _not_told(control: Control, now: Exploration) -> list[str]:
    """Return what the report does not know: it reads the file and the case book alone."""
    told = now.outcomes is None or not len(now.outcomes)
    return [] if told else [f"What stands in {control.memory.results.name} is not counted in it."]


def _half(title: str, note: str, *controls: widgets.Widget) -> widgets.VBox:
    box = widgets.VBox([widgets.HTML(fill("subheading", text=title, note=note)), *controls])
    box.add_class("tk-half")
    return box
