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
from collections.abc import Iterable
from importlib.metadata import version

from benchmarks.groups import GROUPS
from benchmarks.made_files import SIZES
from benchmarks.measure import ROOT, CommandFailedError, child_environment

README = ROOT / "benchmarks" / "README.md"
MARKS = ("<!-- figures: written by python -m benchmarks --readme -->", "<!-- end of figures -->")
HEAD = (
    "| what | seconds | times the floor | by processor | aim | processor seconds | peak MB |",
    "|---|---|---|---|---|---|---|",
)


def describe_machine(rounds: int) -> str:
    """Return in a sentence what the figures were measured on."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("pandas", "pyarrow", "papermill", "nbconvert", "plotly")
    )
    return (
        f"Median of {rounds} rounds (fastest–slowest) in seconds; peak memory in MB, of the largest process. "
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


def measure(names: Iterable[str], rounds: int, sizes: Iterable[int]) -> tuple[str, int]:
    """Return the table of figures of these groups, and how many groups failed; the reason goes to stderr."""
    machine = describe_machine(rounds)
    lines, failures = list(HEAD), 0
    compiling = [sys.executable, "-m", "compileall", "-q", "triage_kit", "benchmarks"]
    subprocess.run(compiling, cwd=ROOT, env=child_environment(), check=False)
    for name in names:
        print(name, file=sys.stderr)
        try:
            lines += GROUPS[name](rounds, sizes)
        except CommandFailedError as failure:
            failures += 1
            print(failure, file=sys.stderr)
            lines.append(f"| group {name}: a command failed | | | | | | |")
    return machine + "\n\n" + "\n".join(lines), failures


def main() -> None:
    """Measure what the command line asks for, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: %(default)s)")
    parser.add_argument("--rows", type=int, action="append", help="rows of a file; may be given again (default: all)")
    parser.add_argument("--only", choices=GROUPS, action="append", help="this group only; may be given again")
    parser.add_argument("--readme", action="store_true", help="put the figures into benchmarks/README.md")
    asked = parser.parse_args()
    text, failures = measure(asked.only or GROUPS, asked.rounds, asked.rows or SIZES)
    print(text)
    if asked.readme:
        write_readme(text)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
