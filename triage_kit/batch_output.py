"""What a batch leaves behind: the counts of each file as JSON for programs, those of all as CSV for people.

Neither names a student. A summary does not name its file either; `OVERVIEW` says which number is which file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from triage_kit.batch import FileResult
from triage_kit.output import check_may_write, whole_file, write_people_csv
from triage_kit.summarize import Summary

__all__ = ["OVERVIEW", "OVERVIEW_COLUMNS", "check_folder", "summary_name", "write_overview", "write_summary"]

OVERVIEW = "batch.csv"
OVERVIEW_COLUMNS = (
    *("number", "file", "summary", "school", "school_assumed", "rows", "broken", "untrusted"),
    *("open", "waiting", "done", "dropped", "top_problem", "top_problem_rows", "problem_with_file"),
)
_MADE_BY = '{\n "made_by": "triage-kit batch",\n'
_TABLES = ("problems", "problems_by_domain_kind", "steps", "owners", "states", "domains")


def check_folder(folder: Path, files: int, *, force: bool) -> None:
    """Raise OutputError before any work if something in the folder stands in the way."""
    for number in range(1, files + 1):
        check_may_write(folder / summary_name(number), force=force, ours=_is_ours)


def summary_name(number: int) -> str:
    """Return the name of a file's summary: neutral, because names of files tell things too."""
    return f"summary-{number}.json"


def write_summary(result: FileResult, folder: Path, *, force: bool = False) -> Path | None:
    """Write a file's counts and return where; None where it failed: a summary of an earlier run is then taken away."""
    path = folder / summary_name(result.place)
    check_may_write(path, force=force, ours=_is_ours)
    if result.summary is None:
        path.unlink(missing_ok=True)
        return None
    content = {"made_by": "triage-kit batch", "number": result.place, "school": result.school}
    content |= {"school_assumed": bool(result.assumed), "untrusted": result.untrusted, **_plain(result.summary)}
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def write_overview(results: Iterable[FileResult], folder: Path, *, force: bool = False) -> Path:
    """Write one line per file, in their order, and return where."""
    table = pd.DataFrame([_line(result) for result in results], columns=list(OVERVIEW_COLUMNS))
    path = folder / OVERVIEW
    write_people_csv(table, path, force=force)
    return path


def _plain(summary: Summary) -> dict[str, Any]:
    tables = {name: getattr(summary, name).to_dict("records") for name in _TABLES}
    return {"rows": summary.rows, "broken": summary.broken, "sentences": list(summary.sentences), **tables}


def _line(result: FileResult) -> dict[str, Any]:
    line = {"number": result.place, "file": _text(result.path.name), "problem_with_file": _text(result.problem)}
    if result.summary is None:
        return {**dict.fromkeys(OVERVIEW_COLUMNS, ""), **line}
    summary = result.summary
    states = dict(zip(summary.states["state"], summary.states["rows"], strict=True))
    top = summary.problems.iloc[0] if summary.rows else {"title": "", "rows": 0}
    return {
        **line,
        "summary": summary_name(result.place),
        "school": result.school,
        "school_assumed": "yes" if result.assumed else "no",
        "rows": summary.rows,
        "broken": summary.broken,
        "untrusted": result.untrusted,
        **{state: states.get(state, 0) for state in ("open", "waiting", "done", "dropped")},
        "top_problem": top["title"],
        "top_problem_rows": top["rows"],
    }


def _text(name: str) -> str:
    """Return a text that holds a file's name as text that can be written, whatever bytes the name is made of."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _is_ours(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(len(_MADE_BY)) == _MADE_BY
