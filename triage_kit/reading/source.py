"""From a path to bytes: opens, unpacks, and says plainly what is not a table."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from triage_kit.errors import InputError

__all__ = ["Source", "open_source"]

#: The largest file that is read, unpacked; the Importer takes files under 50 MB (article 226346508).
LARGEST = 2**30
#: How many bytes tell what kind of file it is.
_START_BYTES = 512

_EXPORT = "download the failed-rows CSV again from the finished job in the Importer"
_FOREIGN = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "a database"),
)
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_WEB_PAGE = (b"<!doctype html", b"<html", b"<?xml", b"<head")


@dataclass(frozen=True)
class Source:
    """A file's name, what it was packed in (``gzip``, ``zip``, ``workbook`` or nothing), and how to open its bytes."""

    name: str
    container: str
    opener: Callable[[], io.BufferedIOBase]

    @contextmanager
    def open(self) -> Iterator[io.BufferedIOBase]:
        """Open the bytes, unpacked; an `InputError` says why if that fails, now or while they are read."""
        with _explaining(self.name), self.opener() as file:
            yield file

    @cached_property
    def data(self) -> bytes:
        """All bytes at once."""
        with self.open() as file:
            return file.read()


def open_source(path: str | os.PathLike[str]) -> Source:
    """Return the bytes of a table, taken out of a ``.gz`` or ``.zip`` if need be.

    Raises
    ------
    InputError
        If there is no such file, it is a folder, may not be read, is empty, or plainly is something else.
    """
    source = _find(Path(path))
    start = _start_of(source)
    if not start:
        raise InputError(f"{source.name} is empty (0 bytes); {_EXPORT}.")
    if start.startswith(_GZIP):
        source = _unpacked(source, "gzip", _ungzip(source.data, source.name))
    elif start.startswith(_ZIP):
        table = _unzip(source.data, source.name)
        source = replace(source, container="workbook") if table is None else _unpacked(source, "zip", table)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        source = replace(source, container="workbook")
    if source.container != "workbook":
        _refuse_foreign(source)
    return source


def _find(place: Path) -> Source:
    source = Source(place.name, "", lambda: place.open("rb"))
    try:
        with _explaining(place.name):
            if place.is_dir():
                raise InputError(f"{place.absolute().name} is a folder; give the failed-rows file inside it.")
            if place.is_file():
                _refuse_large(place.stat().st_size, place.name, "has")
                return source
            return _unpacked(source, "", place.read_bytes())  # a pipe can be read only once
    except ValueError:
        raise InputError(f"{place.name} cannot be read: this is no valid path; check it.") from None


@contextmanager
def _explaining(name: str) -> Iterator[None]:
    """Turn what the system says of a file that cannot be read into a sentence."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"There is no file {name}; check its name and folder.") from None
    except PermissionError:
        raise InputError(
            f"{name} may not be read by you; close it in other programs, or copy it to a folder of your own."
        ) from None
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}); copy it to this computer and try again.") from None


def _start_of(source: Source) -> bytes:
    with source.open() as file:
        return file.read(_START_BYTES)


def _unpacked(source: Source, container: str, data: bytes) -> Source:
    return replace(source, container=container, opener=partial(io.BytesIO, data))


def _ungzip(data: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            unpacked = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(
            f"{name} is a damaged .gz file: it cannot be unpacked to its end; get the file again."
        ) from None
    return _within_limit(unpacked, name)


def _unzip(data: bytes, name: str) -> bytes | None:
    """Return the one table of an archive, or None if it is a workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if any(m.filename.startswith(("xl/", "[Content_Types]", "mimetype", "content.xml")) for m in members):
                return None
            tables = [m for m in members if not m.filename.startswith("__MACOSX/") and _is_table(m.filename)]
            if len(tables) != 1:
                raise InputError(
                    f"{name} holds {len(tables) or 'no'} CSV files where one is expected; unpack it and give one."
                )
            with archive.open(tables[0]) as packed:
                return _within_limit(packed.read(LARGEST + 1), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, IndexError):
        raise InputError(
            f"{name} is a damaged .zip or .xlsx file: it cannot be unpacked; get the file again."
        ) from None
    except RuntimeError:
        raise InputError(f"{name} is locked with a password; unpack it first and give the CSV inside.") from None


def _is_table(member: str) -> bool:
    return member.lower().endswith((".csv", ".txt", ".tsv"))


def _within_limit(data: bytes, name: str) -> bytes:
    _refuse_large(len(data), name, "unpacks to")
    if not data:
        raise InputError(f"{name} is empty once unpacked; {_EXPORT}.")
    return data


def _refuse_large(size: int, name: str, has: str) -> None:
    if size > LARGEST:
        raise InputError(f"{name} {has} more than 1 GB where a failed-rows file has under 50 MB; check the file.")


def _refuse_foreign(source: Source) -> None:
    name, start = source.name, _start_of(source)
    if not start.strip(b"\0") and not source.data.strip(b"\0"):
        raise InputError(f"{name} holds nothing but NUL bytes: it was damaged in storage or on the way; {_EXPORT}.")
    if start.startswith((_GZIP, _ZIP)):
        raise InputError(f"{name} holds another packed file or a workbook; unpack it and give the file inside.")
    for mark, what in _FOREIGN:
        if start.startswith(mark):
            raise InputError(f"{name} is {what}, not a CSV; {_EXPORT}.")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE):
        raise InputError(
            f"{name} is a web page, not a CSV (perhaps the sign-in page was saved); sign in and {_EXPORT}."
        )
