"""The tables of the case book, and how an older case book becomes one of today.

Facts are kept: what was refused when, and what staff recorded. Where a case stands is computed from them
(`triage_kit.casebook.history`) and kept beside them, so that it can be read by anybody and checked at any time.
Dates are texts such as ``2026-03-02``: they sort alike in every database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from secrets import randbits

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    inspect,
    select,
    update,
)

from triage_kit.errors import InputError

__all__ = [
    "MIGRATIONS",
    "cases",
    "decisions",
    "doubts",
    "imports",
    "keys",
    "mark_changed",
    "mark_of",
    "metadata",
    "migrate",
    "results",
    "settings",
    "sightings",
    "students",
]

metadata = MetaData()

#: ``version`` of the tables; ``last_student``, the highest number ever given: a forgotten one is not given again; and
#: ``mark``, another number after each change, by which whoever has read the case book sees that it changed.
settings = Table(
    "casebook",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

#: One line per file. ``content`` is the sha256 of its bytes, so that a file counts once a day; its name is not kept.
imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("purpose", String(20), nullable=False),
    Column("content", String(64), nullable=False),
    Column("date", String(10), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("own_school_rows", Integer, nullable=False),
    Column("uploaded", Integer),
    Column("domains", String, nullable=False),
    UniqueConstraint("purpose", "content", "date"),
)

students = Table("students", metadata, Column("id", Integer, primary_key=True, autoincrement=False))

#: What a student is recognised by: username, e-mail, card ID, each as it was ever seen, in the form for comparing.
keys = Table(
    "keys",
    metadata,
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("value", String, nullable=False),
    PrimaryKeyConstraint("student_id", "kind", "value"),
    Index("keys_by_value", "kind", "value"),
)

#: What the procedure said of a row before any result: the same few of thousands of rows, so they are kept once.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("problem", String, nullable=False),
    Column("origin", String(20), nullable=False),
    Column("domain_kind", String(20), nullable=False),
    Column("step", String, nullable=False),
    Column("if_refused", String, nullable=False),
    Column("rule", String, nullable=False),
)

#: One line per refused row of a file that could be recognised.
sightings = Table(
    "sightings",
    metadata,
    Column("import_id", ForeignKey("imports.id"), nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("student_id", ForeignKey("students.id"), nullable=False, index=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False),
    PrimaryKeyConstraint("import_id", "row_number"),
)

#: What staff recorded. The username before is kept because the two uploads need it, the e-mail address because a look
#: at one address says nothing of the next; notes are not kept.
results = Table(
    "results",
    metadata,
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("outcome", String, nullable=False),
    Column("date", String(10), nullable=False),
    Column("dated", Boolean, nullable=False),
    Column("old_username", String, nullable=False),
    Column("email", String, nullable=False),
    PrimaryKeyConstraint("student_id", "outcome", "date"),
)

#: One line per student and problem: where it stands, computed from the lines above.
cases = Table(
    "cases",
    metadata,
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("problem", String, nullable=False),
    Column("step", String, nullable=False),
    Column("owner", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("connection", String(40), nullable=False),
    Column("suggestion", String, nullable=False),
    Column("since", String(10), nullable=False),
    Column("waiting_since", String(10), nullable=False),
    PrimaryKeyConstraint("student_id", "problem"),
)

#: Students who could be one of others; never made one by guess. Of many others, the first are kept.
doubts = Table(
    "doubts",
    metadata,
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("other_id", ForeignKey("students.id"), nullable=False),
    PrimaryKeyConstraint("student_id", "other_id"),
)


def _first_tables(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(settings.insert(), [{"name": name, "value": 0} for name in ("version", "last_student", "mark")])


#: What makes a case book of each version one of the next; the first makes the tables of an empty database.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first_tables,)


def migrate(connection: Connection, migrations: Sequence[Callable[[Connection], None]] = MIGRATIONS) -> int:
    """Bring the tables to today's version inside the caller's transaction; return the version found.

    Raises
    ------
    InputError
        If a newer triage-kit wrote the case book, or the database holds something else.
    """
    found = _version(connection)
    if found > len(migrations):
        raise InputError(
            f"The case book has version {found}, this triage-kit knows versions up to {len(migrations)}: "
            "a newer triage-kit wrote it. Update triage-kit on this computer."
        )
    for step in migrations[found:]:
        step(connection)
    if found < len(migrations):
        connection.execute(update(settings).where(settings.c.name == "version").values(value=len(migrations)))
    return found


def mark_changed(connection: Connection) -> None:
    """Give the case book another mark, inside the transaction that changes it."""
    connection.execute(update(settings).where(settings.c.name == "mark").values(value=randbits(31)))


def mark_of(connection: Connection) -> int:
    """Return the case book's mark; while it stays the same, so do the facts."""
    return int(connection.scalar(select(settings.c.value).where(settings.c.name == "mark")) or 0)


def _version(connection: Connection) -> int:
    tables = set(inspect(connection).get_table_names())
    if settings.name not in tables:
        if tables & set(metadata.tables):
            raise InputError("The database holds tables that are not a case book's; give it a database of its own.")
        return 0
    return int(connection.scalar(select(settings.c.value).where(settings.c.name == "version")) or 0)
