"""Looking after the case book: export, forget, check; and what looks wrong about a file before it is recorded."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.test_casebook_database import RULES, keep, lines, states, triaged, week
from triage_kit.casebook import (
    SYNC,
    Keys,
    RecordedResult,
    RefusedFile,
    open_database,
    read_imports,
    record,
    table_of,
    transaction,
)
from triage_kit.casebook.keeping import check, export_cases, forget, last_known_dates, mend, students_of
from triage_kit.casebook.schema import cases, metadata
from triage_kit.casebook.weeks import cautions
from triage_kit.cli import main


def test_the_export_tells_each_case_in_words(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    asked = RecordedResult(Keys("sample1"), "refused-connected-elsewhere", "2026-01-07")
    keep(engine, week("2026-01-06", "sample1"), recorded=(asked,))
    keep(engine, week("2026-01-13", "sample1"))
    with transaction(engine) as connection:
        (case,) = export_cases(connection, RULES).to_dict("records")
    assert case == {
        "username": "sample1",
        "email_address": "sample1@example.edu",
        "card_id": "",
        "problem": "E-mail address is taken",
        "next_step": "Ask the student, then write to Handshake Support",
        "who": "career office",
        "state": "to do",
        "where_the_account_is": "connected to another school",
        "suggestion": "",
        "since": "2026-01-06",
        "waiting_since": "",
        "first_refused": "2026-01-06",
        "last_refused": "2026-01-13",
        "times_refused": "2",
        "results": "2026-01-07 Refused: connected to another school",
        "could_be_the_same_as": "",
    }


def test_students_who_could_be_the_same_stand_beside_each_other_in_the_export(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1", "sample2"))
    mixed = RefusedFile(
        SYNC, "x", "2026-01-13", triaged(["email-taken"]), table_of([Keys("sample1", "sample2@example.edu")])
    )
    keep(engine, mixed)
    with transaction(engine) as connection:
        assert export_cases(connection, RULES)["could_be_the_same_as"].tolist() == ["", "", "sample1; sample2"]


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(Keys(username="sample1"), id="by username"),
        pytest.param(Keys(email="sample1@example.edu"), id="by address"),
    ],
)
def test_a_forgotten_student_is_in_no_table_and_does_not_come_back_with_the_old_file(
    casebook_place: str, who: Keys
) -> None:
    engine = open_database(casebook_place)
    added = (RecordedResult(Keys("sample1"), "added", "2026-01-07"),)
    keep(engine, week("2026-01-06", "sample1", "sample2"), recorded=added)
    with transaction(engine) as connection:
        assert forget(connection, students_of(connection, [who])) == 1
        for table in metadata.sorted_tables:
            assert "sample1" not in str(connection.execute(table.select()).all())
        assert check(connection, RULES) == []
    keep(engine, week("2026-01-06", "sample1", "sample2"))
    assert states(engine) == [(2, "email-taken", "open")]


def test_the_file_itself_holds_no_trace_of_a_forgotten_student(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "casebook.sqlite")
    keep(engine, week("2026-01-06", "canarystudent", "sample2"))
    assert b"canarystudent" in (tmp_path / "casebook.sqlite").read_bytes()
    with transaction(engine) as connection:
        forget(connection, students_of(connection, [Keys("canarystudent")]))
    assert [path.name for path in tmp_path.iterdir()] == ["casebook.sqlite"]
    assert b"canarystudent" not in (tmp_path / "casebook.sqlite").read_bytes()


def test_a_number_is_never_given_to_a_second_student(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1"))
    with transaction(engine) as connection:
        forget(connection, [1])
    keep(engine, week("2026-01-13", "sample2"))
    assert states(engine) == [(2, "email-taken", "open")]


def test_the_last_date_counts_files_and_results(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    added = (RecordedResult(Keys("sample1"), "added", "2026-02-01"),)
    keep(engine, week("2026-01-06", "sample1", "sample2"), recorded=added)
    with transaction(engine) as connection:
        assert last_known_dates(connection) == {1: "2026-02-01", 2: "2026-01-06"}


def test_cases_that_were_changed_by_hand_are_mended_from_their_history(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    keep(engine, week("2026-01-06", "sample1", "sample2"))
    with transaction(engine) as connection:
        connection.execute(cases.update().values(state="done"))
        assert len(check(connection, RULES)) == 1
        mend(connection, RULES)
        assert check(connection, RULES) == []


def test_the_least_is_kept(casebook_place: str) -> None:
    engine = open_database(casebook_place)
    kept = {table.name: sorted(table.columns.keys()) for table in metadata.sorted_tables}
    assert kept["keys"] == ["kind", "student_id", "value"]
    assert kept["sightings"] == ["decision_id", "import_id", "row_number", "student_id"]
    assert kept["decisions"] == ["domain_kind", "id", "if_refused", "origin", "problem", "rule", "step"]
    assert kept["results"] == ["date", "dated", "email", "old_username", "outcome", "student_id"]
    assert lines(engine)["students"] == 0


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a case book of two students, one of whom was last heard of in autumn."""
    monkeypatch.chdir(tmp_path)
    keep(open_database("casebook.sqlite"), week("2025-09-01", "autumn"), week("2026-01-06", "sample1"))
    return tmp_path / "casebook.sqlite"


