"""What the panel knows and does, without a widget: the file, the school, the filters, and what is written."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from triage_kit.domains import School
from triage_kit.errors import InputError
from triage_kit.explorer.exploration import Exploration, Memory, open_exploration, renewed, with_school
from triage_kit.explorer.filters import Filters
from triage_kit.explorer.recording import RESULTS_FILE, Result, Written, add_results

__all__ = ["CASEBOOK", "Control"]

#: The case book that the weekly round makes where it is not told another place.
CASEBOOK = "casebook.sqlite"


class Control:
    """The state of one panel. Whoever listens is told what changed.

    That is ``file``, ``school``, ``results``, ``filters`` or ``search``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        school_domains: Collection[str] = (),
        rules: str | Path | None = None,
        casebook: str | Path = "",
    ) -> None:
        self.folder = folder
        self.rules = rules
        self._casebook = str(casebook)
        self.school_domains = tuple(school_domains)
        self.path: Path | None = None
        self.exploration: Exploration | None = None
        self.filters = Filters()
        self._stamp: tuple[int, int] | None = None
        self._listeners: list[Callable[[str], None]] = []

    @property
    def memory(self) -> Memory:
        """Where results are recorded: the case book is the one that was named, else the one in the folder."""
        found = self.folder / CASEBOOK
        return Memory(self.folder / RESULTS_FILE, self._casebook or (str(found) if found.is_file() else ""))

    @property
    def chosen(self) -> Filters:
        """The filters that hold for everything below the chart: a search is for the students' table alone."""
        return self.filters.without("search")

    @property
    def opened(self) -> Exploration:
        """The open file.

        Raises
        ------
        InputError
            If none is open.
        """
        if self.exploration is None:
            raise InputError("No file is open; choose one at the top.")
        return self.exploration

    def unchanged(self) -> Exploration:
        """Return the open file, if it still stands on the disk as it was read.

        Raises
        ------
        InputError
            If it does not: what is written then would not be what is shown.
        """
        opened = self.opened
        if self._stamp != _stamp(self.path):
            raise InputError("The file was changed or moved since it was opened; choose it again at the top.")
        return opened

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` after each change, in the order of registration."""
        self._listeners.append(listener)

    def open_file(self, path: str | Path) -> None:
        """Open another file; the one that was open stays if this one cannot be read."""
        found = _as_path(path, self.folder)
        stamp = _stamp(found)  # before it is read: what changes meanwhile is noticed
        self.exploration = open_exploration(found, memory=self.memory, domains=self.school_domains, rules=self.rules)
        self.path, self.filters, self._stamp = found, Filters(), stamp
        self._changed("file")
        _ = self.exploration.searchable  # made now, after the file is shown, so that the first search need not wait

    def choose_school(self, school: School) -> None:
        """Triage again for another school; the filters stay."""
        self.exploration = with_school(self.opened, school, memory=self.memory)
        self.school_domains = tuple(school.domains)
        self._changed("school")

    def look_again(self) -> None:
        """Follow again what was recorded: what could not be read before can perhaps be read now."""
        self.exploration = renewed(self.opened, self.memory)
        self._changed("results")

    def narrow(self, **changes: Any) -> None:
        """Change some of the filters."""
        wanted = replace(self.filters, **changes)
        if wanted != self.filters:
            self.filters = wanted
            self._changed("search" if set(changes) == {"search"} else "filters")

    def clear(self, name: str = "") -> None:
        """Clear one filter, or all."""
        self.filters = self.filters.without(name) if name else Filters()
        self._changed("filters")

    def record(self, rows: Collection[int], result: Result) -> Written:
        """Record a result for some rows, triage again with it, and return for how many and where."""
        written = add_results(self.memory, self.opened, sorted(rows), result)
        self.exploration = renewed(self.opened, self.memory)
        self._changed("results")
        return written

    def _changed(self, what: str) -> None:
        for listener in self._listeners:
            listener(what)


def _as_path(text: str | Path, folder: Path) -> Path:
    """Return a path as somebody may have pasted it: quotation marks around it, relative to the folder or to here."""
    path = Path(str(text).strip().strip("\"'")).expanduser()
    return folder / path if not path.is_absolute() and not path.exists() else path


def _stamp(path: Path | None) -> tuple[int, int] | None:
    """Return when a file was last changed, and its size; None if it is not there."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None
