"""The weekly loop, told in stories: invented schools, staff who do right, wrong and late things, numbers by hand."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from triage_kit import School, read_failed_rows
from triage_kit.casebook import open_database, transaction
from triage_kit.casebook.keeping import check, count_lines, export_cases
from triage_kit.cli import main
from triage_kit.errors import InputError
from triage_kit.rulebook import load_rules
from triage_kit.week import DoubtfulFileError, Week, run_week

SCHOOL = School("Example University", ["example.edu"])
RULES = load_rules()
TAKEN = '{"email_address":["has already been taken"]}'
IN_USE = '{"email_address":["is already in use"]}'
MISSING = '{"last_name":["can\'t be blank"]}'
Rows = Mapping[str, str]


def own_username(name: str) -> str:
    return f'{{"errors":["Attempted to update username from {name}@example.edu to {name}"]}}'


def write_file(folder: Path, day: str, rows: Rows, *, domain: str = "example.edu", stem: str = "failed_rows") -> Path:
    """Write a failed-rows file; a name such as ``kim2=kim`` is a new username on the old address."""
    lines = ["username,email_address,first_name,card_id,status,response"]
    for name, answer in rows.items():
        username, _, address = name.partition("=")
        quoted = answer.replace('"', '""')
        email = f"{address or username}@{domain}" if username else ""
        lines.append(f'{username},{email},Name,,failed,"{quoted}"')
    path = folder / f"{stem}_{day}.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def run(folder: Path, path: Path, *, casebook: str = "", **options: object) -> Week:
    """Run a week in a folder of its own."""
    place = casebook or folder / "casebook.sqlite"
    return run_week(read_failed_rows(path), path, SCHOOL, casebook=place, out=folder / "weeks", **options)  # type: ignore[arg-type]


def fill_in(worklist: Path, results: Mapping[str, str]) -> None:
    """Write results into a work list, as staff do."""
    book = openpyxl.load_workbook(worklist)
    sheet = book["Work list"]
    header = [cell.value for cell in sheet[1]]
    titles = {outcome.id: outcome.title for outcome in RULES.outcomes}
    found = set()
    for row in sheet.iter_rows(min_row=2):
        username = row[header.index("username")].value
        if username in results:
            row[header.index("Result")].value = titles[results[username]]
            found.add(username)
    assert found == set(results)
    book.save(worklist)


def counted(week: Week) -> dict[str, int]:
    """Return the numbers of a week: changes, states, suggestions."""
    changes = dict(zip(week.state.changes["change"], week.state.changes["rows"].tolist(), strict=True))
    states = week.state.table["state"].astype("str").value_counts().to_dict()
    suggested = int((week.state.rows["suggestion"] != "").sum())
    return changes | states | ({"suggested": suggested} if suggested else {})


# --- eight weeks ----------------------------------------------------------------------------------------------------

DAYS = [f"2026-01-{day:02}" for day in (5, 12, 19, 26)] + [f"2026-02-{day:02}" for day in (2, 9, 16, 23)]

#: What was refused each week.
FILES: list[Rows] = [
    {
        "ann": TAKEN, "bob": TAKEN, "cyd": IN_USE, "dee": TAKEN, "eve": own_username("eve"), "fay": TAKEN,
        "gus": TAKEN, "joe": TAKEN,
    },
    {"bob": TAKEN, "cyd": IN_USE, "dee": TAKEN, "fay": IN_USE, "gus": TAKEN, "joe": TAKEN, "kim": TAKEN},
    {"bob": TAKEN, "cyd": IN_USE, "fay": IN_USE, "gus": TAKEN, "joe": TAKEN, "kim": TAKEN, "hal": MISSING},
    {"bob": TAKEN, "cyd": IN_USE, "fay": IN_USE, "joe": TAKEN, "kim2=kim": TAKEN, "": TAKEN},
    {"bob": TAKEN, "cyd": IN_USE, "joe": TAKEN, "kim2=kim": TAKEN, "eve": MISSING, "lou": TAKEN},
    {"bob": TAKEN, "cyd": IN_USE, "joe": TAKEN, "kim2=kim": TAKEN, "eve": MISSING, "dee": TAKEN, "lou": TAKEN},
    {"bob": TAKEN, "cyd": IN_USE, "joe": TAKEN, "lou": TAKEN, "kim2=kim": TAKEN},
    {"cyd": IN_USE, "joe": TAKEN, "kim2=kim": TAKEN},
]  # fmt: skip

#: What staff wrote into each week's work list before the next file came.
RESULTS: list[dict[str, str]] = [
    {"ann": "added", "dee": "added", "cyd": "sent", "eve": "sent"},  # dee: they thought so
    {"bob": "refused-connected-elsewhere", "cyd": "refused-connected-elsewhere", "dee": "added", "fay": "sent"},
    {"bob": "student-asked", "cyd": "student-declined", "hal": "done"},
    {"bob": "student-confirmed", "fay": "updated"},
    {"bob": "sent-to-support", "lou": "added"},
    {"lou": "added", "eve": "done"},  # lou: a list of somebody else says otherwise
    {"bob": "moved", "lou": "added", "kim2": "not-a-student"},
    {},
]

#: The numbers of each week, by hand.
EXPECTED: list[dict[str, int]] = [
    {"new": 8, "open": 8},
    # dee is back although done; fay moved; ann and eve are gone; our own upload of cyd came back
    {"new": 1, "again": 4, "moved": 1, "back": 1, "gone": 2, "open": 7, "suggested": 1},
    {"new": 1, "again": 6, "gone": 1, "open": 6, "waiting": 1},
    # kim has another username; one row has no key at all; bob and fay wait; cyd declined
    {"again": 5, "unknown": 1, "gone": 2, "open": 3, "waiting": 2, "dropped": 1},
    {"new": 1, "again": 4, "back": 1, "gone": 1, "open": 5, "dropped": 1},
    {"again": 5, "back": 2, "open": 5, "waiting": 1, "dropped": 1},
    {"again": 5, "gone": 2, "open": 3, "waiting": 1, "dropped": 1},
    {"again": 3, "gone": 2, "open": 1, "dropped": 2},
]


def prepare(folder: Path, place: int, folders: list[Path]) -> dict[str, object]:
    """Return the options of a week in which something beside the usual happened."""
    if place == 1:
        own = write_file(folder, "2026-01-09", {"cyd": TAKEN}, stem="reupload")
        return {"reuploads": [(read_failed_rows(own), own)]}
    if place == 3:
        fill_in(folders[0] / "to-do" / "worklist.xlsx", {"gus": "added"})  # two weeks late, into the old list
    if place == 6:
        other = folder / "somebody_elses_list.csv"
        other.write_text(f"username,Result,date\nlou,Not our student (any more),{DAYS[5]}\n", encoding="utf-8")
        return {"outcomes": [folders[5], other]}
    return {}


def tell(folder: Path, casebook: str = "") -> Iterator[Week]:
    """Run the eight weeks, each after the staff's week."""
    folders: list[Path] = []
    for place, (day, rows) in enumerate(zip(DAYS, FILES, strict=True)):
        options = prepare(folder, place, folders)
        week = run(folder, write_file(folder, day, rows), casebook=casebook, **options)
        folders.append(week.folder)
        yield week
        fill_in(week.folder / "to-do" / "worklist.xlsx", RESULTS[place])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Week]]:
    """Return the folder of eight weeks, and the weeks."""
    folder = tmp_path_factory.mktemp("office")
    return folder, list(tell(folder))


