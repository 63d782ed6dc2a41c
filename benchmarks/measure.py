"""One thing measured: a command run in turns with its floor, and the line of the table that its figures make."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = [
    "ROOT",
    "CommandFailedError",
    "Found",
    "Measured",
    "Round",
    "child_environment",
    "format_lines",
    "medians",
    "ratio_of",
    "run_group",
]

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1_000_000


class CommandFailedError(Exception):
    """A measured command failed, so its group has no figures."""


@dataclass(frozen=True)
class Measured:
    """One thing to measure.

    ``floor`` names what it is compared with, ``aim`` how many times that it may take at most and ``memory_aim`` how
    much of its memory; ``limit`` is how many seconds it may take whatever the floor. One that is ``timed_inside``
    prints its own seconds.
    """

    name: str
    arguments: tuple[str, ...]
    floor: str = ""
    aim: float = 0
    memory_aim: float = 0
    limit: float = 0
    timed_inside: bool = False

    def aims(self) -> str:
        """Return the aims in words."""
        said = [f"≤ {self.aim:g}"] * bool(self.aim)
        said += [f"memory ≤ {self.memory_aim:g}"] * bool(self.memory_aim)
        return ", ".join(said + [f"≤ {self.limit:g} s"] * bool(self.limit))


@dataclass(frozen=True)
class Round:
    """One run of a command: by the clock, by the processor (all threads), and its peak memory.

    What the system does not tell is 0.
    """

    seconds: float
    processor: float
    peak: float


Found = dict[str, list[Round]]


def run_group(group: list[Measured], rounds: int, *, warm_up: bool = True) -> Found:
    """Run every command of a group in turns; a first turn compiles and fills the file cache and does not count."""
    found: Found = {measured.name: [] for measured in group}
    for turn in range(0 if warm_up else 1, rounds + 1):
        for measured in group:
            once = run_once(measured)
            if turn:
                found[measured.name].append(once)
        print(f"  round {turn} of {rounds}", file=sys.stderr)
    return found


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


def child_environment() -> dict[str, str]:
    """Return the environment of the measured processes: bytecode is kept, and output is UTF-8."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONUTF8": "1"}


def wait_for(child: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Wait until a process has ended; return processor seconds and peak memory in bytes.

    The seconds are those of the processes that it started too, the memory that of the largest of them.
    """
    if not hasattr(os, "wait4"):
        child.wait()
        return 0, 0
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def medians(found: Found, what: str = "seconds") -> dict[str, float]:
    """Return the median of what each command took."""
    return {name: median(getattr(once, what) for once in rounds) for name, rounds in found.items()}


def format_lines(group: list[Measured], found: Found) -> list[str]:
    """Return a table line for each command: median, range, ratios to its floor, aims, processor and peak memory."""
    middle, processor = medians(found), medians(found, "processor")
    peak = {name: max(once.peak for once in rounds) / MEGABYTE for name, rounds in found.items()}
    floors = {measured.floor for measured in group}
    lines = []
    for measured in group:
        name, floor = measured.name, measured.floor or measured.name
        seconds = [once.seconds for once in found[name]]
        ratio = f"{ratio_of(middle, name, floor)} | {ratio_of(processor, name, floor)}"
        if not measured.floor:
            ratio = "floor |" if name in floors else "|"
        memory = (
            f"{peak[name]:.0f} ({ratio_of(peak, name, floor)} times)" if measured.memory_aim else f"{peak[name]:.0f}"
        )
        spread = f"{middle[name]:.3f} ({min(seconds):.3f}–{max(seconds):.3f})"
        lines.append(f"| {name} | {spread} | {ratio} | {measured.aims()} | {processor[name]:.2f} | {memory} |")
    return lines


def ratio_of(figures: dict[str, float], name: str, floor: str) -> str:
    """Return how many times the floor's figure one is; a dash where the system told none."""
    return f"{figures[name] / figures[floor]:.2f}" if figures[floor] else "–"
