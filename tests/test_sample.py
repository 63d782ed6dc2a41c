"""The invented failed-rows file: made by the script, complete, and about nobody."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from benchmarks.make_failed_rows import LARGE_COLUMNS, SAMPLE_COLUMNS, make_large, make_sample
from triage_kit import School, read_failed_rows, summarize, triage
from triage_kit.columns import DOMAIN_KINDS, KNOWN_HEADERS, ORIGINS
from triage_kit.report.answer import find_answer
from triage_kit.rulebook import load_rules

STUDENT_KINDS = (
    *("sensitive-change", "username-change", "auth-identifier-change", "email-change", "email-taken", "email-in-use"),
    *("email-conflict", "username-taken", "auth-identifier-taken", "card-id-taken", "value-taken", "value-missing"),
    *("value-invalid", "value-not-listed", "value-not-allowed", "value-too-long", "value-too-short"),
    *("value-wrong-length", "value-not-a-number", "value-out-of-range", "value-not-confirmed", "value-not-accepted"),
    *("reference-missing", "mobile-number-invalid", "end-date-before-start", "excluded-from-sync"),
    *("unrecognised", "unreadable", "no-response"),
)
RESERVED = re.compile(r"(alumni\.)?example\.(edu|com|net|org)")


@lru_cache(maxsize=1)
def students(sample: Path) -> list[dict[str, str]]:
    with sample.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_the_sample_is_what_the_script_makes(sample: Path) -> None:
    assert sample.read_bytes() == make_sample().encode()


def test_the_command_makes_the_sample_byte_for_byte(sample: Path, repository: Path, tmp_path: Path) -> None:
    copy = tmp_path / "failed_rows.csv"
    command = [sys.executable, "-m", "benchmarks.make_failed_rows", "--sample", "-o", str(copy)]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)
    assert copy.read_bytes() == sample.read_bytes()


def test_the_columns_are_known_ones_and_the_importer_s_stand_last() -> None:
    assert set(SAMPLE_COLUMNS[:-2]) <= KNOWN_HEADERS
    assert SAMPLE_COLUMNS[-2:] == LARGE_COLUMNS[-2:] == ("status", "response")
    assert 16 <= len(SAMPLE_COLUMNS) <= 30


def test_every_column_is_explained(sample: Path) -> None:
    explained = re.findall(r"`([a-z_:]+)`", sample.with_name("README.md").read_text(encoding="utf-8"))
    assert set(SAMPLE_COLUMNS) <= set(explained)


@pytest.mark.parametrize("column", ["email_address", "username", "auth_identifier", "card_id"])
def test_no_two_students_share_an_identifier(sample: Path, column: str) -> None:
    counts = Counter(student[column] for student in students(sample) if student[column])
    assert max(counts.values()) == 1


def test_nobody_real_is_in_it(sample: Path) -> None:
    addresses = [student["email_address"].rpartition("@") for student in students(sample)]
    elsewhere = [local for local, at, domain in addresses if at and not RESERVED.fullmatch(domain)]
    assert elsewhere and all(re.fullmatch(r"sample\.\d{4}", local) for local in elsewhere)
    numbers = {student["mobile_number"] for student in students(sample)} - {"", "555-0143", "+44 1632 960143"}
    assert numbers and all(re.fullmatch(r"\d{3}55501\d\d", number) for number in numbers)


def test_it_holds_what_programs_stumble_over(sample: Path) -> None:
    text = sample.read_bytes().decode("utf-8")
    rows = students(sample)
    assert {"Null", "None"} <= {row["last_name"] for row in rows} | {row["first_name"] for row in rows}
    assert {"Müsterfrau", "O'Sample"} <= {row["last_name"] for row in rows}
    assert all(row["card_id"].startswith("00") for row in rows)
    assert any("\n" in row["response"] for row in rows), "no cell with a line break"
    assert text.startswith("email_address,") and text.count("\r\n") == len(rows) + 1
    assert "=>" not in text, "a Ruby hash answers contacts, not students"


def test_the_kinds_listed_here_are_all_that_students_meet() -> None:
    assert set(STUDENT_KINDS) == {kind.id for kind in load_rules().kinds if "students" in kind.job_types}


def test_every_kind_origin_and_domain_kind_of_students_occurs(sample: Path) -> None:
    table = triage(read_failed_rows(sample), School("Example University", domains=["example.edu"]))
    assert len(table) == 240
    assert set(table["kind"]) == set(STUDENT_KINDS)
    assert set(table["origin"]) == set(ORIGINS)
    assert set(table["domain_kind"]) == set(DOMAIN_KINDS)


def test_most_students_of_it_are_already_in_handshake(sample: Path) -> None:
    table = triage(read_failed_rows(sample), School("Example University", domains=["example.edu"]))
    most = [kind for kind, _ in Counter(table["kind"]).most_common(3)]
    assert most == ["email-taken", "username-change", "email-in-use"]
    assert (table["other_kinds"] != "").sum() >= 2, "rows with several refusals"


def test_a_large_file_has_the_rows_asked_for_and_depends_on_its_seed_only() -> None:
    first, again, other = ("".join(make_large(2_500, seed)) for seed in (1, 1, 2))
    rows = list(csv.reader(first.splitlines(keepends=True), strict=True))
    assert first == again != other
    assert rows[0] == list(LARGE_COLUMNS)
    assert len(rows) == 2_501 and {len(row) for row in rows} == {18}


def test_the_readme_begins_with_what_the_sample_gives(sample: Path, repository: Path) -> None:
    failed, rules = read_failed_rows(sample), load_rules()
    table = triage(failed, School("Example University", ["example.edu"]), rules=rules)
    said = find_answer(failed, table, summarize(table, rules=rules), rules).to_text().splitlines()
    readme = (repository / "README.md").read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    *shown, last = [line for line in readme.splitlines() if line.strip() not in ("", "…")]
    assert shown == [line for line in said if line in shown]
    assert last == "No student is named here; totals only."