@pytest.mark.parametrize("place", range(8), ids=[f"week {place}" for place in range(1, 9)])
def test_each_week_has_the_numbers_that_were_written_by_hand(story: tuple[Path, list[Week]], place: int) -> None:
    week = story[1][place]
    assert counted(week) == EXPECTED[place]
    assert week.folder.name == DAYS[place]


def test_the_case_book_knows_everybody_at_the_end(story: tuple[Path, list[Week]]) -> None:
    engine = open_database(story[0] / "casebook.sqlite")
    with transaction(engine) as connection:
        assert check(connection, RULES) == []
        cases = export_cases(connection, RULES)
    told = {(row.username.split("; ")[0], row.problem): (row.state, row.since) for row in cases.itertuples()}
    taken, in_use = RULES.kind("email-taken").title, RULES.kind("email-in-use").title
    assert told[("ann", taken)] == ("done", "2026-01-05")
    assert told[("bob", taken)] == ("done", "2026-01-05")
    assert told[("cyd", in_use)] == ("dropped", "2026-01-05")
    assert told[("dee", taken)] == ("to do", "2026-02-09")
    assert told[("fay", in_use)] == ("done", "2026-01-12")
    assert told[("joe", taken)] == ("to do", "2026-01-05")
    assert told[("kim", taken)] == ("dropped", "2026-01-12")
    assert told[("lou", taken)] == ("done", "2026-02-09")
    assert len(cases) == 13


