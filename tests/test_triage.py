"""From failed rows to the triage table, on small files written by hand."""

import csv

import pandas as pd
import pytest

from triage_kit import School, read_failed_rows, triage
from triage_kit.columns import TRIAGE_COLUMNS
from triage_kit.triage import choice_sizes

SCHOOL = School("Example University", domains=["example.edu"])
TAKEN = '{"success":false,"errors":{"email_address":["has already been taken"]}'
USERNAME = '{{"success":false,"errors":{{ "Attempted to update username from {old} to sample.01"}}'
LOGIN_ID = '{{"success":false,"errors":{{ "Attempted to update auth_identifier from {old} to sample.01"}}'


@pytest.fixture
def failed_rows(tmp_path):
    """Return a function that reads rows (username, e-mail, answer) as a failed-rows file."""

    def read(*rows, name="failed_rows.csv"):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["username", "email_address", "first_name", "status", "response"])
            writer.writerows([username, address, "Null", "422", answer] for username, address, answer in rows)
        return read_failed_rows(tmp_path / name)

    return read


def _one(failed, **options):
    return triage(failed, SCHOOL, **options).iloc[0]


def test_the_table_has_one_line_per_row_in_the_files_order(failed_rows):
    failed = failed_rows(
        ("b", "sample.02@example.edu", TAKEN),
        ("a", "sample.01@gmail.com", '{"card_id":["has already been taken"]}}'),
    )
    table = triage(failed, SCHOOL)
    assert list(table.index) == [1, 2] and table.index.name == "row_number"
    assert tuple(table.columns) == TRIAGE_COLUMNS
    assert all(dtype == "category" for dtype in table.dtypes)
    assert table["kind"].tolist() == ["email-taken", "card-id-taken"]
    assert table.iloc[0].to_dict() == {
        "kind": "email-taken",
        "field": "email_address",
        "other_kinds": "",
        "origin": "",
        "domain_kind": "own-school",
        "domain": "example.edu",
        "connection": "unknown",
        "step": "add-by-email",
        "owner": "career-office",
        "if_refused": "confirm-then-support",
        "state": "open",
        "rule": "few-addresses-taken",
    }


@pytest.mark.parametrize(
    "answer, origin",
    [
        (USERNAME.format(old="sample.01@example.edu"), "self-registered"),
        (USERNAME.format(old=" Sample.01@Example.EDU "), "self-registered"),
        (USERNAME.format(old="s0101"), "id-changed"),
        (USERNAME.format(old="_____"), "unknown"),
        ('{"errors":["Attempted to update username from  to x"]}', "unknown"),
        (LOGIN_ID.format(old="_____"), "self-registered"),
        (LOGIN_ID.format(old=""), "self-registered"),
        (LOGIN_ID.format(old="00123"), "id-changed"),
        (TAKEN, ""),
    ],
)
def test_the_origin_is_read_from_the_old_value(failed_rows, answer, origin):
    assert _one(failed_rows(("sample.01", "sample.01@example.edu", answer)))["origin"] == origin


@pytest.mark.parametrize(
    "answer, kind, others",
    [
        (
            '{"errors":{"email_address":["has already been taken","conflicts with another primary account"]}}',
            "email-conflict",
            "email-taken",
        ),
        (
            '{"errors":{"first_name":["can\'t be blank"],"email_address":["has already been taken"]}}',
            "email-taken",
            "value-missing",
        ),
        (
            '{"errors":{"username":["looks funny"],"card_id":["has already been taken"]}}',
            "card-id-taken",
            "unrecognised",
        ),
        ("", "no-response", ""),
        ("<html>502 Bad Gateway</html>", "unreadable", ""),
    ],
)
def test_the_kind_of_highest_priority_decides(failed_rows, answer, kind, others):
    row = _one(failed_rows(("sample.01", "sample.01@example.edu", answer)))
    assert (row["kind"], row["other_kinds"]) == (kind, others)


def test_a_field_name_that_is_no_header_is_not_repeated(failed_rows):
    row = _one(failed_rows(("sample.01", "sample.01@example.edu", '{"errors":{"Jane Roe":["is invalid"]}}')))
    assert (row["kind"], row["field"]) == ("value-invalid", "")


def test_a_group_of_25_is_large(failed_rows):
    rows = [(f"s{number}", f"sample.{number:02}@example.edu", TAKEN) for number in range(25)]
    assert set(triage(failed_rows(*rows), SCHOOL)["step"]) == {"reupload-with-identifier-change"}
    assert set(triage(failed_rows(*rows[:24]), SCHOOL)["step"]) == {"add-by-email"}
    assert set(triage(failed_rows(*rows), SCHOOL, small_group=26)["step"]) == {"add-by-email"}


