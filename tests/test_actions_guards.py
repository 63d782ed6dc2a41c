"""Nothing dangerous leaves without a person's decision, and the decision is on record."""

from __future__ import annotations

import json

import pytest

from tests.test_actions import (
    CHANGE,
    EMAIL_CHANGE,
    IN_USE,
    TAKEN,
    USERNAME_TAKEN,
    make,
    names_in,
    results,
    sheet,
    student,
)
from triage_kit import School, read_failed_rows
from triage_kit.cli import main

OWN = ("sam.specimen1@example.edu", "sspecim1")
SELF_MADE = CHANGE % OWN
UPLOAD = "1-upload-again-to-change-ids.csv"


def auth_change(old: str) -> str:
    return f'{{"success":false,"errors":"Attempted to update auth_identifier from {old} to 0000001"}}'


BOTH = (
    '{"success":false,"errors":["Attempted to update email_address from sam.specimen1@gmail.com to '
    'sam.specimen1@example.edu","Attempted to update username from sam.specimen1@example.edu to sspecim1"]}'
)


AND_MOBILE = SELF_MADE.replace('"errors":', '"errors":{"base":').replace("}", ',"mobile_number":["is invalid"]}}')


@pytest.mark.parametrize(
    "row, guard",
    [
        pytest.param(student(1, IN_USE), "reupload", id="no old value shown"),
        pytest.param(
            student(1, EMAIL_CHANGE % ("mona.lee@example.edu", OWN[0])), "recycled-email", id="somebody else's address"
        ),
        pytest.param(student(1, SELF_MADE, system_label_names=" "), "blank-labels", id="labels would go"),
        pytest.param(student(1, SELF_MADE, middle_name="**CLEAR**"), "clear-marker", id="a field would be erased"),
        pytest.param(student(1, BOTH), "both-changed", id="e-mail and username at once"),
        pytest.param(student(1, AND_MOBILE), "value-refused-too", id="a value was refused as well"),
    ],
)
def test_a_dangerous_row_is_held_with_the_reason(tmp_path, row, guard):
    pack = make(tmp_path, row)
    assert pack.held == {guard: 1}
    assert not [name for name in names_in(tmp_path) if name.endswith(".csv")]
    (listed,) = sheet(tmp_path / "to-do" / "worklist.xlsx")
    page = (tmp_path / "to-do" / "START-HERE.html").read_text(encoding="utf-8")
    assert listed["Held back because"] and str(listed["Held back because"]).replace("'", "&#39;") in page


def test_the_work_list_names_what_else_was_refused(tmp_path):
    make(tmp_path, student(1, AND_MOBILE))
    (listed,) = sheet(tmp_path / "to-do" / "worklist.xlsx")
    assert listed["Problem"] == "Username would change; also: Mobile number is not valid"


@pytest.mark.parametrize("header", ["email_address", "username", "card_id", "auth_identifier"])
def test_rows_that_share_what_must_be_unique_are_held(tmp_path, header):
    same = {header: "sam.specimen1@EXAMPLE.edu" if header == "email_address" else "SAME"}
    twin = {header: "sam.specimen1@example.edu" if header == "email_address" else "same "}
    rows = [student(1, auth_change(""), **same), student(2, TAKEN, **twin), student(3, auth_change(""))]
    assert make(tmp_path, *rows).held == {"duplicate": 1}
    assert UPLOAD in names_in(tmp_path)


def test_blanks_are_no_duplicates(tmp_path):
    rows = [student(n, auth_change(""), card_id="") for n in (1, 2)]
    assert make(tmp_path, *rows).held == {}


@pytest.mark.parametrize(
    "response",
    [SELF_MADE, auth_change(""), EMAIL_CHANGE % ("sam.specimen1@gmail.com", OWN[0])],
    ids=["own", "blank", "email"],
)
def test_a_row_whose_old_value_is_the_students_own_goes_out(tmp_path, response):
    pack = make(tmp_path, student(1, response))
    assert (pack.held, pack.accounts["in_step_files"]) == ({}, 1)


