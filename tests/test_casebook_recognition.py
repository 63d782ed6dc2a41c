"""Who is who from week to week."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_kit import read_failed_rows
from triage_kit.casebook import Doubt, Keys, Register, keys_of, plain_key, table_of
from triage_kit.casebook.doubtful import Doubtful
from triage_kit.casebook.facts import ResultLine
from triage_kit.casebook.weeks import RecordedLine
from triage_kit.explorer.recording import Result

K = Keys


def weeks(*rows: list[Keys]) -> tuple[list[list[int]], list[list[tuple[int, tuple[int, ...]]]]]:
    """Return the students of each week's rows, and each week's doubts."""
    register = Register()
    found = [register.recognise(table_of(week)) for week in rows]
    return [students.tolist() for students, _ in found], [[tuple(doubt) for doubt in doubts] for _, doubts in found]


@pytest.mark.parametrize(
    "first, second, students",
    [
        pytest.param([K("u1", "e1", "c1")], [K("u1", "e1", "c1")], [1], id="nothing changed"),
        pytest.param([K("u1", "e1", "c1")], [K("u1", "e2", "c2")], [1], id="the username stays"),
        pytest.param([K("u1", "e1", "c1")], [K("u2", "e1", "c2")], [1], id="a new username, the same address"),
        pytest.param([K("u1", "e1", "c1")], [K("u2", "e2", "c1")], [1], id="both new, the same card"),
        pytest.param([K("u1", "e1")], [K("u2", "e2", "", "u1")], [1], id="the answer shows the username before"),
        pytest.param(
            [K("e1", "e1")], [K("u1", "e1", "", "e1")], [1], id="made by the student: the address was the username"
        ),
        pytest.param([K("u1", "e1")], [K("", "e1")], [1], id="the username is blank now"),
        pytest.param([K("", "e1")], [K("u1", "e1")], [1], id="the username was blank"),
        pytest.param([K("", "", "c1")], [K("", "", "c1")], [1], id="nothing but the card"),
        pytest.param([K("u1", "e1")], [K("u2", "e2")], [2], id="somebody else"),
        pytest.param([K("u1", "e1")], [K()], [0], id="no key at all"),
        pytest.param(
            [K("u1", "e1", "c1"), K("u2", "e2", "c1")], [K("u2", "e2", "c1")], [2], id="a shared card does no harm"
        ),
        pytest.param([K("u1", "e1"), K("u2", "e1")], [K("u2", "e1"), K("u1", "e1")], [2, 1], id="a shared address"),
        pytest.param([K("u1", "e1")], [K("u1", "e1"), K("u1", "e2")], [1, 1], id="twice in a file, one address new"),
        pytest.param([K("u1", "e1")], [K("u2", "e2"), K("u2", "e3")], [2, 2], id="somebody new, twice in a file"),
    ],
)
def test_a_student_is_found_again(first: list[Keys], second: list[Keys], students: list[int]) -> None:
    (_, found), (_, doubts) = weeks(first, second)
    assert (found, doubts) == (students, [])


@pytest.mark.parametrize(
    "first, second, students, doubts",
    [
        pytest.param(
            [K("u1", "e1"), K("u2", "e2")],
            [K("u1", "e2")],
            [3],
            [(3, (1, 2))],
            id="the username of one, the address of another",
        ),
        pytest.param(
            [K("u1", "e1")], [K("u2", "e1"), K("u3", "e1")], [2, 3], [(2, (1,)), (3, (1,))], id="two claim one address"
        ),
        pytest.param(
            [K("u1", "e1")],
            [K("u1", "e1"), K("u2", "e1")],
            [1, 2],
            [(2, (1,))],
            id="who has the username is there as well",
        ),
        pytest.param(
            [K("u1", "e1"), K("u2", "e1")], [K("u3", "e1")], [3], [(3, (1, 2))], id="a shared address, a third username"
        ),
        pytest.param(
            [K("u1", "e1"), K("u2", "e1")], [K("", "e1")], [3], [(3, (1, 2))], id="a shared address and no username"
        ),
        pytest.param(
            [K("u1", "e1", "c1"), K("u2", "e2", "c1")],
            [K("u3", "e3", "c1")],
            [3],
            [(3, (1, 2))],
            id="a shared card, the rest new",
        ),
    ],
)
def test_who_could_be_several_is_kept_apart_and_reported(
    first: list[Keys], second: list[Keys], students: list[int], doubts: list[tuple[int, tuple[int, ...]]]
) -> None:
    found, reported = weeks(first, second, second)
    assert found[1] == students
    assert reported[1] == doubts
    assert found[2] == students, "from then on the row finds itself"
    assert reported[2] == [], "and is reported once"


def test_of_many_who_share_an_address_a_doubt_names_the_first_twenty() -> None:
    first = [K(f"u{number:02}", "none", f"c{number}") for number in range(30)]
    found, reported = weeks(first, [*first, K("v1", "none"), K("v2", "none")])
    twenty = tuple(range(1, 21))
    assert found[1] == [*range(1, 31), 31, 32]
    assert reported[1] == [(31, twenty), (32, twenty)]


def test_the_order_of_the_rows_makes_no_difference() -> None:
    first = [K("u1", "e1", "c1"), K("u2", "e2", "c2")]
    second = [K("u1", "e2"), K("u3", "e1"), K("", "e2"), K("u4", "e4", "c2"), K("u4", "e5")]
    found = set()
    for rows in permutations(second):
        (_, students), _ = weeks(first, list(rows))
        found.add(tuple(sorted(zip(rows, students, strict=True))))
    assert len(found) == 1


KEYS = st.builds(
    Keys,
    st.sampled_from(["", "u1", "u2", "u3"]),
    st.sampled_from(["", "e1", "e2"]),
    st.sampled_from(["", "c1"]),
    st.sampled_from(["", "u1"]),
)


@given(st.lists(KEYS, max_size=6))
def test_rows_of_different_usernames_are_never_one_student(rows: list[Keys]) -> None:
    students, _ = Register().recognise(table_of(rows))
    usernames: dict[int, set[str]] = {}
    for student, keys in zip(students, rows, strict=True):
        assert bool(student) == bool(keys.own)
        if keys.username:
            usernames.setdefault(student, set()).add(keys.username)
    assert [names for names in usernames.values() if len(names) > 1] == []


def one_by_one(known: list[tuple[int, str, str]], last: int, rows: list[Keys]) -> tuple[list[int], list[Doubt]]:
    """Return what a look at each row alone finds, none settled together with others."""
    usernames = {value for _, kind, value in known if kind == "username"}
    doubtful = Doubtful(known, last)
    doubtful.settle_known(keys for keys in rows if keys.username in usernames)
    new = [keys for keys in rows if keys.username and keys.username not in usernames]
    candidates = doubtful.candidates_of(new, ())
    students = {}
    for name in sorted(candidates):
        others, students[name] = candidates[name]
        if not students[name]:
            doubtful.last += 1
            students[name] = doubtful.last
            doubtful.doubts += [Doubt(doubtful.last, others)] if others else []
    doubtful.settle_new(new, students)
    doubtful.settle_others(keys for keys in rows if keys.own and not keys.username)
    return [doubtful.found.get(keys, 0) for keys in rows], doubtful.doubts


@given(st.lists(st.lists(KEYS, max_size=8), max_size=4))
def test_rows_that_are_settled_together_are_whom_a_look_at_each_would_find(files: list[list[Keys]]) -> None:
    register = Register()
    for rows in files:
        expected = one_by_one(list(register.keys_of(np.arange(register.last + 1))), register.last, rows)
        students, doubts = register.recognise(table_of(rows))
        assert (students.tolist(), doubts) == expected


@given(st.lists(st.lists(KEYS, max_size=5), max_size=4))
def test_the_same_file_again_finds_the_same_students_without_a_doubt(files: list[list[Keys]]) -> None:
    register = Register()
    for rows in files:
        register.recognise(table_of(rows))
        students, _ = register.recognise(table_of(rows))
        last = register.last
        assert register.recognise(table_of(rows))[0].tolist() == students.tolist()
        assert register.last == last


def test_a_register_that_was_written_down_knows_the_same_people() -> None:
    register = Register()
    register.recognise(table_of([K("u1", "e1", "c1"), K("u2", "e2")]))
    again = Register({kind: (students, values) for kind, students, values in register.added}, register.last)
    assert again.recognise(table_of([K("u2", "e9"), K("u9", "e1")]))[0].tolist() == [2, 1]
    learned = [(kind, who.tolist(), values.to_pylist()) for kind, who, values in again.added]
    assert learned == [("username", [1], ["u9"]), ("email", [2], ["e9"]), ("card", [], [])]


@pytest.mark.parametrize(
    "who, students",
    [
        pytest.param(K("u1"), (1,), id="username"),
        pytest.param(K("", "e2"), (2,), id="address"),
        pytest.param(K("u9", "e2"), (2,), id="unknown username, known address"),
        pytest.param(K("u1", "e2"), (1, 2), id="username of one, address of another"),
        pytest.param(K("u9", "e9"), (), id="nobody"),
    ],
)
def test_a_result_is_of_whom_it_names(who: Keys, students: tuple[int, ...]) -> None:
    register = Register()
    register.recognise(table_of([K("u1", "e1"), K("u2", "e2")]))
    assert register.find(table_of([who])) == [students]
    assert register.last == 2


def test_keys_are_compared_without_case_and_spaces_but_with_leading_zeros() -> None:
    texts = pd.Series([" Sample.1@Example.EDU ", "SAMPLE\u00a01", "\ufeff007", "7", "a\u200bb"], dtype="str")
    assert plain_key(texts).tolist() == ["sample.1@example.edu", "sample1", "007", "7", "ab"]


def test_the_keys_of_a_file_are_read_from_its_cells_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "failed.csv"
    path.write_text(
        "Username,Email_Address,first_name,card_id,status,response\n"
        ' New2,Sample.1@example.edu,A,0001,failed,"{""errors"":[""Attempted to update username from Old1 to New2""]}"\n'
        '1.23E+11,sample.2@example.edu,Bo,0002,failed,"{""email_address"":[""has already been taken""]}"\n'
        '1.23E+11,sample.3@example.edu,Cy,0003,failed,"{""email_address"":[""has already been taken""]}"\n',
        encoding="utf-8",
    )
    assert [tuple(keys) for keys in keys_of(read_failed_rows(path))] == [
        ("new2", "sample.1@example.edu", "0001", "old1"),
        ("", "sample.2@example.edu", "0002", ""),
        ("", "sample.3@example.edu", "0003", ""),
    ]


def test_a_cell_too_long_to_be_a_key_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "failed.csv"
    path.write_text(
        "username,email_address,status,response\n"
        f'{"a" * 500},{"b" * 501},failed,"{{""email_address"":[""has already been taken""]}}"\n',
        encoding="utf-8",
    )
    assert [tuple(keys) for keys in keys_of(read_failed_rows(path))] == [("a" * 500, "", "", "")]


def test_keys_show_nothing_of_the_student() -> None:
    assert repr(K("canary", "canary@example.edu")) == "<Keys>"


def test_what_staff_recorded_shows_nothing_of_the_student() -> None:
    assert repr(ResultLine(1, "added", "2026-03-02", True, "canary", "canary@example.edu")) == "<ResultLine>"
    assert repr(RecordedLine("2026-03-02", "added", "canary", "canary@example.edu")) == "<RecordedLine>"
    assert repr(Result("added", "canary", "canary")) == "<Result>"
