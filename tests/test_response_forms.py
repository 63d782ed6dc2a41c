"""Many answers at once: those that differ in values alone are read once, and each says what it says by itself."""

import random
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_responses import DOCUMENTED, WHOLE, mutated
from triage_kit.responses import parse_response, parse_responses
from triage_kit.rulebook import load_rules

RULES = load_rules()
CHANGE = '{"success":false,"errors":{ "Attempted to update username from %s to %s"}'
#: An office's own rules that look into values, each in another way.
CURIOUS = (
    r"Attempted to update username from (?P<old>\S*@gmail\.com) to (?P<new>.*)",
    r"Attempted to update username from (?P<old>.{1,5}) to (?P<new>.*)",
    r"Attempted to update username from (?P<old>.*)1 to (?P<new>.*)",
    r"Attempted to update username from (?P<old>[^@]*) to (?P<new>.*)",
    r"Attempted to update username from (?P<old>\w+) to (?P<new>\1\d)",
    r"Attempted to update (?P<field>username) from (?P<old>(?!s1).*) to (?P<new>.*)",
    r"(?P<field>\S+ \S+ \S+ \S+ \S+) .*",
    r".* s1",
    r".* (?P<old>jo)",
    r"Attempted to update username from own to (?P<new>.*)",
)


def said_by(answers):
    """Return the refusals of each row, with its own values where its form has marks."""
    rows = [list(answers.forms[code]) for code in answers.codes]
    for place in range(max(map(len, answers.forms), default=0)):
        for part in ("message", "old", "new"):
            of_form = [getattr(form[place], part) if place < len(form) else None for form in answers.forms]
            own = answers.spelled([text or "" for text in of_form])
            for row, code, text in zip(rows, answers.codes, own, strict=True):
                if of_form[code] is not None:
                    row[place] = replace(row[place], **{part: text})
    return [tuple(row) for row in rows]


def both_ways(texts, rules=RULES):
    """Return what the texts say as a column, and what each says by itself."""
    return said_by(parse_responses(pd.Series(texts, dtype="str"), rules)), [parse_response(t, rules) for t in texts]


def test_each_row_is_told_by_code_what_its_answer_says():
    responses = pd.Series(["null", DOCUMENTED[0]["response"], None, "null"], index=[4, 7, 9, 12], dtype="str")
    answers = parse_responses(responses, RULES)
    assert answers.codes.dtype == np.intp
    assert [answers.forms[code][0].kind for code in answers.codes] == [
        "no-response",
        "sensitive-change",
        "no-response",
        "no-response",
    ]


def test_no_rows_have_no_forms():
    answers = parse_responses(pd.Series([], dtype="str"), RULES)
    assert (len(answers.codes), answers.forms, len(answers.spelled([]))) == (0, (), 0)


def test_answers_that_differ_in_values_alone_have_one_form_and_keep_their_values():
    texts = [CHANGE % (old, "s2") for old in ("s1", "a@example.edu", "s1")]
    answers = parse_responses(pd.Series(texts, dtype="str"), RULES)
    assert len(answers.forms) == 1
    assert [(one.old, one.new, one.message) for (one,) in said_by(answers)] == [
        ("s1", "s2", "Attempted to update username from s1 to s2"),
        ("a@example.edu", "s2", "Attempted to update username from a@example.edu to s2"),
        ("s1", "s2", "Attempted to update username from s1 to s2"),
    ]


def test_values_are_spelled_for_the_rows_that_are_asked_for():
    answers = parse_responses(pd.Series(["null", CHANGE % ("s1", "s2"), CHANGE % ("s3", "s4")], dtype="str"), RULES)
    olds = [form[0].old or "none" for form in answers.forms]
    assert answers.spelled(olds, np.array([2, 0, 2])).tolist() == ["s3", "none", "s3"]


def test_two_values_that_are_the_same_make_one_refusal_of_two():
    twice = '{"errors":["Attempted to update username from %s to x1","Attempted to update username from %s to x1"]}'
    in_column, alone = both_ways([twice % ("s1", "s1"), twice % ("s1", "s2"), twice % ("s3", "s3")])
    assert [len(refusals) for refusals in alone] == [1, 2, 1]
    assert in_column == alone


@pytest.mark.parametrize(
    "letter", ["\u00e6", "\\u00e6", "\\u00e60\\u00e6", "&aelig;", "&#230;"], ids=["itself", *"abcd"]
)
def test_the_sign_that_marks_values_may_stand_in_an_answer_itself(letter):
    in_column, alone = both_ways([CHANGE % (old, f"{letter} or {letter}") for old in ("s1", "s2", letter)])
    assert in_column == alone


