"""Unknown messages: grouped by template, nobody's data in the text for Support, rules that work as they come."""

import csv
import itertools
import json
import random

import pytest

from triage_kit.reading import read_failed_rows
from triage_kit.responses import parse_response
from triage_kit.rulebook import load_rules
from triage_kit.unknown import rules_text, template, unrecognised

HEADER = ["email_address", "username", "first_name", "last_name", "card_id", "campus_name", "status", "response"]


@pytest.fixture
def failed_with(tmp_path):
    """Return a function that writes rows of (cells, field, message) and reads them as failed rows."""

    def write(rows):
        path = tmp_path / "failed_rows.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for cells, field, message in rows:
                errors = {field: [message]} if field else [message]
                padded = [*cells, *[""] * (len(HEADER) - 2 - len(cells))]
                writer.writerow([*padded, "failed", json.dumps({"success": False, "errors": errors})])
        return read_failed_rows(path)

    return write


PEOPLE = [
    ("sample.0001@example.edu", "sample0001", "Ann", "Lee", "00012345", "North"),
    ("sample.0002@example.edu", "ozwald", "May", "O'Brien", "00012346", "South"),
    ("sample.0003@gmail.com", "sample.0003@gmail.com", "Will", "Young", "A12-99", "North Campus"),
]


def test_one_message_about_three_students_is_one_line(failed_with):
    failed = failed_with(
        [
            (person, "", f"Account {person[1]} of {person[2]} {person[3]} was archived on 2024-05-0{at}")
            for at, person in enumerate(PEOPLE, 1)
        ]
    )
    (line,) = unrecognised(failed).itertuples(index=False)
    assert line.template == "Account <value> of <value> was archived on <value>"
    assert (line.field, line.rows, line.row_numbers) == ("", 3, (1, 2, 3))


@pytest.mark.parametrize(
    "message, cells, masked",
    [
        ("sample.0001@example.edu is odd", [], "<value> is odd"),
        ("card 00012345, card 99", [], "card <value>, card <value>"),
        ("status \"on hold\" and 'off'", [], "status \"<value>\" and '<value>'"),
        ('status "not active"', [], 'status "not <value>"'),
        ("See https://example.edu/help for help", [], "See <value> for help"),
        ("id 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", [], "id <value>"),
        ("building North Hall is full", ["North Hall, building"], "<value> is full"),
        ("ozwald may not sign in", ["ozwald", "May"], "<value> may not sign in"),
        ("owned by May Lee", ["May", "Lee"], "owned by <value>"),
        ("is not valid", ["Not", "is", "Valid"], "is not valid"),
        ("must be after primary_education:start_date", ["x"], "must be after primary_education:start_date"),
        ("Ann's account", ["Ann"], "Ann's account"),
        ("the  student\u00a0Lee", ["LEE"], "the student <value>"),
        ("", [], ""),
        ("!!!", ["!!!"], "!!!"),
    ],
)
def test_what_is_masked(message, cells, masked):
    assert template(message, cells) == masked


def test_messages_that_differ_in_field_word_or_negation_never_fall_together(failed_with):
    messages = [
        "is odd",
        "is not odd",
        "is even stranger",
        "is never odd",
        "isn't odd",
        "is odd now",
        "Is Not Odd here",
    ]
    cells = ("sample.0001@example.edu", "not", "Not", "Never", "", "")
    rows = [(cells, field, message) for field in ("username", "card_id", "") for message in messages]
    unknown = unrecognised(failed_with(rows))
    assert len(unknown) == len(rows)
    assert set(unknown["rows"]) == {1}


def test_the_commonest_comes_first_and_a_row_counts_once_per_template(failed_with):
    failed = failed_with([(PEOPLE[0], "", "is odd"), (PEOPLE[1], "", "was lost"), (PEOPLE[2], "", "was lost")])
    assert unrecognised(failed)[["template", "rows"]].to_numpy().tolist() == [["was lost", 2], ["is odd", 1]]


def test_known_messages_give_an_empty_table_with_all_columns(failed_with):
    unknown = unrecognised(failed_with([(PEOPLE[0], "email_address", "has already been taken")]))
    assert list(unknown.columns) == ["template", "field", "rows", "row_numbers", "support_text", "rule"]
    assert len(unknown) == 0


