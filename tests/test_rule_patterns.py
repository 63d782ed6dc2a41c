"""What is said of a pattern without trying it: how its matches begin, and whether values matter to it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_kit.rule_patterns import outline_of
from triage_kit.rulebook import Kind, Rules, load_rules

MARK = "\u00e6"


def compiled(pattern):
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


@pytest.mark.parametrize(
    "pattern, beginnings, blind",
    [
        ("Moved", {"moved"}, True),
        ("Moved from .* to .*", {"moved from "}, True),
        ("Moved from .*? to .*", {"moved from "}, True),
        ("Moved from(?P<old> .*|) to (?P<new>.*)", {"moved from ", "moved from to "}, True),
        ("Moved|(?:Gone|Lost) .*", {"moved", "gone ", "lost "}, True),
        ("Moved(?: to .*)?", {"moved", "moved to "}, True),
        (".* moved", {""}, True),
        (".*", {""}, True),
        ("Moved to .*x", {"moved to "}, False),  # the x may be the value's last letter
        ("Moved to x.*", {"moved to x"}, False),
        ("Moved 3 times to .*", {"moved 3 times to "}, False),
        ("Moved to .*.*", {"moved to "}, False),  # where one ends and the other begins is anybody's guess
        ("Moved to .+", {"moved to "}, False),
        ("Moved to .{0,9}", {"moved to "}, False),
        (r"Moved to \d*", {"moved to "}, False),
        (r"Moved to \S*", {"moved to "}, False),
        ("Moved to (?!x).*", {"moved to "}, False),
        (r"(?P<a> .*) is\1", {" "}, False),
        (r"\bMoved", {""}, False),
        ("[Mm]oved", {""}, False),
        ("Mo(?i:ved) .*", {"mo"}, False),
        ("\u017fent to .*", {""}, False),  # the long s is an s where capitals are ignored
        ("(?:a|b)(?:c|d)(?:e|f)(?:g|h)(?:i|j)(?:k|l)(?:m|n)", {""}, False),
    ],
)
def test_the_outline_of_a_pattern(pattern, beginnings, blind):
    outline = outline_of(compiled(pattern))
    assert (outline.beginnings, outline.blind) == (beginnings, blind)


def test_the_words_that_a_pattern_looks_for():
    assert outline_of(compiled(r"Moved( from)? (a\.b|c_d) .*, or \d")).words == {"moved", "from", "a.b", "c_d", "or"}


@pytest.mark.parametrize(
    "text, may",
    [("MOVED ", True), ("Moved to", True), ("moved to new", True), ("gone", True), ("", True), ("removed", False)],
)
def test_whether_a_message_that_begins_so_may_match(text, may):
    assert outline_of(compiled("Moved to .*|Gone")).may_begin(text) is may


def test_our_rules_of_changes_are_blind():
    changes = [kind for kind in load_rules().kinds if kind.pattern and "old" in kind.pattern.groupindex]
    assert [kind.id for kind in changes] == ["username-change", "auth-identifier-change", "email-change"]
    assert all(outline_of(kind.pattern).blind for kind in changes)


WORDS = st.sampled_from(["from", "to", "is", "x"])
VALUES = st.sampled_from(["x1", "1", "to1", "@", "1x", ".1.", "from@to.is", "a" * 9 + "1", "jo", "too", "xx", "."])
GAPS = [".*", ".*?", "(?P<old>.*?)", "(?P<new>.*)", "x.*", ".*x", r"\S*", r"\w*", ".{0,3}", "(?!x).*"]


@settings(max_examples=300)
@given(st.data())
def test_what_is_recognised_whatever_the_values_is_recognised_with_any(data):
    message = [data.draw(WORDS), *data.draw(st.lists(WORDS | st.just("{}"), min_size=1, max_size=4))]
    kinds = []
    for place in range(data.draw(st.integers(1, 3))):
        gaps = data.draw(st.permutations(GAPS))
        words = [gaps[at] if word == "{}" else word for at, word in enumerate(message)]
        pattern = " ".join(words) if data.draw(st.booleans()) else " ".join(words[:2]) + " .*"
        kinds.append(Kind(f"k{place}", "", "", "other", 1, pattern=compiled(pattern)))
    rules = Rules(tuple(kinds), (), (), ())
    text, values = " ".join(message), data.draw(st.lists(VALUES, min_size=5, max_size=5))
    alike = rules.recognise_alike("", text.format(*(f"{MARK}{place}{MARK}" for place in range(5))), MARK)
    if alike is not None:
        spelled = alike._replace(**{name: _filled(getattr(alike, name), values) for name in ("old", "new")})
        assert spelled == rules.recognise("", text.format(*values))


def _filled(text, values):
    return text and re.sub(f"{MARK}(\\d){MARK}", lambda mark: values[int(mark.group(1))], text)
