"""Who is who from week to week: by username, else e-mail, else the username before, else card ID.

Two students are never made one by guess. Where a row could be either of two, it becomes a student of its own, the
doubt is reported once, and from then on the row finds itself by its own keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from triage_kit.columns import canonical_header
from triage_kit.rulebook import load_rules
from triage_kit.triage import answers_of

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["KEY_KINDS", "Doubt", "Keys", "Register", "keys_of", "plain_key"]

#: The kinds of key that a student is recognised by, the strongest first, with the upload's header of each.
KEY_KINDS = {"username": "username", "email": "email_address", "card": "card_id"}
_USERNAME, _EMAIL, _CARD = KEY_KINDS
#: What the eye does not see in a cell: any white space, zero-width characters, a byte order mark.
_UNSEEN = r"[\s\u00a0\u200b-\u200f\u2060\ufeff]+"


class Keys(NamedTuple):
    """What a row tells of who it is, in the form for comparing; empty where it tells nothing."""

    username: str = ""
    email: str = ""
    card: str = ""
    old_username: str = ""

    def __repr__(self) -> str:
        return "<Keys>"

    @property
    def own(self) -> frozenset[tuple[str, str]]:
        """The keys that are kept with the student."""
        pairs = {(_USERNAME, self.username), (_EMAIL, self.email), (_CARD, self.card)}
        return frozenset(pair for pair in pairs if pair[1])


class Doubt(NamedTuple):
    """A student made because a row could be any of several others."""

    student: int
    others: tuple[int, ...]


def plain_key(texts: pd.Series) -> pd.Series:
    """Return keys in the form for comparing: no white space, no capitals. Leading zeros count: 007 is not 7."""
    return texts.str.replace(_UNSEEN, "", regex=True).str.lower()


def keys_of(failed: FailedRows, rules: Rules | None = None) -> list[Keys]:
    """Return the keys of each failed row; a cell that a spreadsheet program damaged tells nothing."""
    columns = [_trusted(failed, header) for header in KEY_KINDS.values()]
    answers = answers_of(failed, rules or load_rules())
    old_usernames = plain_key(answers.spelled([_old_username(refusals) for refusals in answers.forms]))
    return [Keys(*keys) for keys in zip(*columns, old_usernames, strict=True)]


def _trusted(failed: FailedRows, header: str) -> pd.Series:
    cells = plain_key(failed.column(header))
    damaged = failed.untrusted["row_number"][failed.untrusted["column"].map(canonical_header) == header]
    return cells.mask(cells.index.isin(damaged), "")


def _old_username(refusals: Iterable[object]) -> str:
    olds = (getattr(refusal, "old", None) for refusal in refusals if getattr(refusal, "kind", "") == "username-change")
    return next((old for old in olds if old), "")


@dataclass(repr=False)
class Register:
    """All students that are known, each under the keys by which it was ever seen.

    ``added`` collects what `recognise` learned, as (student, kind of key, key); students are numbered from 1.
    """

    last: int = 0
    added: list[tuple[int, str, str]] = field(default_factory=list)
    _holders: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    _held: dict[int, set[tuple[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[tuple[int, str, str]], last: int = 0) -> Register:
        """Return a register of known keys; ``last`` is the highest number that was ever given."""
        register = cls(last)
        for student, kind, value in known:
            register._learn(student, {(kind, value)})
        register.added.clear()
        return register

    def find(self, keys: Keys) -> tuple[int, ...]:
        """Return every student who may be meant, by the strongest key that anybody has; nothing is learned."""
        both = self._with_all(keys)
        if len(both) == 1:
            return tuple(both)
        named, addressed = self._who(_USERNAME, keys.username), self._who(_EMAIL, keys.email)
        if named and addressed and not named & addressed:
            return tuple(sorted(named | addressed))
        for kind, value in ((_USERNAME, keys.username), (_EMAIL, keys.email), (_USERNAME, keys.old_username)):
            if holders := self._who(kind, value):
                return tuple(sorted(holders))
        return tuple(sorted(self._who(_CARD, keys.card)))

    def address_of(self, student: int) -> str:
        """Return the one e-mail address under which a student is known; blank if there are none or several."""
        addresses = [value for kind, value in self._held.get(student, ()) if kind == _EMAIL]
        return addresses[0] if len(addresses) == 1 else ""

    def recognise(self, rows: Sequence[Keys]) -> tuple[list[int], list[Doubt]]:
        """Return the student of each row, 0 where a row has no key at all, and the doubts; new ones are learned.

        The order of the rows makes no difference to who is found.
        """
        found: dict[Keys, int] = {}
        doubts: list[Doubt] = []
        distinct = sorted({keys for keys in rows if keys.own})
        self._recognise_known(distinct, found, doubts)
        self._recognise_new_usernames([keys for keys in distinct if keys.username and keys not in found], found, doubts)
        self._recognise_others([keys for keys in distinct if keys not in found], found, doubts)
        return [found.get(keys, 0) for keys in rows], doubts

    def _recognise_known(self, distinct: list[Keys], found: dict[Keys, int], doubts: list[Doubt]) -> None:
        """Settle the rows whose username is known."""
        learned = []
        unclear: dict[tuple[str, str], int] = {}
        for keys in distinct:
            holders = self._who(_USERNAME, keys.username)
            if not holders:
                continue
            both = self._with_all(keys)
            if len(both) == 1:
                found[keys] = both.pop()
            elif len(holders) == 1 and not (self._who(_EMAIL, keys.email) - holders):
                found[keys] = next(iter(holders))
            else:
                pair = (keys.username, keys.email)
                if pair not in unclear:
                    unclear[pair] = self._new(doubts, holders | self._who(_EMAIL, keys.email))
                found[keys] = unclear[pair]
            learned.append(keys)
        for keys in learned:
            self._learn(found[keys], keys.own)

    def _recognise_new_usernames(self, rows: list[Keys], found: dict[Keys, int], doubts: list[Doubt]) -> None:
        """Settle the rows with a username that nobody has had: by another key, unless another row claims the same."""
        groups: dict[str, list[Keys]] = {}
        for keys in rows:
            groups.setdefault(keys.username, []).append(keys)
        candidates = {username: self._by_weaker_keys(group) for username, group in groups.items()}
        claims: dict[int, int] = {}
        for students in (*candidates.values(), set(found.values())):
            for student in students:
                claims[student] = claims.get(student, 0) + 1
        for username, group in groups.items():
            students = candidates[username]
            sole = next(iter(students)) if len(students) == 1 else 0
            student = sole if sole and claims[sole] == 1 else self._new(doubts, students)
            found.update(dict.fromkeys(group, student))
        for keys in rows:
            self._learn(found[keys], keys.own)

    def _recognise_others(self, rows: list[Keys], found: dict[Keys, int], doubts: list[Doubt]) -> None:
        """Settle the rows without a username: those with an address first."""
        for keys in sorted(rows, key=lambda keys: (not keys.email, keys)):
            exact = self._with_all(keys)
            students = exact if len(exact) == 1 else self._by_weaker_keys([keys])
            found[keys] = next(iter(students)) if len(students) == 1 else self._new(doubts, students)
            self._learn(found[keys], keys.own)

    def _by_weaker_keys(self, group: list[Keys]) -> set[int]:
        """Return whom the e-mail addresses name, else the usernames before, else the card IDs."""
        for kind, name in ((_EMAIL, "email"), (_USERNAME, "old_username"), (_CARD, "card")):
            students = set().union(*(self._who(kind, getattr(keys, name)) for keys in group))
            if students:
                return students
        return set()

    def _with_all(self, keys: Keys) -> set[int]:
        """Return who holds username and e-mail of the row, else its card ID; of several, who has no other."""
        strong = {pair for pair in keys.own if pair[0] != _CARD}
        if not keys.own:
            return set()
        holders = set.intersection(*(self._holders.get(pair, set()) for pair in strong or keys.own))
        if len(holders) > 1:
            exact = {student for student in holders if {p for p in self._held[student] if p[0] != _CARD} == strong}
            return exact if len(exact) == 1 else holders
        return set(holders)

    def _who(self, kind: str, value: str) -> set[int]:
        return self._holders.get((kind, value), set()) if value else set()

    def _new(self, doubts: list[Doubt], others: Iterable[int]) -> int:
        self.last += 1
        if others := tuple(sorted(others)):
            doubts.append(Doubt(self.last, others))
        return self.last

    def _learn(self, student: int, pairs: Iterable[tuple[str, str]]) -> None:
        self.last = max(self.last, student)
        held = self._held.setdefault(student, set())
        for pair in sorted(pairs):
            if pair not in held:
                held.add(pair)
                self._holders.setdefault(pair, set()).add(student)
                self.added.append((student, *pair))
