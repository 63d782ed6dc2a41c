"""The commands that speak of rules: unknown messages listed, own rules checked, a pasted answer explained."""

import io
import sys

import pytest

from triage_kit.cli import main
from triage_kit.rule_check import check_rules_file
from triage_kit.rule_patterns import may_run_away

FILE = (
    "email_address,username,first_name,status,response\n"
    'sample.01@example.edu,s1,Ann,failed,"{""errors"":{""username"":[""was given to Ann""]}}"\n'
    'sample.02@example.edu,s2,Bob,failed,"{""errors"":{""username"":[""was given to Bob""]}}"\n'
)
RULE = """
[[kind]]
id = "own-given"
title = "Username was given away"
meaning = "The username was given to somebody else."
family = "identifier"
priority = 33
fields = ["username"]
pattern = 'was given to \\S{1,100}'
examples = [{ field = "username", message = "was given to somebody" }]
"""


@pytest.fixture
def failed_rows(tmp_path):
    path = tmp_path / "failed_rows.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def rules_file(tmp_path):
    def write(text):
        path = tmp_path / "my_rules.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_unknown_messages_are_listed_with_both_texts(failed_rows, capsys):
    assert main(["rules", str(failed_rows)]) == 0
    printed = capsys.readouterr().out
    assert "failed_rows.csv: 2 rows, 1 unknown message." in printed
    assert "username: was given to <value>\n  2 rows: 1, 2\n" in printed
    assert "For Handshake Support:" in printed and "[[kind]]" in printed


def test_the_listed_rules_can_be_written_completed_and_used(failed_rows, tmp_path, capsys):
    out = tmp_path / "my_rules.toml"
    assert main(["rules", str(failed_rows), "-o", str(out)]) == 0
    assert main(["rules", "--check", str(out)]) == 0
    assert "its title or meaning is not written yet" in capsys.readouterr().out
    assert main(["rules", str(failed_rows)]) == 0  # found by itself, beside the file
    printed = capsys.readouterr().out
    assert "0 unknown messages" in printed and "my_rules.toml" in printed


def test_rules_that_somebody_completed_are_never_replaced(failed_rows, rules_file, tmp_path, capsys):
    existing = tmp_path / "other.toml"
    existing.write_text("# mine", encoding="utf-8")
    assert main(["rules", str(failed_rows), "-o", str(existing)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert existing.read_text(encoding="utf-8") == "# mine"


def test_a_sound_rules_file_passes_the_check(rules_file, capsys):
    assert main(["rules", "--check", str(rules_file(RULE))]) == 0
    assert capsys.readouterr().out == (
        "my_rules.toml: 1 kind entry.\nEvery example is recognised by its own entry.\n"
    )  # fmt: skip


def test_the_entries_of_a_rules_file_are_counted_in_words(rules_file, capsys):
    other = RULE.replace("own-given", "own-lent").replace("was given to", "was lent to")
    assert main(["rules", "--check", str(rules_file(RULE + other))]) == 0
    assert capsys.readouterr().out.startswith("my_rules.toml: 2 kind entries.")


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("to somebody", "for somebody", "its example “was given for somebody” is recognised as “unrecognised”"),
        ('family = "identifier"', 'family = "idenfitier"', "Did you mean “identifier”?"),
        ("priority = 33", 'priority = "33"', "“priority” should be a whole number"),
        ("priority = 33", "priority = 33\nfeilds = []", "Did you mean “fields”?"),
        ('id = "own-given"', 'id = "Own Given"', "joined by hyphens"),
        ("pattern = 'was", "pattern = '(was", "not a regular expression"),
        ("[[kind]]", "[[kind", "not a TOML file"),
    ],
)
def test_a_mistake_names_file_entry_and_cure(rules_file, capsys, old, new, said):
    assert main(["rules", "--check", str(rules_file(RULE.replace(old, new)))]) == 2
    error = capsys.readouterr().err
    assert "my_rules.toml" in error and said in error and "Traceback" not in error


