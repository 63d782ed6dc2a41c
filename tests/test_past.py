"""Looking at the past: what the weekly round would say, and a case book that stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.test_week import DAYS, FILES, IN_USE, RULES, SCHOOL, TAKEN, counted, fill_in, run, write_file
from triage_kit import School, read_failed_rows, triage
from triage_kit.casebook import Keys, RecordedResult, open_database, record, transaction
from triage_kit.casebook.keeping import forget, students_of
from triage_kit.casebook.schema import metadata
from triage_kit.cli import main
from triage_kit.errors import InputError
from triage_kit.past import RememberedFile, WeekState, change_lines, date_of, day_in_name, look_at_past, waiting_lines
from triage_kit.rulebook import load_rules


def look(path: Path, casebook: str | Path, school: School = SCHOOL) -> WeekState:
    failed = read_failed_rows(path)
    return look_at_past(failed, triage(failed, school, rules=RULES), path, casebook, school=school, rules=RULES)


def contents(casebook: str) -> list[object]:
    """Return all lines of all tables, and for a file its bytes."""
    with transaction(open_database(casebook)) as connection:
        tables = [sorted(map(tuple, connection.execute(select(table)))) for table in metadata.sorted_tables]
    return [*tables, Path(casebook).read_bytes() if "://" not in casebook else b""]


def test_a_look_says_what_the_week_will_say_and_changes_nothing(tmp_path: Path, casebook_place: str) -> None:
    first = run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]), casebook=casebook_place)
    fill_in(first.folder / "to-do" / "worklist.xlsx", {"cyd": "sent", "dee": "added"})
    other = tmp_path / "other"
    other.mkdir()
    run(other, write_file(other, "2026-01-06", {"joe": TAKEN}), casebook=casebook_place, outcomes=[first.folder])
    path = write_file(tmp_path, DAYS[1], FILES[1])
    before = contents(casebook_place)
    looked = look(path, casebook_place)
    assert contents(casebook_place) == before
    week = run(tmp_path, path, casebook=casebook_place).state
    assert looked.table.equals(week.table)
    assert looked.rows.equals(week.rows)
    assert looked.gone.equals(week.gone)
    assert looked.weeks == week.weeks
    assert (looked.date, looked.last_date) == ("2026-01-12", "2026-01-06")
    assert change_lines(looked.changes, looked.last_date) == [
        "Compared with the file of 2026-01-06",
        "       1  new",
        "       1  failed last time too",
        "       5  back again",
    ]
    assert waiting_lines(looked) == ["       1  waiting for: career office (the longest since 2026-01-05)"]


def test_a_file_that_is_recorded_is_seen_as_its_week_saw_it(tmp_path: Path) -> None:
    weeks = [run(tmp_path, write_file(tmp_path, day, rows)) for day, rows in zip(DAYS[:3], FILES[:3], strict=True)]
    looked = look(tmp_path / f"failed_rows_{DAYS[1]}.csv", tmp_path / "casebook.sqlite")
    assert looked.changes.equals(weeks[1].state.changes)
    assert [line.date for line in looked.weeks] == [DAYS[0]]
    assert looked.doubts == ()


def test_a_file_is_looked_at_for_another_school_without_recognising_anybody_anew(tmp_path: Path) -> None:
    first = run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]))
    fill_in(first.folder / "to-do" / "worklist.xlsx", {"cyd": "sent", "dee": "added"})
    run(tmp_path, write_file(tmp_path, DAYS[1], FILES[1]))
    path, casebook = write_file(tmp_path, DAYS[2], FILES[2]), tmp_path / "casebook.sqlite"
    other, failed = School("Other", ["other.edu"]), read_failed_rows(path)
    remembered = RememberedFile(failed, path, casebook, RULES)
    for school in (SCHOOL, other, SCHOOL):
        looked = remembered.look(triage(failed, school, rules=RULES), school)
        anew = look(path, casebook, school)
        assert looked.table.equals(anew.table) and looked.rows.equals(anew.rows)
        assert looked.doubts == anew.doubts


def test_what_others_record_meanwhile_is_noticed_at_the_next_look(tmp_path: Path, casebook_place: str) -> None:
    first = run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]), casebook=casebook_place)
    path = write_file(tmp_path, DAYS[1], FILES[1])
    failed = read_failed_rows(path)
    table = triage(failed, SCHOOL, rules=RULES)
    remembered = RememberedFile(failed, path, casebook_place, RULES)
    assert remembered.look(table, SCHOOL).table["state"].tolist() == ["open"] * 7
    with transaction(open_database(casebook_place)) as connection:
        told = (RecordedResult(Keys("cyd"), "sent", DAYS[0]),)
        record(connection, RULES, recorded=told)
    assert remembered.look(table, SCHOOL).table["state"].tolist().count("waiting") == 1
    with transaction(open_database(casebook_place)) as connection:
        forget(connection, students_of(connection, [Keys("cyd")]))
    assert remembered.look(table, SCHOOL).rows["change"].tolist().count("new") == 2
    run(tmp_path, path, casebook=casebook_place, outcomes=[first.folder])
    assert remembered.look(table, SCHOOL).rows.equals(look(path, casebook_place).rows)


def test_a_look_makes_no_case_book(tmp_path: Path) -> None:
    path = write_file(tmp_path, DAYS[0], FILES[0])
    with pytest.raises(InputError) as error:
        look(path, tmp_path / "none.sqlite")
    assert str(error.value) == "There is no case book none.sqlite yet; “triage-kit week” makes it."
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.postgres
def test_a_look_makes_no_tables_in_a_database(tmp_path: Path, postgres_server: str) -> None:
    from tests.postgres import empty_database

    url = empty_database(postgres_server)
    path = write_file(tmp_path, DAYS[0], FILES[0])
    for _ in range(2):
        with pytest.raises(InputError, match=r"^There is no case book postgres yet"):
            look(path, url)


def test_another_schools_file_is_pointed_out(tmp_path: Path) -> None:
    run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]))
    path = write_file(tmp_path, DAYS[1], {"zoe": IN_USE}, domain="other.edu")
    assert look(path, tmp_path / "casebook.sqlite", School("Other", ["other.edu"])).doubts == (
        "The school's domains are other.edu; so far they were example.edu. A case book is for one school.",
    )


def test_the_uploaded_rows_are_those_that_the_week_was_told(tmp_path: Path) -> None:
    path = write_file(tmp_path, DAYS[0], FILES[0])
    assert counted(run(tmp_path, path, uploaded=400))["new"] == 8
    assert look(path, tmp_path / "casebook.sqlite").uploaded == 400


def test_the_summary_tells_the_past_and_counts_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    first = run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]), uploaded=400)
    fill_in(first.folder / "to-do" / "worklist.xlsx", {"cyd": "sent", "bob": "not-a-student"})
    run(tmp_path, write_file(tmp_path, DAYS[1], FILES[1]))
    path = write_file(tmp_path, DAYS[2], FILES[2])
    assert main(["triage", str(path), "--school-domain", "example.edu", "--casebook", "casebook.sqlite"]) == 0
    printed = capsys.readouterr().out
    assert printed.partition("\n\n")[2].partition("\n\n")[0] == (
        "Compared with the file of 2026-01-12\n"
        "       1  new\n"
        "       6  failed last time too\n"
        "       1  no longer listed\n"
        "       1  waiting for: career office (the longest since 2026-01-05)\n"
        "       1  not settled: new with this file\n"
        "       2  not settled: up to 1 week\n"
        "       3  not settled: 1 to 2 weeks\n"
        "1 of the students who are no longer listed was still to do. "
        "That is no proof of being fixed: a student who left the upload vanishes too."
    )
    assert "1 waits for an answer, 1 is settled." in printed


def test_a_summary_without_its_case_book_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_file(tmp_path, DAYS[0], FILES[0])
    assert main(["triage", str(path), "--casebook", "none.sqlite"]) == 2
    assert capsys.readouterr().err == (
        "triage-kit: There is no case book none.sqlite yet; “triage-kit week” makes it.\n"
    )


@pytest.mark.parametrize(
    "name, day",
    [
        ("failed_rows_2026-03-02.csv", "2026-03-02"),
        ("20260302 failed.csv", "2026-03-02"),
        ("failed_rows_20261302.csv", ""),
        ("failed_rows_2026-02-30.csv", ""),
        ("failed_rows_120260302.csv", ""),
        ("failed_rows.csv", ""),
    ],
)
def test_the_day_in_a_files_name(name: str, day: str) -> None:
    assert day_in_name(Path(name)) == day


def test_a_file_whose_day_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"failed\.csv: the file cannot be read"):
        date_of(tmp_path / "failed.csv")


def test_a_step_that_waits_from_the_start_waits_since_the_problem_began(tmp_path: Path) -> None:
    own = tmp_path / "my_rules.toml"
    own.write_text(
        '[[step]]\nid = "wait-for-it"\ntitle = "Wait for IT"\nowner = "registrar-it"\nstate = "waiting"\n'
        'meaning = "IT works on it."\ninstructions = ["Wait."]\n'
        '[[procedure]]\nid = "ours"\nwhen = [{ kind = ["email-taken"] }]\nwhy = "IT knows."\nstep = "wait-for-it"\n',
        encoding="utf-8",
    )
    rules = load_rules(own)
    run(tmp_path, write_file(tmp_path, DAYS[0], {"ann": TAKEN}), rules=rules)
    week = run(tmp_path, write_file(tmp_path, DAYS[1], {"ann": TAKEN, "": TAKEN}), rules=rules)
    assert week.state.rows["waiting_since"].tolist() == [DAYS[0], DAYS[1]]
    assert "5 January 2026" in (week.folder / "overview.html").read_text(encoding="utf-8")
