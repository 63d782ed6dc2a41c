"""An upload is looked at before the Importer sees it: each finding with line, column and cure."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.test_actions import CHANGE, make, student
from triage_kit import School
from triage_kit.cli import main
from triage_kit.upload_check import check_upload, origin_of
from triage_kit.upload_rules import upload_rules

GOOD = {
    "email_address": "sam.specimen@example.edu",
    "username": "sspecim1",
    "auth_identifier": "0048007",
    "first_name": "Sam",
    "school_year_name": "Junior",
    "primary_education:cumulative_gpa": "3.25",
    "primary_education:major_names": "History; Art",
    "primary_education:education_level_name": "Bachelors",
}


def upload(folder: Path, *rows: dict[str, str], name: str = "upload.csv") -> Path:
    """Write an upload of students: the good one with these cells changed or added."""
    full = [{**GOOD, **row} for row in (rows or ({},))]
    names = list(dict.fromkeys(header for row in full for header in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(full)
    path = folder / name
    path.write_bytes(text.getvalue().encode("utf-8"))
    return path


def found(path: Path, school: School | None = None) -> list[tuple[int, str, str]]:
    return [(finding.line, finding.column, finding.problem) for finding in check_upload(path, school)]


def test_a_sound_upload_has_no_findings(tmp_path):
    assert found(upload(tmp_path)) == []


@pytest.mark.parametrize(
    "header, cell, problem",
    [
        ("email_address", "sam at example.edu", "this is not an e-mail address"),
        ("email_address", "", "the cell is blank"),
        ("username", " ", "the cell is blank"),
        ("first_name", "", "the cell is blank"),
        ("first_name", "Sam2", "the name has a digit or more than 50 characters"),
        ("last_name", "S" * 51, "the name has a digit or more than 50 characters"),
        ("school_year_name", "junior", "Handshake does not know this value (capitals count)"),
        ("primary_education:education_level_name", "BA", "Handshake does not know this value (capitals count)"),
        ("primary_education:cumulative_gpa", "4.01", "this is not a number from 0 to 4 with at most 2 decimals"),
        ("primary_education:cumulative_gpa", "3.255", "this is not a number from 0 to 4 with at most 2 decimals"),
        ("primary_education:major_names", "A; " + "B" * 256, "a name in the list is longer than 255 characters"),
        (
            "primary_education:college_names",
            "Arts; Letters, Ltd",
            "a name with a comma cannot stand in a list of several",
        ),
        (
            "primary_education:primary_major_name",
            "Physics",
            "this major does not stand in primary_education:major_names too",
        ),
        ("primary_education:start_date", "2026-02-30", "this is not a date of the form yyyy-mm-dd"),
        ("primary_education:start_date", "09/01/2026", "the date is written mm/dd/yyyy"),
        ("disabled", "true", "this is neither TRUE nor FALSE (capitals count)"),
        ("disabled", "**CLEAR**", "this is neither TRUE nor FALSE (capitals count)"),
        ("mobile_number", "555-0100", "a mobile number has digits only, with a + in front if need be"),
        ("assigned_to_email_address", "Jo", "this is not an e-mail address"),
        ("additional_email_addresses", "a@example.edu; b", "one of these is not an e-mail address"),
        ("system_label_names", "", "a blank cell in this column removes all of the student's labels"),
        ("card_id", "1.23457E+17", "shortened by Excel to the form 1.23E+09"),
        ("campus_name", "**CLEAR**", "this erases what Handshake holds"),
    ],
)
def test_a_cell_against_the_rules_is_found_by_line_and_column(tmp_path, header, cell, problem):
    other = {"username": "other", "email_address": "o@example.edu", "auth_identifier": "1111111"}
    path = upload(tmp_path, other, {header: cell})
    assert [finding for finding in found(path) if finding[0] == 3] == [(3, header, problem)]


@pytest.mark.parametrize(
    "header, cell",
    [
        ("primary_education:cumulative_gpa", "4.0"),
        ("primary_education:cumulative_gpa", "0"),
        ("primary_education:cumulative_gpa", ""),
        ("school_year_name", ""),
        ("primary_education:college_names", "Letters, Arts"),
        ("primary_education:primary_major_name", "Art"),
        ("primary_education:start_date", "2024-02-29"),
        ("mobile_number", "+15550100"),
        ("preferred_name", "Zoë-Lü"),
        ("disabled", "FALSE"),
    ],
)
def test_a_cell_within_the_rules_is_not_found(tmp_path, header, cell):
    assert found(upload(tmp_path, {header: cell})) == []


def test_an_end_before_the_start_is_found(tmp_path):
    path = upload(tmp_path, {"primary_education:start_date": "2026-09-01", "primary_education:end_date": "2025-05-01"})
    assert found(path) == [(2, "primary_education:end_date", "the end date lies before the start date")]


@pytest.mark.parametrize("header", ["email_address", "username", "card_id", "auth_identifier"])
def test_rows_that_the_importer_would_skip_as_duplicates_are_found(tmp_path, header):
    base = [{"email_address": f"s{n}@example.edu", "username": f"s{n}", "auth_identifier": f"000{n}"} for n in (1, 2)]
    same = "same@example.edu" if header == "email_address" else "same"
    path = upload(tmp_path, *[{**row, header: same} for row in base])
    problem = "another row has the same value, and the Importer skips them all"
    assert found(path) == [(2, header, problem), (3, header, problem)]


def test_headers_that_are_missing_unknown_misspelt_or_the_importers_are_found(tmp_path):
    path = tmp_path / "upload.csv"
    path.write_text(
        "Email_Address,username,auth_identifier,first_name,school_year_name,primary_education:cumulative_gpa,"
        "primary_education:major_names,shoe_size,status,response\na@example.edu,a,b,C,,,,42,,\n"
    )
    assert found(path) == [
        (1, "primary_education:education_level_name", "this column has to be there"),
        (1, "Email_Address", "the name is not written as Handshake expects"),
        (1, "shoe_size", "Handshake does not know this column and ignores it"),
        (1, "status", "this column is the Importer's own"),
        (1, "response", "this column is the Importer's own"),
    ]


@pytest.mark.parametrize(
    "change, problem",
    [
        (lambda text: text.replace(b"Sam", "Zoë".encode("cp1252")), "not in UTF-8"),
        (lambda text: text.replace(b",", b";"), "the cells are not set apart by commas"),
        (lambda text: text + b'"a","b"\r\n', "this line cannot be read"),
    ],
    ids=["other encoding", "semicolons", "a broken line"],
)
def test_a_file_that_is_no_true_csv_is_found(tmp_path, change, problem):
    path = upload(tmp_path)
    path.write_bytes(change(path.read_bytes()))
    assert any(problem in finding[2] for finding in found(path))


def test_limits_and_a_name_that_is_never_processed_are_found(tmp_path, monkeypatch):
    path = upload(tmp_path, name="latest.csv")
    monkeypatch.setitem(upload_rules(), "most_rows", 0)
    monkeypatch.setitem(upload_rules(), "most_bytes", 10)
    assert [finding[2] for finding in found(path)] == [
        "the file has 50 MB or more",
        "the file has more than 199,999 rows",
        "with “test” or “sample” in its name the file is analysed but never processed",
    ]


def test_an_address_of_another_school_is_found_when_ours_is_named(tmp_path):
    path = upload(tmp_path, {"email_address": "s@umich.edu"})
    school = School("Example University", ["example.edu"])
    assert found(path, school) == [(2, "email_address", "the Importer skips addresses of another school")]
    assert found(path) == []


def test_a_file_that_we_wrote_is_known_again_and_a_changed_one_too(tmp_path, capsys):
    make(tmp_path, student(1, CHANGE % ("sam.specimen1@example.edu", "sspecim1")))
    path = tmp_path / "to-do" / "1-upload-again-to-change-ids.csv"
    assert origin_of(path) == "1-upload-again-to-change-ids.csv is exactly what triage-kit wrote."
    path.write_bytes(path.read_bytes().replace(b'"0000001"', b'"1"'))
    assert origin_of(path) == "1-upload-again-to-change-ids.csv has been changed since triage-kit wrote it."
    assert (0, "", "the file has been changed since triage-kit wrote it") in found(path)
    assert (
        origin_of(upload(tmp_path))
        == "upload.csv was not made by triage-kit in this folder; it is checked as any upload."
    )


def test_the_command_groups_findings_and_never_prints_a_value(tmp_path, capsys):
    rows = [{"email_address": f"secret{n}", "username": f"s{n}", "auth_identifier": f"000{n}"} for n in range(12)]
    assert main(["check", str(upload(tmp_path, *rows))]) == 1
    said = capsys.readouterr().out
    assert "Wrong: email_address: this is not an e-mail address" in said
    assert "12 cells, lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more." in said
    assert "secret" not in said
    assert main(["check", str(upload(tmp_path))]) == 0
    assert "Nothing was found" in capsys.readouterr().out


def test_the_command_finds_the_school_by_itself_and_says_so(tmp_path, capsys):
    path = upload(tmp_path, {"email_address": "s@umich.edu"})
    assert main(["check", str(path)]) == 0
    assert "No school was named, so other schools' addresses were not looked for" in capsys.readouterr().out
    (tmp_path / "school.toml").write_text('name = "Example University"\ndomains = ["example.edu"]\n', encoding="utf-8")
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr().out
    assert "School: example.edu, from school.toml." in said
    assert "Wrong: email_address: the Importer skips addresses of another school" in said


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, capsys):
    assert main(["check", str(tmp_path / "nothing.csv")]) == 2
    assert capsys.readouterr().err.startswith("triage-kit: There is no file nothing.csv")
