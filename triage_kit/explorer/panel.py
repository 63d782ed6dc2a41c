"""The explorer's panel: its sections from top to bottom, and what a notebook shows of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from triage_kit.explorer.control import Control
from triage_kit.explorer.file_section import FileSection
from triage_kit.explorer.past_section import PastSection
from triage_kit.explorer.problem_section import ProblemSection
from triage_kit.explorer.school_section import SchoolSection
from triage_kit.explorer.section import Section
from triage_kit.explorer.step_section import StepSection
from triage_kit.explorer.student_section import StudentSection
from triage_kit.explorer.writing_section import WritingSection

__all__ = ["Explorer"]


class Explorer:
    """A panel to explore a failed-rows file: what went wrong, what to do, for whom.

    Parameters
    ----------
    path
        The failed-rows file to open first; another can be chosen in the panel.
    folder
        The folder whose files are listed, and into which results, to-do folder and reports are written; the file's own
        if not given, without a file the working folder.
    school_domains
        The school's own e-mail domains; without them ``school.toml`` is read, or the likeliest school assumed.
    rules
        The office's own rule file, tried before ours.
    casebook
        The case book of the weekly rounds, a path or URL; ``casebook.sqlite`` in the folder if not given and it is
        there. With it the panel shows what changed since last time, and records results there.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        folder: str | Path | None = None,
        school_domains: Iterable[str] = (),
        rules: str | Path | None = None,
        casebook: str | Path = "",
    ) -> None:
        near = Path(path).expanduser().resolve().parent if path else Path.cwd()
        self.control = Control(
            Path(folder).expanduser().resolve() if folder else near,
            school_domains=tuple(school_domains),
            rules=rules,
            casebook=casebook,
        )
        self.file = FileSection(self.control)
        self.school = SchoolSection(self.control)
        self.past = PastSection(self.control)
        self.problems = ProblemSection(self.control)
        self.steps = StepSection(self.control)
        self.students = StudentSection(self.control)
        self.writing = WritingSection(self.control)
        self._rest = widgets.VBox()
        self.view = widgets.VBox([self.file.view, self._rest])
        self.view.add_class("tk-panel")
        self.view.add_class("mathjax_ignore")
        self.control.on_change(self._follow)
        if path:
            self.file.attempt(lambda: self.file.read(Path(path).expanduser().resolve()))

    def __repr__(self) -> str:
        return "<Explorer>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """Return the view alone: its text form is empty, so that a saved notebook holds nothing of the file."""
        bundle = self.view._repr_mimebundle_()
        return {**bundle, "text/plain": ""}

    def _follow(self, what: str) -> None:
        below: list[Section] = [self.school, self.past, self.problems, self.steps, self.students, self.writing]
        for section in (self.problems, self.file, self.school, self.past, self.steps, self.students, self.writing):
            section.show(what)
        if not self._rest.children:
            self._rest.children = [section.view for section in below]
        if what in ("file", "school"):
            self.problems.show_first()