@pytest.mark.postgres
@pytest.mark.slow
def test_the_same_story_on_postgresql_ends_alike(
    story: tuple[Path, list[Week]], tmp_path: Path, postgres_server: str
) -> None:
    from tests.postgres import empty_database

    url = empty_database(postgres_server)
    assert [counted(week) for week in tell(tmp_path, url)] == EXPECTED
    exports = []
    for place in (str(story[0] / "casebook.sqlite"), url):
        with transaction(open_database(place)) as connection:
            exports.append(export_cases(connection, RULES))
    assert exports[0].equals(exports[1])


def test_vanishing_is_not_called_fixed(story: tuple[Path, list[Week]]) -> None:
    (sentence,) = [line for line in story[1][1].lines if "under way" in line]
    assert sentence == (
        "1 of the students who are no longer listed had something under way (uploaded, asked, sent to Support). "
        "That is no proof of being fixed: a student who left the upload vanishes too. "
        "Look a few of them up in Manage Students."
    )


def test_an_upload_that_came_back_is_a_suggestion(story: tuple[Path, list[Week]]) -> None:
    second = story[1][1]
    row = second.state.table.loc[2]
    assert (row["step"], row["state"], row["connection"]) == ("add-by-email", "open", "unknown")
    assert any("Perhaps these students are connected to another school" in line for line in second.lines)


def test_results_that_exclude_each_other_are_named_by_file_and_line(story: tuple[Path, list[Week]]) -> None:
    reason = (
        "this result does not fit the step at which the student is, or excludes another; the student stays there. To "
        "correct one, give the right result in a list with a later date."
    )
    assert story[1][6].unread == (
        f"2026-02-09/to-do/worklist.xlsx, line 5: {reason}",
        f"somebody_elses_list.csv, line 2: {reason}",
    )


def test_settled_students_are_out_of_the_to_do_folder_and_waiting_ones_in_no_file(
    story: tuple[Path, list[Week]],
) -> None:
    sheet = openpyxl.load_workbook(story[1][3].folder / "to-do" / "worklist.xlsx")["Work list"]
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    columns = [header.index(name) for name in ("username", "State", "File")]
    listed = {tuple(row[column] or "" for column in columns)[:2] for row in rows}
    assert listed == {
        ("joe", "to do"), ("kim2", "to do"), ("", "to do"), ("bob", "waiting"), ("fay", "waiting"),
    }  # fmt: skip
    assert {row[columns[2]] for row in rows if row[columns[1]] == "waiting"} <= {None, ""}


def test_the_work_list_tells_what_was_recorded_so_far(story: tuple[Path, list[Week]]) -> None:
    told = []
    for place in (1, 3):
        sheet = openpyxl.load_workbook(story[1][place].folder / "to-do" / "worklist.xlsx")["Work list"]
        header, *rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
        told.append({row[header.index("username")]: row[header.index("So far")] for row in rows})
    assert told[0]["cyd"] == (
        "2026-01-05 File uploaded, result not known yet "
        "(Perhaps connected to another school: adding by e-mail will tell)"
    )
    assert told[1]["bob"] == (
        "2026-01-12 Refused: connected to another school; 2026-01-19 Student asked, no answer yet"
    )


