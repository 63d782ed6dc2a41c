"""The rule files: what they promise, and what is said of a mistake in an office's own."""

import dataclasses

import pytest

from triage_kit.columns import DOMAIN_KINDS, ORIGINS, STATES
from triage_kit.errors import RulesError
from triage_kit.rulebook import Decision, load_rules

RULES = load_rules()
ENDS = {"done", "dropped"}


def _next(step: str) -> set[str]:
    """Every state that ends a row, and every step, to which one outcome of the step can lead."""
    reached = set()
    for outcome in RULES.step(step).outcomes:
        for lead in RULES.outcome(outcome).leads:
            if lead.step:
                reached.add(lead.step)
            if lead.state:
                reached.add(lead.state)
            if lead.connection and not lead.step:
                reached |= {
                    RULES.decide(
                        kind=kind.id, origin=origin, domain_kind=domain_kind, connection=lead.connection, group=group
                    ).step
                    for kind in RULES.kinds
                    for origin in ORIGINS
                    for domain_kind in DOMAIN_KINDS
                    for group in ("small", "large")
                }
    return reached


@pytest.mark.parametrize("outcome", RULES.outcomes, ids=lambda outcome: outcome.id)
def test_every_outcome_leads_on_whatever_the_row(outcome):
    for kind in RULES.kinds:
        for domain_kind in DOMAIN_KINDS:
            facts = {"kind": kind.id, "origin": "", "domain_kind": domain_kind, "connection": "unknown"}
            assert RULES.lead(outcome.id, {**facts, "change": "unasked"}) is not None


@pytest.mark.parametrize("step", RULES.steps, ids=lambda step: step.id)
def test_every_path_ends(step):
    seen, open_steps = set(), [step.id]
    while open_steps:
        current = open_steps.pop()
        for reached in _next(current) - seen:
            seen.add(reached)
            if reached not in STATES:
                open_steps.append(reached)
    assert seen & ENDS or step.state in ENDS


@pytest.mark.parametrize("step", RULES.steps, ids=lambda step: step.id)
def test_every_step_says_what_to_do_and_where_that_is_documented(step):
    assert step.instructions
    assert step.sources
    assert all(source.article.isdigit() and source.title for source in step.sources)


def test_every_outcome_is_offered_by_a_step():
    offered = {outcome for step in RULES.steps for outcome in step.outcomes}
    assert offered == {outcome.id for outcome in RULES.outcomes}


def test_every_step_can_be_reached():
    decided = {entry.step for entry in RULES.procedure}
    led_to = {lead.step for outcome in RULES.outcomes for lead in outcome.leads}
    assert decided | led_to >= {step.id for step in RULES.steps}


def test_a_narrow_rule_wins_over_a_wide_one():
    decision = RULES.decide(
        kind="email-taken", origin="", domain_kind="other-school", connection="unknown", group="large"
    )
    assert decision == Decision(
        "add-by-email", "career-office", "create-account-here", "open", "account-with-other-school-address"
    )


def test_an_approved_change_of_a_student_who_is_here_is_made_on_the_profile():
    decision = RULES.decide(
        kind="username-change",
        origin="id-changed",
        domain_kind="own-school",
        connection="connected-here",
        group="small",
        change="intended",
    )
    assert decision.step == "update-username"


@pytest.mark.parametrize(
    "outcome, kind, domain_kind, leads_to",
    [
        ("moved", "email-taken", "own-school", ("state", "done")),
        ("moved", "email-taken", "generic", ("step", "change-email")),
        ("moved", "email-taken", "other", ("step", "change-email")),
        ("refused-connected-elsewhere", "email-taken", "generic", ("connection", "connected-elsewhere")),
        ("refused-connected-elsewhere", "card-id-taken", "generic", ("step", "needs-a-person")),
        ("change-intended", "username-change", "own-school", ("step", "reupload-with-identifier-change")),
        ("change-intended", "username-change", "ambiguous", ("step", "update-username")),
        ("request-pending", "email-taken", "own-school", ("step", "approve-request")),
        ("sent", "email-taken", "own-school", ("state", "waiting")),
    ],
)
def test_an_outcome_leads_where_the_procedure_says(outcome, kind, domain_kind, leads_to):
    facts = {"kind": kind, "origin": "", "domain_kind": domain_kind, "connection": "unknown", "change": "unasked"}
    lead = RULES.lead(outcome, facts)
    part, target = leads_to
    assert getattr(lead, part) == target


@pytest.mark.parametrize(
    "message, old, new",
    [
        ("Attempted to update username from jdoe to jdoe2", "jdoe", "jdoe2"),
        ("Attempted to update auth_identifier from _____ to abc", "", "abc"),
        ("Attempted to update auth_identifier from  to abc", "", "abc"),
        ("has already been taken", None, None),
    ],
)
def test_old_and_new_values_are_kept_apart(message, old, new):
    found = RULES.recognise("" if "Attempted" in message else "email_address", message)
    assert (found.old, found.new) == (old, new)