def test_rows_without_the_choice_do_not_count_for_its_group(failed_rows):
    rows = [(f"s{number}", f"sample.{number:02}@example.edu", TAKEN) for number in range(20)]
    elsewhere = [(f"t{number}", f"sample.{number:02}@umich.edu", TAKEN) for number in range(10)]
    failed = failed_rows(*rows, *elsewhere)
    assert choice_sizes(failed, SCHOOL) == {"add-or-reupload": 20}
    assert set(triage(failed, SCHOOL)["step"]) == {"add-by-email"}


def _outcomes(*results):
    columns = ["username", "email_address", "outcome", "old_username", "date", "note"]
    return pd.DataFrame(
        [[*result, "", f"2026-11-0{day}", ""] for day, result in enumerate(results, 1)], columns=columns
    )


@pytest.mark.parametrize(
    "results, connection, step, state, owner",
    [
        (["added"], "unknown", "add-by-email", "done", "career-office"),
        (
            ["refused-connected-elsewhere"],
            "connected-elsewhere",
            "confirm-then-support",
            "open",
            "career-office",
        ),
        (
            ["refused-connected-elsewhere", "student-asked"],
            "connected-elsewhere",
            "confirm-then-support",
            "waiting",
            "student",
        ),
        (
            ["refused-connected-elsewhere", "student-asked", "student-confirmed", "sent-to-support"],
            "connected-elsewhere",
            "write-to-support",
            "waiting",
            "handshake-support",
        ),
        (["already-here"], "connected-here", "update-username", "open", "career-office"),
        (["request-pending"], "not-connected", "approve-request", "open", "career-office"),
        (["support-refused"], "unknown", "add-by-email", "open", "career-office"),
    ],
)
def test_results_move_a_row_on(failed_rows, results, connection, step, state, owner):
    failed = failed_rows(("s1", "sample.01@example.edu", TAKEN))
    row = _one(failed, outcomes=_outcomes(*[("s1", "", result) for result in results]))
    assert (row["connection"], row["step"], row["state"], row["owner"]) == (connection, step, state, owner)


def test_results_find_their_rows_by_username_or_address_whatever_the_capitals(failed_rows):
    failed = failed_rows(("S1", "sample.01@example.edu", TAKEN), ("s2", "Sample.02@example.edu", TAKEN))
    outcomes = _outcomes((" s1 ", "", "added"), ("", "sample.02@EXAMPLE.edu", "not-a-student"))
    assert triage(failed, SCHOOL, outcomes=outcomes)["state"].tolist() == ["done", "dropped"]


def test_results_are_followed_in_the_order_of_their_dates(failed_rows):
    failed = failed_rows(("s1", "sample.01@gmail.com", TAKEN))
    outcomes = _outcomes(
        ("s1", "", "refused-connected-elsewhere"), ("s1", "", "student-confirmed"), ("s1", "", "moved")
    )
    assert _one(failed, outcomes=outcomes.iloc[::-1])["step"] == "change-email"


def test_a_group_does_not_shrink_by_what_is_done(failed_rows):
    rows = [(f"s{number}", f"sample.{number:02}@example.edu", TAKEN) for number in range(25)]
    table = triage(failed_rows(*rows), SCHOOL, outcomes=_outcomes(("s1", "", "updated")))
    assert table["step"].value_counts()["reupload-with-identifier-change"] == 25


def test_an_empty_file_gives_an_empty_table(failed_rows):
    table = triage(failed_rows(), SCHOOL)
    assert len(table) == 0 and tuple(table.columns) == TRIAGE_COLUMNS


def test_the_input_is_not_changed_and_nothing_of_it_is_in_the_table(failed_rows):
    failed = failed_rows(("s1", "sample.01@example.edu", '{"errors":{"base":["Jane Roe is odd"]}}'))
    before = failed.rows.copy()
    table = triage(failed, SCHOOL)
    pd.testing.assert_frame_equal(failed.rows, before)
    written = table.reset_index().to_csv()
    assert not [text for text in ("s1", "sample.01", "Jane", "Roe", "Null") if text in written]


def test_a_part_with_the_sizes_of_the_whole_gets_the_same_lines(failed_rows):
    rows = [(f"s{number}", f"sample.{number:02}@example.edu", TAKEN) for number in range(30)]
    whole = failed_rows(*rows)
    part = failed_rows(*rows[:10], name="part.csv")
    sizes = choice_sizes(whole, SCHOOL)
    expected = triage(whole, SCHOOL).iloc[:10].astype("str")
    pd.testing.assert_frame_equal(triage(part, SCHOOL, group_sizes=sizes).astype("str"), expected)
