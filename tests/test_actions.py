"""The to-do folder: every row in one place, exact files for the Importer, safe ones for people, whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from triage_kit import School, read_failed_rows, triage, write_actions
from triage_kit.actions import importer_files, workbook, worklist, worklist_book
from triage_kit.actions.catalogue import file_entries, guard_entries
from triage_kit.actions.folder import whole_folder
from triage_kit.actions.guards import CHECKS, fits_person
from triage_kit.actions.step_files import _WRITERS
from triage_kit.cli import main
from triage_kit.errors import OutputError, SettingsError
from triage_kit.rulebook import load_rules

SCHOOL = School(
    "Example University", ["example.edu"], email_pattern="{username}@example.edu", signature="Jo at Careers"
)
HEADERS = ("email_address", "username", "auth_identifier", "card_id", "first_name", "last_name")
TAKEN = '{"success":false,"errors":{"email_address":["has already been taken"]}}'
IN_USE = '{"success":false,"errors":{"email_address":["is already in use"]}}'
CHANGE = '{"success":false,"errors":"Attempted to update username from %s to %s"}'
EMAIL_CHANGE = '{"success":false,"errors":"Attempted to update email_address from %s to %s"}'
TOO_LONG = '{"success":false,"errors":{"first_name":["is too long (maximum is 50 characters)"]}}'
USERNAME_TAKEN = '{"success":false,"errors":{"username":["has already been taken"]}}'


def student(number: int, response: str, **cells: str) -> dict[str, str]:
    """Return a failed row of an invented student."""
    return {
        "email_address": f"sam.specimen{number}@example.edu",
        "username": f"sspecim{number}",
        "auth_identifier": f"{number:07d}",
        "card_id": f"000{number:05d}",
        "first_name": "Sam",
        "last_name": f"Specimen{number}",
        "status": "failed",
        "response": response,
        **cells,
    }


def failed_file(folder: Path, *rows: dict[str, str]) -> Path:
    """Write failed rows as the Importer would."""
    path = folder / "failed_rows.csv"
    names = list(dict.fromkeys(name for row in rows for name in row))
    names = [name for name in names if name not in ("status", "response")] + ["status", "response"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def make(folder: Path, *rows: dict[str, str], outcomes: pd.DataFrame | None = None, school=SCHOOL, **options):
    """Return the pack made of these rows in ``folder/to-do``."""
    failed = read_failed_rows(failed_file(folder, *rows))
    table = triage(failed, school, outcomes=outcomes, small_group=options.pop("small_group", 25))
    return write_actions(failed, table, folder / "to-do", school=school, outcomes=outcomes, **options)


def results(*lines: tuple[str, str], old: str = "") -> pd.DataFrame:
    """Return recorded results: username and outcome of each."""
    table = pd.DataFrame(lines, columns=["username", "outcome"], dtype="str")
    return table.assign(email_address="", old_username=old, date="", note="", file="w.csv", line="", problem="")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "to-do").iterdir())


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def sheet(path: Path, name: str = "Work list") -> list[dict[str, object]]:
    header, *lines = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()
    return [dict(zip(header, line, strict=True)) for line in lines]


EVERYTHING = (
    student(1, CHANGE % ("sam.specimen1@example.edu", "sspecim1")),
    student(2, EMAIL_CHANGE % ("sam.specimen2@gmail.com", "sam.specimen2@example.edu")),
    student(3, TAKEN),
    student(4, TOO_LONG, first_name="S" * 51),
    student(5, TAKEN, email_address="sample.0005@umich.edu"),
    student(6, TAKEN),
    student(7, TAKEN),
    student(8, USERNAME_TAKEN),
    student(9, USERNAME_TAKEN),
    student(10, "something nobody has seen before"),
)
FOUND_OUT = results(
    ("sspecim5", "refused-connected-elsewhere"),
    ("sspecim6", "refused-connected-elsewhere"),
    ("sspecim7", "refused-connected-elsewhere"),
    ("sspecim7", "student-confirmed"),
    ("sspecim8", "both-changed"),
).assign(old_username=["", "", "", "", "oldname8"])


# --- what is in the folder ------------------------------------------------------------------------------------------


def test_each_piece_of_work_has_its_files_numbered_in_the_order_of_work(tmp_path):
    make(tmp_path, *EVERYTHING, outcomes=FOUND_OUT)
    assert names_in(tmp_path) == [
        "1-upload-again-to-change-ids-read-first.txt",
        "1-upload-again-to-change-ids.csv",
        "2-upload-again-to-change-emails-read-first.txt",
        "2-upload-again-to-change-emails.csv",
        "3-two-uploads-first.csv",
        "3-two-uploads-read-first.txt",
        "3-two-uploads-second.csv",
        "4-addresses-to-paste-read-first.txt",
        "4-addresses-to-paste.txt",
        "5-new-accounts-read-first.txt",
        "5-new-accounts.csv",
        "6-students-to-ask-letter.txt",
        "6-students-to-ask-read-first.txt",
        "6-students-to-ask.xlsx",
        "7-support-request-message.txt",
        "7-support-request-read-first.txt",
        "7-support-request.csv",
        "8-for-registrar-and-it-read-first.txt",
        "8-for-registrar-and-it.xlsx",
        "START-HERE.html",
        "manifest.json",
        "worklist.xlsx",
    ]


def test_rows_in_are_rows_out(tmp_path):
    pack = make(tmp_path, *EVERYTHING, outcomes=FOUND_OUT)
    listed = sheet(tmp_path / "to-do" / "worklist.xlsx")
    assert sorted(int(row["Row"]) for row in listed) == list(range(1, 11))
    assert [row["Row"] for row in listed if row["File"]] and len({row["Row"] for row in listed}) == 10
    assert pack.accounts == {
        "rows": 10,
        "in_step_files": 8,
        "held": 0,
        "in_worklist_only": 2,
        "in_worklist": 10,
        "unreadable_lines": 0,
    }


def test_the_sample_makes_a_folder_that_adds_up(tmp_path, sample):
    failed = read_failed_rows(sample)
    pack = write_actions(failed, triage(failed, SCHOOL), tmp_path / "to-do", school=SCHOOL)
    assert pack.accounts["rows"] == 240
    assert pack.accounts["in_step_files"] + pack.accounts["held"] + pack.accounts["in_worklist_only"] == 240
    assert repr(pack) == f"<ActionPack: {len(pack.files)} files, 240 rows>"


def test_the_upload_is_exactly_the_schools_columns_quoted_with_crlf(tmp_path):
    odd = student(1, CHANGE % ("sam.specimen1@example.edu", "sspecim1"), last_name='=1+1\r"x"', auth_identifier="007")
    make(tmp_path, odd)
    written = (tmp_path / "to-do" / "1-upload-again-to-change-ids.csv").read_bytes()
    assert written == (
        b'"email_address","username","auth_identifier","card_id","first_name","last_name"\r\n'
        b'"sam.specimen1@example.edu","sspecim1","007","00000001","Sam","=1+1\r""x"""\r\n'
    )


