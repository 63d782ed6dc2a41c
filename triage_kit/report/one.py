"""One report: the notebook run, its page and its text written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.errors import TriageKitError
from triage_kit.output import check_may_write, whole_file
from triage_kit.past import day_in_name
from triage_kit.report.parameters import ReportParameters, check_parameters
from triage_kit.small_counts import MINIMUM

if TYPE_CHECKING:
    from triage_kit.report.export import PageFacts

__all__ = ["FILE_NAME", "Made", "build_report", "is_our_page", "make_report"]

#: The heading of a report that was given none.
TITLE = "Which students Handshake did not import, why, and what to do next"
FILE_NAME = "report.html"
_NO_NAMES = "No student is named here; totals only."
_MADE_WITH = "Made with triage-kit"


@dataclass(frozen=True)
class Made:
    """A report that was written, and the counts for an index: rows, broken, untrusted, top_problem, doubt, text."""

    report: Path
    facts: Mapping[str, object]
    date: str
    file_date: str


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
    casebook: str | Path = "",
    uploaded: int = 0,
    minimum: int = MINIMUM,
    notebook: str | Path | None = None,
    keep_notebook: bool = False,
    name: str = FILE_NAME,
) -> Path:
    """Return the path of the report made of one failed-rows file; its answer as text stands beside it.

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
    casebook
        The path or URL of the weekly rounds' case book: the page then tells what changed, and has no breakdowns.
    uploaded
        How many rows the whole upload had, for the share that was refused; 0 if not known.
    minimum
        Counts below this are hidden in breakdowns; never under 5.
    notebook
        An office's own copy of ``report.ipynb``, with sections of its own.
    keep_notebook
        Also write the notebook that was run, cleaned of parameters, paths and widget state.
    name
        The page's file name: neutral, because file names are forwarded too.

    Raises
    ------
    SettingsError, InputError, OutputError, TriageKitError
        One sentence that says what to do; nothing is left half-written.
    """
    parameters = check_parameters(
        {
            "failed_rows": failed_rows,
            "school_domains": school_domains if isinstance(school_domains, str) else list(school_domains),
            "school_name": school_name,
            "school_file": school_file,
            "audience": audience,
            "title": title,
            "rules": rules,
            "casebook": casebook,
            "uploaded": uploaded,
            "minimum": minimum,
        }
    )
    return make_report(parameters, Path(out) / name, notebook, force=force, keep_notebook=keep_notebook).report


def make_report(
    parameters: ReportParameters,
    target: Path,
    notebook: str | Path | None = None,
    *,
    force: bool = False,
    keep_notebook: bool = False,
) -> Made:
    """Run the notebook and write the page at ``target``, its text and, if asked, the cleaned notebook beside it."""
    from triage_kit.report.export import PageFacts, clean_notebook, end_mark, export_page, kept_notebook
    from triage_kit.report.runner import find_notebook, run_notebook

    text, kept = target.with_name(_text_name(target)), target.with_suffix(".ipynb")
    for path, ours in _targets(target, text, kept if keep_notebook else None):
        check_may_write(path, force=force, ours=ours)
    executed = run_notebook(Path(notebook) if notebook else find_notebook(), parameters.for_papermill())
    mark = end_mark(executed)
    if mark is None:
        raise TriageKitError("The report is incomplete: the notebook ended before its last cell; no page was written.")
    facts = PageFacts(
        title=parameters.title or TITLE,
        school_name=parameters.school_name or str(mark["school_name"]),
        audience=parameters.audience,
        date=date.today().isoformat(),
        file_date=day_in_name(Path(parameters.failed_rows)),
        version=str(import_module("triage_kit").__version__),
    )
    _write(target, export_page(clean_notebook(executed, parameters.audience), facts))
    if mark.get("text"):
        _write(text, _as_text(str(mark["text"]), facts))
    if keep_notebook:
        _write(kept, kept_notebook(executed, parameters.audience, facts.version))
    return Made(target, mark, facts.date, facts.file_date)


def is_our_page(path: Path) -> bool:
    """Return whether the page's head says that triage-kit wrote it."""
    from triage_kit.report.export import GENERATOR

    with path.open("rb") as file:
        head = file.read(2048).decode("utf-8", errors="replace")
    return f'content="{GENERATOR} ' in head and 'name="generator"' in head


def _targets(page: Path, text: Path, kept: Path | None) -> Iterable[tuple[Path, Callable[[Path], bool]]]:
    from triage_kit.report.export import is_our_notebook

    yield page, is_our_page
    yield text, _is_our_text
    if kept:
        yield kept, is_our_notebook


def _text_name(page: Path) -> str:
    """Return the text's name: report-2.html has summary-2.txt beside it."""
    return page.stem.replace("report", "summary", 1) + ".txt" if "report" in page.stem else f"{page.stem}-summary.txt"


def _as_text(answer: str, facts: PageFacts) -> str:
    about = " · ".join(filter(None, [facts.school_name, facts.when]))
    return f"{facts.title}\n{about}\n\n{answer}\n\n{_NO_NAMES}\n{_MADE_WITH} {facts.version}.\n"


def _is_our_text(path: Path) -> bool:
    return path.read_text(encoding="utf-8", errors="replace").rstrip().rpartition("\n")[2].startswith(_MADE_WITH)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
