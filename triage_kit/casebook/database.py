"""Opening the case book: a file (SQLite) or a team's PostgreSQL, by the same code; one writer after the other.

Whoever only looks needs no right to write: of a file a copy in memory is looked at.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, insert, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from triage_kit.casebook.schema import migrate
from triage_kit.errors import InputError, SettingsError, TriageKitError

__all__ = ["SHORT_WAIT_SECONDS", "insert_lines", "looking", "open_database", "transaction"]

#: How long a writer waits for another; an update of 100,000 rows takes seconds.
WAIT_SECONDS = 60
#: How long somebody waits who only looks, or who sits before a panel.
SHORT_WAIT_SECONDS = 4
#: How many lines go to the database at once.
_BATCH = 5_000
#: PostgreSQL's lock for the case book's writers: any number will do that nobody else uses.
_LOCK = 7_244_201


def open_database(place: str | Path, *, wait: float = WAIT_SECONDS) -> Engine:
    """Return the case book's database at a path or URL, made or brought to today's version where needed.

    ``wait`` is how many seconds to wait for another writer.

    Raises
    ------
    SettingsError
        If the URL is none, or names a database other than SQLite and PostgreSQL.
    InputError
        If there is no case book to be opened there; the message names no password.
    """
    url = _url(place)
    if url.drivername == "sqlite" and url.database:
        _prepare_file(Path(url.database))
    engine = _engine(url, wait)
    with transaction(engine) as connection:
        migrate(connection)
    return engine


@contextlib.contextmanager
def looking(place: str | Path) -> Iterator[Connection]:
    """Give a connection to a case book that is there already; whatever is written to it is undone at the end.

    A file may be one that must not be written to, and somebody else may be writing in it meanwhile.

    Raises
    ------
    InputError
        If there is none (a look makes none), or it cannot be read.
    """
    url = _url(place)
    name = Path(url.database or "").name
    missing = InputError(f"There is no case book {name} yet; “triage-kit week” makes it.")
    if url.drivername == "sqlite" and not Path(url.database or "").is_file():
        raise missing
    engine = _copy_in_memory(url) if url.drivername == "sqlite" else _engine(url, SHORT_WAIT_SECONDS)
    with transaction(engine) as connection:
        try:
            if not migrate(connection):
                raise missing
            yield connection
        finally:
            connection.rollback()


def _copy_in_memory(url: URL) -> Engine:
    """Return a database in memory that holds what the file holds, and is gone with its connection."""
    copy = sqlite3.connect(":memory:")
    try:
        with contextlib.closing(sqlite3.connect(url.database or "", timeout=SHORT_WAIT_SECONDS)) as source:
            source.isolation_level = None
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema")  # waits for a writer: a backup would wait for ever
            source.backup(copy)
    except sqlite3.Error as error:
        copy.close()
        raise InputError(_reason(url, error, "read")) from None
    return _engine(url, creator=lambda: copy)


def _engine(url: URL, wait: float = 0, *, creator: Callable[[], sqlite3.Connection] | None = None) -> Engine:
    how = {"creator": creator} if creator else {"connect_args": _arguments(url, wait)}
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, **how)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise SettingsError(
            "A case book in PostgreSQL needs one more package; in the project's folder: pip install '.[postgres]'."
        ) from None
    if url.drivername == "sqlite":
        event.listen(engine, "connect", _prepare_connection)
        event.listen(engine, "begin", _begin_writing)
    return engine


@contextlib.contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection for one piece of work that is kept whole or not at all; other writers wait meanwhile.

    Raises
    ------
    InputError
        In place of the database's own errors, whose texts can show values.
    """
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            yield connection
    except TriageKitError:
        raise
    except SQLAlchemyError as error:
        raise InputError(_reason(engine.url, getattr(error, "orig", None) or error)) from None


def insert_lines(connection: Connection, table: Table, lines: Sequence[Mapping[str, Any]]) -> None:
    """Insert lines, however many."""
    for start in range(0, len(lines), _BATCH):
        connection.execute(insert(table), lines[start : start + _BATCH])


def _url(place: str | Path) -> URL:
    text = str(place)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "The case book's address is not of the form postgresql://user@host/database; without :// it is a file."
        ) from None
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in ("postgresql+psycopg", "sqlite"):
        return url
    raise SettingsError(f"The case book is kept in SQLite or PostgreSQL; the address names {url.drivername}.")


def _arguments(url: URL, wait: float) -> dict[str, Any]:
    if url.drivername == "sqlite":
        return {"timeout": wait}
    return {"connect_timeout": 10, "options": f"-c lock_timeout={max(1, round(wait * 1000))}"}  # 0 would be for ever


def _prepare_file(path: Path) -> None:
    """Make an empty file that only its owner may read: the case book holds personal data."""
    if str(path) == ":memory:" or path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise InputError(f"The case book {path.name} cannot be made there ({error.strerror}).") from None


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction by itself; `_begin_writing` does
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is forgotten leaves no traces in the file


def _begin_writing(connection: Connection) -> None:
    # At once as a writer: a transaction that reads first and writes later could not wait for another writer.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reason(url: URL, error: BaseException, what: str = "written to") -> str:
    """Return in words what kept the database from being read or written to; its own text can show values."""
    text = str(error).lower()
    name = Path(url.database or "").name
    if url.drivername != "sqlite":
        name = f"the case book on {url.host or 'this computer'}, database {url.database}"
    if "locked" in text or "lock timeout" in text:
        return f"{name}: somebody else is writing in the case book; try again when they have finished."
    if url.drivername != "sqlite":
        return (
            f"{name[:1].upper()}{name[1:]} could not be reached, read or changed ({type(error).__name__}). "
            "Nothing was changed. Check the address, the network and your rights there."
        )
    if "not a database" in text:
        return f"{name}: not a case book, and not a database at all; give another file with --casebook."
    if "disk" in text or "readonly" in text or "unable to open" in text:
        return f"{name}: the case book cannot be {what} (disk full, or no permission). Nothing was changed."
    if "malformed" in text:
        return f"{name}: the case book is damaged; put back the last copy of the file."
    return f"{name}: the case book could not be read or changed ({type(error).__name__}). Nothing was changed."