def test_two_uploads_set_the_address_first_and_the_username_second(tmp_path):
    make(tmp_path, EVERYTHING[7], outcomes=results(("sspecim8", "both-changed"), old="oldname8"))
    first = csv_rows(tmp_path / "to-do" / "1-two-uploads-first.csv")
    second = csv_rows(tmp_path / "to-do" / "1-two-uploads-second.csv")
    assert first[1] == ["sam.specimen8@example.edu", "oldname8", "", "00000008", "Sam", "Specimen8"]
    assert second[1] == ["sam.specimen8@example.edu", "sspecim8", "0000008", "00000008", "Sam", "Specimen8"]


def test_addresses_stand_one_per_line_in_blocks_that_can_be_pasted(tmp_path):
    rows = [student(n, TAKEN, email_address=f"sample.{n:04d}@umich.edu") for n in range(30)]
    make(tmp_path, *rows)
    text = (tmp_path / "to-do" / "1-addresses-to-paste.txt").read_bytes().decode()
    blocks = [block.split("\r\n") for block in text.rstrip("\r\n").split("\r\n\r\n")]
    assert [len(block) for block in blocks] == [24, 6]
    assert blocks[0][0] == "sample.0000@umich.edu"


def test_a_new_account_gets_the_address_that_the_pattern_makes(tmp_path):
    make(tmp_path, EVERYTHING[4], outcomes=results(("sspecim5", "refused-connected-elsewhere")))
    header, row = csv_rows(tmp_path / "to-do" / "1-new-accounts.csv")
    assert (header[0], row[0], row[1]) == ("email_address", "sspecim5@example.edu", "sspecim5")


