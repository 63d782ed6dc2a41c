"""Speed and memory of what people wait for: ``make bench``, or ``python -m benchmarks [--rows 100000] [--runs 5]``.

Each command runs in a fresh process, after one run that is not counted; the two sides of a comparison take turns.
The figures of one machine at one time: compare columns of one run, not runs of two days.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "sample" / "failed_rows.csv"
KIT = [sys.executable, "-m", "triage_kit"]
SCHOOL = ["--school-domain", "example.edu"]

#: The least that any report through papermill and nbconvert takes: a notebook that imports pandas and plotly.
BARE_REPORT = """
import nbformat, papermill
from nbconvert import HTMLExporter
notebook = nbformat.v4.new_notebook()
notebook.cells = [nbformat.v4.new_code_cell("import pandas, plotly.graph_objects")]
executed = papermill.execute_notebook(notebook, None, kernel_name="python3", progress_bar=False)
HTMLExporter().from_notebook_node(executed)
"""


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    megabytes: float


def run(command: Sequence[str]) -> Run:
    """Run a command and return what it took; bytecode is kept, as on anybody's computer."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        said = child.stderr.read() if child.stderr else b""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}\n{said.decode(errors='replace')}")
    return Run(time.perf_counter() - start, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))


def measure(commands: dict[str, Sequence[str]], runs: int) -> dict[str, Run]:
    """Return the median run of each command, all of them taking turns."""
    for command in commands.values():
        run(command)
    taken: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(run(command))
    return {name: Run(*map(statistics.median, zip(*found, strict=True))) for name, found in taken.items()}


def compare(title: str, ours: Sequence[str], bare: Sequence[str], *, aim: float, runs: int) -> None:
    """Print our time beside that of the bare thing, and how many times as long it is."""
    found = measure({"ours": ours, "bare": bare}, runs)
    times = found["ours"].seconds / found["bare"].seconds
    print(f"{title:58} {found['ours'].seconds:7.2f} s {found['bare'].seconds:7.2f} s {times:6.2f} times (aim: {aim})")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the large file (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (default: %(default)s)")
    options = parser.parse_args()
    python = [sys.executable, "-c"]
    with TemporaryDirectory(prefix="triage-kit-bench-") as name:
        folder = Path(name)
        report = [*KIT, "report", str(SAMPLE), *SCHOOL, "--out", name]
        print(f"{'':58} {'ours':>9} {'bare':>9}")
        compare(
            "import triage_kit / import pandas",
            [*python, "import triage_kit"],
            [*python, "import pandas"],
            aim=1.1,
            runs=options.runs,
        )
        compare("--help / python -c pass", [*KIT, "--help"], [*python, "pass"], aim=6, runs=options.runs)
        compare(
            "report of the sample / empty notebook to HTML", report, [*python, BARE_REPORT], aim=1.5, runs=options.runs
        )
        print(f"{'size of that page':58} {(folder / 'report.html').stat().st_size / 1e6:7.2f} MB (aim: under 5.3)")
        large = folder / "large.csv"
        run([sys.executable, "benchmarks/make_failed_rows.py", "--rows", str(options.rows), "-o", str(large)])
        print(f"\n{options.rows:,} rows, {large.stat().st_size / 1e6:.0f} MB")
        commands = {
            "read as text by pandas alone": [
                *python,
                f"import pandas; pandas.read_csv({str(large)!r}, dtype=object, na_filter=False)",
            ],
            "triage": [*KIT, "triage", str(large), *SCHOOL],
            "report": [*KIT, "report", str(large), *SCHOOL, "--out", str(folder / "large")],
        }
        for title, found in measure(commands, max(1, options.runs // 2)).items():
            print(f"{title:58} {found.seconds:7.2f} s {found.megabytes:7.0f} MB")


if __name__ == "__main__":
    main()