OWN_KIND = """
[[kind]]
id = "our-hold"
title = "Account on hold"
meaning = "The registrar has put a hold on the account."
family = "value"
priority = 5
fields = ["username"]
pattern = "is on hold"
examples = [{ field = "username", message = "is on hold" }]
"""


def test_an_offices_own_entries_go_first(tmp_path):
    file = tmp_path / "my_rules.toml"
    file.write_text(OWN_KIND, encoding="utf-8")
    rules = load_rules(file)
    assert rules.recognise("username", "Is on hold").kind == "our-hold"
    assert rules.kinds[0].id == "our-hold"
    assert rules.source == "my_rules.toml"


def test_problems_that_are_called_alike_have_their_ids_beside_their_titles(tmp_path):
    file = tmp_path / "my_rules.toml"
    other = OWN_KIND.replace("our-hold", "their-hold").replace("is on hold", "is held")
    file.write_text(OWN_KIND + other, encoding="utf-8")
    titles = [kind.title for kind in load_rules(file).kinds]
    assert titles[:2] == ["Account on hold (our-hold)", "Account on hold (their-hold)"]
    assert titles[2:] == [kind.title for kind in RULES.kinds]


def test_an_offices_entry_in_place_of_ours_keeps_its_title(tmp_path):
    file = tmp_path / "my_rules.toml"
    file.write_text(OWN_KIND.replace("our-hold", RULES.kinds[0].id), encoding="utf-8")
    assert load_rules(file).kinds[0].title == "Account on hold"


@pytest.mark.parametrize(
    "text, message",
    [
        (
            OWN_KIND.replace('id = "our-hold"', 'id = "Our Hold"'),
            "my_rules.toml, kind: the id “Our Hold” should be words of a-z and 0-9 joined by hyphens.",
        ),
        (
            OWN_KIND.replace("priority = 5", 'priority = "5"'),
            "my_rules.toml, kind “our-hold”: “priority” should be a whole number, found '5'.",
        ),
        (
            OWN_KIND.replace('title = "Account on hold"\n', ""),
            "my_rules.toml, kind “our-hold”: “title” is missing; add it as a text in quotes.",
        ),
        (
            OWN_KIND.replace("pattern", "patern"),
            "my_rules.toml, kind “our-hold”: “patern” is not a key of such an entry. Did you mean “pattern”?",
        ),
        (
            OWN_KIND.replace('"is on hold"\nexamples', '"is on (hold"\nexamples'),
            "my_rules.toml, kind “our-hold”: the pattern is not a regular expression "
            "(missing ), unterminated subpattern at position 6).",
        ),
        (
            OWN_KIND.replace('family = "value"', 'family = "values"'),
            "my_rules.toml, kind “our-hold”: “family” is “values”, expected one of account, identifier, value, job, "
            "other. Did you mean “value”?",
        ),
        (
            OWN_KIND.replace('message = "is on hold"', 'message = "is blocked"'),
            "my_rules.toml, kind “our-hold”: its example “is blocked” is recognised as “unrecognised”. "
            "Mend the pattern or the fields, or move the entry forward.",
        ),
        (
            '[[procedure]]\nid = "x"\nstep = "add-by-mail"\nwhy = "y"\n',
            "procedure “x”: “the name” is “add-by-mail”, expected one of",
        ),
        ('[[procedure]]\nid = "x', "my_rules.toml: not a TOML file as expected: "),
    ],
)
def test_a_mistake_names_file_entry_and_cure(tmp_path, text, message):
    file = tmp_path / "my_rules.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as raised:
        load_rules(file)
    assert str(raised.value).startswith(message)


def test_a_missing_rules_file_is_named(tmp_path):
    with pytest.raises(RulesError, match=r"nowhere\.toml: the rules file cannot be read"):
        load_rules(tmp_path / "nowhere.toml")


def test_our_rules_hold_nothing_that_a_caller_could_change():
    assert isinstance(hash(load_rules()), int)


def test_a_rules_file_is_read_anew_each_time(tmp_path):
    file = tmp_path / "my_rules.toml"
    file.write_text(OWN_KIND, encoding="utf-8")
    assert load_rules(file).kind("our-hold").title == "Account on hold"
    file.write_text(OWN_KIND.replace("Account on hold", "Account held"), encoding="utf-8")
    assert load_rules(file).kind("our-hold").title == "Account held"


def test_a_copy_with_other_kinds_does_not_remember_the_first():
    assert RULES.recognise("email_address", "has already been taken").kind == "email-taken"
    fewer = dataclasses.replace(RULES, kinds=tuple(kind for kind in RULES.kinds if kind.id != "email-taken"))
    assert fewer.recognise("email_address", "has already been taken").kind == "value-taken"