def test_a_changed_id_goes_out_only_when_somebody_has_approved_that_row(tmp_path):
    rows = [student(n, CHANGE % (f"mlee{n}", f"sspecim{n}")) for n in (1, 2)]
    pack = make(tmp_path, *rows, outcomes=results(("sspecim1", "change-intended")))
    listed = {row["username"]: row["File"] for row in sheet(tmp_path / "to-do" / "worklist.xlsx")}
    assert listed == {"sspecim1": UPLOAD, "sspecim2": ""}
    assert pack.accounts["in_step_files"] == 1


def test_an_office_rule_that_skips_the_approval_does_not_get_past_the_guard(tmp_path):
    from triage_kit import load_rules

    own = tmp_path / "my_rules.toml"
    own.write_text(
        '[[procedure]]\nid = "ours"\nwhen = [{ kind = ["username-change"] }]\nwhy = "We trust it."\n'
        'step = "reupload-with-identifier-change"\n',
        encoding="utf-8",
    )
    rules = load_rules(own)
    from tests.test_actions import SCHOOL, failed_file
    from triage_kit import triage, write_actions

    failed = read_failed_rows(failed_file(tmp_path, student(1, CHANGE % ("sspecim0", "sspecim1"))))
    pack = write_actions(failed, triage(failed, SCHOOL, rules=rules), tmp_path / "to-do", rules=rules)
    assert pack.held == {"id-not-approved": 1}


def test_two_uploads_need_the_old_username(tmp_path):
    outcomes = results(("sspecim1", "both-changed"))
    assert make(tmp_path, student(1, USERNAME_TAKEN), outcomes=outcomes).held == {"old-username-missing": 1}


def test_a_cell_that_excel_changed_keeps_its_row_out_of_every_upload(tmp_path):
    rows = [student(n, auth_change("")) for n in range(1, 9)]
    rows[0]["card_id"] = "1.23457E+17"
    pack = make(tmp_path, *rows)
    assert pack.held.get("untrusted-cells", 0) >= 1
    held = [row for row in sheet(tmp_path / "to-do" / "worklist.xlsx") if row["Held back because"]]
    assert "sspecim1" in {row["username"] for row in held}


def test_another_schools_address_never_goes_into_an_upload_by_itself(tmp_path):
    from tests.test_actions import SCHOOL, failed_file
    from triage_kit import load_rules, triage, write_actions

    own = tmp_path / "my_rules.toml"
    own.write_text(
        '[[procedure]]\nid = "ours"\nwhen = [{ kind = ["auth-identifier-change"] }]\nwhy = "We trust it."\n'
        'step = "reupload-with-identifier-change"\n',
        encoding="utf-8",
    )
    rules = load_rules(own)
    failed = read_failed_rows(failed_file(tmp_path, student(1, auth_change(""), email_address="sample.01@umich.edu")))
    pack = write_actions(failed, triage(failed, SCHOOL, rules=rules), tmp_path / "to-do", rules=rules)
    assert pack.held == {"other-school": 1}


