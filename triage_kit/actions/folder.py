"""A folder that appears whole or not at all, and never at the price of results that staff have recorded."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from triage_kit.actions.manifest import MANIFEST, is_ours, read_manifest, sha256_of
from triage_kit.errors import InputError, OutputError
from triage_kit.outcomes import EARLIER_RESULTS, WORKLISTS, read_outcomes, tables_in
from triage_kit.output import temporary_folder

__all__ = ["check_may_replace", "keep_results", "whole_folder"]


def check_may_replace(folder: Path, *, force: bool) -> Path | None:
    """Return where the folder is to be kept that holds what the kit did not write; None if there is nothing to keep.

    That is a folder that the kit did not make, or one of ours in which somebody filled in, changed or added a file
    other than the work list, which `keep_results` takes along.

    Raises
    ------
    OutputError
        If there is such a folder and ``force`` is not set, or a file has the name.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder.name} is a file; give the name of a folder that is new or was made by triage-kit.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return None
    ours = is_ours(folder)
    if ours and not _holds_others_work(folder):
        return None
    if not ours and not force:
        raise OutputError(
            f"The folder {folder.name} exists and was not made by triage-kit; give another name, or --force to put "
            "it aside."
        )
    return _free_place(folder)


@contextlib.contextmanager
def whole_folder(folder: Path, *, keep: Path | None = None) -> Iterator[Path]:
    """Give a temporary folder beside ``folder``, and put it in its place when all went well.

    What stood there is removed, or renamed to ``keep``.

    Raises
    ------
    OutputError
        If the place cannot be written to, or a file of the old folder is held open by another program.
    """
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_folder(folder.parent, folder.name)
    except OSError as error:
        raise OutputError(
            f"The place of {folder.name} cannot be written to ({error.strerror}); choose another."
        ) from None
    try:
        yield temporary
        _swap(temporary, folder, keep)
    except OSError as error:
        raise OutputError(
            f"{folder.name} cannot be written ({error.strerror}). If one of its files is open in another program "
            "(Excel?), close it there and run again; the folder is as it was."
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _swap(temporary: Path, folder: Path, keep: Path | None) -> None:
    """Put the new folder in the old one's place; if that fails, the old one stays.

    Meanwhile the old one has a name that everybody sees: killed between the two, nothing is hidden or lost.
    """
    temporary.chmod(0o755)
    if not folder.exists():
        temporary.rename(folder)
        return
    aside = keep or _free_place(folder)
    folder.rename(aside)
    try:
        temporary.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    if not keep:
        shutil.rmtree(aside, ignore_errors=True)


def _free_place(folder: Path) -> Path:
    """Return a free name beside a folder, under which it can be kept."""
    places = (folder.absolute().with_name(f"{folder.name}-before-{number}") for number in range(1, 10_000))
    return next(place for place in places if not place.exists())


def keep_results(folders: Iterable[Path], new: Path) -> dict[Path, list[str]]:
    """Copy the work lists that somebody has touched into the new folder; return what was kept of each folder.

    Earlier ones that a folder kept move along, so that all results stay together in order, each once.
    """
    kept: dict[Path, list[str]] = {}
    there = set[str]()
    for folder in folders:
        for path in _touched_lists(folder):
            content = sha256_of(path)
            if content not in there:
                there.add(content)
                target = new / EARLIER_RESULTS / f"worklist-{len(there)}{path.suffix}"
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(path, target)
                kept.setdefault(folder, []).append(f"{EARLIER_RESULTS}/{target.name}")
    return kept


def _touched_lists(folder: Path) -> list[Path]:
    """Return the work lists with results in a folder of ours: those that it kept, then its own if it was touched."""
    if not is_ours(folder):
        return []
    own = [folder / name for name in WORKLISTS if (folder / name).is_file() and _is_touched(folder, name)]
    return [*tables_in(folder / EARLIER_RESULTS), *own]


def _holds_others_work(folder: Path) -> bool:
    """Return whether a folder of ours holds a file that somebody added or changed, the lists of results aside."""
    results = set(tables_in(folder / EARLIER_RESULTS))
    written = {file["name"]: file["sha256"] for file in (read_manifest(folder) or {}).get("files", [])}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        passing = name in (MANIFEST, *WORKLISTS) or path in results or name.startswith(("~$", "."))
        if path.is_file() and not passing and written.get(name) != sha256_of(path):
            return True
    return False


def _is_touched(folder: Path, name: str) -> bool:
    """Return whether the file differs from what the kit wrote; where that is not known, whether it holds results."""
    listed = {file["name"]: file["sha256"] for file in (read_manifest(folder) or {}).get("files", [])}
    if name in listed:
        return bool(listed[name] != sha256_of(folder / name))
    try:
        return len(read_outcomes(folder / name)) > 0
    except InputError:
        return True
