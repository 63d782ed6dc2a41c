"""The rules in force, and how they are asked: what a message means, and what to do with a row.

No decision about a student stands in code: `Rules` only finds the first entry that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from triage_kit.columns import canonical_header
from triage_kit.errors import RulesError
from triage_kit.rule_entries import Condition, Entry, Kind, Lead, Outcome, Step
from triage_kit.rule_patterns import outline_of

__all__ = ["Decision", "Recognised", "Rules"]

#: Apostrophes as keyboards, word processors and wrong encodings write them.
_APOSTROPHE = re.compile("[\u2019\u2018\u00b4\u02bc`]|\u00e2\u20ac\u2122")

_Named = TypeVar("_Named", Kind, Step, Outcome, Entry)


class Recognised(NamedTuple):
    """What a message was recognised as; ``old`` and ``new`` are None where the message shows no such value."""

    kind: str
    field: str
    old: str | None
    new: str | None


class Decision(NamedTuple):
    """What to do with a row, and the id of the entry that decided."""

    step: str
    owner: str
    if_refused: str
    state: str
    rule: str


@dataclass(frozen=True)
class Rules:
    """The catalogue and the procedure in force, in the order in which they are tried."""

    kinds: tuple[Kind, ...]
    steps: tuple[Step, ...]
    outcomes: tuple[Outcome, ...]
    procedure: tuple[Entry, ...]
    ask_as: tuple[tuple[Condition, str], ...] = ()
    source: str = ""

    def kind(self, kind_id: str) -> Kind:
        """Return the kind with this id."""
        return self._kinds[kind_id]

    def step(self, step_id: str) -> Step:
        """Return the step with this id."""
        return self._steps[step_id]

    def outcome(self, outcome_id: str) -> Outcome:
        """Return the outcome with this id."""
        return self._outcomes[outcome_id]

    def entry(self, entry_id: str) -> Entry:
        """Return the entry of the procedure with this id."""
        return self._entries[entry_id]

    def recognise(self, field: str, message: str) -> Recognised:
        """Return the first kind whose pattern matches the whole message on that field.

        Parameters
        ----------
        field
            The header that the answer names, in any spelling; empty where it names none.
        message
            The answer's message; white space is folded before it is matched. What no pattern matches as it stands is
            matched with straight apostrophes and without a full stop at its end.
        """
        header, words = canonical_header(field), " ".join(message.split())
        for written in dict.fromkeys((words, _APOSTROPHE.sub("'", words.removesuffix(".")))):
            for kind in self._candidates(header):
                found = kind.pattern.fullmatch(written) if kind.pattern else None
                if found:
                    return _recognised(kind, header, found)
        return Recognised("unrecognised", header, None, None)

    def recognise_alike(self, field: str, message: str, mark: str) -> Recognised | None:
        """Return what `recognise` finds in a message whatever values stand in place of its marks.

        A value is neither one of `words` nor one that means a blank. The marks stand in the ``old`` and ``new`` that
        are returned. None if it may depend on the values, as far as the patterns tell: each is blind, or it cannot
        match what the message begins with.

        Parameters
        ----------
        field, message
            As in `recognise`; the message holds marks where others like it hold values.
        mark
            The character that every mark begins with.
        """
        header, words = canonical_header(field), " ".join(message.split())
        beginning = words.partition(mark)[0]
        if not beginning.isascii():
            return None
        for kind in self._candidates(header):
            if not kind.pattern or not outline_of(kind.pattern).may_begin(beginning):
                continue
            if not outline_of(kind.pattern).blind:
                return None
            found = kind.pattern.fullmatch(words)
            if found:
                seen = _recognised(kind, header, found)
                return None if mark in seen.field else seen
        return Recognised("unrecognised", header, None, None)

    def decide(
        self, *, kind: str, origin: str, domain_kind: str, connection: str, group: str, change: str = "unasked"
    ) -> Decision:
        """Return what the first fitting entry of the procedure says of such a row.

        ``if_refused`` is what would come if the account turned out to be where ``[[ask_as]]`` supposes, else what
        the step itself names.
        """
        facts = self._facts(kind, origin, domain_kind, connection, change)
        entry = self._first(facts, group)
        step = self.step(entry.step)
        if_refused = step.if_refused
        for condition, supposed in self.ask_as:
            if condition.matches(facts):
                if_refused = self._first({**facts, "connection": supposed}, group).step
                break
        return Decision(step.id, step.owner, if_refused, step.state, entry.id)

    def choice(self, *, kind: str, origin: str, domain_kind: str) -> str:
        """Return the choice by group size that the procedure offers such a row, outcomes ignored; else empty."""
        facts = self._facts(kind, origin, domain_kind, "unknown", "unasked")
        return self._first(facts, "").choice

    def lead(self, outcome: str, facts: Mapping[str, str]) -> Lead | None:
        """Return where an outcome leads a row of these facts; None if no lead of it fits."""
        facts = {**facts, "family": self.kind(facts["kind"]).family}
        return next((lead for lead in self.outcome(outcome).leads if lead.condition.matches(facts)), None)

    def _facts(self, kind: str, origin: str, domain_kind: str, connection: str, change: str) -> dict[str, str]:
        return {
            "kind": kind,
            "family": self.kind(kind).family,
            "origin": origin,
            "domain_kind": domain_kind,
            "connection": connection,
            "change": change,
        }

    def _first(self, facts: Mapping[str, str], group: str) -> Entry:
        for entry in self.procedure:
            if entry.matches(facts) and (not group or not entry.group or entry.group == group):
                return entry
        raise RulesError("The procedure has no entry that takes every row; end it with one without conditions.")

    def _candidates(self, header: str) -> tuple[Kind, ...]:
        return self._by_field.get(header, self._for_any_field)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that the patterns look for, in small letters."""
        return frozenset().union(*(outline_of(kind.pattern).words for kind in self.kinds if kind.pattern))

    @cached_property
    def _by_field(self) -> dict[str, tuple[Kind, ...]]:
        """The kinds to try for each field that a kind names."""
        headers = {header for kind in self.kinds for header in kind.fields}
        return {
            header: tuple(kind for kind in self.kinds if kind.pattern and (not kind.fields or header in kind.fields))
            for header in headers
        }

    @cached_property
    def _for_any_field(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in self.kinds if kind.pattern and not kind.fields)

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        return _by_id(self.kinds)

    @cached_property
    def _steps(self) -> dict[str, Step]:
        return _by_id(self.steps)

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return _by_id(self.outcomes)

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return _by_id(self.procedure)


def _by_id(entries: Iterable[_Named]) -> dict[str, _Named]:
    found: dict[str, _Named] = {}
    for entry in entries:
        found.setdefault(entry.id, entry)
    return found


def _recognised(kind: Kind, header: str, found: re.Match[str]) -> Recognised:
    groups = found.groupdict()
    named = canonical_header(groups["field"]) if groups.get("field") else header
    return Recognised(kind.id, named, _seen(groups.get("old")), _seen(groups.get("new")))


def _seen(value: str | None) -> str | None:
    """Return a shown value without blanks; underscores alone stand for a blank (article 360001032108)."""
    if value is None:
        return None
    return "" if not value.strip(" _") else value.strip()
