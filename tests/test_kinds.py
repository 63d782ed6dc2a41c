"""The catalogue: Rails' own wording, the order of entries, patterns that cannot run away, and plain words."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import triage_kit
from triage_kit.allowed import allowed_in, plain_meaning
from triage_kit.columns import KNOWN_HEADERS, STUDENT_HEADERS
from triage_kit.responses import parse_response
from triage_kit.rulebook import load_rules

RULES = load_rules()
WITHOUT_PATTERN = {"unrecognised", "unreadable", "no-response"}

# Every message of activemodel's and activerecord's en.yml (Rails 5 to 8), with numbers put in.
RAILS = [
    ("is not included in the list", "value-not-listed"),
    ("is reserved", "value-not-allowed"),
    ("is invalid", "value-invalid"),
    ("doesn't match Email address", "value-not-confirmed"),
    ("doesn't match confirmation", "value-not-confirmed"),
    ("must be accepted", "value-not-accepted"),
    ("can't be empty", "value-missing"),
    ("can't be blank", "value-missing"),
    ("must be blank", "value-not-allowed"),
    ("is too long (maximum is 1 character)", "value-too-long"),
    ("is too long (maximum is 50 characters)", "value-too-long"),
    ("is too long", "value-too-long"),
    ("is too short (minimum is 1 character)", "value-too-short"),
    ("is too short (minimum is 3 characters)", "value-too-short"),
    ("is the wrong length (should be 1 character)", "value-wrong-length"),
    ("is the wrong length (should be 9 characters)", "value-wrong-length"),
    ("is not a number", "value-not-a-number"),
    ("must be an integer", "value-not-a-number"),
    ("must be greater than 0", "value-out-of-range"),
    ("must be greater than or equal to 0", "value-out-of-range"),
    ("must be greater than or equal to 2018-06-11 00:00:00 UTC", "value-out-of-range"),
    ("must be equal to 1.5", "value-out-of-range"),
    ("must be less than 4", "value-out-of-range"),
    ("must be less than or equal to 4.0", "value-out-of-range"),
    ("must be other than -1", "value-out-of-range"),
    ("must be in 0..4", "value-out-of-range"),
    ("must be odd", "value-out-of-range"),
    ("must be even", "value-out-of-range"),
    ("has already been taken", "value-taken"),
    ("must exist", "reference-missing"),
    ("Validation failed", "value-invalid"),
    # What it lists decides; a value is not known to be at fault.
    ("Validation failed: something", "unrecognised"),
    # Nothing is deleted by an upload, so these two have no kind of their own.
    ("Cannot delete record because a dependent account exists", "unrecognised"),
    ("Cannot delete record because dependent accounts exist", "unrecognised"),
]


@pytest.mark.parametrize("message, kind", RAILS, ids=[message for message, _ in RAILS])
@pytest.mark.parametrize("field", ["gender", "some_new_column", ""])
def test_every_default_message_of_rails_has_a_kind_on_any_field(message, kind, field):
    assert RULES.recognise(field, message).kind == kind
    (refusal,) = parse_response(json.dumps({"errors": {field: [message]}}), RULES)
    assert (refusal.kind, refusal.field) == (kind, field)


@pytest.mark.parametrize("message, kind", [pair for pair in RAILS if pair[1] != "unrecognised"])
@pytest.mark.parametrize("negation", ["not ", "no longer ", "never "])
def test_a_negated_message_is_not_recognised(message, kind, negation):
    if not message.startswith("Validation"):
        assert RULES.recognise("gender", negation + message).kind == "unrecognised"
        first, _, rest = message.partition(" ")
        assert RULES.recognise("gender", f"{first} {negation}{rest}").kind == "unrecognised"


@pytest.mark.parametrize("kind", RULES.kinds, ids=lambda kind: kind.id)
def test_each_example_is_first_claimed_by_its_own_entry(kind):
    assert bool(kind.examples) == (kind.id not in WITHOUT_PATTERN)
    for field, message in kind.examples:
        assert RULES.recognise(field, message).kind == kind.id


@pytest.mark.parametrize("kind", RULES.kinds, ids=lambda kind: kind.id)
def test_no_entry_is_unreachable(kind):
    claimed = {RULES.recognise(field, message).kind for field, message in kind.examples}
    assert claimed == (set() if kind.id in WITHOUT_PATTERN else {kind.id})
    for field in kind.fields:  # nor is it on any single field of those it names, for at least one of its examples
        assert kind.id in {RULES.recognise(field, message).kind for _, message in kind.examples}, field


def test_the_three_kinds_without_a_pattern_are_those_that_the_kit_gives_itself():
    assert {kind.id for kind in RULES.kinds if kind.pattern is None} == WITHOUT_PATTERN


def _attacks(pattern):
    """Return texts that make a careless pattern run away: its words and its signs repeated, with a wrong end."""
    words = re.findall(r"[A-Za-z_]{2,}", pattern)
    pieces = [" ", "a", "a ", "1", "(", " to", " to ", " from to", *words, *[f"{word} " for word in words]]
    heads = ["", *[re.sub(r"[^\w ]", "", pattern)[:length] for length in (10, 20, 40)], "must be in ", "doesn't match "]
    heads += ["Attempted to update username from", "Validation failed: ", "is too long (maximum is "]
    return [head + piece * (20_000 // len(piece)) + end for head in heads for piece in pieces for end in ("!", "")]


def test_no_pattern_backtracks_badly():
    # In a process of its own: a pattern that runs away would otherwise hang the whole run.
    code = (
        "import json, re, sys\n"
        "for pattern, texts in json.load(sys.stdin):\n"
        "    for text in texts: re.fullmatch(pattern, text, re.I | re.S)\n"
    )
    jobs = [(kind.pattern.pattern, _attacks(kind.pattern.pattern)) for kind in RULES.kinds if kind.pattern]
    done = subprocess.run([sys.executable, "-c", code], input=json.dumps(jobs), text=True, timeout=60, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("kind", RULES.kinds, ids=lambda kind: kind.id)
def test_an_entry_speaks_plainly_and_names_its_source(kind):
    assert kind.sources
    assert all(source.article and source.title and source.period for source in kind.sources)
    assert kind.job_types
    assert len(kind.title) <= 60
    for text in (kind.title, kind.meaning):
        assert not re.search(r"locked out|regex|payload|\bJSON\b|validation|attribute", text, re.IGNORECASE)
        # The file cannot tell where an account is, so no text may claim to.
        assert not re.search(r"is (?:not connected|unconnected|connected elsewhere)", text)


def test_ids_are_known_to_the_specification():
    named = """email-conflict username-change auth-identifier-change email-change sensitive-change email-in-use
        email-taken username-taken auth-identifier-taken card-id-taken excluded-from-sync contact-email-invalid
        student-not-found staff-member-not-found record-not-found import-identifier-taken time-zone-noise
        end-date-before-start mobile-number-invalid reference-missing value-missing value-taken value-too-long
        value-too-short value-wrong-length value-not-a-number value-out-of-range value-not-listed value-not-allowed
        value-not-confirmed value-not-accepted value-invalid unrecognised unreadable no-response"""
    assert {kind.id for kind in RULES.kinds} == set(named.split())


@pytest.mark.parametrize(
    "first, then",
    [
        ("email-conflict", "email-taken"),
        ("email-taken", "username-taken"),
        ("card-id-taken", "excluded-from-sync"),
        ("import-identifier-taken", "value-missing"),
        ("value-invalid", "unrecognised"),
        ("unrecognised", "unreadable"),
        ("unreadable", "no-response"),
        ("no-response", "time-zone-noise"),
    ],
)
def test_which_of_two_refusals_decides(first, then):
    assert RULES.kind(first).priority < RULES.kind(then).priority


def test_priorities_are_distinct():
    assert len({kind.priority for kind in RULES.kinds}) == len(RULES.kinds)


def test_what_is_allowed_is_known_for_every_column_of_the_current_student_upload():
    assert [header for header in STUDENT_HEADERS[:34] if allowed_in(header) is None] == []


def test_what_is_allowed_names_known_columns_only_and_its_articles():
    path = Path(triage_kit.__file__).parent / "rules" / "headers.toml"
    columns = tomllib.loads(path.read_text(encoding="utf-8"))["column"]
    headers = [header for column in columns for header in column["headers"]]
    assert len(headers) == len(set(headers))
    assert set(headers) <= KNOWN_HEADERS
    assert all(article.isdigit() for column in columns for article in column["articles"])


@pytest.mark.parametrize(
    "kind, header, meaning",
    [
        (
            "value-too-long",
            "first_name",
            "The text in first_name is longer than Handshake allows. "
            "Allowed there: 1 to 50 characters, no digits; never blank.",
        ),
        (
            "value-not-listed",
            "fax",
            "The value in fax is not one of those that Handshake knows. Spelling and capitals must be exact.",
        ),
        ("value-missing", "", "A column that the answer does not name is blank, and Handshake needs a value there."),
        (
            "end-date-before-start",
            "primary_education.end_date",
            RULES.kind("end-date-before-start").meaning
            + " Allowed there: a date on or after the start date (give both dates if both changed), or **CLEAR**, "
            "which erases it.",
        ),
        ("email-taken", "email_address", RULES.kind("email-taken").meaning),
    ],
)
def test_a_meaning_names_the_column_and_what_is_allowed_there(kind, header, meaning):
    assert plain_meaning(RULES.kind(kind), header) == meaning


def test_a_meaning_names_the_column_as_the_file_writes_it():
    assert plain_meaning(RULES.kind("value-missing"), "first_name", written="First_Name").startswith(
        "First_Name is blank"
    )
