"""Measure speed and memory, each figure against a named floor that is measured in the same run.

    python -m benchmarks [--rounds 5] [--rows 199999] [--only files] [--readme]

Every measurement is a process of its own. The rounds of a group take turns, so that a busy moment of the computer
falls on the floor as well. Bytecode is compiled first and kept: without it every start takes seconds longer.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample" / "failed_rows.csv"
GENERATED = ROOT / "benchmarks" / "generated"
README = ROOT / "benchmarks" / "README.md"
MARKS = ("<!-- figures: written by python -m benchmarks --readme -->", "<!-- end of figures -->")
MEGABYTE = 1_000_000
RIVALS = ROOT / "benchmarks" / "rivals.py"

#: The sizes of the generated files; the middle one is what the Importer takes at most in one file.
SIZES = (20_000, 199_999, 1_000_000)
MANY = SIZES[1]
PANDAS, ANALYST, KIT = "`pandas.read_csv(dtype=str)`", "an analyst's notebook", "`read_failed_rows` + `triage`"
HEAD = (
    "| what | seconds | times the floor | by processor | aim | processor seconds | peak MB |",
    "|---|---|---|---|---|---|---|",
)

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
PANDAS_PROCESS = """
import sys
import pandas
pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
"""


class CommandFailedError(Exception):
    """A measured command failed, so its group has no figures."""


@dataclass(frozen=True)
class Measured:
    """One thing to measure: a command, what it is compared with, and how many times that it may take at most."""

    name: str
    arguments: tuple[str, ...]
    floor: str = ""
    aim: float = 0
    memory_aim: float = 0
    timed_inside: bool = False


@dataclass(frozen=True)
class Round:
    """One run of a command: by the clock, by the processor (all threads), and its peak memory.

    What the system does not tell is 0.
    """

    seconds: float
    processor: float
    peak: float


def start_group() -> list[Measured]:
    """Return what is measured of starting."""
    return [
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


def report_group(folder: Path) -> list[Measured]:
    """Return what is measured of the report; both leave their page in the folder."""
    out = str(folder / "report")
    options = ("--school-domain", "example.edu", "--out", out, "--force")
    return [
        Measured("papermill + nbconvert, empty notebook", ("-c", EMPTY_NOTEBOOK, str(folder))),
        Measured(
            "`triage-kit report` of the sample",
            ("-m", "triage_kit", "report", str(SAMPLE), *options),
            "papermill + nbconvert, empty notebook",
            1.5,
        ),
    ]


def file_group(large: Path, rows: int) -> list[Measured]:
    """Return what is measured of a file of so many rows."""

    def work(name: str, rival: str, **aims: float) -> Measured:
        arguments = (str(RIVALS), rival, str(large))
        return Measured(f"{rows:,} rows: {name}", arguments, floor, timed_inside=True, **aims)

    floor, whole = "", f"{rows:,} rows, process: pandas reads"
    reading = work(PANDAS, "pandas_read")
    floor = reading.name
    return [
        reading,
        work("`pyarrow.csv`, bare", "pyarrow_read"),
        work(ANALYST, "analyst_notebook"),
        work("`read_failed_rows`", "kit_read"),
        work(KIT, "kit_triage", aim=1.0, memory_aim=1.2),
        Measured(whole, ("-c", PANDAS_PROCESS, str(large))),
        Measured(
            f"{rows:,} rows, process: `triage-kit triage`",
            ("-m", "triage_kit", "triage", str(large), "--school-domain", "example.edu"),
            whole,
            1.6 if rows == MANY else 0,
        ),
    ]


def child_environment() -> dict[str, str]:
    """Return the environment of the measured processes: bytecode is kept, and output is UTF-8."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONUTF8": "1"}


def run_once(measured: Measured) -> Round:
    """Run a command and return its time and peak memory.

    Raises
    ------
    CommandFailedError
        If the command fails; with what it said.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *measured.arguments], cwd=ROOT, env=child_environment(), stdout=said, stderr=said
        )
        processor, peak = wait_for(child)
        seconds = time.perf_counter() - start
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    if child.returncode != 0:
        raise CommandFailedError(f"{measured.name} failed with exit code {child.returncode}:\n{text}")
    if measured.timed_inside:
        seconds, processor = map(float, text.split()[-2:])
    return Round(seconds, processor, peak)


def wait_for(child: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Wait until a process has ended; return its processor seconds and peak memory in bytes, its children left out."""
    if not hasattr(os, "wait4"):
        child.wait()
        return 0, 0
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def run_group(group: list[Measured], rounds: int) -> dict[str, list[Round]]:
    """Run every command of a group in turns; the first turn compiles and fills the file cache and does not count."""
    found: dict[str, list[Round]] = {measured.name: [] for measured in group}
    for turn in range(rounds + 1):
        for measured in group:
            once = run_once(measured)
            if turn:
                found[measured.name].append(once)
        print(f"  round {turn} of {rounds}", file=sys.stderr)
    return found


def format_lines(group: list[Measured], found: dict[str, list[Round]]) -> list[str]:
    """Return a table line for each command: median, range, ratios to its floor, aims, processor and peak memory."""
    middle = {name: median(once.seconds for once in rounds) for name, rounds in found.items()}
    processor = {name: median(once.processor for once in rounds) for name, rounds in found.items()}
    peak = {name: max(once.peak for once in rounds) / MEGABYTE for name, rounds in found.items()}
    lines = []
    for measured in group:
        name, floor = measured.name, measured.floor or measured.name
        seconds = [once.seconds for once in found[name]]
        ratio = f"{ratio_of(middle, name, floor)} | {ratio_of(processor, name, floor)}" if measured.floor else "floor |"
        memory = (
            f"{peak[name]:.0f} ({ratio_of(peak, name, floor)} times)" if measured.memory_aim else f"{peak[name]:.0f}"
        )
        aims = [f"≤ {measured.aim:g}"] * bool(measured.aim)
        aims += [f"memory ≤ {measured.memory_aim:g}"] * bool(measured.memory_aim)
        spread = f"{middle[name]:.3f} ({min(seconds):.3f}–{max(seconds):.3f})"
        lines.append(f"| {name} | {spread} | {ratio} | {', '.join(aims)} | {processor[name]:.2f} | {memory} |")
    return lines