def test_a_pattern_that_may_run_away_is_refused_by_the_check(rules_file):
    report = check_rules_file(rules_file(RULE.replace("\\S{1,100}", "(?:\\S+ ?)+")))
    assert report.refused
    assert "own-given" in report.remarks[0]


def test_a_rule_that_takes_a_message_from_the_kit_is_named(rules_file):
    report = check_rules_file(
        rules_file(
            RULE.replace("was given to \\S{1,100}", "is reserved").replace("was given to somebody", "is reserved")
        )
    )
    assert report.remarks == (
        "kind “own-given”: it takes “is reserved” from the kit's own “A value is not allowed there”.",
    )


@pytest.mark.parametrize(
    "pattern, runs",
    [
        (r"(a+)+", True),
        (r"(?:\w+\s?)*x", True),
        (r"((a|b+)c?)*", True),
        (r"(?:a{1,1000}){1,1000}", True),
        (r"a+b+", False),
        (r"(?:odd|even)+", False),
        (r"from(?P<old> .*?|) to(?P<new> .*|)", False),
        (r"\S{1,100}(?: \S{1,100}){0,7}", False),
    ],
)
def test_which_patterns_may_run_away(pattern, runs):
    assert may_run_away(pattern) is runs


def test_neither_file_nor_check_is_a_usage_error(capsys):
    assert main(["rules"]) == 2
    assert "--check" in capsys.readouterr().err


def test_a_pasted_answer_is_explained(capsys):
    assert main(["explain", '{"success":false,"errors":{"email_address":["has already been taken"]}']) == 0
    printed = capsys.readouterr().out
    assert "E-mail address is taken" in printed and "360001032108" in printed and "a bracket is missing" in printed
    assert printed.splitlines()[-2:] == [
        "Next step, as the row's e-mail address and the number of such rows decide: Add the student by e-mail; "
        "Upload again with permission to change IDs; Correct the value at its source.",
        "For a row of a file: triage-kit explain FILE --row N.",
    ]


def test_a_pasted_answer_with_one_way_on_is_explained_with_its_instructions(capsys):
    assert main(["explain", '{"errors":{"base":["Could not find identifiable"]}}']) == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "Next step: Correct what the row refers to, by the registrar or IT.",
        "  1. Compare the ID with the record's web address, or with the import identifier it was given.",
        "  2. For people, fill user_type (Students or Career Services) and use the e-mail address.",
        "  3. Upload the corrected row.",
    ]


def test_an_answer_is_read_from_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"errors":{"card_id":["has already been taken"]}}\n'))
    assert main(["explain", "-"]) == 0
    assert "Card ID is taken" in capsys.readouterr().out


def test_an_answer_in_pieces_is_put_together(capsys):
    assert main(["explain", "{success:false,errors:{username:[has", "already", "been", "taken]}}"]) == 0
    assert "Username is taken" in capsys.readouterr().out


def test_a_row_is_explained(failed_rows, capsys):
    assert main(["explain", str(failed_rows), "--row", "2", "--school-domain", "example.edu"]) == 0
    printed = capsys.readouterr().out
    assert "Row 2" in printed and "\nHow:\n  1. " in printed
    assert main(["explain", str(failed_rows), "--row", "7"]) == 2


def test_triage_says_the_common_cause_first_and_names_nobody(tmp_path, capsys):
    path = tmp_path / "failed_rows.csv"
    lines = ["email_address,username,status,response"]
    for at in range(10, 40):
        answer = f"Attempted to update username from canary{at} to canary{at}@login.example.edu"
        lines.append(f'sample.{at}@example.edu,canary{at}@login.example.edu,failed,"{{""errors"":""{answer}""}}"')
    path.write_text("\n".join(lines), encoding="utf-8")
    assert main(["triage", str(path), "--school-domain", "example.edu"]) == 0
    printed = capsys.readouterr().out
    assert printed.index("changed by one pattern: an e-mail domain was put behind them.") < printed.index("What went")
    assert "canary" not in printed and "login.example.edu" not in printed
