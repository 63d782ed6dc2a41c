"""The few rows that need a look at each: their keys lead to several students, or to one who could be another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from heapq import nsmallest

from triage_kit.casebook.recognition import CARD, EMAIL, USERNAME, Doubt, Keys

__all__ = ["Doubtful"]

#: How many others a doubt names: with all who share a placeholder's address, doubts would fill the case book.
_MOST_OTHERS = 20


class Doubtful:
    """The students whom some rows could mean, each with all keys by which they were ever seen.

    ``found`` says who each row is; the three groups of rows are settled in their order, the strongest keys first, and
    what a group teaches counts from the next on.
    """

    def __init__(self, known: Iterable[tuple[int, str, str]], last: int = 0) -> None:
        self.last = last
        self.found: dict[Keys, int] = {}
        self.doubts: list[Doubt] = []
        self._holders: dict[tuple[str, str], set[int]] = {}
        self._held: dict[int, set[tuple[str, str]]] = {}
        self._with_only: dict[frozenset[tuple[str, str]], set[int]] = {}
        for student, kind, value in known:
            self.learn(student, [(kind, value)])

    @property
    def students(self) -> list[int]:
        """Everybody whom the rows concern."""
        return list(self._held)

    def learn(self, student: int, pairs: Iterable[tuple[str, str]]) -> None:
        """Take in keys of a student."""
        held = self._held.setdefault(student, set())
        self._with_only.get(_strong(held), set()).discard(student)
        for pair in pairs:
            held.add(pair)
            self._holders.setdefault(pair, set()).add(student)
        self._with_only.setdefault(_strong(held), set()).add(student)

    def find(self, keys: Keys) -> tuple[int, ...]:
        """Return every student who may be meant, by the strongest key that anybody has."""
        both = self._with_all(keys)
        if len(both) == 1:
            return tuple(both)
        named, addressed = self._who(USERNAME, keys.username), self._who(EMAIL, keys.email)
        if named and addressed and not named & addressed:
            return tuple(sorted(named | addressed))
        for kind, value in ((USERNAME, keys.username), (EMAIL, keys.email), (USERNAME, keys.old_username)):
            if holders := self._who(kind, value):
                return tuple(sorted(holders))
        return tuple(sorted(self._who(CARD, keys.card)))

    def settle_known(self, rows: Iterable[Keys]) -> None:
        """Settle rows whose username is known."""
        unclear: dict[tuple[str, str], int] = {}
        for keys in sorted(set(rows)):
            holders, addressed = self._who(USERNAME, keys.username), self._who(EMAIL, keys.email)
            both = self._with_all(keys)
            if len(both) == 1:
                self.found[keys] = both.pop()
            elif len(holders) == 1 and not addressed - holders:
                self.found[keys] = next(iter(holders))
            else:
                pair = (keys.username, keys.email)
                if pair not in unclear:
                    unclear[pair] = self._new(holders | addressed)
                self.found[keys] = unclear[pair]
        for keys, student in self.found.items():
            self.learn(student, keys.own)

    def candidates_of(self, rows: Iterable[Keys], claimed: Collection[int]) -> dict[str, tuple[tuple[int, ...], int]]:
        """Return by new username whom the other keys name, and the one student it is; 0 for somebody new.

        A student who is ``claimed`` by a row of a known username, or by a second new username, is neither's.
        """
        groups: dict[str, list[Keys]] = {}
        for keys in rows:
            groups.setdefault(keys.username, []).append(keys)
        candidates = {username: self._by_weaker_keys(group) for username, group in groups.items()}
        alike = {id(who): who for who in candidates.values()}  # thousands of rows can have one placeholder's address
        often = Counter(map(id, candidates.values()))
        claims = Counter({*claimed, *self.found.values()})
        for mark, who in alike.items():
            claims.update(dict.fromkeys(who, often[mark]))
        told = {mark: _others_of(who) for mark, who in alike.items()}
        sole = {name: next(iter(who)) if len(who) == 1 else 0 for name, who in candidates.items()}
        return {name: (told[id(who)], sole[name] if claims[sole[name]] == 1 else 0) for name, who in candidates.items()}

    def settle_new(self, rows: Iterable[Keys], students: Mapping[str, int]) -> None:
        """Settle rows with a new username as these students."""
        for keys in rows:
            self.found[keys] = students[keys.username]
            self.learn(self.found[keys], keys.own)

    def settle_others(self, rows: Iterable[Keys]) -> None:
        """Settle rows without a username: those with an address first."""
        for keys in sorted(set(rows), key=lambda keys: (not keys.email, keys)):
            exact = self._with_all(keys)
            students = exact if len(exact) == 1 else self._by_weaker_keys([keys])
            self.found[keys] = next(iter(students)) if len(students) == 1 else self._new(students)
            self.learn(self.found[keys], keys.own)

    def _by_weaker_keys(self, group: list[Keys]) -> set[int]:
        """Return whom the e-mail addresses name, else the usernames before, else the card IDs."""
        for kind, name in ((EMAIL, "email"), (USERNAME, "old_username"), (CARD, "card")):
            named = [who for keys in group if (who := self._who(kind, getattr(keys, name)))]
            if named:
                return named[0] if len(named) == 1 else set[int]().union(*named)
        return set()

    def _with_all(self, keys: Keys) -> set[int]:
        """Return who holds username and e-mail of the row, else its card ID; of several, who has no other."""
        if not keys.own:
            return set()
        strong = _strong(keys.own)
        holders = set.intersection(*(self._holders.get(pair, set()) for pair in strong or keys.own))
        exact = holders & self._with_only.get(strong, set()) if len(holders) > 1 else holders
        return exact if len(exact) == 1 else holders

    def _who(self, kind: str, value: str) -> set[int]:
        return self._holders.get((kind, value), set()) if value else set()

    def _new(self, others: Iterable[int]) -> int:
        self.last += 1
        if told := _others_of(others):
            self.doubts.append(Doubt(self.last, told))
        return self.last


def _others_of(students: Iterable[int]) -> tuple[int, ...]:
    """Return whom a doubt names, in order: of many the first, for nobody could look them all up."""
    return tuple(nsmallest(_MOST_OTHERS, students))


def _strong(pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in pairs if pair[0] != CARD)