def test_the_office_has_a_line_for_each_student_who_changed(story: tuple[Path, list[Week]]) -> None:
    path = story[1][3].folder / "changes.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    columns = ["Change", "username", "State", "Since", "Waiting for", "Waiting since"]
    assert [tuple(row) for row in table[columns].itertuples(index=False)] == [
        ("failed last time too", "bob", "waiting", "2026-01-05", "student", "2026-01-19"),
        ("failed last time too", "cyd", "dropped", "2026-01-05", "", ""),
        ("failed last time too", "fay", "waiting", "2026-01-12", "career office", "2026-01-12"),
        ("failed last time too", "joe", "to do", "2026-01-05", "", ""),
        ("failed last time too", "kim2", "to do", "2026-01-12", "", ""),
        ("not recognisable: no username, e-mail address or card ID", "", "to do", "", "", ""),
        ("no longer listed", "gus", "to do", "2026-01-12", "", ""),
        ("no longer listed", "hal", "done", "2026-01-19", "", ""),
    ]


def test_what_may_be_forwarded_names_nobody(story: tuple[Path, list[Week]]) -> None:
    for week in story[1]:
        said = "\n".join([(week.folder / "overview.html").read_text(encoding="utf-8"), *week.lines, *week.unread])
        marks = (week.folder / "week.json").read_text(encoding="utf-8")
        for name in ("bob", "cyd", "kim2", "example.edu"):
            assert name not in said.replace("somebody_elses", "")
            assert name not in marks


