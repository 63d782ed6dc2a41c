"""The triage table in small count tables and a few plain sentences.

Everything here is computed from the triage table alone, so it holds no identifiers. Small counts are hidden by
`triage_kit.small_counts` before a table may be forwarded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage_kit.categories import combinations
from triage_kit.columns import DOMAIN_KINDS, OWNERS, STATES
from triage_kit.rulebook import Rules, load_rules
from triage_kit.small_counts import LEAST_MINIMUM, MINIMUM, OTHER_DOMAINS, check_minimum, merge_small_domains
from triage_kit.wording import capital, count

__all__ = [
    "LEAST_MINIMUM",
    "MINIMUM",
    "OTHER_DOMAINS",
    "Summary",
    "count_by",
    "merge_small_domains",
    "summarize",
]


@dataclass(frozen=True)
class Summary:
    """The counts that reports, the explorer and the command line show.

    Attributes
    ----------
    rows, broken
        Failed rows read, and pieces of the file that could not be read as a row.
    sentences
        The answer in at most seven plain sentences.
    problems
        One line per kind that occurs: ``kind``, ``title``, ``meaning``, ``rows``, most rows first.
    problems_by_domain_kind
        One line per kind and domain kind that occur: ``kind``, ``title``, ``domain_kind``, ``domain_kind_title``,
        ``rows``.
    steps
        One line per step and state: ``step``, ``title``, ``owner``, ``owner_title``, ``state``, ``rows``, ``meaning``,
        ``if_refused``, ``if_refused_title``, ``alternative``; in order of students unblocked, what is to do first.
    owners
        One line per owner of what is not done: ``owner``, ``title``, ``rows``.
    states
        One line per state: ``state``, ``title``, ``rows``.
    domains
        One line per domain that may be named: ``domain``, ``domain_kind``, ``rows``; rare ones merged within each
        domain kind.
    """

    rows: int
    broken: int
    sentences: tuple[str, ...]
    problems: pd.DataFrame
    problems_by_domain_kind: pd.DataFrame
    steps: pd.DataFrame
    owners: pd.DataFrame
    states: pd.DataFrame
    domains: pd.DataFrame


def summarize(table: pd.DataFrame, *, rules: Rules | None = None, broken: int = 0, minimum: int = MINIMUM) -> Summary:
    """Return the counts of a triage table and the answer in sentences.

    Parameters
    ----------
    table
        The triage table; not changed.
    rules
        The rules by which it was made, for titles and texts; ours if not given.
    broken
        How many pieces of the file could not be read as a row.
    minimum
        Domains with fewer rows are not named.
    """
    check_minimum(minimum)
    rules = rules or load_rules()
    problems = _problems(table, rules)
    steps = _steps(table, rules)
    return Summary(
        rows=len(table),
        broken=broken,
        sentences=_answer(len(table), broken, problems, steps),
        problems=problems,
        problems_by_domain_kind=_problems_by_domain_kind(table, rules),
        steps=steps,
        owners=_owners(steps),
        states=_states(table),
        domains=merge_small_domains(count_by(table, "domain", "domain_kind"), minimum),
    )


def count_by(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return how many rows have each combination that occurs: the columns as text, and ``rows``.

    Most rows first; equal counts in the order of the combinations' texts.
    """
    codes, found = combinations(table, columns)
    counts = found.assign(rows=np.bincount(codes, minlength=len(found)))
    return counts.sort_values(["rows", *columns], ascending=[False, *[True] * len(columns)], ignore_index=True)