@pytest.mark.parametrize("change", ["from %s to %s", "from to %.0s%s", "from  to %.0s%s"])
def test_plain_words_are_values_where_a_change_shows_them(change):
    text = CHANGE.replace("from %s to %s", change)
    words = ["jdoe", "asmith", "to", "from", "update", "nil", "_____", "_", "null", "errors", "a.b", "To", "NIL", "s1"]
    in_column, alone = both_ways([text % (old, new) for old in words for new in words])
    assert in_column == alone


def test_alike_changes_of_plain_words_have_one_form():
    texts = [CHANGE % pair for pair in (("jdoe", "jdoe2"), ("jdoe@example.edu", "jd"), ("ann", "annlee"))]
    answers = parse_responses(pd.Series(texts, dtype="str"), RULES)
    assert len(answers.forms) == 1
    assert [one.old for (one,) in said_by(answers)] == ["jdoe", "jdoe@example.edu", "ann"]


@pytest.mark.parametrize("pattern", CURIOUS)
def test_an_own_rule_may_look_into_values(pattern, tmp_path):
    path = tmp_path / "my_rules.toml"
    entry = ['id = "own"', 'title = "Own"', 'meaning = "Own."', 'family = "other"', "priority = 1"]
    path.write_text("\n".join(["[[kind]]", *entry, f"pattern = '{pattern}'"]), encoding="utf-8")
    values = (
        "s1",
        "s2",
        "s3",
        "jo",
        "to",
        "own",
        "a@gmail.com",
        "b@gmail.com",
        "b@example.edu",
        "s11",
        "s12",
        "username1234",
    )
    in_column, alone = both_ways([CHANGE % (old, new) for old in values for new in values], load_rules(path))
    assert "own" in {refusal.kind for refusals in alone for refusal in refusals}
    assert in_column == alone


# What may stand around and between values: frames, damage, quotes, keys, numbers, words of a frame, web pages.
PIECES = (
    *(
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        '""',
        "'",
        "\\",
        " ",
        "  ",
        "\n",
        "<html>",
        "<",
        "&quot;",
        "=>",
        "é",
        "x" * 95,
    ),
    *(
        "errors",
        "email_address",
        "field",
        "null",
        "1",
        "12 ",
        " 34",
        ": 5",
        "to a1 ",
        " b@c",
        "from",
        "base",
        "id",
        "x" * 95,
    ),
    *("Attempted to update username from s1 to s2", "is too long (maximum is 50 characters)", "gateway"),
)
TEMPLATES = st.one_of(st.sampled_from([case["response"] for case in DOCUMENTED]), st.just(WHOLE), st.just(""))
VALUES = st.sampled_from(
    [
        *("s1", "s2", "a.b+c@example.edu", "0", "1e5", "@", "4-", "nil0", "x" * 120 + "1", "50x."),
        *("jo", "to", "nil", "null", "true", "errors", "email_address", "message", "from", "_", "x" * 120, ".", "base"),
    ]
)


def _with_values(template, values):
    """Return the template with other values: its words that hold a digit or that a change shows, in turn."""
    rest = iter(values)
    return re.sub(r"(?<=\w )\S*\d\S*|(?<=from )\S+(?= to)", lambda found: next(rest, found.group()), template)


@settings(max_examples=400, deadline=None)
@given(TEMPLATES, st.lists(st.tuples(st.integers(0, 120), st.sampled_from(PIECES)), max_size=6), st.data())
def test_answers_that_differ_in_values_alone_are_read_as_each_by_itself(template, insertions, data):
    for place, piece in insertions:
        template = template[:place] + piece + template[place:]
    drawn = data.draw(st.lists(st.lists(VALUES, min_size=9, max_size=9), min_size=2, max_size=3))
    in_column, alone = both_ways([_with_values(template, values) for values in drawn])
    assert in_column == alone


PLAIN = (("jo", "ann"), ("ann", "jo"), ("to", "null"), ("nil", "to"))


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case["id"])
def test_a_mutated_answer_with_other_values_is_read_as_by_itself(case):
    rng = random.Random(case["id"])
    words = " from sample.1@example.edu to sample1 "
    texts = []
    for _ in range(100):
        place = rng.randrange(len(case["response"]) + 1)
        text = mutated(case["response"][:place] + words + case["response"][place:], rng)
        texts += [text, *(text.replace("sample", other) for other in ("s", "another.7"))]
        texts += [text.replace("sample.1@example.edu", old).replace("sample1", new) for old, new in PLAIN]
    in_column, alone = both_ways(texts)
    assert in_column == alone
