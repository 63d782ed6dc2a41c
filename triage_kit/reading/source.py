"""From a path to bytes: opens, unpacks, and says plainly what is not a table."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from triage_kit.errors import InputError

__all__ = ["Source", "open_source"]

#: The largest unpacked file that is read; the Importer takes files under 50 MB (article 226346508).
LARGEST = 2**30

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
_WEB_PAGE = (b"<!doctype html", b"<html", b"<?xml", b"<head")


class Source(NamedTuple):
    """A file's name, its bytes (unpacked), and what it was packed in: ``gzip``, ``zip``, ``workbook`` or nothing."""

    name: str
    data: bytes
    container: str


def open_source(path: str | os.PathLike[str]) -> Source:
    """Return the bytes of a table, taken out of a ``.gz`` or ``.zip`` if need be.

    Raises
    ------
    InputError
        If there is no such file, it is a folder, may not be read, is empty, or plainly is something else.
    """
    place = Path(path)
    name = place.name
    data = _read(place)
    container = ""
    if data.startswith(b"\x1f\x8b"):
        data, container = _ungzip(data, name), "gzip"
    elif data.startswith(b"PK\x03\x04"):
        data, container = _unzip(data, name)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        container = "workbook"
    if container != "workbook":
        _refuse_foreign(data, name)
    return Source(name, data, container)


def _read(place: Path) -> bytes:
    try:
        if place.is_dir():
            raise InputError(f"{place.absolute().name} is a folder; give the failed-rows file inside it.")
        data = place.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no file {place.name}; check its name and folder.") from None
    except PermissionError:
        raise InputError(
            f"{place.name} may not be read by you; close it in other programs, or copy it to a folder of your own."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise InputError(f"{place.name} cannot be read ({reason}); copy it to this computer and try again.") from None
    if not data:
        raise InputError(f"{place.name} is empty (0 bytes); {_EXPORT}.")
    return data


def _ungzip(data: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            unpacked = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(
            f"{name} is a damaged .gz file: it cannot be unpacked to its end; get the file again."
        ) from None
    return _within_limit(unpacked, name)


def _unzip(data: bytes, name: str) -> tuple[bytes, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if any(m.filename.startswith(("xl/", "[Content_Types]", "mimetype", "content.xml")) for m in members):
                return data, "workbook"
            tables = [m for m in members if not m.filename.startswith("__MACOSX/") and _is_table(m.filename)]
            if len(tables) != 1:
                raise InputError(f"{name} holds {len(tables)} CSV files where one is expected; unpack it and give one.")
            with archive.open(tables[0]) as packed:
                return _within_limit(packed.read(LARGEST + 1), name), "zip"
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise InputError(
            f"{name} is a damaged .zip or .xlsx file: it cannot be unpacked; get the file again."
        ) from None
    except RuntimeError:
        raise InputError(f"{name} is locked with a password; unpack it first and give the CSV inside.") from None


def _is_table(member: str) -> bool:
    return member.lower().endswith((".csv", ".txt", ".tsv"))


def _within_limit(data: bytes, name: str) -> bytes:
    if len(data) > LARGEST:
        raise InputError(f"{name} unpacks to more than 1 GB where a failed-rows file has under 50 MB; check the file.")
    if not data:
        raise InputError(f"{name} is empty once unpacked; {_EXPORT}.")
    return data


def _refuse_foreign(data: bytes, name: str) -> None:
    if not data.strip(b"\0"):
        raise InputError(f"{name} holds nothing but NUL bytes: it was damaged in storage or on the way; {_EXPORT}.")
    for mark, what in _FOREIGN:
        if data.startswith(mark):
            raise InputError(f"{name} is {what}, not a CSV; {_EXPORT}.")
    if data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE):
        raise InputError(
            f"{name} is a web page, not a CSV (perhaps the sign-in page was saved); sign in and {_EXPORT}."
        )