def _problems(table: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    counts = count_by(table, "kind")
    kinds = [rules.kind(kind) for kind in counts["kind"]]
    return pd.DataFrame(
        {
            "kind": counts["kind"],
            "title": [kind.title for kind in kinds],
            "meaning": [capital(kind.meaning.replace("{field}", "the field that the answer names")) for kind in kinds],
            "rows": counts["rows"],
        }
    )


def _problems_by_domain_kind(table: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    counts = count_by(table, "kind", "domain_kind")
    counts.insert(1, "title", [rules.kind(kind).title for kind in counts["kind"]])
    counts.insert(3, "domain_kind_title", counts["domain_kind"].map(DOMAIN_KINDS))
    return counts


def _steps(table: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    counts = count_by(table, "step", "owner", "state")
    unblocks = counts["state"].map(list(STATES).index)
    counts = counts.iloc[unblocks.argsort(kind="stable")].reset_index(drop=True)
    steps = [rules.step(step) for step in counts["step"]]
    after = count_by(table, "step", "state", "if_refused")
    refused = [_refused(after, row.step, row.state) for row in counts.itertuples()]
    alternatives = _alternatives(table, rules)
    return pd.DataFrame(
        {
            "step": counts["step"],
            "title": [step.title for step in steps],
            "owner": counts["owner"],
            "owner_title": counts["owner"].map(OWNERS),
            "state": counts["state"],
            "rows": counts["rows"],
            "meaning": [step.meaning for step in steps],
            "if_refused": [";".join(ids) for ids in refused],
            "if_refused_title": [" / ".join(rules.step(step).title for step in ids) for ids in refused],
            "alternative": [alternatives.get(step, "") for step in counts["step"]],
        }
    )


def _refused(after: pd.DataFrame, step: str, state: str) -> list[str]:
    """Return the steps that come if this one does not work, the most frequent first."""
    return list(after["if_refused"][(after["step"] == step) & (after["state"] == state)])


def _alternatives(table: pd.DataFrame, rules: Rules) -> dict[str, str]:
    """Return for each step the sentence that names the way by hand, where few enough rows have that choice."""
    sentences = {}
    for row in count_by(table, "rule", "step").itertuples():
        entry = rules.entry(row.rule)
        if entry.alternative and entry.step == row.step and row.rows < entry.alternative_below:
            title = rules.step(entry.alternative).title
            sentences[row.step] = (
                f"With fewer than {entry.alternative_below} such rows, Handshake also names “{title}” "
                "for students who are found in Manage Students."
            )
    return sentences


def _owners(steps: pd.DataFrame) -> pd.DataFrame:
    todo = steps[steps["state"].isin(["open", "waiting"])]
    counts = todo.groupby("owner", sort=False)["rows"].sum().sort_values(ascending=False, kind="stable")
    return pd.DataFrame(
        {"owner": list(counts.index), "title": [OWNERS[owner] for owner in counts.index], "rows": list(counts)}
    ).astype({"owner": "str", "title": "str", "rows": "int64"})


def _states(table: pd.DataFrame) -> pd.DataFrame:
    counts = table["state"].value_counts()
    present = [state for state in STATES if counts.get(state, 0)]
    return pd.DataFrame(
        {
            "state": present,
            "title": [STATES[state] for state in present],
            "rows": [int(counts[state]) for state in present],
        }
    )


def _answer(rows: int, broken: int, problems: pd.DataFrame, steps: pd.DataFrame) -> tuple[str, ...]:
    """Return the answer: what happened, why, what to do, what waits, what is left over."""
    sentences = [_not_imported(rows)]
    if rows:
        top = problems.iloc[0]
        which = "most frequent" if len(problems) > 1 else "only"
        sentences.append(f"The {which} problem is “{top['title']}” ({_rows(top['rows'])}).")
        sentences.extend(_todo(steps, rows))
    if broken:
        sentences.append(f"{count(broken, 'line')} of the file could not be read and must be looked at.")
    return tuple(sentences)


def _not_imported(rows: int) -> str:
    if not rows:
        return "The file lists no failed rows: nothing is to be done."
    return f"{_rows(rows)} {'was' if rows == 1 else 'were'} not imported."


def _todo(steps: pd.DataFrame, rows: int) -> list[str]:
    sentences = []
    todo = steps[steps["state"] == "open"]
    documented = todo[todo["step"] != "needs-a-person"]
    if len(documented):
        first, covered = documented.iloc[0], int(documented["rows"].sum())
        sentences.append(
            f"A documented next step exists for {_of_them(covered, rows)}; the one that helps most is "
            f"“{first['title']}” ({_rows(first['rows'])}), by the {first['owner_title']}."
        )
    others = documented[documented["owner"] != "career-office"]
    if len(others):
        waiting = "; ".join(
            f"the {owner} for {_rows(number)}" for owner, number in others.groupby("owner_title")["rows"].sum().items()
        )
        sentences.append(f"The office needs others for some: {waiting}.")
    person = int(todo.loc[todo["step"] == "needs-a-person", "rows"].sum())
    if person:
        sentences.append(f"{_rows(person)} {'needs' if person == 1 else 'need'} somebody's own look.")
    waiting_rows = int(steps.loc[steps["state"] == "waiting", "rows"].sum())
    settled = int(steps.loc[steps["state"].isin(["done", "dropped"]), "rows"].sum())
    if waiting_rows or settled:
        waits, are = "waits" if waiting_rows == 1 else "wait", "is" if settled == 1 else "are"
        sentences.append(f"{waiting_rows:,} {waits} for an answer, {settled:,} {are} settled.")
    return sentences


def _of_them(number: int, rows: int) -> str:
    if number == rows:
        return "it" if rows == 1 else "all of them"
    return f"{number:,} of them"


def _rows(number: int) -> str:
    return count(number, "row")
