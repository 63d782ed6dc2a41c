"""The case book's two databases: opened, brought up to date, shared by several writers, killed in the middle."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, event, insert, select, text, update

from triage_kit.casebook import (
    SYNC,
    Keys,
    RecordedResult,
    RefusedFile,
    looking,
    open_database,
    record,
    table_of,
    transaction,
)
from triage_kit.casebook.keeping import check, count_lines
from triage_kit.casebook.schema import MIGRATIONS, cases, imports, migrate, results, settings, sightings
from triage_kit.errors import InputError, SettingsError
from triage_kit.rulebook import load_rules

RULES = load_rules()


def triaged(kinds: list[str]) -> pd.DataFrame:
    """Return a triage table of rows whose addresses are the school's, before any result."""
    decided = [
        RULES.decide(kind=kind, origin="", domain_kind="own-school", connection="unknown", group="small")
        for kind in kinds
    ]
    return pd.DataFrame(
        {
            "kind": kinds,
            "origin": "",
            "domain_kind": "own-school",
            "step": [decision.step for decision in decided],
            "if_refused": [decision.if_refused for decision in decided],
            "rule": [decision.rule for decision in decided],
        },
        index=pd.RangeIndex(1, len(kinds) + 1, name="row_number"),
        dtype="category",
    )


def week(date: str, *who: str, kind: str = "email-taken", purpose: str = SYNC, content: str = "") -> RefusedFile:
    """Return a file that refuses these usernames, all for the same reason."""
    keys = table_of(Keys(username=name, email=f"{name}@example.edu") for name in who)
    content = sha256(f"{date} {who} {kind} {content}".encode()).hexdigest()
    return RefusedFile(purpose, content, date, triaged([kind] * len(who)), keys)


def keep(engine: Engine, *files: RefusedFile, recorded: tuple[RecordedResult, ...] = ()) -> None:
    """Record files one after the other, each in a transaction of its own."""
    for file in files:
        with transaction(engine) as connection:
            record(connection, RULES, week=file, recorded=recorded)


def lines(engine: Engine) -> dict[str, int]:
    with transaction(engine) as connection:
        return count_lines(connection)


def states(engine: Engine) -> list[tuple[int, str, str]]:
    with transaction(engine) as connection:
        found = select(cases.c.student_id, cases.c.problem, cases.c.state).order_by(cases.c.student_id)
        return [tuple(row) for row in connection.execute(found)]


def test_the_longest_key_can_be_kept(casebook_place: str) -> None:
    longest = "".join(chr(0x20000 + (place * 7919) % 40_000) for place in range(500))  # four bytes each, none alike
    engine = open_database(casebook_place)
    keep(engine, replace(week("2026-03-02", "ann"), who=table_of([Keys(username=longest, card=longest)])))
    assert lines(engine)["keys"] == 2


# --- opening --------------------------------------------------------------------------------------------------------


