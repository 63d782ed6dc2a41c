"""Failed rows in, triage table out: what went wrong with each row and what to do next.

Each distinct answer is parsed once, each distinct address looked at once, and each distinct combination of facts
decided once; the results are spread over the rows by category codes. The table holds no text of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from triage_kit.columns import CONNECTIONS, KNOWN_HEADERS, ORIGINS, OWNERS, STATES, TRIAGE_COLUMNS
from triage_kit.domains import School, classify_addresses
from triage_kit.outcomes import student_key
from triage_kit.responses import Refusal, parse_distinct
from triage_kit.rulebook import Decision, Rules, load_rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["Progress", "choice_sizes", "choice_sizes_of", "triage"]

#: The kinds for which the file shows whether the student made the account (article 360048144814).
_WITH_ORIGIN = {"username-change": "username", "auth-identifier-change": "auth_identifier"}


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
        step at that time does not offer is passed over.
    rules
        The rules in force; ours if not given.
    small_group
        From this many rows on, a group is large where the procedure decides by size (article 115013134948).
    group_sizes
        The sizes of the groups of the whole, where ``failed`` is only a part of it (`choice_sizes`).

    Returns
    -------
    DataFrame
        Index ``row_number``; the columns of `triage_kit.columns.TRIAGE_COLUMNS`, all categories.
    """
    rules = rules or load_rules()
    facts = _facts(failed, school, rules)
    sizes = choice_sizes_of(facts, rules) if group_sizes is None else group_sizes
    table = _decide(facts, rules, sizes, small_group)
    if outcomes is not None and len(outcomes):
        table = _follow_outcomes(failed, table, outcomes, rules, sizes, small_group)
    return table


def choice_sizes(failed: FailedRows, school: School, *, rules: Rules | None = None) -> dict[str, int]:
    """Return how many rows have each choice that the procedure makes by size, outcomes ignored."""
    rules = rules or load_rules()
    return choice_sizes_of(_facts(failed, school, rules), rules)


def choice_sizes_of(table: pd.DataFrame, rules: Rules) -> dict[str, int]:
    """Return the same from a table that holds at least ``kind``, ``origin`` and ``domain_kind``."""
    codes, combinations = _combinations(table, ["kind", "origin", "domain_kind"])
    rows = np.bincount(codes, minlength=len(combinations))
    sizes: dict[str, int] = {}
    for (kind, origin, domain_kind), count in zip(combinations, rows, strict=True):
        choice = rules.choice(kind=kind, origin=origin, domain_kind=domain_kind)
        if choice:
            sizes[choice] = sizes.get(choice, 0) + int(count)
    return sizes


@dataclass(frozen=True)
class _Verdict:
    """What one distinct answer says, whoever got it."""

    kind: str
    field: str
    other_kinds: str
    old: str | None

    @classmethod
    def of(cls, refusals: tuple[Refusal, ...], rules: Rules) -> _Verdict:
        decisive = min(refusals, key=lambda refusal: rules.kind(refusal.kind).priority)
        others = dict.fromkeys(refusal.kind for refusal in refusals if refusal.kind != decisive.kind)
        known = decisive.field if decisive.field in KNOWN_HEADERS else ""
        return cls(decisive.kind, known, ";".join(others), decisive.old)


def _facts(failed: FailedRows, school: School, rules: Rules) -> pd.DataFrame:
    """Return what the file alone tells of each row: kind, field, other_kinds, origin, domain_kind, domain."""
    codes, parsed = parse_distinct(failed.response, rules)
    verdicts = [_Verdict.of(refusals, rules) for refusals in parsed]
    addresses = failed.column("email_address")
    columns: dict[str, Any] = {
        name: _spread(codes, [getattr(verdict, name) for verdict in verdicts])
        for name in ("kind", "field", "other_kinds")
    }
    columns["origin"] = _origins(codes, verdicts, addresses)
    by_address = classify_addresses(addresses, school)
    for name in ("domain_kind", "domain"):
        columns[name] = by_address[name].array
    return pd.DataFrame(columns, index=failed.rows.index)


def _origins(codes: np.ndarray, verdicts: list[_Verdict], addresses: pd.Series) -> pd.Categorical:
    """Return for each change of an identifier whether the student made the account (article 360048144814).

    A self-registered account has the e-mail address as username, or no login ID.
    """
    names = list(ORIGINS)
    per_verdict = np.array([names.index(_origin(verdict)) for verdict in verdicts], dtype=np.int8)
    origins = per_verdict[codes] if len(codes) else np.empty(0, dtype=np.int8)
    shown = np.array([verdict.kind == "username-change" and bool(verdict.old) for verdict in verdicts], dtype=bool)
    positions = np.flatnonzero(shown[codes]) if len(codes) else np.empty(0, dtype=np.intp)
    own = student_key(addresses.iloc[positions])
    for position, address in zip(positions, own, strict=True):
        old = verdicts[codes[position]].old or ""
        if old.strip().lower() == address:
            origins[position] = names.index("self-registered")
    return pd.Categorical.from_codes(origins, categories=names)


def _origin(verdict: _Verdict) -> str:
    if verdict.kind not in _WITH_ORIGIN:
        return ""
    if verdict.old:
        return "id-changed"
    return "self-registered" if verdict.kind == "auth-identifier-change" and verdict.old == "" else "unknown"


