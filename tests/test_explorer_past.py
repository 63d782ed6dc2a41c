"""The explorer with a case book: what changed since last time, what waits, and results that go into it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from tests.test_week import DAYS, FILES, SCHOOL, TAKEN, fill_in, run, write_file
from triage_kit.casebook import looking, open_database, transaction
from triage_kit.casebook.keeping import count_lines
from triage_kit.commands import week as week_command
from triage_kit.explorer import Explorer
from triage_kit.explorer.control import CASEBOOK
from triage_kit.explorer.exploration import Memory, open_exploration, with_school
from triage_kit.explorer.recording import Result, Written, add_results, offered_outcomes
from triage_kit.explorer.remembered import recorded_results
from triage_kit.week import Week


@pytest.fixture
def first_week(tmp_path: Path) -> Week:
    """A case book that has seen one week, and whose results of that week are filled in."""
    week = run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]))
    fill_in(week.folder / "to-do" / "worklist.xlsx", {"cyd": "sent", "dee": "added"})
    return week


@pytest.fixture
def panel(tmp_path: Path, first_week: Week) -> Explorer:
    """The panel at the second week's file, which the case book has seen too."""
    path = write_file(tmp_path, DAYS[1], FILES[1])
    run(tmp_path, path)
    return Explorer(path, school_domains=SCHOOL.domains)


def row_of(panel: Explorer, username: str) -> int:
    column = panel.control.opened.failed.column("username")
    return int(column.index[column == username][0])


def listed(panel: Explorer) -> list[str]:
    """Return the usernames in the students' table."""
    place = [column["name"] for column in panel.students.table.columns].index("Username")
    return [line["cells"][place] for line in panel.students.table.lines]


def results_in(folder: Path) -> tuple[int, int]:
    """Return how many results the case book has, and how many the file."""
    with looking(folder / CASEBOOK) as connection:
        return count_lines(connection)["results"], len(pd.read_csv(folder / "results.csv"))


def test_it_is_said_what_changed_and_what_waits_since_when(panel: Explorer) -> None:
    assert panel.past.view.layout.display == ""
    assert "Compared with the file of 5 January 2026; this one is of 12 January 2026." in panel.past.answer.value
    assert [line["cells"] for line in panel.past.changes.lines] == [
        ["new", 1],
        ["failed last time too", 4],
        ["moved to another problem", 1],
        ["back again", 1],
        ["no longer listed", 2],
    ]
    assert [line["cells"] for line in panel.past.waiting.lines] == [["career office", 1, "5 January 2026"]]


def test_a_change_narrows_and_has_a_chip(panel: Explorer) -> None:
    panel.past.changes.opened = "again"
    assert listed(panel) == ["bob", "cyd", "gus", "joe"]
    chip = panel.problems.chips.children[1]
    assert chip.description == "Last time: failed last time too  ✕"
    assert panel.problems.change.value == "again"
    chip.click()
    assert len(listed(panel)) == 7 and panel.past.changes.opened == ""


def test_what_waits_narrows_to_its_students_and_back(panel: Explorer) -> None:
    panel.past.waiting.opened = "career-office"
    assert listed(panel) == ["cyd"]
    panel.past.waiting.opened = ""
    assert len(listed(panel)) == 7


def test_those_who_are_no_longer_listed_are_shown_with_where_they_stood(panel: Explorer) -> None:
    assert panel.past.gone.layout.display == "none"
    panel.past.changes.opened = "gone"
    assert panel.past.gone.layout.display == ""
    assert sorted(line["cells"][0] for line in panel.past.gone.lines) == ["ann", "eve"]
    assert {line["cells"][5] for line in panel.past.gone.lines} == {"5 January 2026"}
    assert len(listed(panel)) == 7  # nobody in this file is meant
    panel.past.changes.opened = "new"
    assert panel.past.gone.layout.display == "none" and listed(panel) == ["kim"]


def test_an_opened_student_shows_since_when_for_whom_and_what_was_recorded(panel: Explorer) -> None:
    panel.students.table.opened = str(row_of(panel, "cyd"))
    shown = panel.students.detail.value
    assert "<dt>Compared with last time</dt><dd>failed last time too, since 5 January 2026</dd>" in shown
    assert "<dt>Waiting for</dt><dd>career office, since 5 January 2026</dd>" in shown
    assert "<dt>Recorded</dt><dd>5 January 2026: File uploaded, result not known yet</dd>" in shown


