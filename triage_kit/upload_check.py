"""Looks at an upload of students before it goes to the Importer: each finding with line, column and cure.

What is held against the file stands in ``rules/upload.toml``; each distinct value of a column is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from triage_kit.actions.manifest import read_manifest, sha256_of
from triage_kit.allowed import allowed_in
from triage_kit.columns import IMPORTER_COLUMNS, KNOWN_HEADERS, canonical_header, matching_form
from triage_kit.domains import School, classify_addresses
from triage_kit.outcomes import student_key
from triage_kit.reading import Records, read_records
from triage_kit.reading.excel_traces import find_traces
from triage_kit.upload_rules import CLEAR, US_DATE, as_date, cell_test, may_clear, upload_rules

__all__ = ["Finding", "check_upload", "origin_of"]

_TRIAL_NAME = re.compile(r"test|sample", re.IGNORECASE)


class Finding(NamedTuple):
    """Something that the Importer would refuse, skip or take amiss.

    ``line`` is Excel's, 0 where the whole file is meant; ``column`` is empty where no column is; ``grave`` is false
    where it may be meant.
    """

    line: int
    column: str
    problem: str
    cure: str
    grave: bool = True


def origin_of(path: Path) -> str:
    """Return in a sentence whether the file is one that the kit wrote, by the manifest beside it."""
    manifest = read_manifest(path.parent)
    files = {file["name"]: file for file in manifest["files"]} if manifest else {}
    if path.name not in files:
        return f"{path.name} was not made by triage-kit in this folder; it is checked as any upload."
    if files[path.name]["sha256"] == sha256_of(path):
        return f"{path.name} is exactly what triage-kit wrote."
    return f"{path.name} has been changed since triage-kit wrote it."


def check_upload(path: Path, school: School | None = None) -> list[Finding]:
    """Return what is wrong with an upload of students, in the order of lines, the file as a whole first.

    Raises
    ------
    InputError
        If the file cannot be read as a table.
    """
    records = read_records(path)
    upload = _Upload(records, {canonical_header(name): place for place, name in reversed([*enumerate(records.header)])})
    found = [*_check_file(path, records), *_check_origin(path), *_check_headers(upload), *_check_traces(upload)]
    for entry in upload_rules()["column"]:
        for header in entry["headers"]:
            found += _check_column(upload, header, entry)
    found += [
        *_check_clear(upload),
        *_check_labels(upload),
        *_check_unique(upload),
        *_check_dates(upload),
        *_check_schools(upload, school),
    ]
    return sorted(found, key=lambda finding: finding.line)


class _Upload(NamedTuple):
    records: Records
    places: dict[str, int]

    def cells(self, header: str) -> pd.Series | None:
        place = self.places.get(header)
        return None if place is None else self.records.rows.iloc[:, place]

    def at(self, header: str, wrong: pd.Series, problem: str, cure: str, grave: bool = True) -> Iterator[Finding]:
        """Yield a finding for each row that is wrong."""
        name = self.records.header[self.places[header]]
        for line in self.records.line_numbers[wrong.to_numpy(dtype=bool)]:
            yield Finding(int(line), name, problem, cure, grave)


def _check_file(path: Path, records: Records) -> Iterator[Finding]:
    layout, rules = records.layout, upload_rules()
    if layout.container:
        yield Finding(0, "", f"this is a {layout.container}, not a CSV", "Save it as “CSV UTF-8”.")
    elif layout.encoding.lower() not in ("utf-8", "utf-8-sig", "ascii"):
        yield Finding(0, "", f"the file is written in {layout.encoding}, not in UTF-8", "Save it as “CSV UTF-8”.")
    if layout.delimiter not in ("", ","):
        yield Finding(0, "", "the cells are not set apart by commas", "Save it as “CSV UTF-8” with commas.")
    if path.stat().st_size >= rules["most_bytes"]:
        yield Finding(0, "", "the file has 50 MB or more", "Split it into several uploads.")
    if len(records.rows) > rules["most_rows"]:
        yield Finding(0, "", "the file has more than 199,999 rows", "Split it into several uploads.")
    if _TRIAL_NAME.search(path.stem):
        cure = "Rename it, unless you want to try only."
        yield Finding(0, "", "with “test” or “sample” in its name the file is analysed but never processed", cure)
    for row in records.broken.itertuples():
        yield Finding(int(row.line), "", f"this line cannot be read: {row.reason}", "Mend the line, or export anew.")


def _check_origin(path: Path) -> Iterator[Finding]:
    if "has been changed" in origin_of(path):
        yield Finding(
            0, "", "the file has been changed since triage-kit wrote it", "If that was not meant, make it again.", False
        )


def _check_headers(upload: _Upload) -> Iterator[Finding]:
    header = upload.records.header
    for name in upload_rules()["required"]:
        if name not in upload.places:
            yield Finding(1, name, "this column has to be there", "Add it; its cells may be blank where allowed.")
    for place, name in enumerate(header):
        known = canonical_header(name)
        if known in IMPORTER_COLUMNS:
            yield Finding(1, name, "this column is the Importer's own", "Delete the column before you upload.")
        elif known not in KNOWN_HEADERS:
            yield Finding(1, name, "Handshake does not know this column and ignores it", "Mend its name.", False)
        elif name != known and not name.startswith("primary:"):
            yield Finding(1, name, "the name is not written as Handshake expects", f"Write {known}.")
        if matching_form(name) and [matching_form(other) for other in header[:place]].count(matching_form(name)):
            yield Finding(1, name, "the column stands twice", "Delete one of the two.")


def _check_traces(upload: _Upload) -> Iterator[Finding]:
    records = upload.records
    for doubt in sorted({*records.doubts, *find_traces(records, -1)}):
        line = int(records.line_numbers.loc[doubt.row_number])
        cure = "Take the value from the source again, and do not open the file in Excel."
        yield Finding(line, records.header[doubt.position], doubt.reason, cure)


def _check_column(upload: _Upload, header: str, entry: dict[str, Any]) -> Iterator[Finding]:
    cells = upload.cells(header)
    if cells is None:
        return
    allowed = allowed_in(header)
    cure = f"Allowed: {allowed.text}." if allowed else "Correct it at the source."
    blank = cells.str.strip() == ""
    if entry.get("filled"):
        yield from upload.at(header, blank, "the cell is blank", cure)
    if may_clear(header):
        blank |= cells == CLEAR
    if "among" in entry:
        wrong = _not_among(cells, upload.cells(entry["among"]))
    else:
        test = cell_test(entry)
        unfit = [value for value in cells[~blank].unique() if not test(value)]
        wrong = cells.isin(unfit)
    yield from upload.at(header, wrong & ~blank, entry.get("problem", ""), cure)


def _check_clear(upload: _Upload) -> Iterator[Finding]:
    for header in upload.places:
        cells = upload.cells(header)
        if cells is not None and may_clear(header):
            cure = "Leave it only if the erasing is meant."
            yield from upload.at(header, cells == CLEAR, "this erases what Handshake holds", cure, grave=False)


def _not_among(cells: pd.Series, lists: pd.Series | None) -> pd.Series:
    if lists is None:
        return pd.Series(False, index=cells.index)
    pairs = zip(cells.str.strip(), lists, strict=True)
    wrong = [bool(cell) and cell not in [piece.strip() for piece in pieces.split(";")] for cell, pieces in pairs]
    return pd.Series(wrong, index=cells.index, dtype=bool)


def _check_labels(upload: _Upload) -> Iterator[Finding]:
    labels = upload.cells("system_label_names")
    if labels is not None:
        problem = "a blank cell in this column removes all of the student's labels"
        cure = "Fill in all labels each time, or leave the whole column out."
        yield from upload.at("system_label_names", labels.str.strip() == "", problem, cure)


def _check_unique(upload: _Upload) -> Iterator[Finding]:
    for header in upload_rules()["unique"]:
        cells = upload.cells(header)
        if cells is not None:
            keys = student_key(cells)
            twice = keys.duplicated(keep=False) & (keys != "") & (cells != CLEAR)
            problem = "another row has the same value, and the Importer skips them all"
            yield from upload.at(header, twice, problem, "Keep the row that is right.")


def _check_dates(upload: _Upload) -> Iterator[Finding]:
    start, end = upload.cells("primary_education:start_date"), upload.cells("primary_education:end_date")
    for header, cells in (("primary_education:start_date", start), ("primary_education:end_date", end)):
        if cells is not None:
            us = cells.str.fullmatch(US_DATE.pattern)
            cure = "Write yyyy-mm-dd; or tick “Use mm/dd/yyyy format”, if all dates of the file are written so."
            yield from upload.at(header, us, "the date is written mm/dd/yyyy", cure, grave=False)
    if start is not None and end is not None:
        dates = {text: as_date(text) for text in {*start.unique(), *end.unique()}}
        pairs = [(dates[first], dates[last]) for first, last in zip(start, end, strict=True)]
        wrong = pd.Series([bool(a and b and b < a) for a, b in pairs], index=start.index, dtype=bool)
        cure = "Correct the one that is wrong; the end date has to be on or after the start date."
        yield from upload.at("primary_education:end_date", wrong, "the end date lies before the start date", cure)


def _check_schools(upload: _Upload, school: School | None) -> Iterator[Finding]:
    cells = upload.cells("email_address")
    if cells is not None and school is not None and school.domains:
        others = classify_addresses(cells, school)["domain_kind"] == "other-school"
        cure = "Use the student's address at your school, or a personal one."
        yield from upload.at("email_address", others, "the Importer skips addresses of another school", cure)
