"""The groups of what is measured: start, files, report, explorer, casebook, actions, many."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.made_files import (
    DAMAGED_BYTES,
    MANY,
    SCHOOL,
    SIZES,
    make_damaged,
    make_large,
    make_next_week,
    make_sample,
    make_short,
)
from benchmarks.measure import ROOT, Found, Measured, format_lines, medians, ratio_of, run_group

__all__ = ["GROUPS"]

SAMPLE = ROOT / "data" / "sample" / "failed_rows.csv"
RIVALS = ROOT / "benchmarks" / "rivals.py"

#: Up to this many rows the work list is a workbook.
MOST_IN_A_WORKBOOK = 50_000
FILES = 50
PAGE_LIMIT = 5.3
PANDAS, ANALYST, KIT = "`pandas.read_csv(dtype=str)`", "an analyst's notebook", "`read_failed_rows` + `triage`"
EMPTY = "papermill + nbconvert, empty notebook"

EMPTY_NOTEBOOK = """
import sys
import nbformat, papermill
from nbconvert import HTMLExporter
from pathlib import Path
folder = Path(sys.argv[1])
cells = [nbformat.v4.new_code_cell("import pandas\\nimport plotly.graph_objects")]
nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "empty.ipynb")
papermill.execute_notebook(folder / "empty.ipynb", folder / "run.ipynb", kernel_name="python3", progress_bar=False)
html, _ = HTMLExporter().from_filename(str(folder / "run.ipynb"))
(folder / "empty.html").write_text(html, encoding="utf-8")
"""
RUN_NOTEBOOK = """
import sys
import papermill
papermill.execute_notebook(sys.argv[1], None, cwd=sys.argv[2], kernel_name="python3", progress_bar=False)
"""
PANDAS_PROCESS = """
import sys
import pandas
pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
"""
WEEK = """
import shutil, subprocess, sys, tempfile
with tempfile.TemporaryDirectory() as folder:
    shutil.copy(sys.argv[2], folder + "/casebook.sqlite")
    command = [sys.executable, "-m", "triage_kit", "week", sys.argv[1], "--school-domain", "example.edu"]
    said = subprocess.run([*command, "--casebook", folder + "/casebook.sqlite", "--out", folder + "/weeks"])
    sys.exit(said.returncode > 1)
"""
ONE_BY_ONE = """
import subprocess, sys
for path in sys.argv[2:]:
    command = [sys.executable, "-m", "triage_kit", "report", path, "--school-domain", "example.edu", "--force"]
    subprocess.run([*command, "--out", sys.argv[1]], check=True)
"""


def measure_start(rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the lines of what starting costs."""
    group = [
        Measured("`python -c pass`", ("-c", "pass")),
        Measured("`python -m triage_kit --help`", ("-m", "triage_kit", "--help"), "`python -c pass`", 6),
        Measured("`import pandas`", ("-c", "import pandas")),
        Measured("`import triage_kit`", ("-c", "import triage_kit"), "`import pandas`", 1.1),
        Measured(
            "`from triage_kit import read_failed_rows, triage`",
            ("-c", "from triage_kit import read_failed_rows, triage"),
            "`import pandas`",
        ),
    ]
    return format_lines(group, run_group(group, rounds))


