"""The folder of many reports: which report has which number, ``summary.json`` and ``index.html``.

Both may be forwarded: they hold labels and counts, no names of files. By ``summary.json`` a second run knows what did
not change; its keys are made with a secret of this user's, so that nobody else can compare them with a file.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from triage_kit.errors import OutputError
from triage_kit.html import render_page
from triage_kit.output import check_may_write, remove_left_files, whole_file
from triage_kit.report.one import Made, is_our_page
from triage_kit.report.parameters import ReportParameters

__all__ = ["Entry", "Shelf", "fingerprint"]

_MADE_WITH = "triage-kit"


@dataclass(frozen=True)
class Entry:
    """What index and summary say of one report."""

    number: int
    date: str
    rows: int
    broken: int
    untrusted: int
    top_problem: str
    key: str
    file_date: str = ""
    doubt: str = ""

    @classmethod
    def of(cls, number: int, key: str, made: Made) -> Entry:
        """Return the entry of a report that was made; an office's own notebook may leave no counts."""
        rows, broken, untrusted = (int(str(made.facts.get(name, 0))) for name in ("rows", "broken", "untrusted"))
        top_problem, doubt = (str(made.facts.get(name, "")) for name in ("top_problem", "doubt"))
        return cls(number, made.date, rows, broken, untrusted, top_problem, key, made.file_date, doubt)


class Shelf:
    """The reports of a folder by number, as ``summary.json`` has them; written again after each new one."""

    def __init__(self, folder: Path, audience: str, *, force: bool = False) -> None:
        self._folder, self._audience = folder, audience
        self._summary, self._index = folder / "summary.json", folder / "index.html"
        check_may_write(self._summary, force=force, ours=lambda path: _read(path) is not None)
        check_may_write(self._index, force=force, ours=is_our_page)
        self._earlier = [] if force else _read(self._summary) or []
        self._entries: dict[int, Entry] = {}
        remove_left_files(folder)

    def page(self, number: int) -> Path:
        """Return the path of the report with this number."""
        return self._folder / f"report-{number}.html"

    def place(self, keys: Sequence[str]) -> list[int]:
        """Return a number for each key: that of the last run if nothing changed, else the lowest that is free."""
        earlier = {entry.key: entry for entry in reversed(self._earlier) if self._stands(entry)}
        kept = {key: entry for key in keys if (entry := earlier.pop(key, None))}
        self._entries = {entry.number: entry for entry in kept.values()}
        free = iter(sorted(set(range(1, len(keys) + len(kept) + 1)) - set(self._entries)))
        numbers = []
        for key in keys:
            entry = kept.pop(key, None)
            numbers.append(entry.number if entry else next(free))
        return numbers

    def kept(self, number: int) -> Entry | None:
        """Return the entry of the report with this number, if there is one."""
        return self._entries.get(number)

    def add(self, entry: Entry) -> None:
        """Enter a report that was made, and write the summary: what is done counts, whatever comes."""
        self._entries[entry.number] = entry
        self._write_summary()

    def write_index(self, files: int) -> None:
        """Write summary and index of all reports; ``files`` is how many were asked for."""
        self._write_summary()
        made_with = f"{_MADE_WITH} {import_module('triage_kit').__version__}"
        entries = [self._entries[number] for number in sorted(self._entries)]
        page = render_page(
            "overview.html.j2",
            entries=entries,
            rows=sum(entry.rows for entry in entries),
            missing=files - len(entries),
            with_names=self._audience == "with-names",
            made_with=made_with,
        )
        with whole_file(self._index) as temporary:
            temporary.write_text(page, encoding="utf-8", newline="\n")

    def _stands(self, entry: Entry) -> bool:
        page = self.page(entry.number)
        return bool(entry.key) and page.is_file() and is_our_page(page)

    def _write_summary(self) -> None:
        listed = [
            {"label": f"Report {number}", "report": self.page(number).name, **asdict(self._entries[number])}
            for number in sorted(self._entries)
        ]
        content = {"made_with": _MADE_WITH, "audience": self._audience, "reports": listed}
        with whole_file(self._summary) as temporary:
            temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def fingerprint(parameters: ReportParameters, notebook: str | Path | None, *, keep_notebook: bool) -> str:
    """Return what stays the same as long as file, settings and version do; blank if that cannot be known.

    Keyed with this user's secret: without it nobody can tell from the fingerprint whether it is a certain file's.
    """
    if "://" in parameters.casebook:
        return ""  # a database may have changed at any time
    own = [parameters.failed_rows, parameters.school_file, parameters.rules, parameters.casebook]
    paths = [*own, str(notebook or "")]
    settings = {name: value for name, value in vars(parameters).items() if str(value) not in paths}
    version = str(import_module("triage_kit").__version__)
    digest = hmac.new(_secret(), json.dumps([version, settings, keep_notebook]).encode(), sha256)
    try:
        for path in paths:
            digest.update(sha256(Path(path).read_bytes() if path else b"").digest())
    except OSError:
        return ""  # making the report will say what is wrong with it
    return digest.hexdigest()


def _read(path: Path) -> list[Entry] | None:
    """Return the entries of a summary that we wrote; None if it is another's or broken."""
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["made_with"] != _MADE_WITH:
            return None
        names = Entry.__dataclass_fields__
        return [Entry(**{name: one[name] for name in names if name in one}) for one in content["reports"]]
    except (ValueError, KeyError, TypeError):
        return None


def _secret() -> bytes:
    """Return this user's secret, made at first use; a new one each time where none can be kept: then all is redone."""
    home = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME")
    path = (Path(home) if home else Path.home() / ".local" / "state") / "triage-kit" / "secret"
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with whole_file(path) as temporary:
                temporary.chmod(0o600)
                temporary.write_bytes(secrets.token_bytes(32))
        return path.read_bytes()
    except (OSError, OutputError):
        return secrets.token_bytes(32)