def page_tables(page: str) -> dict[str, list[list[str]]]:
    """Return the tables of a page by caption: what stands in each line."""
    tables = {}
    for text in re.findall(r"<table.*?</table>", page, re.DOTALL):
        lines = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL) for line in text.split("<tr>")[1:]]
        cells = [[" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in line] for line in lines]
        tables[re.search("<caption>(.*?)</caption>", text)[1]] = cells  # type: ignore[index]
    return tables


def test_the_page_of_a_week_says_how_long_since_when_and_what_share(tmp_path: Path) -> None:
    answers = dict.fromkeys(("ann", "bob", "cyd", "dee"), TAKEN)
    first = run(tmp_path, write_file(tmp_path, DAYS[0], answers), uploaded=50)
    results = dict.fromkeys(("ann", "bob"), "refused-connected-elsewhere")
    fill_in(first.folder / "to-do" / "worklist.xlsx", results)
    asked = [("ann", "Student asked, no answer yet", DAYS[1]), ("cyd", "Added to our school", DAYS[1])]
    lists = [first.folder, write_list(tmp_path, asked)]
    week = run(tmp_path, write_file(tmp_path, DAYS[3], {**answers, "eve": MISSING}), uploaded=40, outcomes=lists)
    page = (week.folder / "overview.html").read_text(encoding="utf-8")
    assert "5 rows were not imported." in page
    assert "12.5% of the 40 rows that were uploaded." in page
    tables = page_tables(page)
    assert tables["Rows by where they stand"] == [
        ["Where it stands", "The longest waits since", "Rows"],
        ["To do: career office", "", "3"],
        ["To do: registrar or IT", "", "1"],
        ["Waiting for: student", "12 January 2026", "1"],
        ["Total", "", "5"],
    ]
    assert tables["Rows by age"] == [
        ["A problem for", "To do", "Waiting"],
        ["New with this file", "2", "0"],
        ["2 to 4 weeks", "2", "1"],
        ["Total", "4", "1"],
    ]
    assert tables["Rows not imported, file by file, and their share of the upload"] == [
        ["File of", "Rows", "Share"],
        ["5 January 2026", "4", "8.0%"],
        ["26 January 2026", "5", "12.5%"],
    ]


# --- run again, out of order, at once --------------------------------------------------------------------------------


def test_the_same_week_twice_changes_nothing(tmp_path: Path) -> None:
    path = write_file(tmp_path, DAYS[0], FILES[0])
    first = run(tmp_path, path)
    fill_in(first.folder / "to-do" / "worklist.xlsx", {"bob": "added"})
    with transaction(open_database(tmp_path / "casebook.sqlite")) as connection:
        before = count_lines(connection)
    touched = (first.folder / "to-do" / "worklist.xlsx").read_bytes()
    again = run(tmp_path, path, outcomes=[write_list(tmp_path, [])])
    with transaction(open_database(tmp_path / "casebook.sqlite")) as connection:
        assert count_lines(connection) == before
    assert (again.folder, again.is_new) == (first.folder, False)
    assert (first.folder / "to-do" / "worklist.xlsx").read_bytes() == touched
    assert counted(again) == counted(first)


def write_list(folder: Path, results: list[tuple[str, str, str]]) -> Path:
    """Write a list of results that somebody keeps: username, result, date."""
    path = folder / "list.csv"
    lines = [f'{username},"{result}",{date}' for username, result, date in results]
    path.write_text("\n".join(["username,Result,date", *lines, ""]), encoding="utf-8")
    return path


def test_results_of_the_day_get_a_folder_beside_the_one_that_staff_write_in(tmp_path: Path) -> None:
    path = write_file(tmp_path, DAYS[0], FILES[0])
    first = run(tmp_path, path)
    fill_in(first.folder / "to-do" / "worklist.xlsx", {"bob": "added"})
    again = run(tmp_path, path)
    assert (first.folder.name, again.folder.name) == ("2026-01-05", "2026-01-05-2")
    assert counted(again) == {"new": 8, "open": 7, "done": 1}
    assert counted(run(tmp_path, path)) == counted(again)
    assert sorted(folder.name for folder in (tmp_path / "weeks").iterdir()) == ["2026-01-05", "2026-01-05-2"]


UPLOAD = "1-upload-again-to-change-ids.csv"


def test_a_row_that_was_looked_at_goes_out_until_its_address_is_another(tmp_path: Path) -> None:
    path = write_file(tmp_path, DAYS[0], {"bob": IN_USE})
    first = run(tmp_path, path)
    assert not (first.folder / "to-do" / UPLOAD).exists()
    fill_in(first.folder / "to-do" / "worklist.xlsx", {"bob": "own-account"})
    assert (run(tmp_path, path).folder / "to-do" / UPLOAD).exists()
    assert (run(tmp_path, write_file(tmp_path, DAYS[1], {"bob": IN_USE})).folder / "to-do" / UPLOAD).exists()
    other = run(tmp_path, write_file(tmp_path, DAYS[2], {"bob=rob": IN_USE}))
    assert not (other.folder / "to-do" / UPLOAD).exists()


def test_an_old_username_that_is_filled_in_later_goes_into_the_first_of_two_uploads(tmp_path: Path) -> None:
    taken = '{"username":["has already been taken"]}'
    path = write_file(tmp_path, DAYS[0], {"bob": taken})
    first = run(tmp_path, path)
    fill_in(first.folder / "to-do" / "worklist.xlsx", {"bob": "both-changed"})
    second = run(tmp_path, path)
    assert second.held == 1
    book = openpyxl.load_workbook(second.folder / "to-do" / "worklist.xlsx")
    header = [cell.value for cell in book["Work list"][1]]
    book["Work list"].cell(2, header.index("Old username") + 1).value = "OldBob"
    book.save(second.folder / "to-do" / "worklist.xlsx")
    third = run(tmp_path, path)
    assert (third.held, third.unread) == (0, ())
    assert '"OldBob"' in (third.folder / "to-do" / "1-two-uploads-first.csv").read_text(encoding="utf-8")


def test_a_row_that_was_looked_at_is_looked_at_again_when_its_problem_comes_back(tmp_path: Path) -> None:
    first = run(tmp_path, write_file(tmp_path, DAYS[0], {"bob": IN_USE}))
    recorded = [("bob", "Looked at: the student's own account", DAYS[0]), ("bob", "Updated", DAYS[0])]
    second = run(tmp_path, write_file(tmp_path, DAYS[1], {"bob": IN_USE}), outcomes=[write_list(tmp_path, recorded)])
    assert counted(first) == {"new": 1, "open": 1}
    assert counted(second) == {"back": 1, "open": 1}
    assert not (second.folder / "to-do" / UPLOAD).exists()


def test_weeks_out_of_order_end_where_those_in_order_do(tmp_path: Path) -> None:
    results = [("bob", "added", DAYS[0]), ("dee", "added", DAYS[1]), ("gus", "not-a-student", DAYS[2])]
    ends = []
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        folder = tmp_path / "".join(map(str, order))
        folder.mkdir()
        for place in order:
            path = write_file(folder, DAYS[place], FILES[place])
            run(folder, path, anyway=True, outcomes=[write_list(folder, results)])
        run(folder, path, anyway=True, outcomes=[write_list(folder, results)])
        with transaction(open_database(folder / "casebook.sqlite")) as connection:
            cases = export_cases(connection, RULES)
        ends.append(sorted(cases.itertuples(index=False)))
    assert ends[0] == ends[1] == ends[2]


def test_two_people_at_once_record_a_week_once_and_each_gets_a_whole_folder(tmp_path: Path) -> None:
    path = write_file(tmp_path, DAYS[0], FILES[0])
    weeks: list[Week] = []
    errors: list[BaseException] = []
    start = threading.Barrier(2)

    def work() -> None:
        try:
            start.wait()
            weeks.append(run(tmp_path, path))
        except BaseException as error:  # handed to the test below
            errors.append(error)

    people = [threading.Thread(target=work) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert errors == []
    for week in weeks:
        assert counted(week) == EXPECTED[0]
        assert (week.folder / "to-do" / "START-HERE.html").is_file()
    with transaction(open_database(tmp_path / "casebook.sqlite")) as connection:
        counts = count_lines(connection)
    assert (counts["imports"], counts["students"], counts["sightings"]) == (1, 8, 8)


def test_the_same_rows_on_another_day_are_another_week(tmp_path: Path) -> None:
    run(tmp_path, write_file(tmp_path, DAYS[0], {"bob": TAKEN}))
    second = run(tmp_path, write_file(tmp_path, DAYS[1], {"bob": TAKEN}))
    assert (second.folder.name, counted(second)) == (DAYS[1], {"again": 1, "open": 1})


def test_the_same_rows_in_a_file_without_a_day_are_the_same_file(tmp_path: Path) -> None:
    first = run(tmp_path, write_file(tmp_path, DAYS[0], {"bob": TAKEN}))
    copy = write_file(tmp_path, "copy", {"bob": TAKEN})
    again = run(tmp_path, copy)
    assert (again.folder, again.is_new) == (first.folder, False)
    assert again.lines[0] == (
        "This file is in the case book already, as that of 2026-01-05; it counts once. "
        "If it is a new one with the same rows, give its day with --date."
    )
    assert counted(run(tmp_path, copy, date=DAYS[1])) == {"again": 1, "open": 1}


# --- what staff do to a workbook -------------------------------------------------------------------------------------


def test_a_work_list_of_which_two_columns_are_left_is_read(tmp_path: Path) -> None:
    week = run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]))
    worklist = week.folder / "to-do" / "worklist.xlsx"
    fill_in(worklist, {"bob": "added"})
    book = openpyxl.load_workbook(worklist)
    sheet = book["Work list"]
    for place in range(sheet.max_column, 0, -1):
        if sheet.cell(1, place).value not in ("Result", "email_address"):
            sheet.delete_cols(place)
    book.save(worklist)
    second = run(tmp_path, write_file(tmp_path, DAYS[1], FILES[1]))
    assert counted(second)["back"] == 1, "bob was added, says what is left of the work list"


