"""The folder of a week: its day, its name, and that it appears whole or not at all.

A week's folder is never replaced, for staff write their results into it: what changed later gets a folder of its own
beside it (``2026-03-02-2``).
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from triage_kit.casebook import RefusedFile
from triage_kit.errors import OutputError
from triage_kit.output import temporary_folder

if TYPE_CHECKING:
    from triage_kit.past import WeekState

__all__ = [
    "MARK",
    "WeekFolder",
    "day_of_folder",
    "fingerprint",
    "known_folder",
    "last_folders",
    "week_folder",
]

#: The file by which a week's folder is known.
MARK = "week.json"
#: How many of the last weeks' folders are looked through for results.
_LAST = 4


@dataclass
class WeekFolder:
    """A week's folder while it is being filled, at ``path``, and where it stands afterwards, ``placed``."""

    path: Path
    placed: Path


def fingerprint(week: RefusedFile, state: WeekState, allow: Sequence[str]) -> dict[str, Any]:
    """Return what a week's folder is known by: its day, and a sum over all that it says, without a student's value."""
    said = sha256(json.dumps([week.content, week.domains, sorted(allow), sorted(state.recorded.items())]).encode())
    for table in (state.table.reset_index(), state.rows, state.gone):
        for name, column in table.items():
            codes, values = pd.factorize(column)  # each value is put into words once, not row by row
            said.update(json.dumps([name, values.astype("str").tolist()]).encode())
            said.update(codes.astype("<i8").tobytes())
    return {"made_by": "triage-kit", "date": week.date, "says": said.hexdigest()}


def known_folder(out: Path, mark: dict[str, Any]) -> Path | None:
    """Return the folder that says the same already; None if there is none."""
    return next((folder for folder in _folders(out) if _mark_of(folder) == mark), None)


def last_folders(out: Path) -> list[Path]:
    """Return the to-do folders of the last weeks, the oldest first."""
    days = sorted({day for folder in _folders(out) if (day := day_of_folder(folder))})[-_LAST:]
    kept = [folder for folder in _folders(out) if day_of_folder(folder) in days]
    return [folder / "to-do" for folder in kept if (folder / "to-do").is_dir()]


def day_of_folder(path: Path) -> str:
    """Return the day of the week's folder in which a path lies; blank if it lies in none."""
    for folder in (path, *path.absolute().parents[:3]):
        if mark := _mark_of(folder):
            return str(mark.get("date", ""))
    return ""


def _folders(out: Path) -> list[Path]:
    if not out.is_dir():
        return []
    return sorted(path for path in out.iterdir() if not path.name.startswith(".") and (path / MARK).is_file())


def _mark_of(folder: Path) -> dict[str, Any] | None:
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) and mark.get("made_by") == "triage-kit" else None


@contextlib.contextmanager
def week_folder(out: Path, day: str, mark: dict[str, Any]) -> Iterator[WeekFolder]:
    """Give a temporary folder, and put it in a free place of the day's name when all went well.

    Raises
    ------
    OutputError
        If ``out`` cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        temporary = temporary_folder(out, "week")
    except OSError as error:
        raise OutputError(f"The folder {out.name} cannot be written to ({error.strerror}); choose another.") from None
    filled = WeekFolder(temporary, out / day)
    try:
        yield filled
        (temporary / MARK).write_text(json.dumps(mark, indent=1) + "\n", encoding="utf-8")
        filled.placed = _place(temporary, out, day)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _place(temporary: Path, out: Path, day: str) -> Path:
    """Move the folder to the first free name; somebody else may take one meanwhile."""
    for number in range(1, 1000):
        place = out / (day if number == 1 else f"{day}-{number}")
        if place.exists():
            continue
        try:
            return temporary.rename(place)
        except OSError as error:
            if not place.exists():
                raise OutputError(f"{place.name} cannot be written ({error.strerror}).") from None
    raise OutputError(f"There are too many folders of {day} in {out.name}; move some away.")
