"""Failed rows in, triage table out: what went wrong with each row and what to do next.

Each form of answer is read once, each distinct domain looked at once, and each distinct combination of facts
decided once; the results are spread over the rows by category codes. The table holds no text of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from triage_kit.categories import combinations, spread
from triage_kit.columns import CONNECTIONS, KNOWN_HEADERS, ORIGINS, OWNERS, STATES, TRIAGE_COLUMNS
from triage_kit.domains import School, classify_emails
from triage_kit.outcomes import student_key
from triage_kit.progress import FINDING_COLUMNS, Progress, follow_outcomes, outcomes_for_parts
from triage_kit.remembered import remembered
from triage_kit.responses import Answers, Refusal, parse_responses
from triage_kit.rulebook import Decision, Rules, load_rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = [
    "WITH_ORIGIN",
    "Progress",
    "answers_of",
    "choice_sizes",
    "choice_sizes_of",
    "outcomes_for_parts",
    "triage",
    "triage_with_findings",
]

#: The facts of a row on which the procedure decides.
_DECIDING = ("kind", "origin", "domain_kind")
#: The kinds for which the file shows whether the student made the account (article 360048144814).
WITH_ORIGIN = {"username-change": "username", "auth-identifier-change": "auth_identifier"}


def triage(
    failed: FailedRows,
    school: School,
    *,
    outcomes: pd.DataFrame | None = None,
    rules: Rules | None = None,
    small_group: int = 25,
    group_sizes: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Return the triage table: one line per row of ``failed.rows``, in their order, without identifiers.

    Parameters
    ----------
    failed
        The failed rows.
    school
        The school for which they are triaged; its domains decide which addresses are its own.
    outcomes
        What staff recorded (`triage_kit.outcomes.read_outcomes`); each applies to the rows of the same username, or
        of the same e-mail address where it names no username, in the order of their dates. A result that the row's
        step at that time does not offer, or that another excludes, is passed over (`triage_with_findings` names it).
    rules
        The rules in force; ours if not given.
    small_group
        From this many rows on, a group is large where the procedure decides by size (article 115013134948).
    group_sizes
        The sizes of the groups of the whole, where ``failed`` is only a part of it (`choice_sizes`). The outcomes
        have to be made ready for parts then (`outcomes_for_parts`).

    Returns
    -------
    DataFrame
        Index ``row_number``; the columns of `triage_kit.columns.TRIAGE_COLUMNS`, all categories.
    """
    table, _ = triage_with_findings(
        failed, school, outcomes=outcomes, rules=rules, small_group=small_group, group_sizes=group_sizes
    )
    return table