def test_the_students_table_tells_the_same(panel: Explorer) -> None:
    names = [column["name"] for column in panel.students.table.columns]
    line = next(line["cells"] for line in panel.students.table.lines if "cyd" in line["cells"])
    told = dict(zip(names, line, strict=True))
    assert told["Last time"] == "failed last time too, since 5 January 2026"
    assert (told["State"], told["Waiting since"]) == ("waiting", "since 5 January 2026")


def test_results_go_into_the_case_book_and_of_whom_it_does_not_know_into_the_file(
    tmp_path: Path, first_week: Week
) -> None:
    path = write_file(tmp_path, DAYS[1], FILES[1])
    panel = Explorer(path, school_domains=SCHOOL.domains)  # no weekly round has seen this file
    rows = [row_of(panel, "bob"), row_of(panel, "kim")]
    assert panel.control.record(rows, Result("refused-connected-elsewhere")) == Written(in_casebook=1, in_file=1)
    with transaction(open_database(tmp_path / CASEBOOK)) as connection:
        assert count_lines(connection)["results"] == 1
    assert "kim" in (tmp_path / "results.csv").read_text(encoding="utf-8")
    connections = panel.control.opened.table.loc[rows, "connection"].astype("str").tolist()
    assert connections == ["connected-elsewhere", "connected-elsewhere"]
    taken_over = run(tmp_path, path, outcomes=[tmp_path / "results.csv", first_week.folder])
    told = taken_over.state.table.loc[rows].astype("str")
    assert told.equals(panel.control.opened.table.loc[rows].astype("str"))


def test_it_is_said_where_results_went(tmp_path: Path, first_week: Week) -> None:
    panel = Explorer(write_file(tmp_path, DAYS[1], FILES[1]), school_domains=SCHOOL.domains)
    section = panel.students
    section.table.ticked = [str(row_of(panel, name)) for name in ("bob", "kim")]
    assert section.form.note.layout.display == "none"  # a case book keeps no notes
    section.form.result.value = "added"
    section.form.record.click()
    said = section.message.value
    assert "Recorded for 1 student in the case book and for 1 student in results.csv." in said
    assert "takes over what stands in results.csv" in said


def test_neither_place_has_a_result_that_the_other_cannot_take(tmp_path: Path, first_week: Week) -> None:
    panel = Explorer(write_file(tmp_path, DAYS[1], FILES[1]), school_domains=SCHOOL.domains)
    (tmp_path / "results.csv").write_text("username,result,colour\nann,sent,blue\n", encoding="utf-8")
    section = panel.students
    section.table.ticked = [str(row_of(panel, name)) for name in ("bob", "kim")]
    section.form.result.value = "added"
    section.form.record.click()
    assert "results.csv was not written by this panel" in section.message.value
    with transaction(open_database(tmp_path / CASEBOOK)) as connection:
        assert count_lines(connection)["results"] == 0