def measure_files(rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the lines of reading and deciding files of each size."""
    lines: list[str] = []
    found: Found = {}
    for rows in sizes:
        group = file_group(rows, make_large(rows))
        found |= run_group(group, rounds)
        lines += format_lines(group, found)
    return lines + compare_sizes(found)


def file_group(rows: int, large: Path) -> list[Measured]:
    """Return what is measured of a file of so many rows."""
    floor, whole = f"{rows:,} rows: {PANDAS}", f"{rows:,} rows, process: pandas reads"
    command = ("-m", "triage_kit", "triage", str(large), *SCHOOL)
    read_aims = {"aim": 0.5, "memory_aim": 1.0} if rows == MANY else {}
    aims = {"aim": 1.0, "memory_aim": 1.2} if rows == SIZES[-1] else {}
    return [
        work(floor, "pandas_read", large),
        work(f"{rows:,} rows: `pyarrow.csv`, bare", "pyarrow_read", large, floor),
        work(f"{rows:,} rows: {ANALYST}", "analyst_notebook", large, floor),
        work(f"{rows:,} rows: `read_failed_rows`", "kit_read", large, floor, **read_aims),
        *(other_files(large, floor, read_aims) if rows == MANY else []),
        work(f"{rows:,} rows: {KIT}", "kit_triage", large, floor, **aims),
        Measured(whole, ("-c", PANDAS_PROCESS, str(large))),
        Measured(f"{rows:,} rows, process: `triage-kit triage`", command, whole, 1.6 if rows == MANY else 0),
    ]


def other_files(large: Path, floor: str, aims: dict[str, float]) -> list[Measured]:
    """Return what is measured of reading a damaged file, and one of short cells, of as many rows as a large one."""
    short, short_floor = make_short(MANY), f"{MANY:,} rows, short cells: {PANDAS}"
    damaged = f"{MANY:,} rows, {DAMAGED_BYTES} bytes damaged: `read_failed_rows`"
    return [
        work(damaged, "kit_read", make_damaged(large), floor, aim=5),
        work(short_floor, "pandas_read", short),
        work(f"{MANY:,} rows, short cells: `read_failed_rows`", "kit_read", short, short_floor, **aims),
    ]


def work(name: str, rival: str, path: Path, floor: str = "", **aims: float) -> Measured:
    """Return a piece of work of `rivals.py` as something to measure."""
    return Measured(name, (str(RIVALS), rival, str(path)), floor, timed_inside=True, **aims)


def compare_sizes(found: Found) -> list[str]:
    """Return the lines that compare the kit with the analyst's notebook, and rows of a large file with fewer."""
    lines, per_row = [], {}
    middle, processor = medians(found), medians(found, "processor")
    for rows in SIZES:
        kit, analyst = f"{rows:,} rows: {KIT}", f"{rows:,} rows: {ANALYST}"
        if kit in found:
            per_row[rows] = middle[kit] / rows
            times = f"{ratio_of(middle, analyst, kit)} | {ratio_of(processor, analyst, kit)}"
            aim = "≥ 5" if rows == SIZES[-1] else ""
            lines.append(
                f"| {rows:,} rows: the analyst's notebook takes so many times the kit's | | {times} | {aim} | | |"
            )
    if {MANY, SIZES[-1]} <= per_row.keys():
        times = f"{per_row[SIZES[-1]] / per_row[MANY]:.2f}"
        lines.append(f"| a row at {SIZES[-1]:,} takes so many times one at {MANY:,} | | {times} | | ≤ 1.2 | | |")
    return lines


def measure_report(rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the lines of one report, of the sample and of a full file, and the sizes of their pages."""
    large = make_large(MANY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = {"the sample": (SAMPLE, folder / "small"), f"{MANY:,} rows": (large, folder / "large")}
        reading = work(f"{MANY:,} rows: `read_failed_rows`", "kit_read", large)
        reports = [
            Measured(
                f"`triage-kit report` of {what}",
                ("-m", "triage_kit", "report", str(path), *SCHOOL, "--out", str(out), "--force"),
                EMPTY,
                1.5 if path == SAMPLE else 0,
            )
            for what, (path, out) in pages.items()
        ]
        group = [Measured(EMPTY, ("-c", EMPTY_NOTEBOOK, str(folder))), *reports, reading]
        found = run_group(group, rounds)
        middle = medians(found)
        times = (middle[reports[-1].name] - middle[reading.name]) / middle[EMPTY]
        lines = format_lines(group, found)
        lines.append(f"| the report of {MANY:,} rows without reading the file | | {times:.2f} | | ≤ 2 | | |")
        for what, (_, out) in pages.items():
            size = sum(page.stat().st_size for page in out.glob("*.html")) / 1_000_000
            lines.append(f"| size of the page of {what} | {size:.2f} MB | | | < {PAGE_LIMIT} MB | | |")
    return lines


def measure_explorer(rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the lines of what the panel's kernel does: the sample opened, and a full file changed and narrowed."""
    large, notebook = make_large(MANY), ROOT / "notebooks" / "explore.ipynb"
    opened, running = f"{MANY:,} rows: {KIT}", ("-c", RUN_NOTEBOOK, str(notebook), str(notebook.parent))
    group = [
        Measured("`explore.ipynb` from top to bottom", running, limit=5),
        work(opened, "kit_triage", large),
        work(f"{MANY:,} rows: another school, to figures redrawn", "explorer_school", large, opened, limit=1.0),
        work(f"{MANY:,} rows: a filter", "explorer_filter", large, opened, limit=0.2),
    ]
    return format_lines(group, run_group(group, rounds))


def measure_casebook(rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the lines of a full file beside a case book that has seen another, mostly of the same students."""
    path, casebook = make_next_week(make_large(MANY))
    opened = f"{MANY:,} rows: {KIT}"
    looks = f"{MANY:,} rows with a case book"
    group = [
        work(opened, "kit_triage", path),
        work(f"{looks}: the first look at the past", "casebook_look", path, opened, limit=3),
        work(f"{looks}: another school, to figures redrawn", "casebook_school", path, opened, limit=1.0),
        work(f"{looks}: a filter", "casebook_filter", path, opened, limit=0.2),
        Measured(f"{looks}, process: `triage-kit week`", ("-c", WEEK, str(path), str(casebook)), limit=10),
    ]
    return format_lines(group, run_group(group, rounds))


def measure_actions(rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the lines of the to-do folder: the CSV files of a full file, the workbook of as many rows as it takes."""
    large, medium = make_large(MANY), make_large(MOST_IN_A_WORKBOOK)
    reading = f"{MANY:,} rows: `read_failed_rows`"
    group = [
        work(reading, "kit_read", large),
        work(f"{MANY:,} rows: to-do folder of CSV files", "todo_csv_files", large, reading, aim=4),
        work(f"{MANY:,} rows: the same with 149,000 rows approved for upload", "todo_large_upload", large, reading),
        work(f"{MANY:,} rows: of these the CSV files alone", "csv_files_alone", large, reading, aim=4),
        work(f"{MOST_IN_A_WORKBOOK:,} rows: to-do folder with the workbook", "todo_folder", medium, limit=60),
    ]
    return format_lines(group, run_group(group, rounds))


def measure_many(rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the lines of many reports, measured once: single runs take minutes."""
    files = [make_sample(seed) for seed in range(1, FILES + 1)]
    with tempfile.TemporaryDirectory() as name:
        one, many = str(Path(name) / "one"), str(Path(name) / "many")
        single = f"{FILES} reports, `triage-kit report FILE` for each"
        together = ("-m", "triage_kit", "report", *map(str, files), *SCHOOL, "--out", many, "--jobs", "2")
        group = [
            Measured(single, ("-c", ONE_BY_ONE, one, *map(str, files))),
            Measured(f"{FILES} reports, `triage-kit report FILE … --jobs 2`", together, single, 0.6),
        ]
        return format_lines(group, run_group(group, 1, warm_up=False))


GROUPS: dict[str, Callable[[int, Iterable[int]], list[str]]] = {
    "start": measure_start,
    "files": measure_files,
    "report": measure_report,
    "explorer": measure_explorer,
    "casebook": measure_casebook,
    "actions": measure_actions,
    "many": measure_many,
}