def _decide(facts: pd.DataFrame, rules: Rules, sizes: Mapping[str, int], small_group: int) -> pd.DataFrame:
    codes, combinations = _combinations(facts, ["kind", "origin", "domain_kind"])
    decisions = [
        Progress(kind, origin, domain_kind).decide(rules, sizes, small_group)
        for kind, origin, domain_kind in combinations
    ]
    table = facts.copy()
    unknown = np.zeros(len(facts), dtype=np.int8)
    table["connection"] = pd.Categorical.from_codes(unknown, categories=list(CONNECTIONS))
    fixed = {"owner": list(OWNERS), "state": list(STATES)}
    for name in Decision._fields:
        table[name] = _spread(codes, [getattr(decision, name) for decision in decisions], fixed.get(name))
    return table[list(TRIAGE_COLUMNS)]


@dataclass(frozen=True)
class Progress:
    """Where a row stands while its results are followed one by one."""

    kind: str
    origin: str
    domain_kind: str
    connection: str = "unknown"
    change: str = "unasked"
    decision: Decision = field(default=Decision("", "", "", "", ""))

    def decide(self, rules: Rules, sizes: Mapping[str, int], small_group: int) -> Decision:
        """Return what the procedure says of a row that stands so."""
        choice = rules.choice(kind=self.kind, origin=self.origin, domain_kind=self.domain_kind)
        return rules.decide(
            kind=self.kind,
            origin=self.origin,
            domain_kind=self.domain_kind,
            connection=self.connection,
            change=self.change,
            group="small" if sizes.get(choice, 0) < small_group else "large",
        )

    def follow(self, outcome: str, rules: Rules, sizes: Mapping[str, int], small_group: int) -> Progress:
        """Return where the row stands after this result; unchanged if its step does not offer it."""
        if outcome not in rules.step(self.decision.step).outcomes:
            return self
        lead = rules.lead(outcome, {**vars(self)})
        if lead is None:
            return self
        moved = replace(self, connection=lead.connection or self.connection, change=lead.change or self.change)
        if lead.step:
            step = rules.step(lead.step)
            decision = self.decision._replace(
                step=step.id, owner=step.owner, if_refused=step.if_refused, state=step.state
            )
        elif lead.connection:
            decision = moved.decide(rules, sizes, small_group)
        else:
            decision = self.decision._replace(state=lead.state)
        return replace(moved, decision=decision._replace(owner=lead.owner or decision.owner))


def _follow_outcomes(
    failed: FailedRows,
    table: pd.DataFrame,
    outcomes: pd.DataFrame,
    rules: Rules,
    sizes: Mapping[str, int],
    small_group: int,
) -> pd.DataFrame:
    by_row = _outcomes_by_position(failed, outcomes)
    changed = {name: table[name].astype("str").to_numpy(dtype=object) for name in ("connection", *Decision._fields)}
    for position, results in by_row.items():
        row = table.iloc[position]
        progress = Progress(
            row["kind"],
            row["origin"],
            row["domain_kind"],
            decision=Decision(*(row[name] for name in Decision._fields)),
        )
        for outcome in results:
            progress = progress.follow(outcome, rules, sizes, small_group)
        changed["connection"][position] = progress.connection
        for name, value in zip(Decision._fields, progress.decision, strict=True):
            changed[name][position] = value
    fixed = {"connection": list(CONNECTIONS), "owner": list(OWNERS), "state": list(STATES)}
    return table.assign(**{name: pd.Categorical(values, fixed.get(name)) for name, values in changed.items()})


def _outcomes_by_position(failed: FailedRows, outcomes: pd.DataFrame) -> dict[int, list[str]]:
    """Return the outcomes of each row that has any, oldest first, under the row's position."""
    results: dict[int, list[str]] = {}
    in_order = outcomes.sort_values("date", kind="stable")
    positions = {name: _positions(student_key(failed.column(name))) for name in ("username", "email_address")}
    usernames, addresses = student_key(in_order["username"]), student_key(in_order["email_address"])
    for username, address, outcome in zip(usernames, addresses, in_order["outcome"], strict=True):
        found = positions["username"].get(username) or positions["email_address"].get(address) or []
        for position in found:
            results.setdefault(position, []).append(outcome)
    return results


def _positions(keys: pd.Series) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position, key in enumerate(keys):
        if key:
            found.setdefault(key, []).append(position)
    return found


def _combinations(table: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Return for each row the code of its combination of values, and the distinct combinations."""
    combined = np.zeros(len(table), dtype=np.int64)
    for name in names:
        combined = combined * len(table[name].cat.categories) + table[name].cat.codes.to_numpy()
    distinct, first, codes = np.unique(combined, return_index=True, return_inverse=True)
    columns = [table[name].iloc[first].astype("str") for name in names]
    return codes, list(zip(*columns, strict=True)) if len(distinct) else []


def _spread(codes: np.ndarray, values: list[str], categories: list[str] | None = None) -> pd.Categorical:
    """Return a category column that gives each row the value of its code."""
    if categories is None:
        categories = sorted(set(values))
    places = {value: place for place, value in enumerate(categories)}
    per_value = np.array([places[value] for value in values], dtype=np.int32)
    return pd.Categorical.from_codes(per_value[codes] if len(codes) else [], categories=categories)
