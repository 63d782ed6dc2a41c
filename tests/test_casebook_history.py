"""Where a case stands, by the facts: one student, told in days."""

from __future__ import annotations

from itertools import permutations

import pytest

from triage_kit.casebook.evidence import load_evidence
from triage_kit.casebook.history import REUPLOAD, SYNC, Result, Sighting, Standing, cases_of, unsettled_of
from triage_kit.rulebook import load_rules

RULES = load_rules()
DAYS = {f"w{week}": f"2026-01-{7 * week - 2:02}" for week in range(1, 5)}


def seen(day: str, problem: str = "email-taken", *, purpose: str = SYNC, domain_kind: str = "own-school") -> Sighting:
    decision = RULES.decide(kind=problem, origin="", domain_kind=domain_kind, connection="unknown", group="small")
    return Sighting(
        DAYS.get(day, day), purpose, problem, "", domain_kind, decision.step, decision.if_refused, decision.rule
    )


def again(day: str, problem: str = "email-taken") -> Sighting:
    return seen(day, problem, purpose=REUPLOAD)


def did(day: str, outcome: str) -> Result:
    return Result(DAYS.get(day, day), outcome)


def told(standing: Standing) -> str:
    """Return a standing in a line: step, state, who, connection, suggestion, since, waiting since."""
    decision = standing.progress.decision
    parts = [decision.step, decision.state, decision.owner, standing.progress.connection, standing.suggestion]
    return " | ".join([*parts, standing.since[5:], standing.waiting_since[5:]])


@pytest.mark.parametrize(
    "facts, expected",
    [
        pytest.param(
            [seen("w1")], "add-by-email | open | career-office | unknown |  | 01-05 | ", id="nobody did anything"
        ),
        pytest.param(
            [seen("w1"), seen("w2"), seen("w3")],
            "add-by-email | open | career-office | unknown |  | 01-05 | ",
            id="three weeks long",
        ),
        pytest.param(
            [seen("w1"), did("w1", "added")], "add-by-email | done | career-office | unknown |  | 01-05 | ", id="added"
        ),
        pytest.param(
            [seen("w1"), did("w1", "added"), seen("w2")],
            "add-by-email | open | career-office | unknown |  | 01-12 | ",
            id="done, and refused again: open, and begins anew",
        ),
        pytest.param(
            [seen("w1"), seen("w2"), did("w2", "added")],
            "add-by-email | done | career-office | unknown |  | 01-05 | ",
            id="done on the day of the file is after the file",
        ),
        pytest.param(
            [seen("w1"), did("w1", "not-a-student"), seen("w2"), seen("w3")],
            "add-by-email | dropped | career-office | unknown |  | 01-05 | ",
            id="dropped stays dropped",
        ),
        pytest.param(
            [seen("w1"), did("w1", "refused-connected-elsewhere")],
            "confirm-then-support | open | career-office | connected-elsewhere |  | 01-05 | ",
            id="found elsewhere",
        ),
        pytest.param(
            [seen("w1"), did("w1", "refused-connected-elsewhere"), seen("w2"), did("w2", "student-asked"), seen("w3")],
            "confirm-then-support | waiting | student | connected-elsewhere |  | 01-05 | 01-12",
            id="the student was asked and has not answered",
        ),
        pytest.param(
            [seen("w1"), did("w1", "student-asked"), did("w1", "refused-connected-elsewhere")],
            "confirm-then-support | waiting | student | connected-elsewhere |  | 01-05 | 01-05",
            id="two results of one day, in the order in which the steps offer them",
        ),
        pytest.param(
            [
                seen("w1"),
                did("w1", "refused-connected-elsewhere"),
                did("w2", "student-confirmed"),
                did("w3", "sent-to-support"),
            ],
            "write-to-support | waiting | handshake-support | connected-elsewhere |  | 01-05 | 01-19",
            id="on its way to Support",
        ),
        pytest.param(
            [seen("w1"), did("w1", "added"), did("w1", "not-a-student")],
            "add-by-email | open | career-office | unknown |  | 01-05 | ",
            id="results that exclude each other: none counts",
        ),
        pytest.param(
            [seen("w1"), did("w1", "sent-to-support")],
            "add-by-email | open | career-office | unknown |  | 01-05 | ",
            id="a result that the step does not offer",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent")],
            "reupload-with-identifier-change | waiting | career-office | unknown |  | 01-05 | 01-05",
            id="sent is not done",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent"), did("w1", "updated")],
            "reupload-with-identifier-change | done | career-office | unknown |  | 01-05 | ",
            id="uploaded and updated on one day is done",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "own-account")],
            "reupload-with-identifier-change | open | career-office | unknown |  | 01-05 | ",
            id="looked at is not done",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "own-account"), did("w1", "sent"), did("w1", "updated")],
            "reupload-with-identifier-change | done | career-office | unknown |  | 01-05 | ",
            id="looked at, uploaded and updated on one day is done",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "own-account"), did("w1", "sent"), seen("w2", "email-in-use")],
            "reupload-with-identifier-change | waiting | career-office | unknown |  | 01-05 | 01-05",
            id="looked at and uploaded waits",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent"), seen("w2", "email-in-use")],
            "reupload-with-identifier-change | waiting | career-office | unknown |  | 01-05 | 01-05",
            id="sent and still refused: the upload may not have run yet",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent"), again("w2", "email-taken")],
            "add-by-email | open | career-office | unknown | our-upload-refused-again | 01-05 | ",
            id="our own upload came back: a suggestion, and nothing concluded",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent"), again("w1", "email-taken")],
            "add-by-email | open | career-office | unknown | our-upload-refused-again | 01-05 | ",
            id="our own upload came back on the same day",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent"), again("w2"), did("w2", "refused-connected-elsewhere")],
            "confirm-then-support | open | career-office | connected-elsewhere |  | 01-05 | ",
            id="adding confirmed the suggestion",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent"), again("w2"), did("w2", "added")],
            "add-by-email | done | career-office | unknown |  | 01-05 | ",
            id="adding refuted the suggestion",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "sent"), again("w2", "value-missing")],
            "reupload-with-identifier-change | open | career-office | unknown |  | 01-05 | ",
            id="our own upload came back for another reason: open again, nothing suggested",
        ),
        pytest.param(
            [seen("w1", "email-in-use"), did("w1", "updated"), again("w2")],
            "reupload-with-identifier-change | done | career-office | unknown |  | 01-05 | ",
            id="what is done stays done when our own upload comes back",
        ),
    ],
)
def test_a_case_stands_where_its_history_says(facts: list[Sighting | Result], expected: str) -> None:
    for order in list(permutations(facts))[:24]:
        sightings = [fact for fact in order if isinstance(fact, Sighting)]
        results = [fact for fact in order if isinstance(fact, Result)]
        (standing,) = cases_of(sightings, results, RULES).values()
        assert told(standing) == expected