@pytest.mark.parametrize(
    "school, cells",
    [
        pytest.param(School("E", ["example.edu"]), {}, id="no pattern"),
        pytest.param(School("E", ["example.edu"], email_pattern="{card_id}@example.edu"), {"card_id": ""}, id="blank"),
        pytest.param(School("E", ["example.edu"], email_pattern="{username}@umich.edu"), {}, id="not our domain"),
        pytest.param(School("E", ["example.edu"], email_pattern="{first_name}@example.edu"), {}, id="made twice"),
    ],
)
def test_a_new_account_without_a_sure_address_is_left_to_fill_in_and_marked(tmp_path, school, cells):
    rows = [student(n, TAKEN, email_address=f"sample.{n:04d}@umich.edu", **cells) for n in (5, 6)]
    outcomes = results(("sspecim5", "refused-connected-elsewhere"), ("sspecim6", "refused-connected-elsewhere"))
    make(tmp_path, *rows, outcomes=outcomes, school=school)
    path = tmp_path / "to-do" / "1-new-accounts-to-fill-in.xlsx"
    cell = openpyxl.load_workbook(path).active["A2"]
    assert (cell.value, cell.fill.fgColor.rgb) == (None, "FFFFE08A")
    assert not (tmp_path / "to-do" / "1-new-accounts.csv").exists()


def test_support_gets_three_things_and_no_more(tmp_path):
    outcomes = results(("sspecim7", "refused-connected-elsewhere"), ("sspecim7", "student-confirmed"))
    make(tmp_path, EVERYTHING[6], outcomes=outcomes)
    assert csv_rows(tmp_path / "to-do" / "1-support-request.csv") == [
        ["email", "name", "institution to switch to"],
        ["sam.specimen7@example.edu", "Sam Specimen7", "Example University"],
    ]
    message = (tmp_path / "to-do" / "1-support-request-message.txt").read_text(encoding="utf-8-sig")
    assert "Please connect 1 student to Example University" in message and "Jo at Careers" in message


def test_the_registrar_gets_the_faulty_cell_marked_and_what_is_allowed(tmp_path):
    make(tmp_path, EVERYTHING[3])
    path = tmp_path / "to-do" / "1-for-registrar-and-it.xlsx"
    (row,) = sheet(path, "To correct")
    assert list(row) == ["Excel line", "username", "first_name", "What is wrong", "What is allowed"]
    assert row["first_name"] == "S" * 51
    assert "50" in str(row["What is allowed"])
    marked = openpyxl.load_workbook(path).active
    assert [marked[cell].fill.fgColor.rgb for cell in ("C2", "D2")] == ["FFFFE08A", "00000000"]


def test_the_letter_names_the_school_and_can_be_merged(tmp_path):
    make(tmp_path, EVERYTHING[5], outcomes=results(("sspecim6", "refused-connected-elsewhere")))
    (row,) = sheet(tmp_path / "to-do" / "1-students-to-ask.xlsx", "Students")
    assert row == {
        "Email": "sam.specimen6@example.edu",
        "First name": "Sam",
        "Last name": "Specimen6",
        "School": "Example University",
    }
    letter = (tmp_path / "to-do" / "1-students-to-ask-letter.txt").read_text(encoding="utf-8-sig")
    assert "«First name»" in letter and "Example University" in letter and letter.rstrip().endswith("Jo at Careers")


# --- the work list --------------------------------------------------------------------------------------------------


def test_the_work_list_shows_titles_and_keeps_identifiers_as_text(tmp_path):
    make(tmp_path, EVERYTHING[2])
    (row,) = sheet(tmp_path / "to-do" / "worklist.xlsx")
    rules = load_rules()
    assert list(row)[: len(worklist_book.OUR_COLUMNS)] == list(worklist_book.OUR_COLUMNS)
    assert row["Next step"] == rules.step("add-by-email").title
    assert (row["Who"], row["State"], row["Result"], row["Excel line"]) == ("career office", "to do", "", "2")
    assert (row["auth_identifier"], row["card_id"]) == ("0000003", "00000003")
    assert row["Student"] == "Sam Specimen3, sam.specimen3@example.edu"


@pytest.mark.parametrize(
    "cells, shown",
    [
        ({"first_name": "", "last_name": " "}, "sam.specimen3@example.edu"),
        ({"email_address": ""}, "Sam Specimen3"),
        ({"first_name": "", "last_name": "", "email_address": ""}, ""),
    ],
    ids=["no name", "no address", "neither"],
)
def test_the_work_list_says_who_it_is_about_as_well_as_it_can(tmp_path, cells, shown):
    make(tmp_path, student(3, TAKEN, **cells))
    assert sheet(tmp_path / "to-do" / "worklist.xlsx")[0]["Student"] == shown


