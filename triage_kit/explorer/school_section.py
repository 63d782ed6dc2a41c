"""Whose e-mail domains are the school's own: its name or domain typed, and the domains found in the file as ticks."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets as widgets

from triage_kit.domains import NAME_YOURS, School
from triage_kit.explorer.control import Control
from triage_kit.explorer.markup import fill
from triage_kit.explorer.pick_table import PickTable
from triage_kit.explorer.school_choice import found_domains, named_school, suggest_schools, with_tick
from triage_kit.explorer.section import Section, row_of
from triage_kit.settings import describe_school
from triage_kit.wording import shown_of

__all__ = ["SchoolSection"]

_MOST = 50


class SchoolSection(Section):
    """The second section: every change triages the file again at once."""

    def __init__(self, control: Control) -> None:
        super().__init__(
            control, "School", "Type your school’s name or e-mail domain, or tick the domains that are yours."
        )
        self.name = widgets.Combobox(description="School", placeholder="Example University or example.edu")
        self.use = widgets.Button(description="Use this school", tooltip="Triage the file for this school")
        self.answer = widgets.HTML()
        self.domains = PickTable(
            caption="E-mail domains in the file; ticked ones are your school’s own",
            columns=[{"name": "Domain"}, {"name": "", "note": True}, {"name": "Is"}, {"name": "Rows", "number": True}],
            tickable=True,
            empty="No e-mail domain was found in the file.",
        )
        self.domains.add_class("tk-short")
        self.body.children = [row_of(self.name, self.use), self.answer, self.domains]
        self.listen(self.name, "value", self._typed)
        self.on_enter(self.name, self.apply)
        self.on_click(self.use, self.apply)
        self.listen(self.domains, "ticked", self._ticked)
        self._own: list[str] = []

    def apply(self) -> None:
        """Take the school that stands in the field; what else is known of the one in force stays if it is the same."""
        before, typed = self.control.opened.school, self.name.value.strip()
        school = before if typed and typed == _called(before) else named_school(typed)
        if set(school.domains) == set(before.domains):
            school = replace(before, name=school.name or before.name, assumed="")
        self.message.working("Working it out for this school …")
        self.control.choose_school(school)
        self.message.clear()

    def show(self, what: str) -> None:
        """Show the school and the file's domains."""
        if what not in ("file", "school"):
            return
        exploration = self.control.opened
        school, found = exploration.school, found_domains(exploration)
        shown = found.head(_MOST)
        self._own = [str(domain) for domain in shown.loc[shown["own"], "domain"]]
        with self.setting():
            self.name.value = _called(school)
            described = " ".join(describe_school(exploration.failed, school))
            self.answer.value = fill("paragraph", text=described.replace(NAME_YOURS, "type or tick yours here"))
            self.domains.ticked = self._own
            self.domains.fill(
                [(row.domain, [row.domain, row.note, row.title, row.rows]) for row in shown.itertuples()],
                note=shown_of(len(shown), len(found), "domain"),
            )

    def _typed(self, value: str) -> None:
        options = suggest_schools(value)
        if value in self.name.options:
            self.apply()
        else:
            self.name.options = options

    def _ticked(self, ticked: list[str]) -> None:
        changed = set(ticked) ^ set(self._own)
        school = self.control.opened.school
        for domain in sorted(changed):
            school = with_tick(self.control.opened, domain, own=domain in ticked)
        if changed:
            self.control.choose_school(school)


def _called(school: School) -> str:
    return school.name or ", ".join(school.domains)
