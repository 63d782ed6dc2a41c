"""Writing files whole or not at all, never over what the kit did not write, and safely for people's programs."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from triage_kit.errors import OutputError

if sys.platform != "win32":
    import fcntl
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "check_may_write",
    "count_formulas",
    "defused",
    "private_folder",
    "remove_left_files",
    "temporary_folder",
    "whole_file",
    "write_people_csv",
]

# So few that they stay in the processor's own memory while they are put together.
_ROWS_AT_ONCE = 4096
_STALE_SECONDS = 24 * 60 * 60
_PRIVATE, _LOCK = "triage-kit-", "in-use.lock"
_STARTING_SECONDS = 60  # time enough for another process between making its folder and locking it
# What spreadsheet programs take for the start of a formula (OWASP, CSV injection), also in full-width form, and also
# behind what shows nothing: blanks, control characters and marks such as a BOM or a zero-width space.
_SUSPECT = r"^(?:[\p{Z}\p{Cc}\p{Cf}]*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]|[\t\r\n])"
# The bytes of UTF-8 with which any of these begin. Hardly any cell begins so, and to see that takes a fifth of a
# pattern's time.
_FIRST_BYTES = [*range(0x21), *b"=+-@\x7f\xc2\xd8\xdb\xdc\xe0\xe1\xe2\xe3\xef\xf0\xf3"]


def check_may_write(path: Path, *, force: bool, ours: Callable[[Path], bool]) -> None:
    """Raise OutputError if something stands at ``path`` that the kit did not write and ``force`` is not set."""
    if path.is_dir():
        raise OutputError(f"{path.name}: a folder has this name; give the name of a file.")
    if path.exists() and not force and not ours(path):
        raise OutputError(
            f"{path.name} exists and was not written by triage-kit; give another name, or --force to replace it."
        )


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``, and put what was written there in its place when all went well.

    Raises
    ------
    OutputError
        If the folder cannot be written to, the disk is full, or the file is held open by another program.
    """
    # The name's beginning only: with what is added a long one would be too long for the system.
    temporary = path.with_name(f".{path.stem[:80]}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
    except OSError as error:
        raise OutputError(
            f"The folder for {path.name} cannot be written to ({error.strerror}); choose another."
        ) from None
    try:
        yield temporary
        temporary.replace(path)
    except PermissionError:
        raise OutputError(
            f"{path.name} cannot be replaced; another program (Excel?) holds it open. Close it there and run again."
        ) from None
    except OSError as error:
        raise OutputError(
            f"{path.name} cannot be written ({error.strerror}); make room there, or choose another folder."
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def remove_left_files(folder: Path) -> None:
    """Remove what `whole_file` of a killed run left in a folder; a file of the last minute may be another run's."""
    for left in folder.glob(".*.part.*"):
        with contextlib.suppress(FileNotFoundError):  # another run has put it in its place meanwhile
            if time.time() - left.stat().st_mtime > _STARTING_SECONDS:
                left.unlink()


def temporary_folder(place: Path, name: str) -> Path:
    """Make a hidden folder in which another is prepared, and remove those that a killed run left behind.

    One of today may still be at work. The name says whose they are: nobody else's hidden folder is taken for one.
    """
    prefix = f".triage-kit-{name}-"
    for left in place.glob(f"{escape(prefix)}*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=place))


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder for this process alone that is gone afterwards; those that killed ones left are removed too.

    Whoever is at work holds a lock in its folder, which the system frees however it ends.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PRIVATE, ignore_cleanup_errors=True) as name:
        if sys.platform == "win32":  # a file that is open could not be removed there
            yield Path(name)
            return
        with (Path(name) / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(name)


def _remove_abandoned(place: Path) -> None:
    """Remove folders of `private_folder` that are this user's and whose lock nobody holds."""
    if sys.platform == "win32":
        return
    for left in place.glob(f"{_PRIVATE}*"):
        with contextlib.suppress(OSError):  # no folder, no lock, or the lock is held: not ours to remove
            found = left.lstat()
            if found.st_uid == os.geteuid() and time.time() - found.st_mtime > _STARTING_SECONDS:
                with (left / _LOCK).open("r+") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left, ignore_errors=True)


def defused(texts: pd.Series) -> pd.Series:
    """Return texts that no spreadsheet program takes for a formula: an apostrophe in front where one could be.

    Plain numbers such as ``-3.5`` stay as they are. For files that people read only: a file for re-import has to
    hold the exact values.
    """
    looked_at = _may_begin_a_formula(texts)
    if not looked_at.any():
        return texts
    found = texts[looked_at]
    number = found.str.fullmatch(r"[+-]?\d{1,15}([.,]\d+)?")
    return texts.mask(looked_at, found.mask(found.str.contains(_SUSPECT) & ~number, "'" + found))


def _may_begin_a_formula(texts: pd.Series) -> npt.NDArray[np.bool_]:
    """Return for each text whether its first byte is one with which a cell has to begin that is to be defused."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first = pc.binary_slice(pa.array(texts.array, type=pa.large_string()).cast(pa.large_binary()), 0, 1)
    wanted = pa.array([bytes([byte]) for byte in _FIRST_BYTES], type=pa.large_binary())
    found: npt.NDArray[np.bool_] = pc.is_in(first, value_set=wanted).to_numpy(zero_copy_only=False)
    return found


def count_formulas(table: pd.DataFrame) -> int:
    """Return how many cells a spreadsheet program could take for the start of a formula."""
    columns = (table.iloc[:, place] for place in range(table.shape[1]))
    return sum(int((defused(column) != column).sum()) for column in columns)


def write_people_csv(table: pd.DataFrame, path: Path, *, force: bool = False) -> str:
    """Write a table for people to open in Excel (UTF-8 with BOM, formulas defused), and return its SHA-256.

    A file of the same first columns counts as one of ours and is replaced.
    """
    first = ",".join(map(str, table.columns[:5]))
    check_may_write(path, force=force, ours=lambda existing: _starts_with(existing, first))
    with whole_file(path) as temporary, temporary.open("wb") as file, ThreadPoolExecutor(max_workers=1) as beside:
        fingerprinted = _Fingerprinted(file, beside)
        _write_csv(table, fingerprinted)
        return fingerprinted.sha256()


class _Fingerprinted:
    """A file that takes the fingerprint of what is written to it, on a thread beside the writing."""

    closed = False

    def __init__(self, file: BinaryIO, beside: ThreadPoolExecutor) -> None:
        self._file, self._beside, self._digest = file, beside, hashlib.sha256()
        self._taken: list[Future[None]] = []

    def write(self, content: bytes | pa.Buffer) -> int:
        lasting = bytes(content)  # Arrow writes the next piece into the same place
        self._taken.append(self._beside.submit(self._digest.update, lasting))
        return self._file.write(lasting)

    def flush(self) -> None:
        self._file.flush()

    def sha256(self) -> str:
        """Return the fingerprint of all that was written."""
        for taken in self._taken:
            taken.result()
        return self._digest.hexdigest()


def _write_csv(table: pd.DataFrame, file: _Fingerprinted) -> None:
    """Write a table of text with BOM and CRLF through Arrow: many times as fast as pandas."""
    import pyarrow as pa
    from pyarrow.csv import WriteOptions, write_csv

    header = io.StringIO(newline="")
    csv.writer(header, lineterminator="\r\n").writerow(table.columns)
    file.write(header.getvalue().encode("utf-8-sig"))
    if len(table):
        cells = [_defused_cells(table.iloc[:, place]) for place in range(table.shape[1])]
        names = [str(place) for place in range(len(cells))]
        options = WriteOptions(include_header=False, eol="\r\n", batch_size=_ROWS_AT_ONCE)
        write_csv(pa.table(cells, names=names), file, options)


def _defused_cells(column: pd.Series) -> pa.Array:
    """Return a column as Arrow's text, formulas defused; of categories each once."""
    import pandas as pd
    import pyarrow as pa

    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pa.array(defused(column.astype("str")).array, type=pa.large_string())
    names = defused(pd.Series(column.cat.categories, dtype="str"))
    codes = pa.array(column.cat.codes.to_numpy(), mask=column.isna().to_numpy())
    return pa.DictionaryArray.from_arrays(codes, names.to_numpy(dtype=object))


def _starts_with(path: Path, header: str) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.readline().startswith(header)
