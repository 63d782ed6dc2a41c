"""The files that are measured: made when they are not there, or when what makes them has changed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

from benchmarks.measure import ROOT

__all__ = [
    "DAMAGED_BYTES",
    "MANY",
    "SCHOOL",
    "SIZES",
    "make_damaged",
    "make_large",
    "make_next_week",
    "make_sample",
    "make_short",
]

GENERATED = ROOT / "benchmarks" / "generated"
MAKER = "benchmarks.make_failed_rows"
MADE_FROM = [ROOT / "benchmarks" / name for name in ("make_failed_rows.py", "invented.py", "invented.toml")]

#: The sizes of the generated files; the middle one is what the Importer takes at most in one file.
SIZES = (20_000, 199_999, 1_000_000)
MANY = SIZES[1]
DAMAGED_BYTES = 200
SCHOOL = ("--school-domain", "example.edu")


def make_large(rows: int) -> Path:
    """Return a generated file of so many rows, made now if it is not there or its maker has changed."""
    return make(GENERATED / f"failed_rows_{rows}.csv", "--rows", str(rows))


def make_next_week(large: Path) -> tuple[Path, Path]:
    """Return the file of the week after another, and beside it a case book that has seen the other; made now."""
    path = make(GENERATED / f"failed_rows_{MANY}_2026-03-09.csv", "--rows", str(MANY), "--skip", "2")
    casebook = path.with_suffix(".sqlite")
    casebook.unlink(missing_ok=True)
    results = GENERATED / "recorded" / "results.csv"  # not beside the file: there it would be the panel's own
    results.parent.mkdir(exist_ok=True)
    results.write_text(
        "username,Result,date\n"
        + "".join(f"user{n:07d},Added to our school,2026-03-05\n" for n in range(40_001, 49_000, 3)),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "triage_kit", "week", str(large), *SCHOOL, "--date", "2026-03-02", "--casebook"]
    with tempfile.TemporaryDirectory() as weeks:
        for options in ((), ("--outcomes", str(results))):
            subprocess.run([*command, str(casebook), "--out", weeks, *options], check=False, stdout=subprocess.DEVNULL)
    return path, casebook


def make_short(rows: int) -> Path:
    """Return a generated file of so many rows of short cells: the least that pandas needs for a row."""
    return make(GENERATED / f"short_cells_{rows}.csv", "--short", "--rows", str(rows))


def make_damaged(large: Path) -> Path:
    """Return a copy of a file in which some bytes, anywhere behind the header, are others; the same ones each time."""
    path, random = large.with_stem(f"{large.stem}_damaged"), Random(1)
    content = bytearray(large.read_bytes())
    for _ in range(DAMAGED_BYTES):
        content[random.randrange(content.index(b"\n") + 1, len(content))] = random.randrange(256)
    path.write_bytes(content)
    return path


def make_sample(seed: int) -> Path:
    """Return a file like the sample, of another seed."""
    return make(GENERATED / "many" / f"failed_rows_{seed:02}.csv", "--sample", "--seed", str(seed))


def make(path: Path, *options: str) -> Path:
    """Return a generated file, made now if it is not there or its maker has changed."""
    changed = max(file.stat().st_mtime for file in MADE_FROM)
    if not path.exists() or path.stat().st_mtime < changed:
        command = [sys.executable, "-m", MAKER, *options, "-o", str(path)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return path
