"""What the explorer shows, computed without a widget."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from triage_kit.columns import STATES
from triage_kit.domains import School
from triage_kit.errors import InputError, OutputError, SettingsError
from triage_kit.explorer.control import Control
from triage_kit.explorer.exploration import Exploration, failed_rows_files, open_exploration, with_school
from triage_kit.explorer.filters import Filters, chips
from triage_kit.explorer.recording import Result, Written, offered_outcomes
from triage_kit.explorer.school_choice import found_domains, named_school, suggest_schools, with_tick
from triage_kit.explorer.selection import breakdown, breakdowns, problems, steps, students
from triage_kit.outcomes import read_outcomes

TAKEN = '{""success"":false,""errors"":{""email_address"":[""has already been taken""]}}'
BLANK = '{""success"":false,""errors"":{""first_name"":[""can\'t be blank""]}}'
HEADER = "username,email_address,first_name,last_name,school_year_name,campus_name,status,response\n"


def line(number: int, domain: str, answer: str = TAKEN, *, year: str = "Senior") -> str:
    return f'u{number:03},s{number}@{domain},Ada {number},Example,{year},,failed,"{answer}"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "failed_rows.csv"
    lines = [line(1, "example.edu"), line(2, "alumni.example.edu"), line(3, "gmail.com"), line(4, "example.edu", BLANK)]
    path.write_text(HEADER + "".join(lines) + line(5, "gmail.com", year="Junior"), encoding="utf-8")
    return path


@pytest.fixture
def exploration(file: Path) -> Exploration:
    return open_exploration(file, domains=("example.edu",))


def test_problems_are_counted_by_problem_and_kind_of_address(exploration: Exploration) -> None:
    counts = problems(exploration, Filters())
    assert counts[["kind", "domain_kind", "rows"]].values.tolist() == [
        ["email-taken", "generic", 2],
        ["email-taken", "own-school", 2],
        ["value-missing", "own-school", 1],
    ]


@pytest.mark.parametrize(
    "filters, rows",
    [
        pytest.param(Filters(), [1, 2, 3, 4, 5], id="none"),
        pytest.param(Filters(kind="email-taken"), [1, 2, 3, 5], id="problem"),
        pytest.param(Filters(kind="email-taken", domain_kind="generic"), [3, 5], id="problem and e-mail kind"),
        pytest.param(Filters(header="school_year_name", value="Junior"), [5], id="a column of the upload"),
        pytest.param(Filters(header="campus_name", value=""), [1, 2, 3, 4, 5], id="blank is a value"),
        pytest.param(Filters(search="GMAIL ada"), [3, 5], id="all words, capitals aside"),
        pytest.param(Filters(search="u00("), [], id="a search is no pattern"),
        pytest.param(Filters(rows=(2, 4), rows_of="Some rows"), [2, 4], id="rows of a cause"),
        pytest.param(Filters(state="done"), [], id="state"),
    ],
)
def test_filters_leave(exploration: Exploration, filters: Filters, rows: list[int]) -> None:
    found, total = students(exploration, filters)
    assert (found.index.tolist(), total) == (rows, len(rows))


def test_the_first_students_are_shown_and_all_are_counted_and_sorted(exploration: Exploration) -> None:
    found, total = students(exploration, Filters(), sort_by="E-mail", descending=True, most=2)
    assert (found["E-mail"].tolist(), total) == (["s5@gmail.com", "s4@example.edu"], 5)
    assert students(exploration, Filters(), descending=True, most=1)[0]["Line"].tolist() == [6]


def test_each_filter_in_force_has_a_chip_and_clearing_it_clears_what_belongs_to_it(exploration: Exploration) -> None:
    filters = Filters(state="open", header="campus_name", value="", rows=(1,), rows_of="Rows of a shared cause")
    assert chips(exploration, filters) == {
        "state": f"State: {STATES['open']}",
        "header": "Campus: (blank)",
        "rows": "Rows of a shared cause",
    }
    assert filters.without("header").without("rows").without("state") == Filters()


def test_steps_stand_in_the_order_of_the_students_they_unblock(exploration: Exploration) -> None:
    found = steps(exploration, Filters())
    assert found["rows"].tolist() == sorted(found["rows"], reverse=True)
    assert found["rows"].sum() == 5
    assert set(found["owner"]) <= {"career office", "student", "Handshake Support", "registrar or IT"}
    assert steps(exploration, Filters(search="nobody at all")).empty


def test_only_columns_with_values_can_be_broken_down(exploration: Exploration) -> None:
    assert breakdowns(exploration) == {"school_year_name": "School year"}
    assert breakdown(exploration, Filters(), "school_year_name").values.tolist() == [["Senior", 4], ["Junior", 1]]


def test_the_domains_of_the_file_stand_one_by_one(exploration: Exploration) -> None:
    assert found_domains(exploration)[["domain", "own", "rows", "note"]].values.tolist() == [
        ["example.edu", True, 2, ""],
        ["gmail.com", False, 2, ""],
        ["alumni.example.edu", True, 1, "below example.edu"],
    ]


@pytest.mark.parametrize(
    "ticks, own",
    [
        pytest.param([("alumni.example.edu", False)], ["example.edu"], id="a sub-domain taken out"),
        pytest.param(
            [("alumni.example.edu", False), ("alumni.example.edu", True)],
            ["alumni.example.edu", "example.edu"],
            id="and in again",
        ),
        pytest.param([("example.edu", False)], ["alumni.example.edu"], id="a domain taken out, what is below stays"),
        pytest.param([("gmail.com", True)], ["alumni.example.edu", "example.edu", "gmail.com"], id="another taken in"),
    ],
)
def test_ticks_change_that_domain_alone(
    exploration: Exploration, ticks: list[tuple[str, bool]], own: list[str]
) -> None:
    for domain, is_own in ticks:
        exploration = with_school(exploration, with_tick(exploration, domain, own=is_own))
    found = found_domains(exploration)
    assert sorted(found.loc[found["own"], "domain"]) == own


@pytest.mark.parametrize(
    "typed, name, domains",
    [
        pytest.param(" example.edu ", "", ("example.edu",), id="a domain"),
        pytest.param("example.edu, sample.edu", "", ("example.edu", "sample.edu"), id="several domains"),
        pytest.param("Sample (of two) (sample.edu)", "Sample (of two)", ("sample.edu",), id="a suggestion"),
    ],
)
def test_a_school_can_be_typed(typed: str, name: str, domains: tuple[str, ...]) -> None:
    school = named_school(typed)
    assert (school.name, tuple(school.domains)) == (name, domains)


@pytest.mark.parametrize("typed", ["", "no such school anywhere", "university"])
def test_what_is_no_school_is_said_in_words(typed: str) -> None:
    with pytest.raises(SettingsError):
        named_school(typed)


def test_a_listed_school_is_suggested_with_its_domain() -> None:
    assert suggest_schools("university of michigan")[0] == "University of Michigan - Ann Arbor (umich.edu)"
    assert suggest_schools("un") == []


def test_files_are_listed_newest_first(tmp_path: Path) -> None:
    import os

    for age, name in ((2, "old.csv"), (1, "new.xlsx"), (0, "letter.docx")):
        (tmp_path / name).write_text("x", encoding="utf-8")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    assert [path.name for path in failed_rows_files(tmp_path)] == ["new.xlsx", "old.csv"]
    assert failed_rows_files(tmp_path / "nowhere") == []


# --- the panel's state, and recording -------------------------------------------------------------------------------


@pytest.fixture
def control(file: Path) -> Control:
    control = Control(file.parent, school_domains=("example.edu",))
    control.open_file(file)
    return control


def test_a_file_that_cannot_be_read_leaves_the_open_one(control: Control, tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_bytes(b"")
    before = control.exploration
    with pytest.raises(InputError):
        control.open_file("broken.csv")
    assert control.exploration is before


def test_listeners_hear_of_a_change_once_and_of_no_change_never(control: Control) -> None:
    heard: list[str] = []
    control.on_change(heard.append)
    control.narrow(kind="email-taken")
    control.narrow(kind="email-taken")
    control.choose_school(School("Other", ["other.edu"]))
    assert (heard, control.filters.kind) == (["filters", "school"], "email-taken")


def test_a_path_may_be_pasted_with_quotation_marks(control: Control, file: Path) -> None:
    control.open_file(f'  "{file}" ')
    control.open_file(file.name)
    assert control.path == file


def test_a_recorded_result_is_read_back_and_moves_the_row(control: Control) -> None:
    row = 3
    outcome = next(iter(offered_outcomes(control.opened, [row])))
    before = control.opened.table.loc[row]
    assert control.record([row], Result(outcome, "=1+1", "said so\non the phone")) == Written(0, 1)
    recorded = read_outcomes(control.memory.results)
    assert recorded[["username", "email_address", "outcome", "old_username", "note", "problem"]].values.tolist() == [
        ["u003", "s3@gmail.com", outcome, "=1+1", "said so on the phone", ""]
    ]
    assert not control.opened.table.loc[row].equals(before)


def test_results_are_added_to_those_there_and_found_again(control: Control, file: Path) -> None:
    for row in (3, 5):
        control.record([row], Result(next(iter(offered_outcomes(control.opened, [row])))))
    again = Control(file.parent, school_domains=("example.edu",))
    again.open_file(file)
    assert len(read_outcomes(control.memory.results)) == 2
    pd.testing.assert_frame_equal(again.opened.table, control.opened.table)


def test_a_list_that_is_not_ours_is_not_written_over(control: Control) -> None:
    control.memory.results.write_text("username,result,colour\na,sent,blue\n", encoding="utf-8")
    with pytest.raises(OutputError, match="rename it"):
        control.record([3], Result(next(iter(offered_outcomes(control.opened, [3])))))
    assert control.memory.results.read_text(encoding="utf-8") == "username,result,colour\na,sent,blue\n"


def test_a_result_that_the_step_does_not_offer_is_refused(control: Control) -> None:
    offered = offered_outcomes(control.opened, [4])
    other = next(each.id for each in control.opened.rules.outcomes if each.id not in offered)
    with pytest.raises(InputError, match="does not belong to the next step"):
        control.record([4], Result(other))
    assert not control.memory.results.exists()