def test_a_row_that_is_held_back_is_marked(tmp_path):
    make(tmp_path, student(1, IN_USE), student(2, TAKEN))
    lines = openpyxl.load_workbook(tmp_path / "to-do" / "worklist.xlsx")["Work list"]
    place = [cell.value for cell in lines[1]].index("Held back because")
    assert {line[place].value: line[place].fill.fgColor.rgb for line in lines.iter_rows(min_row=2)} == {
        "Nobody has looked at these accounts yet": "FFFFE08A",
        None: "00000000",
    }


def test_the_work_list_prints_as_a_list_one_page_wide_that_says_whose_it_is(tmp_path):
    make(tmp_path, *EVERYTHING)
    sheet = openpyxl.load_workbook(tmp_path / "to-do" / "worklist.xlsx")["Work list"]
    assert sheet.print_area == "'Work list'!$A$1:$G$11"
    assert sheet["G1"].value == "Note"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.oddFooter.left.text == "Student data: for the office only"


def test_what_the_work_list_prints_is_printed_whole_on_more_lines_if_need_be(tmp_path):
    make(tmp_path, student(1, IN_USE), student(2, TAKEN))
    lines = openpyxl.load_workbook(tmp_path / "to-do" / "worklist.xlsx")["Work list"]
    wrapped = {cell.value: lines.cell(2, cell.column).alignment.wrap_text for cell in lines[1]}
    assert wrapped["Student"] and wrapped["Problem"] and wrapped["Held back because"]
    assert not wrapped["Why"]


def test_a_line_of_the_work_list_is_as_high_as_its_texts_need(tmp_path):
    long = f"{'long' * 12}@example.edu"
    make(tmp_path, student(1, TAKEN), student(2, TAKEN, email_address=long))
    book = openpyxl.load_workbook(tmp_path / "to-do" / "worklist.xlsx")
    heights = {line[1].value: book["Work list"].row_dimensions[line[1].row].height for line in book["Work list"]}
    assert heights[f"Sam Specimen2, {long}"] == 30
    assert heights["Sam Specimen1, sam.specimen1@example.edu"] is None
    assert book["Procedure"].row_dimensions[2].height > 60


def test_each_result_cell_offers_what_its_step_offers(tmp_path):
    make(tmp_path, *EVERYTHING)
    book = openpyxl.load_workbook(tmp_path / "to-do" / "worklist.xlsx")
    (offer,) = book["Work list"].data_validations.dataValidation
    assert (offer.type, str(offer.sqref)) == ("list", "A2:A11")
    assert offer.formula1 == (
        "OFFSET(Results!$A$2,0,MATCH($C2,Results!$1:$1,0)-1,COUNTA(INDEX(Results!$2:$10,0,MATCH($C2,Results!$1:$1,0))),1)"
    )
    assert book["Work list"]["C1"].value == "Next step"
    assert book["Work list"].freeze_panes == "C2" and book["Work list"].auto_filter.ref.startswith("A1:")
    rules = load_rules()
    for column in book["Results"].iter_cols(values_only=True):
        step = next(step for step in rules.steps if step.title == column[0])
        assert [cell for cell in column[1:] if cell] == [rules.outcome(outcome).title for outcome in step.outcomes]
    assert max(len(step.outcomes) for step in rules.steps) <= 9


def test_the_workbook_explains_the_procedure_and_counts(tmp_path):
    make(tmp_path, *EVERYTHING)
    path = tmp_path / "to-do" / "worklist.xlsx"
    assert {row["Next step"] for row in sheet(path, "Procedure")} == {row["Next step"] for row in sheet(path)}
    counts = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Counts").to_python()
    assert counts[1] == ["All rows", "", 10.0]


def test_a_long_list_goes_to_a_csv_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(worklist, "MOST_ROWS", 3)
    monkeypatch.setattr("triage_kit.actions.MOST_ROWS", 3)
    pack = make(tmp_path, *EVERYTHING)
    assert len(csv_rows(tmp_path / "to-do" / "worklist.csv")) == 11
    assert "worklist.xlsx" not in names_in(tmp_path)
    assert "worklist.csv" in pack.notices[0]