@pytest.mark.parametrize(
    "arguments, code, printed",
    [
        pytest.param(["check"], 0, "2 students, 2 cases, 2 files, 0 results.\nThe case book is sound.\n", id="check"),
        pytest.param(
            ["export"], 0, "Written: casebook.csv (2 cases; names inside: for the office only)\n", id="export"
        ),
        pytest.param(
            ["forget", "--before", "2026-01-01"],
            0,
            "1 student would be forgotten. Nothing was changed; add --yes to do it.\n",
            id="forget only says how many",
        ),
        pytest.param(
            ["forget", "--student", " Sample1@EXAMPLE.edu", "--before", "2026-01-01", "--yes"],
            0,
            "Forgotten: 2 students. Folders and files of earlier weeks still name them.\n",
            id="forget",
        ),
        pytest.param(
            ["forget", "--student", "nobody@example.edu", "--student", "sample1"],
            0,
            "1 ID fits nobody in the case book: check the spelling.\n"
            "1 student would be forgotten. Nothing was changed; add --yes to do it.\n",
            id="forget says that an ID fits nobody",
        ),
        pytest.param(
            ["check", "--mend"], 0, "2 students, 2 cases, 2 files, 0 results.\nThe case book is sound.\n", id="mend"
        ),
    ],
)
def test_the_command_does_what_it_says(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, printed: str
) -> None:
    assert main(["casebook", *arguments]) == code
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    "arguments, message",
    [
        pytest.param(["forget"], "Say whom to forget", id="nobody named"),
        pytest.param(
            ["check", "--casebook", "other.sqlite"], "There is no case book other.sqlite here", id="not there"
        ),
        pytest.param(
            ["forget", "--before", "1.9.2025"], "has to be written like 2026-03-02", id="a date of another form"
        ),
    ],
)
def test_the_command_says_what_is_missing(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["casebook", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (place.parent / "other.sqlite").exists()


# --- the wrong file -------------------------------------------------------------------------------------------------


def file_of(
    date: str, rows: int, *, own: int | None = None, domains: tuple[str, ...] = ("example.edu",)
) -> RefusedFile:
    table = triaged(["email-taken"] * rows)
    own = rows if own is None else own
    table["domain_kind"] = pd.Series(["own-school"] * own + ["other-school"] * (rows - own), table.index, "category")
    keys = table_of(Keys(f"sample{number}") for number in range(rows))
    return RefusedFile(SYNC, f"{date} {rows} {own}", date, table, keys, domains)


@pytest.mark.parametrize(
    "file, expected",
    [
        pytest.param(file_of("2026-01-20", 40), [], id="it fits in"),
        pytest.param(file_of("2026-01-20", 21), [], id="smaller, but not much"),
        pytest.param(
            file_of("2026-01-02", 40),
            ["The file is of 2026-01-02, older than the last one in the case book (2026-01-13)."],
            id="older than the last",
        ),
        pytest.param(
            file_of("2026-01-13", 41),
            ["Another file of 2026-01-13 is in the case book already."],
            id="a second of a day",
        ),
        pytest.param(
            file_of("2026-01-20", 12),
            ["The file has 12 rows; usually there are about 40. Is it only a part?"],
            id="small",
        ),
        pytest.param(
            file_of("2026-01-20", 40, own=10),
            ["Only 25% of the rows have an address of our school; last time it was 100%. Is it another school's file?"],
            id="another school's addresses",
        ),
        pytest.param(
            file_of("2026-01-20", 40, domains=("other.example",)),
            ["The school's domains are other.example; so far they were example.edu. A case book is for one school."],
            id="another school's settings",
        ),
    ],
)
def test_a_file_that_may_be_wrong_is_pointed_out(tmp_path: Path, file: RefusedFile, expected: list[str]) -> None:
    engine = open_database(tmp_path / "casebook.sqlite")
    keep(engine, file_of("2026-01-06", 40), file_of("2026-01-13", 40))
    with transaction(engine) as connection:
        assert cautions(read_imports(connection), file) == expected
        record(connection, RULES, week=file)
        assert cautions(read_imports(connection), file) == [], "a file that is recorded already is known"


def test_a_known_file_is_not_taken_for_another_schools(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "casebook.sqlite")
    keep(engine, file_of("2026-01-06", 40), file_of("2026-01-13", 40))
    with transaction(engine) as connection:
        assert cautions(read_imports(connection), file_of("2026-01-06", 40, domains=("other.example",))) == [
            "The school's domains are other.example; so far they were example.edu. A case book is for one school."
        ]
