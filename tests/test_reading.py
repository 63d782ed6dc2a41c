"""The reader, file by file: each fixture is named after what is wrong with it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from triage_kit.errors import InputError, OutputError
from triage_kit.reading import FailedRows, read_failed_rows, read_records, write_records
from triage_kit.reading import records as records_module
from triage_kit.reading import rows as rows_module
from triage_kit.reading import sorting as sorting_module

FIXTURES = Path(__file__).parent / "fixtures" / "reading"

TAKEN = '{"success":false,"errors":{"email_address":["has already been taken"]}'
SENSITIVE = '{"success":false,"errors":"Attempted to update sensitive fields without setting change_sensitive_fields"}'
HEADER = ("email_address", "username", "first_name", "card_id", "primary_education:end_date", "status", "response")
STUDENTS = [
    ("sample.0001@example.edu", "0010001", "Zoë", "000123450", "2026-05-15", "failed", TAKEN),
    ("sample.0002@example.edu", "0010002", "Null", "000123451", "2026-05-15", "failed", SENSITIVE),
    ("sample.0003@example.edu", "0010003", "O’Neil", "000123452", "2027-05-14", "failed", TAKEN),
]

#: Files that hold exactly the three students: encoding, byte-order mark, delimiter, quotation mark, line end, header's
#: line.
SAME_CONTENT = {
    "clean.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "bom-utf8.csv": ("utf-8", True, ",", '"', "CRLF", 1),
    "utf16-tabs.csv": ("utf-16-le", True, "\t", '"', "CRLF", 1),
    "utf16-big-endian.csv": ("utf-16-be", True, "\t", '"', "CRLF", 1),
    "cp1252-semicolons.csv": ("cp1252", False, ";", '"', "CRLF", 1),
    "semicolons.csv": ("utf-8", False, ";", '"', "CRLF", 1),
    "tabs.csv": ("utf-8", False, "\t", '"', "CRLF", 1),
    "pipes.csv": ("utf-8", False, "|", '"', "CRLF", 1),
    "sep-line.csv": ("utf-8", False, ";", '"', "CRLF", 1),
    "line-ends-lf.csv": ("utf-8", False, ",", '"', "LF", 1),
    "line-ends-cr.csv": ("utf-8", False, ",", '"', "CR", 1),
    "line-ends-mixed.csv": ("utf-8", False, ",", '"', "mixed", 1),
    "quotes-backslash-escaped.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "title-above-header.csv": ("utf-8", False, ",", '"', "CRLF", 3),
    "several-header-lines.csv": ("utf-8", False, ",", '"', "CRLF", 2),
    "labels-below-header.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "blank-lines-above-header.csv": ("utf-8", False, ",", '"', "CRLF", 3),
    "blank-lines-below.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "ctrl-z-at-end.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "no-line-end-at-end.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "extra-empty-cells.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "second-table-same-header.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "rows-in-one-cell.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "lines-in-one-cell.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "umlaut in näme.csv": ("utf-8", False, ",", '"', "CRLF", 1),
    "packed.csv.gz": ("utf-8", False, ",", '"', "CRLF", 1),
    "packed.zip": ("utf-8", False, ",", '"', "CRLF", 1),
    "workbook.xlsx": ("", False, "", "", "", 2),
    "workbook-old.xls": ("", False, "", "", "", 1),
}


def cells_of(failed: FailedRows) -> list[tuple[str, ...]]:
    return list(failed.rows.itertuples(index=False, name=None))


def table_of(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(frame.itertuples(index=False, name=None))


@pytest.mark.parametrize("name", SAME_CONTENT)
def test_the_same_content_gives_the_same_rows(name: str) -> None:
    failed = read_failed_rows(FIXTURES / name)
    layout = failed.layout
    assert cells_of(failed) == STUDENTS
    assert tuple(failed.rows.columns) == HEADER
    assert failed.broken.empty
    assert failed.untrusted.empty
    found = (layout.encoding, layout.bom, layout.delimiter, layout.quotechar, layout.line_ending, layout.header_line)
    assert found == SAME_CONTENT[name]


NAMES = ["Zoë", "Null", "O’Neil"]
#: Files whose cells differ on purpose: the column to look at and what it holds.
OTHER_CONTENT = {
    "latin1.csv": ("first_name", ["Zoë", "Null", "O'Neil"]),
    "encoded-twice.csv": ("first_name", ["ZoÃ«", "Null", "Oâ€™Neil"]),
    "quotes-single.csv": ("response", [TAKEN, SENSITIVE, TAKEN]),
    "quotes-absent-tabs.csv": ("response", [TAKEN, SENSITIVE, '"student":["can\'t be blank"]:']),
    "line-breaks-in-cells.csv": (
        "response",
        [TAKEN, "<html>\r\n<body>Gateway\n\ntime-out</body>\r\n</html>", TAKEN],
    ),
    "trailing-empty-columns.csv": ("first_name", NAMES),
    "trailing-empty-columns-ragged.csv": ("first_name", NAMES),
    "header-untidy.csv": ("first_name", NAMES),
    "header-twice-uploaded.csv": ("response", [TAKEN, SENSITIVE, TAKEN]),
    "header-response-renamed.csv": ("response", [TAKEN, SENSITIVE, TAKEN]),
    "header-alone.csv": ("response", []),
    "students-called-null.csv": ("first_name", ["Null", "None", "NA", "nan", "N/A"]),
    "dates-month-first.csv": ("primary_education:end_date", ["05/15/2026", "12/14/2026", "05/14/2027"]),
    "excel-dates.csv": ("primary_education:end_date", ["5/15/2026", "12/14/2026", "5/14/2027"]),
    "excel-ids-shortened.csv": ("card_id", ["1.23457E+17", "000123451", "000123452"]),
    "excel-ids-rounded.csv": ("card_id", ["123456789012345000"] * 3),
    "excel-zeros-lost.csv": ("card_id", ["123450", "9123451", "9123452", "9123453"]),
    "excel-error-values.csv": ("first_name", ["#N/A", "#REF!", "#1"]),
    "excel-smart-quotes.csv": ("response", [TAKEN.replace('"success"', "“success”"), SENSITIVE, TAKEN]),
    "excel-cell-cut.csv": ("first_name", NAMES),
    "quote-lone-in-cell.csv": ("card_id", ['12" card', "000123451", "000123452"]),
    "workbook-numbers.xlsx": ("username", ["10001", "10002", "10003"]),
    "workbook-errors.xlsx": ("first_name", ["Zoë", "#N/A", "O’Neil"]),
}


@pytest.mark.parametrize("name", OTHER_CONTENT)
def test_cells_are_read_as_written(name: str) -> None:
    failed = read_failed_rows(FIXTURES / name)
    header, expected = OTHER_CONTENT[name]
    column = failed.response if header == "response" else failed.column(header)
    assert column.tolist() == expected
    assert failed.broken.empty


NOT_SOUND = "a quotation mark stands where none may be, or one is missing"
OTHER_TABLE = "belongs to a second table with other columns"
#: Numbers of the rows read; row number, line in Excel, reason and start of the text of what could not be.
BROKEN = {
    "record-too-short.csv": ([1, 3, 4], [(2, 3, "2 cells where the header has 7", "sample.0009@")]),
    "record-too-long.csv": ([1, 3], [(2, 3, "8 cells where the header has 7", "sample.0002@")]),
    "quote-unclosed.csv": ([2, 3], [(1, 2, NOT_SOUND, "sample.0001@")]),
    "quote-unclosed-at-end.csv": (
        [1, 2],
        [(3, 4, "a quotation mark is opened here and never closed", "sample.0003@")],
    ),
    "nul-bytes.csv": (
        [2, 3],
        [(1, 2, "holds NUL bytes: the file was damaged in storage or on the way", "sample.0001@")],
    ),
    "damaged-utf8-byte.csv": (
        [1, 3],
        [(2, 3, "holds bytes that are no text in this file's encoding", "sample.0002@example.edu,001\ufffd002")],
    ),
    "footer.csv": ([1, 2, 3], [(4, 6, "1 cell where the header has 7", "Total: 3 rows")]),
    "second-table-other-columns.csv": (
        [1, 2, 3],
        [(4, 6, "2 cells where the header has 7", "username"), (5, 7, "2 cells where the header has 7", "0010001,3")],
    ),
    "second-table-same-width.csv": ([1, 2, 3], [(4, 6, OTHER_TABLE, "username"), (5, 7, OTHER_TABLE, "0010001,")]),
    "header-width-wrong.csv": (
        [],
        [(i, i + 1, "7 cells where the header has 6", f"sample.000{i}@") for i in (1, 2, 3)],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_reported_with_line_and_reason(name: str) -> None:
    failed = read_failed_rows(FIXTURES / name)
    numbers, broken = BROKEN[name]
    assert failed.rows.index.tolist() == numbers
    assert [row[:3] for row in table_of(failed.broken)] == [piece[:3] for piece in broken]
    assert all(text.startswith(piece[3]) for text, piece in zip(failed.broken["text"], broken, strict=True))


AGAIN = "download the failed-rows CSV again from the finished job in the Importer"
ERRORS = {
    "empty.csv": f"empty.csv is empty (0 bytes); {AGAIN}.",
    "blank-only.csv": (
        "blank-only.csv holds nothing but blank lines where a header line is expected; export it again."
    ),
    "picture.csv": f"picture.csv is a picture (PNG), not a CSV; {AGAIN}.",
    "web-page.csv": (
        f"web-page.csv is a web page, not a CSV (perhaps the sign-in page was saved); sign in and {AGAIN}."
    ),
    "nul-only.csv": f"nul-only.csv holds nothing but NUL bytes: it was damaged in storage or on the way; {AGAIN}.",
    "workbook-rows-in-one-cell.xlsx": (
        "workbook-rows-in-one-cell.xlsx holds each row in a single cell: Excel opened a CSV whose separator it does "
        "not expect. Give the CSV itself, as downloaded from the finished job in the Importer."
    ),
    "binary.csv": "binary.csv is not a text file; give the failed-rows CSV as downloaded from the finished job.",
    "header-missing.csv": (
        "header-missing.csv has no header line: its first line already is a row; "
        "put the line with the column names (email_address, username, …) back on top."
    ),
    "response-missing.csv": (
        "response-missing.csv has no column named response and none whose cells look like the Importer's answers "
        "(columns: 5); give the failed-rows CSV as downloaded from the finished job, or name the column."
    ),
    "two-files.zip": "two-files.zip holds 2 CSV files where one is expected; unpack it and give one.",
    "packed-twice.csv.gz": (
        "packed-twice.csv.gz holds another packed file or a workbook; unpack it and give the file inside."
    ),
    "packed-cut-off.csv.gz": (
        "packed-cut-off.csv.gz is a damaged .gz file: it cannot be unpacked to its end; get the file again."
    ),
    "workbook-damaged.xlsx": (
        "workbook-damaged.xlsx is a damaged .zip or .xlsx file: it cannot be unpacked; get the file again."
    ),
    "not-there.csv": "There is no file not-there.csv; check its name and folder.",
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_is_no_failed_rows_file_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_failed_rows(FIXTURES / name)
    assert str(caught.value) == ERRORS[name]


EXCEL = (
    "The file was probably opened and saved in Excel. Download it again from the finished job in the Importer "
    "and use it without opening it; cells that cannot be trusted are kept out of every file to upload."
)
WORKBOOK = (
    "The file is an Excel workbook. Excel keeps no zeros at the front of numbers and only 15 digits; "
    "the CSV as downloaded from the finished job in the Importer is safer."
)
CP1252 = (
    "The file is not UTF-8; it was read as Windows text (cp1252), as Excel saves it. "
    "If names with accents look wrong, download the file again instead of saving it from Excel."
)
SET_APART = "The cells are set apart by {}, not commas: the file was probably saved again by Excel."
UTF16 = "The file was read as UTF-16 (Excel's Unicode text); the Importer itself takes UTF-8 only."
LOOK_UP = "Nothing of them is used; look them up in the original file."
ONE_BROKEN = "{} rows read, 1 line could not be read (line {}). " + LOOK_UP
WRAPPED = (
    "3 rows stood in one cell each, as when Excel opens a file with commas where it expects semicolons, and saves it; "
    "every cell was read from inside."
)
PADDED = (
    "{} had more or fewer empty cells at the end than the header has names; "
    "nothing but empty cells was left out or added."
)
NOTICES = {
    "clean.csv": (),
    "header-alone.csv": (),
    "line-breaks-in-cells.csv": (),
    "dates-month-first.csv": (),
    "students-called-null.csv": (),
    "latin1.csv": (CP1252,),
    "cp1252-semicolons.csv": (CP1252, SET_APART.format("semicolons")),
    "sep-line.csv": (SET_APART.format("semicolons"),),
    "pipes.csv": (SET_APART.format("vertical bars"),),
    "utf16-tabs.csv": (UTF16, SET_APART.format("tabs")),
    "quotes-backslash-escaped.csv": (
        "Quotation marks inside cells are written with a backslash; they were read as plain ones.",
    ),
    "quotes-single.csv": ("Cells are quoted with ' instead of double quotation marks.",),
    "title-above-header.csv": ("2 lines above the header, which is in line 3, left aside.",),
    "labels-below-header.csv": ("The header comes again 1 time further down; it was left aside.",),
    "trailing-empty-columns-ragged.csv": (PADDED.format("3 rows"),),
    "extra-empty-cells.csv": (PADDED.format("1 row"),),
    "nul-bytes-in-header.csv": (
        "The line with the column names holds NUL bytes: the file was damaged in storage or on the way. "
        "Download it again; columns may not be found under their names.",
    ),
    "rows-in-one-cell.csv": (WRAPPED,),
    "lines-in-one-cell.csv": (WRAPPED,),
    "footer.csv": (ONE_BROKEN.format(3, 6),),
    "record-too-short.csv": (ONE_BROKEN.format(3, 3),),
    "second-table-same-width.csv": (f"3 rows read, 2 lines could not be read (lines 6 and 7). {LOOK_UP}",),
    "header-width-wrong.csv": (
        "Nearly every line holds 7 cells where the header has 6: a column name is missing in line 1, "
        "or there is one too many. Mend that line, or download the file again.",
        f"0 rows read, 3 lines could not be read (lines 2, 3 and 4). {LOOK_UP}",
    ),
    "quote-lone-in-cell.csv": ("1 row (line 2) has a cell that holds a lone quotation mark; check before use.",),
    "rows-run-together.csv": ("1 row (line 2) has a cell that may hold several rows run together; check before use.",),
    "encoded-twice.csv": (
        "2 rows (lines 2 and 4) cannot be trusted in column first_name: letters encoded twice (é shows as Ã©).",
        EXCEL,
    ),
    "excel-ids-shortened.csv": (
        "1 row (line 2) cannot be trusted in column card_id: shortened by Excel to the form 1.23E+09.",
        EXCEL,
    ),
    "excel-ids-rounded.csv": (
        "3 rows (lines 2, 3 and 4) cannot be trusted in column card_id: "
        "rounded by Excel: zeros instead of all digits after the fifteenth.",
        EXCEL,
    ),
    "excel-dates.csv": (
        "3 rows (lines 2, 3 and 4) cannot be trusted in column primary_education:end_date: "
        "turned into a date, or into another way to write one, by Excel.",
        EXCEL,
    ),
    "excel-zeros-lost.csv": (
        "1 row (line 2) cannot be trusted in column card_id: "
        "shorter than the others: zeros at the front were probably lost in Excel.",
        EXCEL,
    ),
    "excel-error-values.csv": (
        "2 rows (lines 2 and 3) cannot be trusted in column first_name: an Excel error instead of a value.",
        EXCEL,
    ),
    "excel-cell-cut.csv": (
        "1 row (line 2) cannot be trusted in column response: cut off by Excel at 32,767 characters.",
        EXCEL,
    ),
    "excel-smart-quotes.csv": (
        "1 row (line 2) cannot be trusted in column response: typographic quotation marks instead of straight ones.",
        EXCEL,
    ),
    "workbook.xlsx": (WORKBOOK, "1 line above the header, which is in line 2, left aside."),
    "workbook-errors.xlsx": (
        WORKBOOK,
        "1 row (line 3) cannot be trusted in column first_name: an Excel error instead of a value.",
        EXCEL,
    ),
    "workbook-numbers.xlsx": (
        WORKBOOK,
        "3 rows (lines 2, 3 and 4) cannot be trusted in column card_id: "
        "rounded by Excel: zeros instead of all digits after the fifteenth.",
        EXCEL,
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_what_was_noticed_is_said_in_plain_sentences(name: str) -> None:
    assert read_failed_rows(FIXTURES / name).notices == NOTICES[name]


UNTRUSTED = {
    "excel-ids-shortened.csv": [(1, "card_id")],
    "excel-ids-rounded.csv": [(1, "card_id"), (2, "card_id"), (3, "card_id")],
    "excel-dates.csv": [(number, "primary_education:end_date") for number in (1, 2, 3)],
    "excel-zeros-lost.csv": [(1, "card_id")],
    "excel-error-values.csv": [(1, "first_name"), (2, "first_name")],
    "excel-cell-cut.csv": [(1, "response")],
    "excel-smart-quotes.csv": [(1, "response")],
    "encoded-twice.csv": [(1, "first_name"), (3, "first_name")],
    "rows-run-together.csv": [(1, "first_name")],
    "quote-lone-in-cell.csv": [(1, "card_id")],
    "workbook-numbers.xlsx": [(1, "card_id"), (2, "card_id"), (3, "card_id")],
    "workbook-errors.xlsx": [(2, "first_name")],
    "dates-month-first.csv": [],
    "students-called-null.csv": [],
}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_cells_that_cannot_be_trusted_are_named(name: str) -> None:
    untrusted = read_failed_rows(FIXTURES / name).untrusted
    assert table_of(untrusted[["row_number", "column"]]) == UNTRUSTED[name]


def fixture_names() -> list[str]:
    return sorted(path.name for path in FIXTURES.iterdir() if not path.name.startswith("."))


def test_every_fixture_is_tested() -> None:
    tested = {*SAME_CONTENT, *OTHER_CONTENT, *BROKEN, *ERRORS, *NOTICES} - {"not-there.csv"}
    assert tested == set(fixture_names())


@pytest.mark.parametrize("name", [name for name in fixture_names() if name not in ERRORS])
def test_no_notice_holds_a_value_of_a_row(name: str) -> None:
    failed = read_failed_rows(FIXTURES / name)
    values = {cell for row in cells_of(failed) for cell in row if len(cell) > 3} - {"failed", "#N/A"}
    said = " ".join([*failed.notices, *failed.broken["reason"], repr(failed)])
    assert [value for value in values if value in said] == []


@pytest.mark.parametrize("name", [name for name in fixture_names() if name not in ERRORS and "workbook" not in name])
def test_both_paths_read_every_fixture_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = read_records(FIXTURES / name)
    monkeypatch.setattr(records_module, "read_fast", lambda *_: None)
    monkeypatch.setattr(records_module, "read_recoded", lambda *_: None)
    monkeypatch.setattr(rows_module, "read_rows", lambda *_, **__: None)
    monkeypatch.setattr(sorting_module, "is_plain", lambda _: False)
    careful = read_records(FIXTURES / name)
    assert quick.rows.equals(careful.rows) and quick.rows.index.equals(careful.rows.index)
    assert quick.header == careful.header
    assert (quick.layout, quick.notices, quick.doubts) == (careful.layout, careful.notices, careful.doubts)
    assert quick.broken.equals(careful.broken)
    assert quick.line_numbers.tolist() == careful.line_numbers.tolist()


def test_clean_files_take_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the careful path was taken")

    monkeypatch.setattr(records_module, "read_carefully", refuse)
    same = ("clean.csv", "bom-utf8.csv", "line-ends-lf.csv", "semicolons.csv", "packed.csv.gz")
    other_encodings = ("cp1252-semicolons.csv", "latin1.csv", "utf16-tabs.csv", "utf16-big-endian.csv")
    for name in (*same, *other_encodings):
        assert len(read_records(FIXTURES / name).rows) == 3
    assert len(read_records(FIXTURES / "clean.csv", encoding="utf-8").rows) == 3


@pytest.mark.parametrize("name", ["clean.csv", "record-too-short.csv", "utf16-tabs.csv", "sep-line.csv"])
def test_spans_laid_end_to_end_are_the_file(name: str) -> None:
    path = FIXTURES / name
    spans = read_records(path).spans
    content = path.read_bytes()
    assert b"".join(content[start:end] for start, end in zip(spans["start"], spans["end"], strict=True)) == content


def test_spans_name_what_each_byte_belongs_to() -> None:
    path = FIXTURES / "footer.csv"
    spans = read_records(path).spans
    assert spans["kind"].tolist() == ["layout", "row", "row", "row", "blank", "broken"]
    start, end = spans.iloc[-1][["start", "end"]]
    assert path.read_bytes()[start:end] == b"Total: 3 rows\r\n"


LINES = {
    "clean.csv": [2, 3, 4],
    "line-breaks-in-cells.csv": [2, 3, 4],
    "title-above-header.csv": [4, 5, 6],
    "sep-line.csv": [2, 3, 4],
    "second-table-same-header.csv": [2, 3, 6],
    "record-too-short.csv": [2, 4, 5],
}


@pytest.mark.parametrize("name", LINES)
def test_line_numbers_are_those_that_excel_shows(name: str) -> None:
    assert read_failed_rows(FIXTURES / name).line_numbers.tolist() == LINES[name]


def test_all_pairs_of_importer_columns_are_set_apart() -> None:
    failed = read_failed_rows(FIXTURES / "header-twice-uploaded.csv")
    assert failed.upload_columns == (0, 1, 2, 3, 4)
    assert failed.response.tolist() == [TAKEN, SENSITIVE, TAKEN]
    assert failed.rows.iloc[:, 6].tolist() == ["old answer"] * 3


def test_empty_columns_without_a_name_are_not_uploaded() -> None:
    assert read_failed_rows(FIXTURES / "trailing-empty-columns.csv").upload_columns == (0, 1, 2, 3, 4)


def test_a_column_without_a_name_that_holds_something_stays_the_schools(tmp_path: Path) -> None:
    path = tmp_path / "nameless.csv"
    path.write_text("email_address,,username,response\na@example.edu,x,1,is invalid\n", encoding="utf-8")
    assert read_failed_rows(path).upload_columns == (0, 1, 2)


def test_a_known_header_is_found_however_it_is_spelled() -> None:
    failed = read_failed_rows(FIXTURES / "header-untidy.csv")
    assert failed.column("primary_education:end_date").tolist() == ["2026-05-15", "2026-05-15", "2027-05-14"]
    assert failed.status.tolist() == ["failed"] * 3
    assert failed.column("gender").tolist() == ["", "", ""]
    assert failed.column("gender").index.name == "row_number"


def test_a_schools_own_status_column_stays_the_schools(tmp_path: Path) -> None:
    path = tmp_path / "own-status.csv"
    path.write_text("email_address,Status,username,response\na@example.edu,enrolled,1,is invalid\n", encoding="utf-8")
    failed = read_failed_rows(path)
    assert failed.upload_columns == (0, 1, 2)
    assert failed.status.tolist() == [""]


def test_the_response_column_can_be_named() -> None:
    path = FIXTURES / "header-response-renamed.csv"
    assert read_failed_rows(path, response_column=" Result").response.tolist() == ["failed"] * 3
    with pytest.raises(InputError) as caught:
        read_failed_rows(path, response_column="answer")
    assert str(caught.value) == (
        "header-response-renamed.csv has 7 columns and none is named 'answer'; "
        "give the name as it stands in its header line."
    )


def test_encoding_and_delimiter_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("a;b\n\x85é;2\n".encode("latin-1"))
    records = read_records(path, encoding="latin-1", delimiter=";")
    assert records.rows.to_numpy().tolist() == [["\x85é", "2"]]
    with pytest.raises(InputError, match=r"^The encoding 'klingon' is not known; give utf-8, utf-16, cp1252"):
        read_records(path, encoding="klingon")
    with pytest.raises(InputError, match=r"^latin\.csv cannot be read as utf-32; leave the encoding out, or save"):
        read_records(path, encoding="utf-32")


def test_a_file_of_more_than_a_gigabyte_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(2**30 + 1)
    with pytest.raises(InputError) as caught:
        read_failed_rows(path)
    assert str(caught.value) == (
        "large.csv has more than 1 GB where a failed-rows file has under 50 MB; check the file."
    )


def test_a_byte_order_mark_alone_is_a_file_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mark.csv"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"^mark\.csv holds nothing but blank lines where a header line is expected"):
        read_failed_rows(path)


def test_an_archive_with_a_nameless_file_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nameless.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.csv", "response\n")
    path.write_bytes(path.read_bytes().replace(b"x.csv", b"\0.csv"))
    with pytest.raises(InputError) as caught:
        read_failed_rows(path)
    assert str(caught.value) == (
        "nameless.zip is a damaged .zip or .xlsx file: it cannot be unpacked; get the file again."
    )


def test_a_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "downloads.csv"
    folder.mkdir()
    with pytest.raises(InputError) as caught:
        read_failed_rows(folder)
    assert str(caught.value) == "downloads.csv is a folder; give the failed-rows file inside it."


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "locked.csv"
    path.write_text("response\n", encoding="utf-8")
    monkeypatch.setattr(Path, "open", refuse)  # root may read everything, and Windows has no modes
    with pytest.raises(InputError) as caught:
        read_failed_rows(path)
    assert str(caught.value) == (
        "locked.csv may not be read by you; close it in other programs, or copy it to a folder of your own."
    )


def test_a_workbook_with_a_stray_cell_far_away_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "stray.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "response", "x"
    book.save(path)
    with pytest.raises(InputError, match=r"^stray\.xlsx is not a workbook that can be opened; open it in Excel, save"):
        read_failed_rows(path)


def test_an_old_workbook_whose_sectors_run_in_a_circle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "circle.xls"
    content = bytearray((FIXTURES / "workbook-old.xls").read_bytes())
    table = (int.from_bytes(content[76:80], "little") + 1) * 512
    content[table : table + 4] = bytes(4)  # the first sector follows itself
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^circle\.xls is not a workbook that can be opened; open it in Excel, save"):
        read_failed_rows(path)


def test_a_cell_of_megabytes_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    huge = "x" * 3_000_000
    path.write_text(f'email_address,response\na@example.edu,"{huge}"\nb@example.edu,no\n', encoding="utf-8")
    assert [len(cell) for cell in read_failed_rows(path).response] == [3_000_000, 2]


def test_text_columns_are_text_and_never_missing() -> None:
    failed = read_failed_rows(FIXTURES / "students-called-null.csv")
    assert {str(dtype) for dtype in failed.rows.dtypes} == {"str"}
    assert not failed.rows.isna().to_numpy().any()
    assert str(failed.response.dtype) == "str" and failed.response.index.name == "row_number"


def test_what_holds_personal_data_shows_counts_only() -> None:
    path = FIXTURES / "record-too-short.csv"
    assert repr(read_failed_rows(path)) == "<FailedRows: 3 rows, 7 columns, 1 broken, 0 cells not trusted>"
    assert repr(read_records(path)) == "<Records: 3 rows, 7 columns, 1 broken>"


def test_records_are_written_for_re_import(tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    table = pd.DataFrame({"a": ["", " x", "1\r2"], "b": ['say "hi"', "é", "=1+1"]}, dtype="str")
    write_records(table, path)
    assert path.read_bytes().decode() == '"a","b"\r\n"","say ""hi"""\r\n" x","é"\r\n"1\r2","=1+1"\r\n'
    assert [file.name for file in tmp_path.iterdir()] == ["again.csv"]


def test_what_no_csv_can_give_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "nul.csv"
    with pytest.raises(OutputError) as caught:
        write_records(pd.DataFrame({"a": ["x", "y\0z"]}, dtype="str"), path)
    assert str(caught.value) == "nul.csv was not written: row 2 holds a NUL character; take it out first."
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^out\.csv cannot be written \(No such file or directory\); close it in"):
        write_records(pd.DataFrame({"a": ["x"]}, dtype="str"), tmp_path / "missing" / "out.csv")


def test_the_rest_of_a_broken_record_is_not_taken_for_a_row(tmp_path: Path) -> None:
    path = tmp_path / "rest.csv"
    path.write_text('email_address,username,response\na,"b\nc",d,e\nf,g,h\n', encoding="utf-8", newline="")
    records = read_records(path)
    assert records.rows.to_numpy().tolist() == [["f", "g", "h"]]
    assert table_of(records.broken) == [(1, 2, "4 cells where the header has 3", 'a,"b\nc",d,e\n')]
