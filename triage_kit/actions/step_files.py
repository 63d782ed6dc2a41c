"""The files for single steps, each made by the writer that its entry names."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.actions.catalogue import FileEntry
from triage_kit.actions.importer_files import replaced, upload_table, write_upload
from triage_kit.actions.pages import render_text
from triage_kit.actions.people_files import (
    BLOCK,
    write_addresses,
    write_corrections,
    write_people,
    write_support,
    write_to_fill,
)
from triage_kit.actions.workbook import Progress
from triage_kit.domains import School, classify_addresses
from triage_kit.outcomes import student_key
from triage_kit.output import count_formulas

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["Job", "Made", "write_step_files"]

Positions = npt.NDArray[np.intp]
Written = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Made:
    """A file of the folder: its name, how many rows it has, and the piece of work to which it belongs.

    ``positions`` are those of its failed rows. ``counted`` is false where its rows stand in another file of the same
    piece of work, or it holds no rows. ``fingerprint`` is the SHA-256 of its content where that is known already.
    """

    name: str
    rows: int
    entry: str = ""
    counted: bool = True
    exact: bool = False
    positions: Positions | None = field(default=None, compare=False, repr=False)
    fingerprint: str = ""


@dataclass(frozen=True, repr=False)
class Job:
    """What all writers need to know."""

    failed: FailedRows
    table: pd.DataFrame
    rules: Rules
    school: School
    old_usernames: pd.Series
    folder: Path
    progress: Progress | None = None


def write_step_files(job: Job, entry: FileEntry, positions: Positions, number: int) -> list[Made]:
    """Write the files of one piece of work, its number in front of their names, and its cover note."""
    stem = f"{number}-{entry.name}"
    made = _WRITERS[entry.writer](job, entry, positions, stem)
    note = f"{stem}-read-first.txt"
    template = f"{entry.writer}.txt.j2"
    formulas = count_formulas(upload_table(job.failed, positions)) if any(file.exact for file in made) else 0
    text = render_text(
        template, entry=entry, school=job.school, files=made, rows=len(positions), block=BLOCK, formulas=formulas
    )
    (job.folder / note).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    return [*made, Made(note, 0, entry.id, counted=False)]


def _importer(job: Job, entry: FileEntry, positions: Positions, stem: str) -> list[Made]:
    return _uploads(write_upload(upload_table(job.failed, positions), job.folder, stem), entry, positions)


def _uploads(written: Written, entry: FileEntry, positions: Positions, *, counted: bool = True) -> list[Made]:
    """Return the parts of an upload, each with the rows that it holds."""
    ends = np.cumsum([rows for _, rows in written])
    parts = np.split(positions, ends[:-1]) if len(ends) else []
    return [
        Made(name, rows, entry.id, counted=counted, exact=True, positions=part)
        for (name, rows), part in zip(written, parts, strict=True)
    ]


def _two_uploads(job: Job, entry: FileEntry, positions: Positions, stem: str) -> list[Made]:
    """Write the new address under the old username, then the new username (article 360048150594).

    A plain job may not change sign-in IDs, so the first file leaves them blank, which leaves them as they are.
    """
    second = upload_table(job.failed, positions)
    first = replaced(second, "username", job.old_usernames.iloc[positions].tolist())
    first = replaced(first, "auth_identifier", [""] * len(positions))
    made = _uploads(write_upload(first, job.folder, f"{stem}-first"), entry, positions)
    again = write_upload(second, job.folder, f"{stem}-second")
    return made + _uploads(again, entry, positions, counted=False)


def _addresses(job: Job, entry: FileEntry, positions: Positions, stem: str) -> list[Made]:
    name = f"{stem}.txt"
    write_addresses(job.failed, positions, job.folder / name)
    return [Made(name, len(positions), entry.id, positions=positions)]


def _letter(job: Job, entry: FileEntry, positions: Positions, stem: str) -> list[Made]:
    name, letter = f"{stem}.xlsx", f"{stem}-letter.txt"
    write_people(job.failed, positions, job.folder / name, school=job.school.name)
    _write_text(job, letter, "letter-body.txt.j2")
    return [Made(name, len(positions), entry.id, positions=positions), Made(letter, 0, entry.id, counted=False)]


def _support(job: Job, entry: FileEntry, positions: Positions, stem: str) -> list[Made]:
    name, message = f"{stem}.csv", f"{stem}-message.txt"
    write_support(job.failed, positions, job.folder / name, school=job.school.name)
    _write_text(job, message, "support-body.txt.j2", rows=len(positions), file=name)
    return [Made(name, len(positions), entry.id, positions=positions), Made(message, 0, entry.id, counted=False)]


def _corrections(job: Job, entry: FileEntry, positions: Positions, stem: str) -> list[Made]:
    name = f"{stem}.xlsx"
    write_corrections(job.failed, job.table, positions, job.folder / name, job.rules, job.progress)
    return [Made(name, len(positions), entry.id, positions=positions)]


def _new_accounts(job: Job, entry: FileEntry, positions: Positions, stem: str) -> list[Made]:
    """Write those whose address at the school is known ready for upload, the others to be filled in."""
    addresses = school_addresses(job.failed, positions, job.school)
    ready = np.array([address != "" for address in addresses], dtype=bool)
    table = replaced(upload_table(job.failed, positions), "email_address", addresses)
    made = []
    if ready.any():
        made += _uploads(write_upload(table[ready], job.folder, stem), entry, positions[ready])
    if not ready.all():
        name = f"{stem}-to-fill-in.xlsx"
        write_to_fill(table[~ready], job.folder / name)
        made.append(Made(name, int((~ready).sum()), entry.id, positions=positions[~ready]))
    return made


def school_addresses(failed: FailedRows, positions: Positions, school: School) -> list[str]:
    """Return each student's address at the school by its pattern; blank where it cannot be made for certain.

    It cannot without a pattern, with a blank piece, or where another row of the file has or would get the address.
    """
    if not school.email_pattern:
        return [""] * len(positions)
    names = [name for _, name, _, _ in string.Formatter().parse(school.email_pattern) if name]
    pieces = [[cell.strip() for cell in failed.column(name).iloc[positions]] for name in names]
    made = []
    for values in zip(*pieces, strict=True):
        filled = dict(zip(names, values, strict=True))
        made.append(school.email_pattern.format(**filled).lower() if all(values) else "")
    addresses = pd.Series(made, dtype="str")
    kinds = classify_addresses(addresses, school)["domain_kind"].astype("str")
    taken = set(student_key(failed.column("email_address")))
    unsure = (kinds != "own-school") | addresses.duplicated(keep=False) | addresses.isin(list(taken))
    unsure |= addresses.str.contains(r"[^\x21-\x7e]")
    return [str(address) for address in addresses.mask(unsure, "")]


def _write_text(job: Job, name: str, template: str, **values: object) -> None:
    text = render_text(template, school=job.school, **values)
    (job.folder / name).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))


_WRITERS: dict[str, Callable[[Job, FileEntry, Positions, str], list[Made]]] = {
    "importer": _importer,
    "two-uploads": _two_uploads,
    "addresses": _addresses,
    "new-accounts": _new_accounts,
    "letter": _letter,
    "support": _support,
    "corrections": _corrections,
}