def test_the_text_for_support_holds_what_support_needs(failed_with):
    failed = failed_with(
        [(person, "campus_name", f"{person[5]} is closed for sample {person[4]}") for person in PEOPLE]
    )
    assert unrecognised(failed)["support_text"].tolist() == [
        "The Importer refused 3 rows of our upload with an answer that your article “Importer Errors: Common Messages "
        "and Next Steps” (360001032108) does not list:\n"
        "<value> is closed for sample <value>\n"
        "(<value> stands for what differs from student to student.) It names the field campus_name. What does it mean, "
        "and what should we do? The job is: [put its ID or web address here]"
    ]


def test_no_personal_data_reaches_the_text_for_support(failed_with):
    """Names, addresses and IDs in messages, of the row's student and of somebody else, upper and lower case."""
    rng = random.Random(4)
    letters = "bcdfghjklmnpqrstvwxz"
    rows, canaries = [], set()
    for at in range(60):
        first, last, user = ("".join(rng.choices(letters, k=7)).capitalize() for _ in range(3))
        other = "".join(rng.choices(letters, k=8)).capitalize()
        cells = (f"{first}.{last}@{user}.edu".lower(), user.lower(), first, last, f"ID{at:06}", f"{user} Hall")
        shapes = [
            f"User {user.upper()} ({first} {last}) is linked to {other} {last}",
            f"{other} {first} already holds {cells[0]}",
            f"Record of {first}-{last}/{user} belongs to somebody.else@{other.lower()}.org",
            f'Card "{other}" of {cells[4]} is in {user} Hall',
        ]
        rows.append((cells, rng.choice(["", f"{other} field"]), rng.choice(shapes)))
        canaries |= {word.lower() for word in (first, last, user, other)}
    unknown = unrecognised(failed_with(rows))
    assert unknown["rows"].sum() == 60
    text = " ".join(unknown["support_text"]).lower()
    assert [canary for canary in canaries if canary in text] == []


MESSAGES = [
    ("", "Account {username} of {first} {last} is archived"),
    ("card_id", "is worn, 'torn' or 100% \\broken\\ [sic] {card}"),
    ("username", "was given to {first} {last} and {username} and {card}"),
    ("username", "was given to nobody"),
    ("Some Field", "has \"quotes\" and '''more'''"),
    ("", "{username}"),
    ("first_name", "is fishy"),
    ("first_name", "Is Fishy"),
    ("first_name", "is not fishy"),
]


def test_the_rules_can_be_used_as_they_come_and_know_every_message(failed_with, tmp_path):
    rows = []
    for person, (field, message) in itertools.product(PEOPLE, MESSAGES):
        filled = message.format(username=person[1], first=person[2], last=person[3], card=person[4])
        rows.append((person, field, filled))
    failed = failed_with(rows)
    path = tmp_path / "my_rules.toml"
    path.write_text(rules_text(unrecognised(failed)), encoding="utf-8")
    own = load_rules(path)
    # A message that is nothing but a value has no rule: it would claim every message.
    assert unrecognised(failed, own)["template"].tolist() == ["<value>"]
    assert parse_response('{"errors":{"first_name":["is not fishy"]}}', own)[0].kind != (
        parse_response('{"errors":{"first_name":["is fishy"]}}', own)[0].kind
    )


def test_a_made_rule_does_not_claim_the_opposite_message(failed_with, tmp_path):
    failed = failed_with([(PEOPLE[0], "", "The card of Ann Lee was found")])
    path = tmp_path / "my_rules.toml"
    path.write_text(rules_text(unrecognised(failed)), encoding="utf-8")
    own = load_rules(path)
    assert parse_response('{"errors":"The card of Bob Roe was found"}', own)[0].kind != "unrecognised"
    assert parse_response('{"errors":"The card of Bob was not found"}', own)[0].kind == "unrecognised"
    assert parse_response('{"errors":"The card of not Bob was found"}', own)[0].kind == "unrecognised"


def test_a_made_rule_does_not_run_away(failed_with, tmp_path):
    failed = failed_with([(PEOPLE[0], "", " a ".join(["99"] * 30))])
    path = tmp_path / "my_rules.toml"
    path.write_text(rules_text(unrecognised(failed)), encoding="utf-8")
    assert parse_response(json.dumps({"errors": "a " * 5000 + "!"}), load_rules(path))[0].kind == "unrecognised"


@pytest.mark.parametrize("sign", ["“", "'", '"', "!", "-", "\u2018", "<value>"])
def test_a_huge_message_ends(sign):
    assert template(f"x {sign}" * 30_000 + sign * 30_000 + "y", ["z"])