def test_what_was_found_out_of_the_account_holds_for_its_next_problem_too() -> None:
    facts = [seen("w1"), seen("w2", "email-in-use")]
    cases = cases_of(facts, [did("w1", "refused-connected-elsewhere")], RULES)
    assert (
        told(cases["email-in-use"]) == "confirm-then-support | open | career-office | connected-elsewhere |  | 01-12 | "
    )


def test_what_was_done_for_one_problem_does_not_settle_another() -> None:
    cases = cases_of([seen("w1"), seen("w2", "value-missing")], [did("w1", "added")], RULES)
    assert [case.progress.decision.state for case in cases.values()] == ["done", "open"]


def test_a_return_is_remembered_by_its_day() -> None:
    facts = [seen(day) for day in DAYS]
    (case,) = cases_of(facts, [did("w1", "added"), did("w3", "added")], RULES).values()
    assert sorted(case.returned) == [DAYS["w2"], DAYS["w4"]]


@pytest.mark.parametrize(
    "results, unsettled",
    [
        pytest.param([did("w1", "added")], [], id="settled"),
        pytest.param([did("w1", "sent-to-support")], ["sent-to-support"], id="not offered"),
        pytest.param([did("w1", "already-here"), did("w1", "updated")], [], id="one after the other"),
        pytest.param([did("w1", "added"), did("w1", "not-a-student")], ["added", "not-a-student"], id="exclusive"),
    ],
)
def test_results_that_moved_nobody_are_known(results: list[Result], unsettled: list[str]) -> None:
    cases = cases_of([seen("w1")], results, RULES)
    assert sorted(result.outcome for result in unsettled_of(cases.values())) == unsettled


def test_a_step_that_the_rules_know_no_longer_is_decided_anew() -> None:
    (case,) = cases_of([seen("w1")._replace(step="gone-step")], [], RULES).values()
    assert case.progress.decision.step == "add-by-email"


def test_evidence_only_suggests_and_names_its_source() -> None:
    (entry,) = load_evidence()
    assert (entry.suggests, entry.step) == ("connected-elsewhere", "add-by-email")
    assert entry.sources and entry.title.startswith("Perhaps")
