"""The report: ``report.ipynb`` run with its parameters, and its page written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from triage_kit.errors import TriageKitError
from triage_kit.output import check_may_write, whole_file
from triage_kit.report.parameters import ReportParameters, check_parameters

__all__ = ["Built", "build_report", "build_reports"]

#: The heading of a report that was given none.
TITLE = "Which students Handshake did not import, why, and what to do next"
_FILE_NAME = "report.html"


@dataclass(frozen=True)
class Built:
    """What became of one file: the report's path, or the sentence that says why there is none."""

    place: int
    of: int
    failed_rows: Path
    report: Path | None = None
    error: str = ""

    def __repr__(self) -> str:
        return f"Built({self.place} of {self.of}, {'report' if self.report else 'no report'})"


def build_report(
    failed_rows: str | Path,
    out: str | Path,
    *,
    school_domains: Iterable[str] | str = (),
    school_name: str = "",
    school_file: str | Path | None = None,
    audience: str = "no-names",
    title: str = "",
    force: bool = False,
    rules: str | Path | None = None,
    notebook: str | Path | None = None,
    name: str = _FILE_NAME,
) -> Path:
    """Return the path of the report made of one failed-rows file.

    Parameters
    ----------
    failed_rows
        The CSV that Handshake offers as failed rows.
    out
        The folder for the page; made if it is not there.
    school_domains, school_name, school_file, rules
        As for `triage_kit.settings.choose_school` and `triage_kit.settings.choose_rules`: what is not given is looked
        for beside the file and in the working folder; else the likeliest school is assumed, and the page says so.
    audience
        ``no-names``, which may be forwarded, or ``with-names`` for the office alone.
    title
        The page's heading.
    force
        Overwrite a file of that name that triage-kit did not write.
    notebook
        An office's own copy of ``report.ipynb``, with sections of its own.
    name
        The page's file name: neutral, because file names are forwarded too.

    Raises
    ------
    SettingsError, InputError, OutputError, TriageKitError
        One sentence that says what to do; nothing is left half-written.
    """
    school = {"school_domains": _as_given(school_domains), "school_name": school_name, "school_file": school_file}
    parameters = check_parameters(
        {"failed_rows": failed_rows, **school, "audience": audience, "title": title, "rules": rules}
    )
    target = Path(out) / name
    check_may_write(target, force=force, ours=_is_ours)
    page = _make_page(parameters, notebook)
    with whole_file(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return target


def build_reports(
    files: Iterable[str | Path],
    out: str | Path,
    *,
    progress: Callable[[Built], None] = lambda built: None,
    **settings: Any,
) -> tuple[Built, ...]:
    """Return what became of each file, in order; a file that fails does not stop the others.

    One file gives ``report.html``, several give ``report-1.html`` and so on. ``progress`` is called after each;
    ``settings`` are those of `build_report`.
    """
    sources = [Path(file) for file in files]
    results = []
    for place, source in enumerate(sources, start=1):
        name = _FILE_NAME if len(sources) == 1 else f"report-{place}.html"
        try:
            report = build_report(source, out, **{**settings, "name": name})
            built = Built(place, len(sources), source, report)
        except TriageKitError as error:
            built = Built(place, len(sources), source, error=str(error))
        progress(built)
        results.append(built)
    return tuple(results)


def _make_page(parameters: ReportParameters, notebook: str | Path | None) -> str:
    from triage_kit.report.export import PageFacts, clean_notebook, end_mark, export_page
    from triage_kit.report.runner import find_notebook, run_notebook

    source = Path(notebook) if notebook else find_notebook()
    executed = run_notebook(source, parameters.for_papermill())
    mark = end_mark(executed)
    if mark is None:
        raise TriageKitError("The report is incomplete: the notebook ended before its last cell; no page was written.")
    facts = PageFacts(
        title=parameters.title or TITLE,
        school_name=parameters.school_name or mark["school_name"],
        audience=parameters.audience,
        date=date.today().isoformat(),
        version=str(import_module("triage_kit").__version__),
    )
    return export_page(clean_notebook(executed, parameters.audience), facts)


def _as_given(domains: Iterable[str] | str) -> object:
    return domains if isinstance(domains, str) else list(domains)


def _is_ours(path: Path) -> bool:
    """Return whether the page's head says that triage-kit wrote it."""
    from triage_kit.report.export import GENERATOR

    with path.open("rb") as file:
        head = file.read(2048).decode("utf-8", errors="replace")
    return f'content="{GENERATOR} ' in head and 'name="generator"' in head