PAYLOADS = [
    "=1+1",
    "@SUM(A1)",
    "+1 555 0100",
    "-cmd",
    "007",
    "1E5",
    "\u202eabc",
    "2026-01-01",
    "=HYPERLINK(1)",
    "_x0041_",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_of_a_workbook_is_a_formula_a_number_or_a_date(tmp_path, payload):
    make(tmp_path, student(1, TAKEN, last_name=payload))
    book = openpyxl.load_workbook(tmp_path / "to-do" / "worklist.xlsx")
    cells = [cell for line in book["Work list"].iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert sheet(tmp_path / "to-do" / "worklist.xlsx")[0]["last_name"] == payload


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\x00b\x1f", "a\ufffdb\ufffd"),
        ("a\nb\tc", "a\nb\tc"),
        ("a\ud800", "a\ufffd"),
        ("x" * 32_767, "x" * 32_767),
        ("x" * 32_768, "x" * 32_716 + " … [cut here for Excel: 32,768 characters in the file]"[-51:]),
    ],
    ids=["control characters", "line breaks", "half a character", "just fits", "too long"],
)
def test_a_cell_holds_what_a_workbook_can_hold(text, shown):
    if "cut here" in shown:
        cell = workbook.cell_text(text)
        assert len(cell) == 32_767 and cell.endswith("… [cut here for Excel: 32,768 characters in the file]")
    else:
        assert workbook.cell_text(text) == shown


def test_characters_beyond_the_basic_plane_count_twice_as_in_excel():
    cell = workbook.cell_text("\U0001f600" * 20_000)
    assert len(cell.encode("utf-16-le")) // 2 <= 32_767 and "20,000 characters" in cell


# --- limits, bytes, accounts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["MOST_ROWS", "MOST_BYTES"])
def test_an_upload_is_split_where_the_importer_has_its_limits(tmp_path, monkeypatch, limit):
    rows = [student(n, CHANGE % (f"sam.specimen{n}@example.edu", "new")) for n in range(1, 8)]
    monkeypatch.setattr(importer_files, limit, {"MOST_ROWS": 3, "MOST_BYTES": 370}[limit])
    make(tmp_path, *rows)
    parts = sorted((tmp_path / "to-do").glob("1-*.csv"))
    assert [path.name for path in parts] == [f"1-upload-again-to-change-ids-part-{n}-of-3.csv" for n in (1, 2, 3)]
    assert [row[1] for part in parts for row in csv_rows(part)[1:]] == [f"sspecim{n}" for n in range(1, 8)]
    assert all(part.stat().st_size <= 370 for part in parts) or limit == "MOST_ROWS"


def test_the_same_input_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make(tmp_path / name, *EVERYTHING, outcomes=FOUND_OUT)
    for path in sorted((tmp_path / "a" / "to-do").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / "to-do" / path.name).read_bytes(), path.name


def test_the_manifest_names_every_file_with_its_fingerprint(tmp_path):
    make(tmp_path, *EVERYTHING, outcomes=FOUND_OUT)
    folder = tmp_path / "to-do"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    fingerprints = {file["name"]: file["sha256"] for file in manifest["files"]}
    assert fingerprints == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "manifest.json"
    }
    upload = next(file for file in manifest["files"] if file["name"] == "1-upload-again-to-change-ids.csv")
    assert upload["settings"]["Identifier Column"] == "email_address"
    assert sum(f["rows"] for f in manifest["files"] if f["counts_rows"]) == manifest["accounts"]["in_step_files"]


def test_a_row_lost_on_the_way_stops_everything(tmp_path, monkeypatch):
    monkeypatch.setattr("triage_kit.actions.step_files.write_upload", lambda table, folder, stem: [])
    with pytest.raises(OutputError, match="10 rows came in, 10 stand in the work list and 4 of 8"):
        make(tmp_path, *EVERYTHING, outcomes=FOUND_OUT)
    assert [path.name for path in tmp_path.iterdir()] == ["failed_rows.csv"]


# --- the folder -----------------------------------------------------------------------------------------------------


def test_a_folder_of_ours_is_replaced_and_another_is_not(tmp_path):
    make(tmp_path, EVERYTHING[2])
    make(tmp_path, EVERYTHING[3])
    assert "1-addresses-to-paste.txt" not in names_in(tmp_path)
    (tmp_path / "to-do" / "manifest.json").unlink()
    with pytest.raises(OutputError, match=r"^The folder to-do exists and was not made by triage-kit; give another"):
        make(tmp_path, EVERYTHING[2])
    (tmp_path / "to-do" / "mine.txt").write_text("mine")
    pack = make(tmp_path, EVERYTHING[2], force=True)
    assert (tmp_path / "to-do-before-1" / "mine.txt").read_text() == "mine"
    assert "to-do-before-1" in pack.notices[0] and "mine.txt" not in names_in(tmp_path)


