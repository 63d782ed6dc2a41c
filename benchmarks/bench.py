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
# These print the seconds of their work, imports left out; what the work itself loads counts.
PANDAS_READ = """
import sys, time
import pandas
start = time.perf_counter()
rows = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
print(time.perf_counter() - start)
"""
KIT_READ = """
import sys, time
import pandas
from triage_kit import read_failed_rows
start = time.perf_counter()
failed = read_failed_rows(sys.argv[1])
print(time.perf_counter() - start)
"""
KIT_TRIAGE = """
import sys, time
import pandas
from triage_kit import School, read_failed_rows, triage
start = time.perf_counter()
table = triage(read_failed_rows(sys.argv[1]), School("Example University", domains=["example.edu"]))
print(time.perf_counter() - start)
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
    """One thing to measure: a command, what it is compared with, and how often that it may take at most."""

    name: str
    arguments: tuple[str, ...]
    floor: str = ""
    aim: float = 0
    timed_inside: bool = False


@dataclass(frozen=True)
class Round:
    """One run of a command; the peak is 0 where the system does not tell it."""

    seconds: float
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


def files_group(large: Path, rows: int) -> list[Measured]:
    """Return what is measured of a large file."""
    read, whole = f"`pandas.read_csv(dtype=str)`, {rows:,} rows", f"process: pandas reads {rows:,} rows"
    return [
        Measured(read, ("-c", PANDAS_READ, str(large)), timed_inside=True),
        Measured("`read_failed_rows`", ("-c", KIT_READ, str(large)), read, timed_inside=True),
        Measured("`read_failed_rows` + `triage`", ("-c", KIT_TRIAGE, str(large)), read, 1.0, timed_inside=True),
        Measured(whole, ("-c", PANDAS_PROCESS, str(large))),
        Measured(
            "process: `triage-kit triage`",
            ("-m", "triage_kit", "triage", str(large), "--school-domain", "example.edu"),
            whole,
            1.6,
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
        peak = wait_for(child)
        seconds = time.perf_counter() - start
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    if child.returncode != 0:
        raise CommandFailedError(f"{measured.name} failed with exit code {child.returncode}:\n{text}")
    return Round(float(text.split()[-1]) if measured.timed_inside else seconds, peak)


def wait_for(child: subprocess.Popen[bytes]) -> float:
    """Wait until a process has ended and return its peak memory in bytes, its own children left out."""
    if not hasattr(os, "wait4"):
        child.wait()
        return 0
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


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
    """Return a table line for each command: median, range, ratio to its floor, aim and peak memory."""
    middle = {name: median(once.seconds for once in rounds) for name, rounds in found.items()}
    lines = []
    for measured in group:
        seconds = [once.seconds for once in found[measured.name]]
        peak = max(once.peak for once in found[measured.name]) / MEGABYTE
        ratio = f"{middle[measured.name] / middle[measured.floor]:.2f}" if measured.floor else "floor"
        aim = f"≤ {measured.aim:g}" if measured.aim else ""
        spread = f"{middle[measured.name]:.3f} ({min(seconds):.3f}–{max(seconds):.3f})"
        lines.append(f"| {measured.name} | {spread} | {ratio} | {aim} | {peak:.0f} |")
    return lines


def measure_report(folder: Path, rounds: int) -> list[str]:
    """Return the table lines of the report and the size of its page."""
    group = report_group(folder)
    lines = format_lines(group, run_group(group, rounds))
    size = sum(page.stat().st_size for page in (folder / "report").glob("*.html")) / MEGABYTE
    return [*lines, f"| size of that page | {size:.2f} MB | | < 5.3 MB | |"]


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


def measure_group(name: str, rounds: int, rows: int) -> list[str]:
    """Return the table lines of a group."""
    if name == "report":
        with tempfile.TemporaryDirectory() as folder:
            return measure_report(Path(folder), rounds)
    group = start_group() if name == "start" else files_group(make_large(rows), rows)
    return format_lines(group, run_group(group, rounds))


def measure(groups: Iterable[str], rounds: int, rows: int) -> tuple[str, int]:
    """Return the table of figures of these groups, and how many groups failed; the reason goes to stderr."""
    machine = describe_machine(rounds)
    lines, failures = ["| what | seconds | times the floor | aim | peak MB |", "|---|---|---|---|---|"], 0
    compiling = [sys.executable, "-m", "compileall", "-q", "triage_kit"]
    subprocess.run(compiling, cwd=ROOT, env=child_environment(), check=False)
    for name in groups:
        print(name, file=sys.stderr)
        try:
            lines += measure_group(name, rounds, rows)
        except CommandFailedError as failure:
            failures += 1
            print(failure, file=sys.stderr)
            lines.append(f"| group {name}: a command failed | | | | |")
    return machine + "\n\n" + "\n".join(lines), failures


def main() -> None:
    """Measure what the command line asks for, and print the table."""
    names = ("start", "report", "files")
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=199_999, help="rows of the large file (default: %(default)s)")
    parser.add_argument("--only", choices=names, action="append", help="this group only; may be given again")
    parser.add_argument("--readme", action="store_true", help="put the figures into benchmarks/README.md")
    asked = parser.parse_args()
    text, failures = measure(asked.only or names, asked.rounds, asked.rows)
    print(text)
    if asked.readme:
        write_readme(text)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