def test_a_locked_case_book_is_said_and_the_panel_stays_usable(
    panel: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = row_of(panel, "bob")
    outcome = next(iter(offered_outcomes(panel.control.opened, [row])))
    section = panel.students
    section.table.ticked = [str(row)]
    section.form.result.value = outcome
    engine = open_database(tmp_path / CASEBOOK)
    monkeypatch.setattr("triage_kit.explorer.recording.SHORT_WAIT_SECONDS", 0)
    with transaction(engine):
        section.form.record.click()
        assert "somebody else is writing in the case book" in section.message.value
        assert len(listed(panel)) == 7
    section.form.record.click()
    assert "Recorded for 1 student in the case book." in section.message.value


def test_a_file_is_shown_while_somebody_fills_the_case_book_and_its_past_when_they_have_finished(
    panel: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage_kit.casebook.database.SHORT_WAIT_SECONDS", 0)
    with contextlib.closing(sqlite3.connect(tmp_path / CASEBOOK)) as other:
        other.execute("BEGIN EXCLUSIVE")
        again = Explorer(tmp_path / panel.control.opened.path.name, school_domains=SCHOOL.domains)
        assert "somebody else is writing in the case book" in again.file.troubles.value
        assert (again.file.trouble.layout.display, again.past.view.layout.display) == ("", "none")
        assert len(listed(again)) == 7
    again.file.retry.click()
    assert (again.file.trouble.layout.display, again.past.view.layout.display) == ("none", "")


def test_a_commit_that_fails_leaves_the_result_in_neither_place_and_a_second_press_completes_it(
    tmp_path: Path, first_week: Week, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage_kit.explorer.recording.SHORT_WAIT_SECONDS", 0)
    panel = Explorer(write_file(tmp_path, DAYS[1], FILES[1]), school_domains=SCHOOL.domains)
    file, section = tmp_path / "results.csv", panel.students
    section.table.ticked = [str(row_of(panel, name)) for name in ("bob", "kim")]
    section.form.result.value = "added"
    with contextlib.closing(sqlite3.connect(tmp_path / CASEBOOK)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM results").fetchall()  # who reads lets others write, but not commit
        section.form.record.click()
        assert "somebody else is writing in the case book" in section.message.value
        assert not file.exists()
    section.form.record.click()
    assert "Recorded for 1 student in the case book and for 1 student in results.csv." in section.message.value
    assert results_in(tmp_path) == (1, 1)


def test_a_result_that_stands_in_one_place_already_is_completed_and_not_doubled(
    tmp_path: Path, first_week: Week
) -> None:
    panel = Explorer(write_file(tmp_path, DAYS[1], FILES[1]), school_domains=SCHOOL.domains)
    told = Result("added")
    panel.control.record([row_of(panel, "kim")], told)  # as if it had ended between the file and the case book
    assert results_in(tmp_path) == (0, 1)
    add_results(panel.control.memory, panel.control.opened, [row_of(panel, name) for name in ("bob", "kim")], told)
    assert results_in(tmp_path) == (1, 1)


@pytest.mark.parametrize(
    "name, said",
    [
        pytest.param(CASEBOOK, "casebook.sqlite: not a case book", id="case book"),
        pytest.param("results.csv", "results.csv: expected a column “Result”", id="results file"),
    ],
)
def test_what_cannot_be_followed_is_said_and_the_file_is_shown_still(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_text("nothing of ours\n" * 100, encoding="utf-8")
    panel = Explorer(write_file(tmp_path, DAYS[0], FILES[0]), school_domains=SCHOOL.domains)
    assert said in panel.file.troubles.value and "not followed here" in panel.file.troubles.value
    assert panel.students.table.note == "All 8 rows shown"
    assert panel.past.view.layout.display == "none"


def test_the_past_stays_when_the_file_is_moved_away_and_another_school_chosen(tmp_path: Path, first_week: Week) -> None:
    path = write_file(tmp_path, DAYS[1], FILES[1]).rename(tmp_path / "failed.csv")
    memory = Memory(tmp_path / "results.csv", str(tmp_path / CASEBOOK))
    opened = open_exploration(path, memory=memory, domains=tuple(SCHOOL.domains))
    path.unlink()
    after = with_school(opened, SCHOOL, memory=memory)
    assert after.past is not None and after.table.equals(opened.table)
    assert after.troubles == ()


def test_a_case_book_can_be_named(tmp_path: Path, first_week: Week) -> None:
    apart = tmp_path / "apart"
    apart.mkdir()
    path = write_file(apart, DAYS[1], FILES[1])
    assert Explorer(path, school_domains=SCHOOL.domains).control.opened.past is None
    named = Explorer(path, school_domains=SCHOOL.domains, casebook=tmp_path / CASEBOOK)
    assert [line["id"] for line in named.past.changes.lines] == ["new", "again", "moved", "gone"]


def test_the_case_book_in_the_folder_is_called_as_the_weekly_round_calls_it() -> None:
    assert CASEBOOK == week_command.CASEBOOK


def test_folder_and_report_know_the_past(panel: Explorer, tmp_path: Path) -> None:
    panel.writing.to_do.click()
    assert "7 rows =" in panel.writing.written.value
    panel.writing.report.click()
    assert "failed last time too" in (tmp_path / "reports" / "report.html").read_text(encoding="utf-8")


def test_a_line_that_only_fills_in_an_old_username_is_no_result_of_the_student(tmp_path: Path) -> None:
    path = write_file(tmp_path, DAYS[0], {"ann": TAKEN})
    lines = "username,result,old_username,date\nann,added,,2026-01-05\nann,,ann1,2026-01-06\n"
    (tmp_path / "results.csv").write_text(lines, encoding="utf-8")
    opened = Explorer(path, school_domains=SCHOOL.domains).control.opened
    assert recorded_results(opened, 1) == ["5 January 2026: Added to our school"]


def test_a_result_that_could_not_be_read_is_said_beside_a_case_book_too(tmp_path: Path, first_week: Week) -> None:
    path = write_file(tmp_path, DAYS[1], FILES[1])
    (tmp_path / "results.csv").write_text("username,result\nbob,asked her\n", encoding="utf-8")
    panel = Explorer(path, school_domains=SCHOOL.domains)
    assert panel.control.opened.troubles == (
        "results.csv, line 2: the result is none that the kit knows; choose one from the work list's drop-down.",
    )