def test_results_that_staff_recorded_are_kept_when_the_folder_is_made_anew(tmp_path):
    make(tmp_path, EVERYTHING[2])
    for number, result in ((1, "Added to our school"), (2, "Not our student (any more)")):
        path = tmp_path / "to-do" / "worklist.xlsx"
        book = openpyxl.load_workbook(path)
        book["Work list"]["A2"] = result
        book.save(path)
        recorded = path.read_bytes()
        pack = make(tmp_path, EVERYTHING[2])
        assert (tmp_path / "to-do" / "earlier-results" / f"worklist-{number}.xlsx").read_bytes() == recorded
        assert f"earlier-results/worklist-{number}.xlsx and were not read: to use them" in pack.notices[0]


def test_a_folder_made_elsewhere_takes_the_results_along_that_it_was_made_of(tmp_path, sample, capsys):
    def step(*options: str) -> list[dict[str, object]]:
        assert main(["actions", str(sample), "--school-domain", "example.edu", *options]) == 0
        return sheet(Path(options[1]) / "worklist.xlsx")

    first, second, third = (str(tmp_path / name) for name in ("first", "second", "third"))
    student = next(
        row["username"] for row in step("--out", first) if row["email_address"] == "zoe.blindtext@example.edu"
    )
    for folder, next_folder, result in (
        (first, second, "Refused: connected to another school"),
        (second, third, "Student wants to switch to our school"),
    ):
        path = Path(folder) / "worklist.xlsx"
        book = openpyxl.load_workbook(path)
        lines = book["Work list"]
        header = [cell.value for cell in lines[1]]
        (line,) = [line for line in lines.iter_rows() if line[header.index("username")].value == student]
        line[0].value = result
        book.save(path)
        rows = step("--out", next_folder, "--outcomes", folder)
    (row,) = [row for row in rows if row["username"] == student]
    assert row["Next step"] == "Write to Handshake Support"
    assert sorted(path.name for path in (tmp_path / "third" / "earlier-results").iterdir()) == [
        "worklist-1.xlsx",
        "worklist-2.xlsx",
    ]
    assert "next time this folder is enough" in capsys.readouterr().out


