"""Counts and sentences, from triage tables written by hand."""

import pandas as pd
import pytest

from triage_kit.columns import TRIAGE_COLUMNS
from triage_kit.rulebook import load_rules
from triage_kit.summarize import OTHER_DOMAINS, count_by, merge_small_domains, summarize

RULES = load_rules()


def _table(*lines):
    """Return a triage table of so many rows per line: rows, kind, domain kind, step, state."""
    rows = []
    for count, kind, domain_kind, step, state in lines:
        found = RULES.step(step)
        line = dict.fromkeys(TRIAGE_COLUMNS, "")
        line |= {"kind": kind, "domain_kind": domain_kind, "step": step, "state": state, "owner": found.owner}
        line |= {"if_refused": found.if_refused, "connection": "unknown", "rule": "anything-else"}
        rows += [line] * count
    return pd.DataFrame(rows, columns=list(TRIAGE_COLUMNS)).astype("category").rename_axis("row_number")


TABLE = _table(
    (30, "email-taken", "own-school", "reupload-with-identifier-change", "open"),
    (5, "email-taken", "own-school", "reupload-with-identifier-change", "done"),
    (8, "value-missing", "generic", "fix-in-file", "open"),
    (2, "unrecognised", "other", "needs-a-person", "open"),
)


def test_every_count_table_adds_up_to_the_rows():
    summary = summarize(TABLE, rules=RULES)
    assert summary.rows == 45
    for counts in (summary.problems, summary.problems_by_domain_kind, summary.steps, summary.states, summary.domains):
        assert counts["rows"].sum() == 45
    assert summary.owners.to_dict("list") == {
        "owner": ["career-office", "registrar-it"],
        "title": ["career office", "registrar or IT"],
        "rows": [32, 8],
    }


def test_steps_stand_in_order_of_students_unblocked_with_settled_ones_last():
    steps = summarize(TABLE, rules=RULES).steps
    assert list(zip(steps["step"], steps["state"], steps["rows"], strict=True)) == [
        ("reupload-with-identifier-change", "open", 30),
        ("fix-in-file", "open", 8),
        ("needs-a-person", "open", 2),
        ("reupload-with-identifier-change", "done", 5),
    ]


def test_the_answer_is_at_most_seven_sentences_and_locks_nobody_out():
    sentences = summarize(TABLE, rules=RULES, broken=3).sentences
    assert sentences[0] == "45 rows were not imported."
    assert sentences[-1] == "3 lines of the file could not be read and must be looked at."
    assert len(sentences) <= 7
    assert "locked" not in " ".join(sentences)


@pytest.mark.parametrize(
    "kept, said",
    [
        (45, "The most frequent problem is “E-mail address is taken” (35 rows)."),
        (1, "The only problem is “E-mail address is taken” (1 row)."),
    ],
)
def test_one_problem_alone_is_not_called_the_most_frequent(kept, said):
    assert summarize(TABLE.head(kept), rules=RULES).sentences[1] == said


def test_no_rows_is_good_news():
    summary = summarize(TABLE.iloc[:0], rules=RULES)
    assert summary.sentences == ("The file lists no failed rows: nothing is to be done.",)
    assert len(summary.steps) == 0 and len(summary.domains) == 0


def test_few_rows_name_the_way_by_hand():
    few = _table((4, "email-in-use", "own-school", "reupload-with-identifier-change", "open"))
    few = few.assign(rule=pd.Categorical(["address-on-other-username"] * 4))
    assert "Set the username or sign-in ID on the profile" in summarize(few, rules=RULES).steps["alternative"][0]
    assert summarize(pd.concat([few, few]), rules=RULES).steps["alternative"][0] == ""


def test_counts_come_most_rows_first():
    assert count_by(TABLE, "kind").to_dict("list") == {
        "kind": ["email-taken", "value-missing", "unrecognised"],
        "rows": [35, 8, 2],
    }


@pytest.mark.parametrize(
    "counts, shown",
    [
        ({"a.edu": 50, "b.edu": 20}, {"a.edu": 50, "b.edu": 20}),
        ({"a.edu": 50, "b.edu": 20, "c.edu": 3}, {"a.edu": 50, OTHER_DOMAINS: 23}),
        ({"a.edu": 50, "b.edu": 9, "c.edu": 3}, {"a.edu": 50, OTHER_DOMAINS: 12}),
        ({"a.edu": 50, "": 2}, {OTHER_DOMAINS: 52}),
        ({"a.edu": 50, "": 12}, {"a.edu": 50, OTHER_DOMAINS: 12}),
        ({"a.edu": 4}, {OTHER_DOMAINS: 4}),
    ],
)
def test_no_small_count_by_domain_can_be_computed(counts, shown):
    domains = pd.DataFrame({"domain": list(counts), "domain_kind": "other-school", "rows": list(counts.values())})
    merged = merge_small_domains(domains)
    assert dict(zip(merged["domain"], merged["rows"], strict=True)) == shown


def test_the_least_count_shown_may_not_be_set_below_five():
    with pytest.raises(ValueError, match="counts under 5 may not be shown"):
        summarize(TABLE, rules=RULES, minimum=4)