def test_what_is_allowed_goes_out_and_stands_in_the_manifest(tmp_path):
    pack = make(tmp_path, student(1, IN_USE), student(2, IN_USE), allow=["reupload"])
    assert (pack.held, pack.allowed, pack.accounts["in_step_files"]) == ({}, {"reupload": 2}, 2)
    manifest = json.loads((tmp_path / "to-do" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["allowed"], manifest["held"]) == ([{"guard": "reupload", "rows": 2}], [])
    assert "Allowed for all" in (tmp_path / "to-do" / "START-HERE.html").read_text(encoding="utf-8")


def test_allowing_one_danger_does_not_allow_another(tmp_path):
    row = student(1, IN_USE, system_label_names="")
    assert make(tmp_path, row).held == {"reupload": 1, "blank-labels": 1}
    assert make(tmp_path, row, allow=["reupload"]).held == {"blank-labels": 1}


LOOKED = ("sspecim1", "own-account")


@pytest.mark.parametrize(
    "row, name",
    [
        pytest.param(student(1, IN_USE), UPLOAD, id="no old value shown"),
        pytest.param(
            student(1, EMAIL_CHANGE % ("mona.lee@example.edu", OWN[0])),
            "1-upload-again-to-change-emails.csv",
            id="somebody else's address, it seemed",
        ),
    ],
)
def test_a_row_that_somebody_has_looked_at_goes_out_and_its_neighbour_does_not(tmp_path, row, name):
    twin = {**row, **{key: value.replace("1", "2") for key, value in row.items() if key != "response"}}
    pack = make(tmp_path, row, twin, outcomes=results(LOOKED))
    (guard,) = pack.held
    assert (pack.held[guard], pack.looked_at, pack.allowed) == (1, {guard: 1}, {})
    listed = {line["username"]: (line["File"], line["State"]) for line in sheet(tmp_path / "to-do" / "worklist.xlsx")}
    assert listed == {"sspecim1": (name, "to do"), "sspecim2": ("", "to do")}
    manifest = json.loads((tmp_path / "to-do" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["looked_at"] == [{"guard": guard, "rows": 1}]
    page = (tmp_path / "to-do" / "START-HERE.html").read_text(encoding="utf-8")
    assert "Looked at one by one: " in page


def test_a_look_at_one_address_says_nothing_of_another(tmp_path):
    looked = results(LOOKED).assign(email_address="sam.before@example.edu")
    assert make(tmp_path, student(1, IN_USE), outcomes=looked).held == {"reupload": 1}
    same = results(LOOKED).assign(email_address=" Sam.Specimen1@example.edu")
    assert make(tmp_path, student(1, IN_USE), outcomes=same).held == {}


def test_a_look_settles_no_other_danger(tmp_path):
    row = student(1, IN_USE, system_label_names="")
    pack = make(tmp_path, row, outcomes=results(LOOKED))
    assert (pack.held, pack.looked_at) == ({"blank-labels": 1}, {"reupload": 1})


def test_whoever_is_found_to_be_another_person_after_a_look_goes_into_no_file(tmp_path):
    pack = make(tmp_path, student(1, IN_USE), outcomes=results(LOOKED, ("sspecim1", "other-person")))
    (row,) = sheet(tmp_path / "to-do" / "worklist.xlsx")
    assert (pack.accounts["in_step_files"], row["Next step"]) == (0, "Somebody has to look at it")


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_wrote_what_it_held_and_where_to_start(tmp_path, sample, capsys):
    out = tmp_path / "to-do"
    assert main(["actions", str(sample), "--school-domain", "example.edu", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "240 rows = 87 in files + 112 held back + 41 in the work list only" in said
    assert "--allow reupload" in said and said.rstrip().endswith("Open START-HERE.html in that folder.")


def test_the_next_folder_knows_what_was_found_out(tmp_path, sample, capsys):
    out, found = tmp_path / "to-do", tmp_path / "found.csv"
    found.write_text("email,result\nzoe.blindtext@example.edu,Refused: connected to another school\nx@y.edu,Huh\n")
    command = ["actions", str(sample), "--school-domain", "example.edu", "--out", str(out), "--outcomes", str(found)]
    assert main(command) == 1
    assert "found.csv, line 3: the result is none that the kit knows" in capsys.readouterr().out
    assert [name for name in (path.name for path in out.iterdir()) if name.endswith("students-to-ask.xlsx")]


def test_a_wrong_name_to_allow_is_one_sentence_and_nothing_is_written(tmp_path, sample, capsys):
    out = tmp_path / "to-do"
    assert main(["actions", str(sample), "--school-domain", "example.edu", "--out", str(out), "--allow", "x"]) == 2
    assert capsys.readouterr().err.startswith("triage-kit: --allow x: nothing is held back for a reason of that name.")
    assert not out.exists()


def test_no_school_is_needed_to_write_a_folder(tmp_path):
    assert make(tmp_path, student(1, SELF_MADE), school=School("", ["example.edu"])).accounts["in_step_files"] == 1