def test_what_staff_filled_in_or_added_is_kept_when_the_folder_is_made_anew(tmp_path):
    make(tmp_path, EVERYTHING[2])
    (tmp_path / "to-do" / "my notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "to-do" / "1-addresses-to-paste.txt").write_text("changed", encoding="utf-8")
    pack = make(tmp_path, EVERYTHING[2])
    kept = tmp_path / "to-do-before-1"
    assert (kept / "my notes.txt").read_text(encoding="utf-8") == "mine"
    assert (kept / "1-addresses-to-paste.txt").read_text(encoding="utf-8") == "changed"
    assert "my notes.txt" not in names_in(tmp_path)
    assert "it is kept as to-do-before-1" in " ".join(pack.notices)


def test_what_lies_beside_the_earlier_results_and_is_no_list_is_kept_too(tmp_path):
    make(tmp_path, EVERYTHING[2])
    (tmp_path / "to-do" / "earlier-results").mkdir()
    (tmp_path / "to-do" / "earlier-results" / "letter.docx").write_text("mine", encoding="utf-8")
    make(tmp_path, EVERYTHING[2])
    kept = tmp_path / "to-do-before-1" / "earlier-results" / "letter.docx"
    assert kept.read_text(encoding="utf-8") == "mine"


def test_a_work_list_that_nobody_touched_leaves_nothing_behind(tmp_path):
    make(tmp_path, EVERYTHING[2])
    make(tmp_path, EVERYTHING[2])
    assert "earlier-results" not in names_in(tmp_path)


def test_when_something_fails_the_old_folder_stays_as_it_was(tmp_path, monkeypatch):
    make(tmp_path, EVERYTHING[2])
    before = names_in(tmp_path)

    def fail(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("triage_kit.actions.write_start_here", fail)
    with pytest.raises(OutputError, match="another program \\(Excel\\?\\), close it there and run again"):
        make(tmp_path, EVERYTHING[3])
    assert names_in(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["failed_rows.csv", "to-do"]


def test_the_rows_of_a_large_workbook_wait_in_a_folder_that_goes_with_the_process(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with workbook.open_workbook(tmp_path / "list.xlsx", rows=10_000) as book:
        workbook.write_table(book, book.add_worksheet(), ["email"], [["sam.specimen@example.edu"] * 2], widths=[20])
        assert [path.name.startswith("triage-kit-") for path in tmp_path.iterdir()] == [True]
    assert [path.name for path in tmp_path.iterdir()] == ["list.xlsx"]


def test_a_workbook_that_excel_holds_open_gets_a_sentence_and_keeps_the_folder(tmp_path, monkeypatch):
    target = tmp_path / "to-do"
    target.mkdir()
    (target / "worklist.xlsx").write_text("open in Excel")
    rename = Path.rename

    def held_open(self, other):
        if self == target:
            raise PermissionError(13, "in use")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", held_open)
    with (
        pytest.raises(OutputError, match="close it there and run again; the folder is as it was"),
        whole_folder(target),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["to-do"]
    assert (target / "worklist.xlsx").read_text() == "open in Excel"


def test_a_run_that_is_stopped_in_the_last_moment_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    make(tmp_path, EVERYTHING[2])
    before = names_in(tmp_path)
    rename = Path.rename

    def stopped(self, other):
        if self.name.startswith(".triage-kit-to-do-"):
            raise KeyboardInterrupt
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", stopped)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, EVERYTHING[3])
    assert names_in(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["failed_rows.csv", "to-do"]


def test_what_a_killed_run_left_behind_is_removed_the_next_day(tmp_path):
    old, new = tmp_path / ".triage-kit-to-do-old", tmp_path / ".triage-kit-to-do-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    make(tmp_path, EVERYTHING[2])
    assert sorted(path.name for path in tmp_path.iterdir()) == [new.name, "failed_rows.csv", "to-do"]


def test_a_hidden_folder_of_somebody_else_stays_whatever_the_to_do_folder_is_called(tmp_path):
    for name in (".to-do", ".to-do-archive"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))
    make(tmp_path, EVERYTHING[2])
    assert {".to-do", ".to-do-archive"} <= {path.name for path in tmp_path.iterdir()}


def test_a_file_in_the_folders_place_is_left_alone(tmp_path):
    (tmp_path / "to-do").write_text("mine")
    with pytest.raises(OutputError, match="to-do is a file"):
        make(tmp_path, EVERYTHING[2], force=True)


# --- the catalogue --------------------------------------------------------------------------------------------------


def test_the_catalogue_fits_the_rules_and_the_code():
    rules = load_rules()
    steps = [step for entry in file_entries() for step in entry.steps]
    assert len(steps) == len(set(steps)) and {step.id for step in rules.steps} >= set(steps)
    assert set(CHECKS) == set(guard_entries()) == {guard for entry in file_entries() for guard in entry.guards}
    assert set(_WRITERS) == {entry.writer for entry in file_entries()}


def test_a_name_that_cannot_be_allowed_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"^--allow everything: nothing is held back for a reason of that name\."):
        make(tmp_path, EVERYTHING[2], allow=["everything"])
    with pytest.raises(SettingsError, match=r"^--allow both-changed: this cannot be allowed"):
        make(tmp_path, EVERYTHING[2], allow=["both-changed"])


@pytest.mark.parametrize(
    "old, fits",
    [
        ("sam@example.edu", True),
        ("SAM", True),
        ("sspecimen7", True),
        ("specim01", True),
        ("jordans", True),
        ("jordan", False),
        ("mlee4", False),
        ("0048007", False),
    ],
)
def test_an_old_value_fits_the_person_by_address_or_name(old, fits):
    assert fits_person(old, "sam@example.edu", "Jordan", "Spécimen") is fits


def test_the_list_names_the_very_file_in_which_a_row_stands(tmp_path, monkeypatch):
    monkeypatch.setattr(importer_files, "MOST_ROWS", 1)
    rows = [student(n, CHANGE % (f"sam.specimen{n}@example.edu", "new")) for n in (1, 2)]
    foreign = [student(n, TAKEN, email_address=f"sample.{n:04d}@umich.edu") for n in (3, 4)]
    foreign[1]["username"] = "ünal4"
    outcomes = results(("sspecim3", "refused-connected-elsewhere"), ("ünal4", "refused-connected-elsewhere"))
    make(tmp_path, *rows, *foreign, outcomes=outcomes)
    assert {row["username"]: row["File"] for row in sheet(tmp_path / "to-do" / "worklist.xlsx")} == {
        "sspecim1": "1-upload-again-to-change-ids-part-1-of-2.csv",
        "sspecim2": "1-upload-again-to-change-ids-part-2-of-2.csv",
        "sspecim3": "2-new-accounts.csv",
        "ünal4": "2-new-accounts-to-fill-in.xlsx",
    }


def test_the_list_shows_what_was_recorded_so_far(tmp_path):
    outcomes = results(("sspecim3", "request-pending"), ("sspecim3", "added")).assign(
        date=["2026-11-20", "2026-11-24"], note=["by phone", ""]
    )
    make(tmp_path, EVERYTHING[2], outcomes=outcomes)
    (row,) = sheet(tmp_path / "to-do" / "worklist.xlsx")
    rules = load_rules()
    pending, added = (rules.outcome(name).title for name in ("request-pending", "added"))
    assert row["So far"] == f"2026-11-20 {pending} (by phone); 2026-11-24 {added}"


def test_a_file_without_failed_rows_makes_a_folder_that_says_so(tmp_path):
    path = tmp_path / "failed_rows.csv"
    path.write_text("email_address,username,status,response\n")
    failed = read_failed_rows(path)
    pack = write_actions(failed, triage(failed, SCHOOL), tmp_path / "to-do")
    assert [name for name, _ in pack.files] == ["worklist.xlsx", "START-HERE.html", "manifest.json"]
    assert "0 rows were not imported" in (tmp_path / "to-do" / "START-HERE.html").read_text(encoding="utf-8")


def test_a_table_of_other_rows_is_refused(tmp_path):
    failed = read_failed_rows(failed_file(tmp_path, EVERYTHING[2], EVERYTHING[3]))
    with pytest.raises(SettingsError, match=r"^The triage table is of other rows"):
        write_actions(failed, triage(failed, SCHOOL).iloc[:1], tmp_path / "to-do")


def test_cells_for_people_are_escaped_on_the_page(tmp_path):
    school = School("<script>alert(1)</script> & Co", ["example.edu"])
    make(tmp_path, EVERYTHING[2], school=school)
    page = (tmp_path / "to-do" / "START-HERE.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page


def test_no_student_stands_on_the_page_or_in_a_file_name(tmp_path):
    make(tmp_path, *EVERYTHING, outcomes=FOUND_OUT)
    page = (tmp_path / "to-do" / "START-HERE.html").read_text(encoding="utf-8")
    manifest = (tmp_path / "to-do" / "manifest.json").read_text(encoding="utf-8")
    for text in (page, manifest, " ".join(names_in(tmp_path))):
        assert "specim" not in text.lower().replace("specimen name", "")


def broken_file(folder: Path) -> Path:
    path = failed_file(folder, EVERYTHING[2], EVERYTHING[3])
    path.write_bytes(path.read_bytes() + b'"one","cell too few"\r\n')
    return path


def test_a_line_that_cannot_be_read_has_its_sheet_and_a_word_on_the_page(tmp_path):
    failed = read_failed_rows(broken_file(tmp_path))
    pack = write_actions(failed, triage(failed, SCHOOL), tmp_path / "to-do", school=SCHOOL)
    assert pack.accounts["unreadable_lines"] == 1
    (line,) = sheet(tmp_path / "to-do" / "worklist.xlsx", "Unreadable lines")
    assert (line["Excel line"], "cell too few" in str(line["What stands there"])) == ("4", True)
    assert "1 line of the file could not be read" in (tmp_path / "to-do" / "START-HERE.html").read_text(
        encoding="utf-8"
    )


def test_beside_a_long_list_the_unreadable_lines_have_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("triage_kit.actions.MOST_ROWS", 1)
    failed = read_failed_rows(broken_file(tmp_path))
    write_actions(failed, triage(failed, SCHOOL), tmp_path / "to-do", school=SCHOOL)
    assert csv_rows(tmp_path / "to-do" / "unreadable-lines.csv")[0] == ["line", "reason", "text"]


def test_progress_is_told_while_a_long_list_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "_TELL_EVERY", 4)
    told: list[tuple[int, int]] = []
    make(tmp_path, *EVERYTHING, progress=lambda done, of: told.append((done, of)))
    assert told == [(4, 10), (8, 10), (10, 10)]
