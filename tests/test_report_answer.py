"""The report's answer and its breakdowns: right from a few rows, and nothing small can be computed from them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from triage_kit import School, load_rules, read_failed_rows, summarize, triage
from triage_kit.errors import SettingsError
from triage_kit.report.answer import Answer, find_answer
from triage_kit.report.breakdowns import show_breakdowns
from triage_kit.report.page import show_about
from triage_kit.small_counts import OTHER_VALUES, break_down, merge_small

SCHOOL = School("Example", ["example.edu"])
HEADER = "email_address,username,auth_identifier,school_year_name,primary_education:college_name,campus_name,response\n"
CHANGE = "Attempted to update username from ada{0} to ada{0}@example.edu without setting change_sensitive_fields"
TAKEN = '"{""success"":false,""errors"":{""email_address"":[""has already been taken""]}}"'
ODD = '"{""success"":false,""errors"":{""email_address"":[""looks funny to us""]}}"'


def write(folder: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    """Write a failed-rows file: school year, college, campus and answer of each row."""
    lines = [
        f"ada{number}@example.edu,ada{number},{number},{year},{college},{campus},{answer.replace('{0}', str(number))}\n"
        for number, (year, college, campus, answer) in enumerate(rows, start=1)
    ]
    path = folder / "failed.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def answer_of(path: Path, uploaded: int = 0) -> Answer:
    failed, rules = read_failed_rows(path), load_rules()
    table = triage(failed, SCHOOL, rules=rules)
    return find_answer(failed, table, summarize(table, rules=rules), rules, uploaded=uploaded)


def test_what_many_rows_have_in_common_is_said_first_and_names_no_value(tmp_path: Path) -> None:
    answer = answer_of(write(tmp_path, [("Senior", "Arts", "Main", CHANGE)] * 40))
    assert answer.lead == "40 rows were not imported."
    assert answer.causes[0].size == "40 rows"
    text = answer.to_text()
    assert text.index(answer.causes[0].sentence) < text.index(answer.sentences[0])
    assert answer.causes[0].fix in text
    assert "ada" not in text
    assert "@" not in text


@pytest.mark.parametrize("uploaded, said", [(9500, "9,500"), (0, "not given: the share is not told")])
def test_the_settings_say_how_many_rows_were_uploaded(tmp_path: Path, uploaded: int, said: str) -> None:
    rules = load_rules()
    failed = read_failed_rows(write(tmp_path, [("Senior", "Arts", "Main", TAKEN)]))
    summary = summarize(triage(failed, SCHOOL, rules=rules), rules=rules)
    about = show_about(summary, SCHOOL, rules, "no-names", uploaded=uploaded)
    assert f'<th scope="row">Rows uploaded</th><td>{said}</td>' in about._repr_html_()


def test_unknown_messages_are_counted_not_quoted(tmp_path: Path) -> None:
    answer = answer_of(write(tmp_path, [("Senior", "Arts", "Main", ODD)] * 3 + [("Senior", "Arts", "Main", TAKEN)]))
    expected = "3 rows hold an error message that Handshake does not document; the office asks what to do."
    assert answer.sentences[-1] == expected
    assert "funny" not in answer.to_text()


@pytest.mark.parametrize("domain, doubted", [("myschool.edu", True), ("example.edu", False)])
def test_the_answer_begins_with_a_doubt_if_most_rows_are_of_another_school_and_none_of_ours(
    tmp_path: Path, domain: str, doubted: bool
) -> None:
    failed, rules = read_failed_rows(write(tmp_path, [("Senior", "Arts", "Main", TAKEN)] * 4)), load_rules()
    table = triage(failed, School("Ours", [domain]), rules=rules)
    answer = find_answer(failed, table, summarize(table, rules=rules), rules)
    doubt = "No row has an e-mail address of our school, most have another school’s: is our school named right?"
    assert (answer.sentences[0] == doubt) is doubted
    assert (doubt in answer.to_text()) is doubted


def test_the_share_of_the_upload_is_said_where_it_is_known(tmp_path: Path) -> None:
    path = write(tmp_path, [("Senior", "Arts", "Main", TAKEN)] * 4)
    assert (
        answer_of(path, 1000)
        .to_text()
        .startswith("4 rows were not imported: 0.4% of the 1,000 rows that were uploaded.")
    )
    with pytest.raises(SettingsError, match=r"^The file lists 4 failed rows, but only 3 are said to be uploaded"):
        answer_of(path, 3)


def test_the_text_adds_up_to_all_rows(tmp_path: Path) -> None:
    answer = answer_of(write(tmp_path, [("Senior", "Arts", "Main", TAKEN)] * 4 + [("Senior", "Arts", "Main", ODD)]))
    assert sum(owner.rows for owner in answer.owners) == 5
    assert all(sum(task.rows for task in owner.tasks) == owner.rows for owner in answer.owners)
    assert "All rows that were not imported: 5" in answer.to_text()


# --- small groups ---------------------------------------------------------------------------------------------------


def possible(shown: dict[str, int], rest: int, hidden: int, minimum: int) -> list[set[int]]:
    """Return for each hidden value the counts that it may have, for a reader who knows how suppression works."""
    every = product(range(1, rest + 1), repeat=hidden)
    fitting = [counts for counts in every if sum(counts) == rest and any(count < minimum for count in counts)]
    return [{counts[place] for counts in fitting} for place in range(hidden)]


@pytest.mark.parametrize("counts", list(product((1, 4, 5, 7, 12), repeat=3)), ids=str)
def test_no_hidden_count_can_be_computed_from_the_total(counts: tuple[int, int, int]) -> None:
    shown, rest = merge_small(dict(zip("abc", counts, strict=True)), 5)
    assert all(rows >= 5 for rows in shown.values())
    assert sum(shown.values()) + rest == sum(counts)
    if rest and shown:
        assert rest >= 5
        assert 3 - len(shown) >= 2
        assert all(len(one) > 1 for one in possible(shown, rest, 3 - len(shown), 5))


@pytest.mark.parametrize("counts", list(product((1, 4, 5, 7, 12), repeat=3)), ids=str)
def test_two_reports_of_different_settings_tell_no_more_than_the_finer(counts: tuple[int, int, int]) -> None:
    finer, coarser = (merge_small(dict(zip("abc", counts, strict=True)), minimum) for minimum in (5, 10))
    apart = {value: rows for value, rows in finer[0].items() if value not in coarser[0]}
    assert coarser[0].items() <= finer[0].items()
    assert coarser[1] == finer[1] + sum(apart.values())


@pytest.mark.parametrize(
    "values, expected",
    [
        ({"Senior": 40, "Junior": 12}, {"Senior": 40, "Junior": 12}),
        ({"Senior": 40, "Junior": 12, "Alumni": 3}, {"Senior": 40, OTHER_VALUES: 15}),
        ({"Senior": 40, "Alumni": 3}, {}),
        ({"Senior": 40, "": 3}, {}),
        ({"Senior": 40, "": 13}, {"Senior": 40, OTHER_VALUES: 13}),
        ({"Senior": 40, "Junior": 12, "Alumni": 3, "": 13}, {"Senior": 40, OTHER_VALUES: 28}),
        ({"Senior": 40}, {}),
        ({"Senior": 4, "Junior": 5}, {}),
        ({"": 40}, {}),
        ({}, {}),
    ],
    ids=[
        "all large",
        "one small",
        "two groups",
        "a blank",
        "many blanks",
        "small beside blanks",
        "one group",
        "small",
        "blank",
        "no row",
    ],
)
def test_a_breakdown_shows_large_groups_only(values: dict[str, int], expected: dict[str, int]) -> None:
    column = pd.Series([value for value, rows in values.items() for _ in range(rows)], dtype="str")
    lines = break_down(column)
    assert dict(zip(lines["value"], lines["rows"], strict=True)) == expected


def test_a_breakdown_may_not_be_set_below_five() -> None:
    with pytest.raises(ValueError, match="counts under 5 may not be shown"):
        break_down(pd.Series(["a"]), 4)


def test_what_is_no_group_is_never_named(tmp_path: Path) -> None:
    rows = [("Senior", "Arts", "Main", TAKEN)] * 30
    rows += [("Zora Lovelace", "ada@example.edu", "0048007", TAKEN)] * 12
    rows += [("Junior", "Law", "Lake", TAKEN)] * 11
    failed = read_failed_rows(write(tmp_path, rows))
    table = triage(failed, SCHOOL)
    page = show_breakdowns(failed, table, summarize(table))._repr_html_()
    for shown in ("Senior", "Junior", "Arts", "Law", "Main", "Lake", "example.edu"):
        assert f'<th scope="row">{shown}</th>' in page
    for hidden in ("Zora", "ada@", "0048007"):
        assert hidden not in page
    assert page.count(f'<th scope="row">{OTHER_VALUES}</th><td class="number">12</td>') == 3


def test_a_small_campus_cannot_be_had_from_the_page(tmp_path: Path) -> None:
    rows = [("", "", "Main", TAKEN)] * 30 + [("", "", "Old", TAKEN)] * 1 + [("", "", "Lake", TAKEN)] * 14
    failed = read_failed_rows(write(tmp_path, rows))
    table = triage(failed, SCHOOL)
    page = show_breakdowns(failed, table, summarize(table))._repr_html_()
    assert "Old" not in page and "Lake" not in page
    assert f'{OTHER_VALUES}</th><td class="number">15</td>' in page
    assert "school year, college." in page


def test_a_small_college_cannot_be_had_from_its_campus(tmp_path: Path) -> None:
    rows = [("", "Arts", "Main", TAKEN)] * 40 + [("", "Nursing", "Main", TAKEN)] * 3 + [("", "Law", "Lake", TAKEN)] * 12
    rows += [("", "Music", "Lake", TAKEN)] * 11
    failed = read_failed_rows(write(tmp_path, rows))
    table = triage(failed, SCHOOL)
    page = show_breakdowns(failed, table, summarize(table))._repr_html_()
    assert '<th scope="row">Arts</th><td class="number">40</td>' in page
    assert "Main" not in page and "43" not in page
    assert "school year, campus." in page


def test_a_small_group_cannot_be_had_from_the_number_of_refused_values(tmp_path: Path) -> None:
    unlisted = '"{""success"":false,""errors"":{""school_year_name"":[""is not included in the list""]}}"'
    rows = [("Senior", "", "", TAKEN)] * 40 + [("Junior", "", "", TAKEN)] * 12 + [("Alumni", "", "", TAKEN)] * 3
    rows += [("Third", "", "", unlisted)] * 30
    failed = read_failed_rows(write(tmp_path, rows))
    table = triage(failed, SCHOOL)
    page = show_breakdowns(failed, table, summarize(table))._repr_html_()
    assert "Junior" not in page
    assert f'{OTHER_VALUES}</th><td class="number">45</td>' in page