def triage_with_findings(
    failed: FailedRows,
    school: School,
    *,
    outcomes: pd.DataFrame | None = None,
    rules: Rules | None = None,
    small_group: int = 25,
    group_sizes: Mapping[str, int] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what `triage` returns, and the findings: the recorded results that moved nobody, and why."""
    rules = rules or load_rules()
    facts = _facts(failed, school, rules)
    sizes = choice_sizes_of(facts, rules) if group_sizes is None else group_sizes
    table = _decide(facts, rules, sizes, small_group)
    if outcomes is None or not len(outcomes):
        return table, pd.DataFrame(columns=list(FINDING_COLUMNS), dtype="str")
    return follow_outcomes(failed, table, outcomes, rules, sizes, small_group)


def choice_sizes(failed: FailedRows, school: School, *, rules: Rules | None = None) -> dict[str, int]:
    """Return how many rows have each choice that the procedure makes by size, outcomes ignored."""
    rules = rules or load_rules()
    return choice_sizes_of(_facts(failed, school, rules), rules)


def choice_sizes_of(table: pd.DataFrame, rules: Rules) -> dict[str, int]:
    """Return the same from a table that holds at least ``kind``, ``origin`` and ``domain_kind``."""
    codes, found = combinations(table, _DECIDING)
    rows = np.bincount(codes, minlength=len(found))
    sizes: dict[str, int] = {}
    for (kind, origin, domain_kind), count in zip(found.itertuples(index=False), rows, strict=True):
        choice = rules.choice(kind=kind, origin=origin, domain_kind=domain_kind)
        if choice:
            sizes[choice] = sizes.get(choice, 0) + int(count)
    return sizes


@remembered
def answers_of(failed: FailedRows, rules: Rules) -> Answers:
    """Return what the answers of a file say (`triage_kit.responses.parse_responses`)."""
    return parse_responses(failed.response, rules)


@dataclass(frozen=True)
class _Verdict:
    """What answers of one form say, whoever got them; ``old`` may hold marks (`triage_kit.responses.Answers`)."""

    kind: str
    field: str
    other_kinds: str
    old: str | None

    @classmethod
    def of(cls, refusals: tuple[Refusal, ...], rules: Rules) -> _Verdict:
        if len(refusals) == 1:
            decisive, others = refusals[0], ""
        else:
            decisive = min(refusals, key=lambda refusal: rules.kind(refusal.kind).priority)
            others = ";".join(dict.fromkeys(refusal.kind for refusal in refusals if refusal.kind != decisive.kind))
        known = decisive.field if decisive.field in KNOWN_HEADERS else ""
        return cls(decisive.kind, known, others, decisive.old)


def _facts(failed: FailedRows, school: School, rules: Rules) -> pd.DataFrame:
    """Return what the file alone tells of each row: kind, field, other_kinds, origin, domain_kind, domain."""
    answers = answers_of(failed, rules)
    verdicts = [_Verdict.of(refusals, rules) for refusals in answers.forms]
    addresses = failed.column("email_address")
    columns: dict[str, Any] = {
        name: spread(answers.codes, [getattr(verdict, name) for verdict in verdicts])
        for name in ("kind", "field", "other_kinds")
    }
    columns["origin"] = _origins(answers, verdicts, addresses)
    by_address = classify_emails(failed, school)
    for name in ("domain_kind", "domain"):
        columns[name] = by_address[name].array
    return pd.DataFrame(columns, index=failed.rows.index)


def _origins(answers: Answers, verdicts: list[_Verdict], addresses: pd.Series) -> pd.Categorical:
    """Return for each change of an identifier whether the student made the account (article 360048144814).

    A self-registered account has the e-mail address as username, or no login ID.
    """
    names = list(ORIGINS)
    origins = np.array([names.index(_origin(verdict)) for verdict in verdicts], dtype=np.int8)[answers.codes]
    shown = np.array([verdict.kind == "username-change" and bool(verdict.old) for verdict in verdicts], dtype=bool)
    positions = np.flatnonzero(shown[answers.codes])
    old = student_key(answers.spelled([verdict.old or "" for verdict in verdicts], positions))
    own = student_key(addresses.iloc[positions])
    origins[positions[np.asarray(old.array == own.array)]] = names.index("self-registered")
    return pd.Categorical.from_codes(origins, categories=names)


def _origin(verdict: _Verdict) -> str:
    if verdict.kind not in WITH_ORIGIN:
        return ""
    if verdict.old:
        return "id-changed"
    return "self-registered" if verdict.kind == "auth-identifier-change" and verdict.old == "" else "unknown"


def _decide(facts: pd.DataFrame, rules: Rules, sizes: Mapping[str, int], small_group: int) -> pd.DataFrame:
    codes, found = combinations(facts, _DECIDING)
    decisions = [Progress(*facts_of).decide(rules, sizes, small_group) for facts_of in found.itertuples(index=False)]
    table = facts.copy()
    unknown = np.zeros(len(facts), dtype=np.int8)
    table["connection"] = pd.Categorical.from_codes(unknown, categories=list(CONNECTIONS))
    fixed = {"owner": list(OWNERS), "state": list(STATES)}
    for name in Decision._fields:
        table[name] = spread(codes, [getattr(decision, name) for decision in decisions], fixed.get(name))
    return table[list(TRIAGE_COLUMNS)]
