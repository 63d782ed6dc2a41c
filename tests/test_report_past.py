"""The report of a file whose past is known: what changed, what waits, and nothing that could be subtracted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.test_week import RULES, SCHOOL, TAKEN
from triage_kit import read_failed_rows, summarize, triage
from triage_kit.past import WeekState, look_at_past
from triage_kit.report import build_reports, page
from triage_kit.report.answer import Answer, find_answer
from triage_kit.report.breakdowns import show_breakdowns
from triage_kit.report.since import show_weeks
from triage_kit.week import run_week

MISSING = '{"last_name":["can\'t be blank"]}'
DAYS = ("2026-01-05", "2026-01-12", "2026-01-19")
Rows = Sequence[tuple[str, str, str]]


def write_week(folder: Path, day: str, rows: Rows, groups: str = "Senior,Arts,Main", domain: str = "foo.test") -> Path:
    """Write a failed-rows file: username, answer, and groups of each row; without groups of its own those given."""
    header = "username,email_address,school_year_name,primary_education:college_name,campus_name,status,response"
    lines = []
    for name, answer, own in rows:
        quoted = answer.replace('"', '""')
        lines.append(f'{name},{name}@{domain if own else "example.edu"},{own or groups},failed,"{quoted}"')
    path = folder / f"failed_rows_{day}.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def keep(folder: Path, path: Path, results: dict[str, str] | None = None, uploaded: int | None = None) -> None:
    """Run a weekly round, with results as somebody lists them."""
    listed = folder / f"results-{path.stem}.csv"
    titles = {outcome.id: outcome.title for outcome in RULES.outcomes}
    lines = [f'{name},"{titles[result]}",{DAYS[0]}' for name, result in (results or {}).items()]
    listed.write_text("\n".join(["username,Result,date", *lines, ""]), encoding="utf-8")
    options = {"casebook": folder / "casebook.sqlite", "out": folder / "weeks", "outcomes": [listed]}
    run_week(read_failed_rows(path), path, SCHOOL, uploaded=uploaded, anyway=True, **options)


def look(folder: Path, path: Path) -> tuple[Answer, WeekState]:
    failed = read_failed_rows(path)
    table = triage(failed, SCHOOL, rules=RULES)
    past = look_at_past(failed, table, path, folder / "casebook.sqlite", school=SCHOOL, rules=RULES)
    summary = summarize(past.table, rules=RULES)
    return find_answer(failed, past.table, summary, RULES, past=past), past


@pytest.fixture
def told(tmp_path: Path) -> tuple[Answer, WeekState]:
    """Return the answer of a third week: two files before, results of the first."""
    names = [f"s{number}" for number in range(1, 10)]
    first = write_week(tmp_path, DAYS[0], [(name, TAKEN, "") for name in names])
    keep(tmp_path, first)
    second = write_week(tmp_path, DAYS[1], [(name, TAKEN, "") for name in names[1:]])
    results = {"s2": "refused-connected-elsewhere", "s4": "not-a-student"}
    keep(tmp_path, second, results)
    third = write_week(
        tmp_path, DAYS[2], [("s2", TAKEN, ""), ("s3", MISSING, ""), ("s4", TAKEN, ""), ("s99", TAKEN, "")]
    )
    keep(tmp_path, third, {"s2": "student-asked"}, uploaded=400)
    return look(tmp_path, third)


def test_the_answer_tells_what_changed_and_what_waits(told: tuple[Answer, WeekState]) -> None:
    assert told[0].to_text() == (
        "4 rows were not imported: 1.0% of the 400 rows that were uploaded.\n"
        "\n"
        "Since the file of 12 January 2026\n"
        "        1  new\n"
        "        2  failed last time too\n"
        "        1  moved to another problem\n"
        "        5  no longer listed\n"
        "\n"
        "The most frequent problem is “E-mail address is taken” (3 rows).\n"
        "Handshake documents a next step for 2 rows.\n"
        "\n"
        "What we do next, and whom it waits on\n"
        "\n"
        "Career office: 1 row\n"
        "        1  Add the student by e-mail\n"
        "\n"
        "Registrar or IT: 1 row\n"
        "        1  Correct the value at its source\n"
        "\n"
        "Student: 1 row\n"
        "        1  Ask the student, then write to Handshake Support (1 waiting, since 5 January 2026)\n"
        "\n"
        "Dropped, nothing more to do: 1 row\n"
        "\n"
        "All rows that were not imported: 4\n"
        "\n"
        "What we need from others\n"
        "  Registrar or IT: correct the value at its source for 1 row.\n"
        "  Student: answer what was asked for 1 row, since 5 January 2026."
    )


def test_the_weeks_stand_below_each_other(told: tuple[Answer, WeekState]) -> None:
    page = " ".join(show_weeks(told[1])._repr_html_().split())
    cells = re.findall(
        r'<th scope="row">(.*?)</th><td class="bars">.*?</span>(.*?)</td><td class="number">(.*?)</td>', page
    )
    assert cells == [
        ("5 January 2026", "9", "not known"), ("12 January 2026", "8", "not known"), ("19 January 2026", "4", "1.0%"),
    ]  # fmt: skip
    assert "5 of the students who are no longer listed were still to do. That is no proof of being fixed" in page


def test_what_is_settled_has_no_procedure_and_stands_in_no_work_list(tmp_path: Path) -> None:
    path = write_week(tmp_path, DAYS[0], [("s1", TAKEN, ""), ("s2", MISSING, "")])
    keep(tmp_path, path)
    keep(tmp_path, path, {"s1": "not-a-student"})
    past, failed = look(tmp_path, path)[1], read_failed_rows(path)
    procedure = page.show_procedure(summarize(past.table, rules=RULES), RULES)._repr_html_()
    assert re.findall(r'<article class="step" id="step-(.*?)">', procedure) == ["fix-in-file"]
    work = page.show_work_list(failed, past.table, RULES, "with-names")._repr_html_()
    assert "s2@example.edu" in work
    assert "s1@example.edu" not in work


def test_without_a_case_book_nothing_is_said_of_weeks() -> None:
    assert show_weeks(None)._repr_html_() == ""


def test_the_first_file_of_a_case_book_is_all_new(tmp_path: Path) -> None:
    path = write_week(tmp_path, DAYS[0], [("s1", TAKEN, "")])
    keep(tmp_path, path)
    assert look(tmp_path, path)[0].changes.title == "The first file in the case book: everything is new"


# --- nothing that could be subtracted -------------------------------------------------------------------------------

LARGE = [(f"a{number}", TAKEN, "") for number in range(40)]
NAMES = ("report-1.html", "report-2.html", "report-1.ipynb", "report-2.ipynb", "summary-2.txt", "index.html")


def pages_of(folder: Path, groups: Sequence[str], domain: str) -> list[str]:
    """Return the reports of two weeks: rows of the groups beside the many, of which four and one are gone then."""
    folder.mkdir()
    few = [(f"b{number}", TAKEN, group) for number, group in enumerate(groups)]
    weeks = [
        write_week(folder, day, rows, domain=domain)
        for day, rows in zip(DAYS, ([*LARGE, *few], [*LARGE[:-1], *few[:-4]]), strict=False)
    ]
    for week in weeks:
        keep(folder, week)
    options = {"school_domains": "example.edu", "casebook": folder / "casebook.sqlite", "keep_notebook": True}
    built = build_reports(weeks, folder / "out", **options)
    assert [one.error for one in built] == ["", ""]
    return [(folder / "out" / name).read_text(encoding="utf-8") for name in NAMES]


def test_two_weeks_that_differ_in_groups_alone_have_the_same_pages(tmp_path: Path) -> None:
    one = pages_of(tmp_path / "one", ["Junior,Law,Lake"] * 12, "foo.test")
    other = pages_of(tmp_path / "other", ["Masters,Law,Hill"] * 6 + ["Junior,Business,Lake"] * 6, "bar.test")
    assert one == other
    assert "Not on this page: it tells what changed since the file before" in one[1]
    assert "no longer listed" in one[1]


def test_groups_are_told_where_the_past_is_not_or_names_are_shown(tmp_path: Path) -> None:
    keep(tmp_path, write_week(tmp_path, DAYS[0], LARGE))
    path = write_week(tmp_path, DAYS[1], [*LARGE, *((f"b{number}", TAKEN, "Junior,Law,Lake") for number in range(12))])
    failed = read_failed_rows(path)
    past = look(tmp_path, path)[1]
    summary = summarize(past.table, rules=RULES)
    assert "Junior" not in show_breakdowns(failed, past.table, summary, past=past)._repr_html_()
    assert "Junior" in show_breakdowns(failed, past.table, summary)._repr_html_()
    assert "Junior" in show_breakdowns(failed, past.table, summary, past=past, audience="with-names")._repr_html_()


def test_a_cause_in_one_group_is_told_without_its_size_and_not_beside_the_past(tmp_path: Path) -> None:
    path = write_week(tmp_path, DAYS[0], [*LARGE, ("b", TAKEN, "Junior,Law,Lake")])
    keep(tmp_path, path)
    failed = read_failed_rows(path)
    table = triage(failed, SCHOOL, rules=RULES)
    causes = find_answer(failed, table, summarize(table, rules=RULES), RULES).causes
    assert {(one.size, one.sentence) for one in causes} == {
        ("Many rows", "The failed rows come from one school year only."),
        ("Many rows", "The failed rows come from one college only."),
    }
    assert look(tmp_path, path)[0].causes == ()