def test_a_new_case_book_is_made_empty_and_sound(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    with transaction(engine) as connection:
        assert check(connection, RULES) == []
        assert count_lines(connection) == {
            "casebook": 3,
            "imports": 0,
            "students": 0,
            "cases": 0,
            "decisions": 0,
            "doubts": 0,
            "keys": 0,
            "results": 0,
            "sightings": 0,
        }


def test_opening_again_changes_nothing(casebook_place: str) -> None:
    keep(open_database(casebook_place), week("2026-01-06", "sample1", "sample2"))
    assert lines(open_database(casebook_place)) == lines(open_database(casebook_place))
    assert states(open_database(casebook_place)) == [(1, "email-taken", "open"), (2, "email-taken", "open")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_new_file_may_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    open_database(tmp_path / "office" / "casebook.sqlite")
    assert (tmp_path / "office" / "casebook.sqlite").stat().st_mode & 0o077 == 0


def test_an_older_case_book_is_brought_to_the_version_of_the_day(casebook_place: str) -> None:
    extra = Table("extra", MetaData(), Column("id", Integer, primary_key=True))
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1"))
    with transaction(engine) as connection:
        assert migrate(connection, (*MIGRATIONS, extra.create)) == 1
        assert migrate(connection, (*MIGRATIONS, extra.create)) == 2
        assert connection.scalar(select(settings.c.value).where(settings.c.name == "version")) == 2
        assert connection.execute(select(extra)).all() == []
    assert states(engine) == [(1, "email-taken", "open")]


def test_a_step_to_the_next_version_that_fails_leaves_the_case_book_as_it_was(casebook_place: str) -> None:
    def half(connection: Connection) -> None:
        Table("extra", MetaData(), Column("id", Integer, primary_key=True)).create(connection)
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1"))
    with pytest.raises(InputError), transaction(engine) as connection:
        migrate(connection, (*MIGRATIONS, half))
    with transaction(engine) as connection:
        assert migrate(connection) == 1
        assert check(connection, RULES) == []


def test_a_case_book_of_a_newer_triage_kit_is_left_alone(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    with transaction(engine) as connection:
        connection.execute(update(settings).where(settings.c.name == "version").values(value=9))
    with pytest.raises(InputError, match="version 9, this triage-kit knows versions up to 1: a newer triage-kit"):
        open_database(casebook_place)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "casebook.sqlite"
    place.write_text("username,Result\n" * 100, encoding="utf-8")
    with pytest.raises(InputError, match=r"casebook\.sqlite: not a case book, and not a database at all"):
        open_database(place)
    assert place.read_text(encoding="utf-8").startswith("username,Result")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "other.sqlite"
    engine = open_database(place)
    with transaction(engine) as connection:
        connection.execute(text("DROP TABLE casebook"))
    with pytest.raises(InputError, match="holds tables that are not a case book's"):
        open_database(place)


@pytest.mark.parametrize(
    "place, message",
    [
        pytest.param("mysql://host/casebook", "SQLite or PostgreSQL; the address names mysql", id="another database"),
        pytest.param("postgresql://host:port/casebook", "not of the form postgresql://", id="no address"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_to_be_so(place: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        open_database(place)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(InputError) as caught:
        open_database("postgresql://clerk:secret-word@127.0.0.1:1/casebook")
    assert "127.0.0.1, database casebook could not be reached" in str(caught.value)
    assert "secret-word" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_no_error_shows_a_students_value(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "canary-student"))
    with pytest.raises(InputError) as caught, transaction(engine) as connection:
        connection.execute(text("INSERT INTO keys SELECT * FROM keys"))
    assert "canary" not in str(caught.value)
    assert "Nothing was changed" in str(caught.value)


# --- looking --------------------------------------------------------------------------------------------------------


@pytest.fixture
def for_all_to_see() -> Iterator[Path]:
    """A folder that others may enter too: a test may become one of them."""
    with tempfile.TemporaryDirectory(prefix="triage-kit-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        Path(folder).chmod(0o755)


@contextlib.contextmanager
def without_the_rights_of_an_administrator() -> Iterator[None]:
    """Be nobody for a while, if we are the administrator: file modes mean nothing to one."""
    administrator = os.geteuid() == 0
    if administrator:
        os.seteuid(65534)
    try:
        yield
    finally:
        if administrator:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_case_book_that_must_not_be_written_to_can_be_looked_at(for_all_to_see: Path) -> None:
    place = for_all_to_see / "casebook.sqlite"
    keep(open_database(place), week("2026-01-06", "sample1"))
    place.chmod(0o444)
    for_all_to_see.chmod(0o555)
    before = place.read_bytes()
    with without_the_rights_of_an_administrator():
        with looking(place) as connection:
            record(connection, RULES, week=week("2026-01-13", "sample1", "sample2"))
            assert count_lines(connection)["students"] == 2
        with pytest.raises(InputError, match=r"casebook\.sqlite: the case book cannot be written to"):
            keep(open_database(place), week("2026-01-13", "sample2"))
    assert place.read_bytes() == before and list(for_all_to_see.iterdir()) == [place]


def test_a_look_leaves_no_trace(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1"))
    with looking(casebook_place) as connection:
        record(connection, RULES, week=week("2026-01-13", "sample1", "sample2"))
        assert count_lines(connection)["students"] == 2
    assert lines(engine)["students"] == 1


def test_a_file_is_looked_at_while_somebody_else_writes_in_it(tmp_path: Path) -> None:
    place = tmp_path / "casebook.sqlite"
    engine = open_database(place)
    with transaction(engine) as writing:
        record(writing, RULES, week=week("2026-01-06", "sample1"))
        with looking(place) as connection:
            assert count_lines(connection)["students"] == 0
    assert lines(engine)["students"] == 1


def test_a_look_does_not_wait_for_ever(casebook_place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage_kit.casebook.database.SHORT_WAIT_SECONDS", 0)
    engine = open_database(casebook_place)
    with transaction(engine) as writing:
        if engine.dialect.name == "sqlite":  # as when it has more to write than its memory holds
            writing.execute(text("COMMIT"))
            writing.execute(text("BEGIN EXCLUSIVE"))
        with (
            pytest.raises(InputError, match="somebody else is writing in the case book; try again when they"),
            looking(casebook_place),
        ):
            pass
    with looking(casebook_place) as connection:
        assert count_lines(connection)["students"] == 0


# --- once, and only once --------------------------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    added = (RecordedResult(Keys("sample1"), "student-asked", "2026-01-07"),)
    keep(engine, week("2026-01-06", "sample1", "sample2"), recorded=added)
    before = lines(engine), states(engine)
    keep(engine, week("2026-01-06", "sample1", "sample2"), recorded=added)
    assert (lines(engine), states(engine)) == before


def test_a_row_number_is_not_a_student(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1", "sample2"), week("2026-01-13", "sample2"))
    with transaction(engine) as connection:
        found = select(sightings.c.import_id, sightings.c.row_number, sightings.c.student_id)
        assert sorted(tuple(row) for row in connection.execute(found)) == [(1, 1, 1), (1, 2, 2), (2, 1, 2)]


def test_an_old_username_that_was_filled_in_later_is_kept(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    for old_username in ("", "old1", ""):
        found = (RecordedResult(Keys("sample1"), "both-changed", "2026-01-07", old_username=old_username),)
        keep(engine, week("2026-01-06", "sample1", kind="username-taken"), recorded=found)
    with transaction(engine) as connection:
        assert connection.execute(select(results.c.outcome, results.c.old_username)).all() == [("both-changed", "old1")]


def test_an_old_username_without_a_result_belongs_to_the_last_result_of_its_day_or_before(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    who = Keys("sample1")
    told = (
        RecordedResult(who, "both-changed", "2026-01-07"),
        RecordedResult(who, "sent", "2026-01-14", old_username="old2"),
        RecordedResult(who, "", "2026-01-08", old_username="old1"),
    )
    keep(engine, week("2026-01-06", "sample1", kind="username-taken"), recorded=told)
    with transaction(engine) as connection:
        found = connection.execute(select(results.c.outcome, results.c.old_username).order_by(results.c.date))
        assert [tuple(line) for line in found] == [("both-changed", "old1"), ("sent", "old2")]


def test_an_old_username_filled_in_beside_a_result_without_a_date_is_kept(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    for day, old_username in (("2026-01-06", ""), ("2026-01-13", "old1")):
        told = (RecordedResult(Keys("sample1"), "both-changed", read_for=day, old_username=old_username),)
        keep(engine, week(day, "sample1", kind="username-taken"), recorded=told)
    with transaction(engine) as connection:
        assert connection.execute(select(results.c.date, results.c.old_username)).all() == [("2026-01-06", "old1")]


# --- two writers ----------------------------------------------------------------------------------------------------


def test_several_writers_at_once_lose_nothing(casebook_place: str) -> None:
    open_database(casebook_place)
    files = [week(f"2026-01-{day:02}", f"own{day}", "shared") for day in range(10, 22)]
    errors: list[BaseException] = []
    start = threading.Barrier(4)

    def write(some: list[RefusedFile]) -> None:
        try:
            engine = open_database(casebook_place)
            start.wait()
            keep(engine, *some)
        except BaseException as error:  # handed to the test below
            errors.append(error)

    writers = [threading.Thread(target=write, args=(files[part::4],)) for part in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    found = lines(open_database(casebook_place))
    assert {name: found[name] for name in ("imports", "students", "sightings", "cases")} == {
        "imports": 12,
        "students": 13,
        "sightings": 24,
        "cases": 13,
    }


def test_writers_of_the_same_file_record_it_once(casebook_place: str) -> None:
    start = threading.Barrier(4)
    errors: list[BaseException] = []

    def write() -> None:
        try:
            start.wait()
            keep(open_database(casebook_place), week("2026-01-06", "sample1", "sample2"))
        except BaseException as error:  # handed to the test below
            errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    found = lines(open_database(casebook_place))
    assert (found["imports"], found["students"], found["sightings"], found["cases"]) == (1, 2, 2, 2)


# --- killed in the middle -------------------------------------------------------------------------------------------


def write_and_die(place: str, write: int) -> None:
    """Record a second week, and be killed just before the given write, the last of which is the commit."""
    engine = open_database(place)
    count = 0

    def die(*details: object) -> None:
        nonlocal count
        count += len(details) == 1 or str(details[2]).startswith(("INSERT", "UPDATE", "DELETE"))
        if count == write:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", die)
    event.listen(engine, "commit", die)
    recorded = (RecordedResult(Keys("sample1"), "added", "2026-01-07"),)
    keep(engine, week("2026-01-13", "sample2", "sample3"), recorded=recorded)


@pytest.mark.skipif(os.name == "nt", reason="processes are killed otherwise there")
def test_a_kill_before_any_write_leaves_the_last_good_state(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1", "sample2"))
    before = lines(engine), states(engine)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "triage_kit.casebook", "sqlalchemy.dialects.postgresql.psycopg"])
    deaths = 0
    for write in range(1, 40):
        process = context.Process(target=write_and_die, args=(casebook_place, write))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        deaths += 1
        assert (lines(engine), states(engine)) == before
        with transaction(engine) as connection:
            assert check(connection, RULES) == []
    assert deaths == 11
    assert states(engine) == [(1, "email-taken", "done"), (2, "email-taken", "open"), (3, "email-taken", "open")]


# --- soundness ------------------------------------------------------------------------------------------------------


def test_a_change_by_hand_is_found(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1", "sample2"))
    with transaction(engine) as connection:
        connection.execute(update(cases).where(cases.c.student_id == 1).values(state="done"))
        connection.execute(update(imports).values(rows=1))
        assert check(connection, RULES) == [
            "1 files have more refused rows than they had lines.",
            "1 cases do not stand where their history says; “casebook check --mend” computes them anew.",
        ]


def test_results_of_an_outcome_that_the_rules_no_longer_know_move_nobody(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1"))
    with transaction(engine) as connection:
        line = {"student_id": 1, "outcome": "gone", "date": "2026-01-07", "dated": True}
        connection.execute(insert(results).values(line | {"old_username": "", "email": ""}))
        record(connection, RULES, week=week("2026-01-06", "sample1"))
    assert states(engine) == [(1, "email-taken", "open")]
