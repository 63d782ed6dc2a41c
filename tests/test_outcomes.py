"""What staff recorded comes back from any list, moves each student to the next step, and is never guessed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.test_actions import EMAIL_CHANGE, SCHOOL, TAKEN, USERNAME_TAKEN, csv_rows, failed_file, make, sheet, student
from triage_kit import read_failed_rows, read_outcomes, triage
from triage_kit.errors import InputError
from triage_kit.outcomes import old_usernames
from triage_kit.triage import triage_with_findings


def results_file(folder: Path, text: str, name: str = "results.csv") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def followed(folder: Path, text: str, *rows: dict[str, str]) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """Return the triage table with the results of one list followed, and the findings."""
    failed = read_failed_rows(failed_file(folder, *(rows or (student(1, TAKEN),))))
    outcomes = read_outcomes(results_file(folder, text))
    table, findings = triage_with_findings(failed, SCHOOL, outcomes=outcomes)
    return table, [tuple(line) for line in findings.itertuples(index=False)]


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "username,result\nsspecim1,added\n",
        "Result;Phone;Username\nAdded to our school;555;SSPECIM1 \n",
        "E-mail,Outcome\nsam.specimen1@example.edu,ADDED\n",
        "note,email,Result,x\nhello,SAM.specimen1@example.edu,Added to our school,y\n",
    ],
    ids=["ids", "titles, other order, semicolons", "by e-mail", "further columns"],
)
def test_any_list_with_a_name_and_a_result_will_do(tmp_path, text):
    table, findings = followed(tmp_path, text)
    assert (table["state"].tolist(), findings) == (["done"], [])


def test_a_work_list_comes_back_as_it_was_saved(tmp_path):
    make(tmp_path, student(1, TAKEN), student(2, TAKEN), student(3, USERNAME_TAKEN))
    path = tmp_path / "to-do" / "worklist.xlsx"
    book = openpyxl.load_workbook(path)
    record(book, "sspecim1", "Added to our school", note="by phone")
    record(book, "sspecim3", "E-mail and username both changed", old="0017")
    book.save(path)
    for given, name in ((path, "worklist.xlsx"), (tmp_path / "to-do", "to-do/worklist.xlsx")):
        outcomes = read_outcomes(given)
        wanted = outcomes[["username", "outcome", "old_username", "note", "file"]].values.tolist()
        assert wanted == [
            ["sspecim1", "added", "", "by phone", name],
            ["sspecim3", "both-changed", "0017", "", name],
        ]


def record(book: openpyxl.Workbook, username: str, result: str, note: str = "", old: str = "") -> None:
    """Write a result into a work list as staff would."""
    list_of_rows = book["Work list"]
    header = [cell.value for cell in list_of_rows[1]]
    for line in list_of_rows.iter_rows(min_row=2):
        if line[header.index("username")].value == username:
            for name, value in (("Result", result), ("Note", note), ("Old username", old)):
                line[header.index(name)].value = value or None


def test_an_apostrophe_that_defused_a_cell_for_people_is_taken_off_again(tmp_path):
    outcomes = read_outcomes(results_file(tmp_path, "username,result\n'=odd,added\n'quoted,added\n"))
    assert outcomes["username"].tolist() == ["=odd", "'quoted"]


def test_a_folder_gives_its_lists_in_order_and_earlier_ones_first(tmp_path):
    folder = tmp_path / "to-do"
    results_file(folder, "username,result\nb,added\n", "worklist.csv")
    results_file(folder, "email,name\nx@example.edu,X\n", "7-support-request.csv")
    results_file(folder / "earlier-results", "username,result\na10,added\n", "worklist-10.csv")
    results_file(folder / "earlier-results", "username,result\na2,added\n", "worklist-2.csv")
    results_file(folder, "being edited", "~$worklist.xlsx")
    outcomes = read_outcomes(folder)
    assert outcomes["username"].tolist() == ["a2", "a10", "b"]
    assert outcomes["file"].tolist() == [
        "to-do/earlier-results/worklist-2.csv",
        "to-do/earlier-results/worklist-10.csv",
        "to-do/worklist.csv",
    ]
    assert read_outcomes(folder / "worklist.csv")["username"].tolist() == ["a2", "a10", "b"]


def test_a_folder_or_file_without_results_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match="no CSV or xlsx file with a column “Result” was found in this folder"):
        read_outcomes(tmp_path)
    with pytest.raises(InputError, match=r"results\.csv: expected a column “Result” and one of “username”"):
        read_outcomes(results_file(tmp_path, "username,status\na,b\n"))


# --- following ------------------------------------------------------------------------------------------------------


PASSED = "results.csv, line 3: 1 result of students who are not in failed_rows.csv; as it should be if they are solved."
NOBODY = (
    "results.csv, lines 2, 3: none of these students is in failed_rows.csv. Is it another school's list, or an old one?"
)


@pytest.mark.parametrize(
    "text, said",
    [
        ("sspecim1,added\nsolved,added\nsspecim1,\nsolved2,\n", (PASSED,)),
        ("other1,added\nother2,added\n", (NOBODY,)),
        ("sspecim1,added\n", ()),
    ],
    ids=["one of two", "all", "none"],
)
def test_results_of_students_who_are_not_in_the_file_are_counted(tmp_path, text, said):
    outcomes = read_outcomes(results_file(tmp_path, "username,result\n" + text))
    assert make(tmp_path, student(1, TAKEN), outcomes=outcomes).notices == said


@pytest.mark.parametrize(
    "text, step, state",
    [
        ("sspecim1,sent\n", "add-by-email", "open"),
        ("sspecim1,refused-connected-elsewhere\n", "confirm-then-support", "open"),
        ("sspecim1,refused-connected-elsewhere\nsspecim1,student-asked\n", "confirm-then-support", "waiting"),
        ("sspecim1,student-confirmed\nsspecim1,refused-connected-elsewhere\n", "write-to-support", "open"),
        ("sspecim1,already-here\nsspecim1,updated\n", "update-username", "done"),
        ("sspecim1,\n", "add-by-email", "open"),
    ],
    ids=["not offered", "elsewhere", "two in turn", "in any order of lines", "found, then updated", "blank"],
)
def test_each_result_moves_the_student_to_the_next_step(tmp_path, text, step, state):
    table, _ = followed(tmp_path, "username,result\n" + text)
    assert (table["step"].tolist(), table["state"].tolist()) == ([step], [state])


def test_sent_is_never_done_and_gives_way_to_what_came_of_it(tmp_path):
    change = student(1, EMAIL_CHANGE % ("sam.specimen1@gmail.com", "sam.specimen1@example.edu"))
    table, findings = followed(tmp_path, "username,result\nsspecim1,sent\n", change)
    assert (table["state"].tolist(), findings) == (["waiting"], [])
    for lines in ("sspecim1,sent\nsspecim1,updated\n", "sspecim1,updated\nsspecim1,sent\n"):
        table, findings = followed(tmp_path, "username,result\n" + lines, change)
        assert (table["state"].tolist(), findings) == (["done"], [])


def test_no_outcome_that_only_says_sent_leads_to_done():
    from triage_kit.rulebook import load_rules

    rules = load_rules()
    for name in ("sent", "sent-to-support", "student-asked"):
        assert {lead.state for lead in rules.outcome(name).leads} == {"waiting"}


CONFLICT = "results for this student exclude each other; none of them counts until one is taken out"
UNFIT = "this result does not fit the step at which the student is; the student stays there"


@pytest.mark.parametrize(
    "text, findings",
    [
        (
            "username,result\nsspecim1,added\nsspecim1,not-a-student\n",
            [("results.csv", "2", "1", CONFLICT), ("results.csv", "3", "1", CONFLICT)],
        ),
        ("username,result\nsspecim1,student-declined\n", [("results.csv", "2", "1", UNFIT)]),
        (
            "username,result\nsspecim1,Fixed it\n",
            [
                (
                    "results.csv",
                    "2",
                    "",
                    "the result is none that the kit knows; choose one from the work list's drop-down",
                )
            ],
        ),
        (
            "username,email,result\n,,added\n",
            [("results.csv", "2", "", "there is a result, but neither username nor e-mail address says whose")],
        ),
        (
            "username,result,note\na,added,\nb,added,\nsspecim1,Student asked, no answer yet,by phone\n",
            [("results.csv", "4", "", "this line could not be read (4 cells where the header has 3)")],
        ),
        ("username,result\nsomebody-else,added\n", []),
        ("username,result\nsspecim1,added\nsspecim1,added\n", []),
    ],
    ids=["exclude each other", "not offered", "unknown", "nobody's", "broken line", "not in this file", "said twice"],
)
def test_what_moves_nobody_is_reported_by_line(tmp_path, text, findings):
    table, found = followed(tmp_path, text)
    assert found == findings
    assert table["step"].tolist() == ["add-by-email"]


def test_a_username_of_one_and_an_address_of_another_move_nobody(tmp_path):
    text = "username,email,result\nsspecim1,sam.specimen2@example.edu,added\n"
    table, findings = followed(tmp_path, text, student(1, TAKEN), student(2, TAKEN))
    assert table["state"].tolist() == ["open", "open"]
    assert [finding[3] for finding in findings] == [
        "the username is one student's and the e-mail address another's; nobody was moved"
    ]


def test_a_later_date_counts_as_later(tmp_path):
    text = "username,date,result\nsspecim1,2026-11-20,added\nsspecim1,2026-11-12,request-pending\n"
    table, findings = followed(tmp_path, text)
    assert (table["step"].tolist(), table["state"].tolist(), findings) == (["approve-request"], ["done"], [])


def test_a_later_file_counts_as_later_where_there_are_no_dates(tmp_path):
    failed = read_failed_rows(failed_file(tmp_path, student(1, TAKEN)))
    first = results_file(tmp_path, "username,result\nsspecim1,refused-otherwise\n", "w1.csv")
    second = results_file(tmp_path, "username,result\nsspecim1,done\n", "w2.csv")
    table = triage(failed, SCHOOL, outcomes=read_outcomes(first, second))
    assert (table["step"].tolist(), table["state"].tolist()) == (["needs-a-person"], ["done"])


def test_a_day_that_no_calendar_has_counts_as_no_date(tmp_path):
    text = "username,date,result\nsspecim1,2026-02-31,added\nsspecim2,2026-02-28 10:15,added\n"
    assert read_outcomes(results_file(tmp_path, text))["date"].tolist() == ["", "2026-02-28 10:15"]


def test_the_old_username_recorded_last_counts(tmp_path):
    failed = read_failed_rows(failed_file(tmp_path, student(1, USERNAME_TAKEN), student(2, TAKEN)))
    text = "username,result,Old username\nsspecim1,both-changed,old1\nsspecim1,,old2\nsspecim1,other-person, 007 \n"
    assert old_usernames(failed, read_outcomes(results_file(tmp_path, text))).tolist() == ["007", ""]
    assert old_usernames(failed, None).tolist() == ["", ""]


def test_an_old_username_that_is_filled_in_later_needs_no_result_again(tmp_path):
    first = results_file(tmp_path, "username,Result\nsspecim1,both-changed\n", "first.csv")
    later = results_file(tmp_path, "username,Result,Old username\nsspecim1,,Old 007\nother,,x\n", "later.csv")
    outcomes = read_outcomes(first, later)
    pack = make(tmp_path, student(1, USERNAME_TAKEN), outcomes=outcomes)
    assert (pack.held, pack.notices) == ({}, ())
    assert csv_rows(tmp_path / "to-do" / "1-two-uploads-first.csv")[1][1] == "Old 007"


def test_findings_stand_on_the_page_and_not_one_students_value_does(tmp_path):
    failed = read_failed_rows(failed_file(tmp_path, student(1, TAKEN)))
    outcomes = read_outcomes(results_file(tmp_path, "username,result\nsspecim1,student-declined\n"))
    _, findings = triage_with_findings(failed, SCHOOL, outcomes=outcomes)
    pack = make(tmp_path, student(1, TAKEN), outcomes=outcomes, findings=findings)
    assert pack.notices == (f"results.csv, line 2: {UNFIT}.",)
    page = (tmp_path / "to-do" / "START-HERE.html").read_text(encoding="utf-8")
    assert UNFIT in page and "sspecim1" not in page
    assert sheet(tmp_path / "to-do" / "worklist.xlsx")[0]["State"] == "to do"