def test_a_work_list_that_lost_what_says_whose_results_they_are_is_pointed_out(tmp_path: Path) -> None:
    week = run(tmp_path, write_file(tmp_path, DAYS[0], FILES[0]))
    worklist = week.folder / "to-do" / "worklist.xlsx"
    book = openpyxl.load_workbook(worklist)
    sheet = book["Work list"]
    for place in range(sheet.max_column, 0, -1):
        if sheet.cell(1, place).value in ("username", "email_address"):
            sheet.delete_cols(place)
    book.save(worklist)
    path = write_file(tmp_path, DAYS[1], FILES[1])
    second = run(tmp_path, path)
    assert len(second.unread) == 1
    assert second.unread[0] == (
        "2026-01-05/to-do: worklist.xlsx: expected a column “Result” and one of “username” or “email_address”; "
        "name the columns so in the first line."
    )
    with pytest.raises(InputError):
        run(tmp_path, path, outcomes=[worklist])


@pytest.mark.parametrize(
    "line, reason",
    [
        pytest.param(("nobody", "Added to our school", ""), "nobody of this username", id="a stranger"),
        pytest.param(("bob", "Fixed!", ""), "the result is none that the kit knows", id="an unknown word"),
        pytest.param(("bob", "Updated to death", ""), "the result is none that the kit knows", id="nearly a result"),
        pytest.param(
            ("bob", "Sent to Handshake Support, no answer yet".replace(",", ""), ""), "none that the kit", id="other"
        ),
        pytest.param(("bob", "Support declined", ""), "does not fit the step", id="not offered"),
    ],
)
def test_a_result_that_moves_nobody_is_named_by_its_line(
    tmp_path: Path, line: tuple[str, str, str], reason: str
) -> None:
    path = write_file(tmp_path, DAYS[0], {"bob": TAKEN})
    week = run(tmp_path, path, outcomes=[write_list(tmp_path, [line])])
    assert len(week.unread) == 1
    assert week.unread[0].startswith("list.csv, line 2: ")
    assert reason in week.unread[0]
    assert counted(week) == {"new": 1, "open": 1}


