"""Which file: the failed-rows files of a folder, or any path; what the reader has to say."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import ipywidgets as widgets

from triage_kit.errors import InputError, TriageKitError
from triage_kit.explorer.control import Control
from triage_kit.explorer.exploration import failed_rows_files
from triage_kit.explorer.markup import fill
from triage_kit.explorer.recording import RESULTS_FILE
from triage_kit.explorer.section import Section, row_of
from triage_kit.wording import count

__all__ = ["FileSection"]

_CHOOSE = "Choose a file…"


class FileSection(Section):
    """The first section: a drop-down, a field for a path, and what was read."""

    def __init__(self, control: Control) -> None:
        super().__init__(control, "File", "Choose a file of failed rows, as downloaded from Handshake’s Importer.")
        self.files = widgets.Dropdown(description="In the folder, newest first")
        self.again = widgets.Button(description="Look again", tooltip="List the folder’s files anew")
        self.path = widgets.Text(description="Or its path", placeholder="failed_rows.csv")
        self.open = widgets.Button(description="Open", tooltip="Open the file of this path")
        self.answer, self.troubles = widgets.HTML(), widgets.HTML()
        self.retry = widgets.Button(description="Try again", tooltip="Read anew what was recorded")
        self.trouble = row_of(self.troubles, self.retry)
        self.trouble.add_class("tk-card")
        self.trouble.layout.display = "none"
        self.body.children = [row_of(self.files, self.again, self.path, self.open), self.answer, self.trouble]
        self.listen(self.files, "value", self._choose)
        self.on_click(self.again, self.list_files)
        self.on_click(self.open, self._open)
        self.on_click(self.retry, self._retry)
        self.on_enter(self.path, self._open)
        self.list_files()

    def list_files(self) -> None:
        """List the folder's files anew, the newest first."""
        files = [path for path in failed_rows_files(self.control.folder) if path.name != RESULTS_FILE]
        shown = [(f"{path.name}  ·  {_day(path)}", str(path)) for path in files]
        current = str(self.control.path) if self.control.path else ""
        if current and current not in [value for _, value in shown]:
            shown.insert(0, (Path(current).name, current))
        with self.setting():
            self.files.options = [(_CHOOSE, ""), *shown]
            self.files.value = current

    def read(self, path: str | Path) -> None:
        """Open a file and say so; the one before stays open if that fails, which is said too."""
        name = Path(str(path).strip()).name
        self.message.working(f"Reading {name or 'the file'} …")
        try:
            self.control.open_file(path)
        except TriageKitError as error:
            if self.control.path is None:
                raise
            raise InputError(f"{error} {self.control.path.name} stays open until then.") from None
        finally:
            self.list_files()
        self.message.clear()

    def show(self, what: str) -> None:
        """Say how many rows were read, and the reader's notices."""
        if what not in ("file", "school", "results"):
            return
        troubles = self.control.opened.troubles
        self.troubles.value = "".join(fill("paragraph", text=text) for text in troubles)
        self.trouble.layout.display = "" if troubles else "none"
        if what != "file":
            return
        self.list_files()
        failed = self.control.opened.failed
        broken = len(failed.broken)
        sentence = f"{count(len(failed.rows), 'row')} read, {count(broken, 'line')} could not be read."
        reasons = [f"Line {row.line}: {row.reason}" for row in failed.broken.head(5).itertuples()]
        more = [f"… and {broken - 5:,} more lines that could not be read."] if broken > 5 else []
        self.answer.value = fill("answer", sentence=sentence, notices=[*failed.notices, *reasons, *more])

    def _open(self) -> None:
        if not self.path.value.strip():
            raise InputError("Write the file’s path into the field first, or choose a file of the folder.")
        self.read(self.path.value)

    def _retry(self) -> None:
        self.message.working("Reading what was recorded …")
        self.control.look_again()
        self.message.clear()

    def _choose(self, value: str) -> None:
        if value:
            self.read(value)


def _day(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