def ratio_of(figures: dict[str, float], name: str, floor: str) -> str:
    """Return how many times the floor's figure one is; a dash where the system told none."""
    return f"{figures[name] / figures[floor]:.2f}" if figures[floor] else "–"


def compare_sizes(found: dict[str, list[Round]]) -> list[str]:
    """Return the lines that compare the kit with the analyst's notebook, and rows of a large file with fewer."""
    lines, per_row = [], {}
    middle = {name: median(once.seconds for once in rounds) for name, rounds in found.items()}
    processor = {name: median(once.processor for once in rounds) for name, rounds in found.items()}
    for rows in SIZES:
        kit, analyst = f"{rows:,} rows: {KIT}", f"{rows:,} rows: {ANALYST}"
        if kit in found:
            per_row[rows] = middle[kit] / rows
            times = f"{ratio_of(middle, analyst, kit)} | {ratio_of(processor, analyst, kit)}"
            lines.append(
                f"| {rows:,} rows: the analyst's notebook takes so many times the kit's | | {times} | ≥ 5 | | |"
            )
    if {MANY, SIZES[-1]} <= per_row.keys():
        times = f"{per_row[SIZES[-1]] / per_row[MANY]:.2f}"
        lines.append(f"| a row at {SIZES[-1]:,} takes so many times one at {MANY:,} | | {times} | | ≤ 1.2 | | |")
    return lines


def measure_report(folder: Path, rounds: int) -> list[str]:
    """Return the table lines of the report and the size of its page."""
    group = report_group(folder)
    lines = format_lines(group, run_group(group, rounds))
    size = sum(page.stat().st_size for page in (folder / "report").glob("*.html")) / MEGABYTE
    return [*lines, f"| size of that page | {size:.2f} MB | | | < 5.3 MB | | |"]


def make_large(rows: int) -> Path:
    """Return a generated file of so many rows, made now if it is not there or its maker has changed."""
    path, maker = GENERATED / f"failed_rows_{rows}.csv", ROOT / "benchmarks" / "make_failed_rows.py"
    changed = max(file.stat().st_mtime for file in (maker, maker.with_name("invented.toml")))
    if not path.exists() or path.stat().st_mtime < changed:
        subprocess.run([sys.executable, str(maker), "--rows", str(rows), "-o", str(path)], check=True)
    return path


def describe_machine(rounds: int) -> str:
    """Return in a sentence what the figures were measured on."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("pandas", "pyarrow", "papermill", "nbconvert", "plotly")
    )
    return (
        f"Median of {rounds} rounds (fastest–slowest) in seconds; peak memory in MB, of the process itself. "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{packages}. {describe_load()}"
    )


def describe_load() -> str:
    """Return how busy the computer was before the first round; a busy one distorts ratios of few and many threads."""
    return f"Load when it began: {os.getloadavg()[0]:.1f}." if hasattr(os, "getloadavg") else ""


def write_readme(text: str) -> None:
    """Put the figures between the marks of the README."""
    before, _, rest = README.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    README.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


def measure_group(name: str, rounds: int, sizes: Iterable[int]) -> list[str]:
    """Return the table lines of a group."""
    if name == "report":
        with tempfile.TemporaryDirectory() as folder:
            return measure_report(Path(folder), rounds)
    if name == "start":
        return format_lines(start_group(), run_group(start_group(), rounds))
    lines: list[str] = []
    found: dict[str, list[Round]] = {}
    for rows in sizes:
        group = file_group(make_large(rows), rows)
        found |= run_group(group, rounds)
        lines += format_lines(group, found)
    return lines + compare_sizes(found)


def measure(groups: Iterable[str], rounds: int, sizes: Iterable[int]) -> tuple[str, int]:
    """Return the table of figures of these groups, and how many groups failed; the reason goes to stderr."""
    machine = describe_machine(rounds)
    lines, failures = list(HEAD), 0
    compiling = [sys.executable, "-m", "compileall", "-q", "triage_kit", "benchmarks"]
    subprocess.run(compiling, cwd=ROOT, env=child_environment(), check=False)
    for name in groups:
        print(name, file=sys.stderr)
        try:
            lines += measure_group(name, rounds, sizes)
        except CommandFailedError as failure:
            failures += 1
            print(failure, file=sys.stderr)
            lines.append(f"| group {name}: a command failed | | | | | | |")
    return machine + "\n\n" + "\n".join(lines), failures


def main() -> None:
    """Measure what the command line asks for, and print the table."""
    names = ("start", "report", "files")
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: %(default)s)")
    parser.add_argument("--rows", type=int, action="append", help="rows of a file; may be given again (default: all)")
    parser.add_argument("--only", choices=names, action="append", help="this group only; may be given again")
    parser.add_argument("--readme", action="store_true", help="put the figures into benchmarks/README.md")
    asked = parser.parse_args()
    text, failures = measure(asked.only or names, asked.rounds, asked.rows or SIZES)
    print(text)
    if asked.readme:
        write_readme(text)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