def test_a_result_is_not_reported_again_once_a_later_one_has_moved_the_student(tmp_path: Path) -> None:
    both = [("bob", "Added to our school", DAYS[0]), ("bob", "Not our student (any more)", DAYS[0])]
    first = run(tmp_path, write_file(tmp_path, DAYS[0], {"bob": TAKEN}), outcomes=[write_list(tmp_path, both)])
    assert [line.partition(":")[0] for line in first.unread] == ["list.csv, lines 2, 3"]
    path = write_file(tmp_path, DAYS[1], {"bob": TAKEN})
    assert len(run(tmp_path, path, outcomes=[write_list(tmp_path, both)]).unread) == 1
    right = [*both, ("bob", "Not our student (any more)", DAYS[1])]
    third = run(tmp_path, path, outcomes=[write_list(tmp_path, right)])
    assert (third.unread, counted(third)) == ((), {"again": 1, "dropped": 1})


def test_a_list_that_cannot_be_read_leaves_no_case_book_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        run(tmp_path, write_file(tmp_path, DAYS[0], {"bob": TAKEN}), outcomes=[tmp_path / "missing.csv"])
    assert [path.name for path in tmp_path.iterdir()] == ["failed_rows_2026-01-05.csv"]


def test_an_undated_list_that_is_read_each_week_counts_once(tmp_path: Path) -> None:
    kept = write_list(tmp_path, [("bob", "Added to our school", "")])
    run(tmp_path, write_file(tmp_path, DAYS[0], {"bob": TAKEN, "joe": TAKEN}))
    assert counted(run(tmp_path, write_file(tmp_path, DAYS[1], {"bob": TAKEN}), outcomes=[kept]))["back"] == 1
    third = run(tmp_path, write_file(tmp_path, DAYS[2], {"bob": TAKEN}), outcomes=[kept])
    assert counted(third) == {"again": 1, "open": 1}
    assert any("results without a date were recorded before" in line for line in third.lines)


# --- before anything is written -------------------------------------------------------------------------------------


def test_an_older_file_is_pointed_out_before_anything_is_written(tmp_path: Path) -> None:
    run(tmp_path, write_file(tmp_path, DAYS[1], FILES[1]))
    before = (tmp_path / "casebook.sqlite").read_bytes()
    older = write_file(tmp_path, DAYS[0], FILES[0])
    with pytest.raises(DoubtfulFileError, match=r"older than the last one .* Nothing was changed"):
        run(tmp_path, older)
    assert (tmp_path / "casebook.sqlite").read_bytes() == before
    assert [folder.name for folder in (tmp_path / "weeks").iterdir()] == [DAYS[1]]
    assert run(tmp_path, older, anyway=True).folder.name == DAYS[0]


@pytest.mark.parametrize(
    "given, said",
    [
        pytest.param("0", "--uploaded is 0; give how many rows", id="none"),
        pytest.param("10,000,000,000", "--uploaded is far too many; give how many rows", id="more than can be kept"),
        pytest.param("4²", "--uploaded 4²: neither a number nor a file", id="a digit that is no number"),
    ],
)
def test_a_size_of_the_upload_that_cannot_be_is_refused_and_nothing_recorded(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_file(tmp_path, DAYS[0], FILES[0])
    assert main(["week", path.name, "--school-domain", "example.edu", "--uploaded", given]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "casebook.sqlite").exists()


def test_the_command_tells_the_office_the_week(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for day, rows in zip(DAYS[:2], FILES[:2], strict=True):
        path = write_file(tmp_path, day, rows)
        assert main(["week", path.name, "--school-domain", "example.edu", "--uploaded", "1,000"]) == 0
    printed = capsys.readouterr().out.partition("failed_rows_2026-01-12.csv")[2]
    assert printed.endswith(
        "\n\n7 rows of 1,000 uploaded were refused (0.7%).\n"
        "Compared with the file of 2026-01-05\n"
        "       1  new\n"
        "       5  failed last time too\n"
        "       1  moved to another problem\n"
        "       2  no longer listed\n"
        "\n"
        "       7  to do\n"
        "2 of the students who are no longer listed were still to do. That is no proof of being fixed: a student who "
        "left the upload vanishes too.\n"
        "\nWritten: weeks/2026-01-12\n"
        "  to-do/START-HERE.html  what to do, in order (names inside: for the office only)\n"
        "                         2 rows are held back until somebody decides: it says why\n"
        "  changes.csv            what changed for whom (names inside: for the office only)\n"
        "  overview.html          the week in totals, no names: may be forwarded\n"
    )


# --- nothing to subtract --------------------------------------------------------------------------------------------


def test_two_weeks_that_differ_in_domains_alone_have_the_same_pages(tmp_path: Path) -> None:
    """In one of the weeks a domain has 18 rows, so it could be named, in the next 9: hidden, but to be computed."""
    school = School("Example University", ["a.example", "b.example", "c.example"])
    weeks = [range(40), range(9, 40)]
    pages: list[list[bytes]] = []
    for first, rest in (("a", "a"), ("a", "b"), ("b", "c")):
        folder = tmp_path / (first + rest)
        folder.mkdir()
        made = []
        for day, numbers in zip(DAYS, weeks, strict=False):
            rows = {f"s{number}=s{number}@{first if number < 18 else rest}": TAKEN for number in numbers}
            path = write_file(folder, day, rows, domain="example")
            text = re.sub(r"@(\w)@example", r"@\1.example", path.read_text(encoding="utf-8"))
            path.write_text(text, encoding="utf-8")
            week = run_week(
                read_failed_rows(path), path, school, casebook=folder / "casebook.sqlite", out=folder / "weeks"
            )
            made.append((week.folder / "overview.html").read_bytes())
        pages.append(made)
    assert pages[0] == pages[1] == pages[2]


# --- killed in the middle -------------------------------------------------------------------------------------------


def run_and_die(folder: str, path: str, write: int) -> None:
    """Run a week and be killed just before the given write to the disk; report the number of writes if it lives."""
    count = 0

    def watch(event: str, details: tuple[object, ...]) -> None:
        nonlocal count
        wrote = event in ("os.rename", "os.mkdir", "os.remove", "sqlite3.connect")
        if event == "open" and isinstance(details[2], int):
            wrote = bool(details[2] & (os.O_WRONLY | os.O_RDWR))
        if wrote:
            count += 1
            if count == write:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    run(Path(folder), Path(path))
    (Path(folder) / "writes").write_text(str(count), encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="processes are killed otherwise there")
def test_a_killed_week_leaves_nothing_half_done_and_runs_again(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "openpyxl", "triage_kit.week"])

    def outcome(folder: Path, write: int) -> int | None:
        path = write_file(folder, DAYS[1], FILES[1])
        process = context.Process(target=run_and_die, args=(str(folder), str(path), write))
        process.start()
        process.join()
        return process.exitcode

    def fresh(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        run(folder, write_file(folder, DAYS[0], FILES[0]))
        return folder

    untouched = fresh("untouched")
    assert outcome(untouched, 0) == 0
    writes = int((untouched / "writes").read_text(encoding="utf-8"))
    assert writes > 20
    killed = fresh("killed")
    for write in range(1, writes):
        assert outcome(killed, write) == -signal.SIGKILL
        shown = [place for place in (killed / "weeks").iterdir() if not place.name.startswith(".")]
        assert all((place / "week.json").is_file() and (place / "overview.html").is_file() for place in shown)
        with transaction(open_database(killed / "casebook.sqlite")) as connection:
            assert check(connection, RULES) == []
    again = run(killed, write_file(killed, DAYS[1], FILES[1]))
    assert again.is_new
    assert counted(again) == {"new": 1, "again": 5, "moved": 1, "gone": 2, "open": 7}
