"""Who is who from week to week: by username, else e-mail, else the username before, else card ID.

Two students are never made one by guess. Where a row could be either of two, it becomes a student of its own, the
doubt is reported once, and from then on the row finds itself by its own keys. Most rows are known by all their keys,
or by none: they are settled together, column by column; `triage_kit.casebook.doubtful` looks at the rest one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from triage_kit.casebook.doubtful import Doubtful
from triage_kit.casebook.recognition import CARD, EMAIL, KEY_KINDS, USERNAME, Doubt, Keys

__all__ = ["Register"]

Students = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: The kind of key that each column of a table of keys is looked for among.
_KIND_OF = {"username": USERNAME, "email": EMAIL, "card": CARD, "old_username": USERNAME}
_SEVERAL = -1


@dataclass(frozen=True, repr=False)
class _Held:
    """Keys of one kind: value by value, and who holds it."""

    students: Students
    values: pa.Array

    @cached_property
    def _sole(self) -> tuple[pa.Array, Students]:
        """The distinct values, and the student of each; `_SEVERAL` if there are more."""
        encoded = self.values.dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        holders = np.zeros(len(encoded.dictionary), dtype=np.int64)
        holders[codes] = self.students
        holders[codes[holders[codes] != self.students]] = _SEVERAL
        return encoded.dictionary, holders

    def holders_of(self, values: pa.Array) -> Students:
        """Return the student of each value: 0 where there is none, `_SEVERAL` where there are more."""
        known, holders = self._sole
        places = pc.index_in(values, value_set=known).fill_null(-1).to_numpy(zero_copy_only=False)
        found: Students = np.append(holders, 0)[places]
        return found

    def with_more(self, students: Students, values: pa.Array) -> _Held:
        """Return the same and more."""
        return _Held(np.concatenate([self.students, students]), pa.concat_arrays([self.values, values]))


class Register:
    """All students that are known, each under the keys by which it was ever seen; numbered from 1.

    ``added`` holds what `recognise` learned: the students and values of each kind of key, one after the other.
    """

    def __init__(self, known: Mapping[str, tuple[Students, pa.Array]] | None = None, last: int = 0) -> None:
        nothing = np.array([], dtype=np.int64), pa.array([], pa.large_string())
        self.last = last
        self.added: list[tuple[str, Students, pa.Array]] = []
        self._held = {kind: _Held(*(known or {}).get(kind, nothing)) for kind in KEY_KINDS}

    def copy(self) -> Register:
        """Return a register that learns apart from this one."""
        twin = Register(last=self.last)
        twin.added, twin._held = list(self.added), dict(self._held)
        return twin

    def find(self, rows: pd.DataFrame) -> list[tuple[int, ...]]:
        """Return for each row of keys every student who may be meant; nothing is learned."""
        texts = _texts(rows)
        holders = self._holders(texts)
        named = np.where(_blank(texts["username"]), holders["email"], holders["username"])
        settled = (named > 0) & _agree(named, holders["email"])
        few = np.flatnonzero(~settled)
        found: list[tuple[int, ...]] = [(student,) for student in named.tolist()]
        doubtful = self._doubtful(rows.iloc[few], np.array([], dtype=np.int64))
        for place, keys in zip(few, _keys(rows.iloc[few]), strict=True):
            found[place] = doubtful.find(keys)
        return found

    def recognise(self, rows: pd.DataFrame) -> tuple[Students, list[Doubt]]:
        """Return the student of each row of keys, 0 where a row has none at all, and the doubts; new keys are learned.

        The order of the rows makes no difference to who is found.
        """
        texts = _texts(rows)
        holders = self._holders(texts)
        known = holders["username"] != 0
        settled = (holders["username"] > 0) & _agree(holders["username"], holders["email"])
        strange = self._strange(texts, holders, known)
        nobody = _blank(texts["username"]) & _blank(texts["email"]) & _blank(texts["card"])
        few = np.flatnonzero(~(settled | strange | nobody))
        students = np.where(settled, holders["username"], 0)
        doubts = self._settle_rest(rows, texts, students, known, strange, few)
        self._learn(texts, students)
        return students, doubts

    def addresses_of(self, students: Collection[int]) -> dict[int, str]:
        """Return the one e-mail address under which each student is known; those of none or several are left out."""
        addresses: dict[int, list[str]] = {}
        for student, kind, value in self.keys_of(np.array(sorted(students), dtype=np.int64)):
            if kind == EMAIL:
                addresses.setdefault(student, []).append(value)
        return {student: known[0] for student, known in addresses.items() if len(known) == 1}

    def table_of(self, students: Students) -> pd.DataFrame:
        """Return the keys of these students: ``student``, ``kind``, ``value``."""
        lines = []
        for kind, held in self._held.items():
            theirs = np.flatnonzero(np.isin(held.students, students))
            values = held.values.take(theirs).to_pandas().astype("str")
            lines.append(pd.DataFrame({"student": held.students[theirs], "kind": kind, "value": values}))
        return pd.concat(lines, ignore_index=True)

    def keys_of(self, students: Students) -> Iterator[tuple[int, str, str]]:
        """Yield the same, key by key."""
        lines = self.table_of(students)
        yield from zip(lines["student"].tolist(), lines["kind"], lines["value"], strict=True)

    def _holders(self, texts: Mapping[str, pa.Array]) -> dict[str, Students]:
        return {name: self._held[kind].holders_of(texts[name]) for name, kind in _KIND_OF.items()}

    def _strange(self, texts: Mapping[str, pa.Array], holders: Mapping[str, Students], known: Mask) -> Mask:
        """Return which rows have a new username of which no row has a key that anybody has, or gets now."""
        named = ~known & ~_blank(texts["username"])
        strange = named.copy()
        for name in ("email", "card", "old_username"):
            strange &= holders[name] == 0
        for name in ("email", "card"):
            taught = texts[name].filter(pa.array(known & ~_blank(texts[name])))
            strange &= ~_is_in(texts[name], taught)
        return strange & ~_is_in(texts["username"], texts["username"].filter(pa.array(named & ~strange)))

    def _settle_rest(
        self,
        rows: pd.DataFrame,
        texts: Mapping[str, pa.Array],
        students: Students,
        known: Mask,
        strange: Mask,
        few: npt.NDArray[np.intp],
    ) -> list[Doubt]:
        """Write into ``students`` who the strange rows are and who the few that need a look; return the doubts."""
        looked_at = _keys(rows.iloc[few])
        named = (("email", "email"), ("card", "card"), ("username", "old_username"))
        alike = [_is_in(texts[name], _nonblank(texts[by].take(few))) for name, by in named]
        related = np.flatnonzero(np.logical_or.reduce(alike))
        doubtful = self._doubtful(rows.iloc[few], students[related])
        concerned = np.union1d(doubtful.students, students[related])
        doubtful.settle_known(keys for keys, at in zip(looked_at, few, strict=True) if known[at])
        self._teach(doubtful, rows, students, concerned)
        unknown = [keys for keys in looked_at if keys.username and keys not in doubtful.found]
        candidates = doubtful.candidates_of(unknown, set(students.tolist()) if unknown else ())
        new = [name for name, (_, sole) in candidates.items() if not sole]
        numbers = self._number(texts["username"], students, strange, new, doubtful.last)
        doubtful.doubts += [Doubt(numbers[name], who) for name in sorted(new) if (who := candidates[name][0])]
        doubtful.settle_new(unknown, numbers | {name: sole for name, (_, sole) in candidates.items() if sole})
        self._teach(doubtful, rows, np.where(strange, students, 0), students[related])
        doubtful.last = self.last
        doubtful.settle_others(keys for keys in looked_at if keys not in doubtful.found)
        self.last = doubtful.last
        students[few] = [doubtful.found[keys] for keys in looked_at]
        return doubtful.doubts

    def _number(
        self, usernames: pa.Array, students: Students, strange: Mask, others: Iterable[str], last: int
    ) -> dict[str, int]:
        """Give numbers to new usernames in their order: to those of strange rows, and of others, which are returned."""
        others = list(others)
        together = pc.unique(pa.concat_arrays([usernames.filter(pa.array(strange)), pa.array(others, usernames.type)]))
        in_order = together.take(pc.sort_indices(together))
        places = pc.index_in(usernames, value_set=in_order).fill_null(-1).to_numpy(zero_copy_only=False)
        students[strange] = places[strange] + 1 + last
        self.last = last + len(in_order)
        numbers = pc.index_in(pa.array(others, usernames.type), value_set=in_order).to_pylist()
        return {name: number + 1 + last for name, number in zip(others, numbers, strict=True)}

    def _doubtful(self, rows: pd.DataFrame, more: Students) -> Doubtful:
        """Return all that is known of whoever holds a key of these rows, and of more students."""
        texts = _texts(rows)
        holding = [
            self._held[kind].students[_is_in(self._held[kind].values, texts[name])] for name, kind in _KIND_OF.items()
        ]
        return Doubtful(self.keys_of(np.unique(np.concatenate([*holding, more]))), self.last)

    def _teach(self, doubtful: Doubtful, rows: pd.DataFrame, students: Students, whom: Students) -> None:
        """Let the rows of those whom the few rows concern teach their keys."""
        for at in np.flatnonzero((students > 0) & np.isin(students, whom)):
            doubtful.learn(int(students[at]), Keys(*rows.iloc[at]).own)

    def _learn(self, texts: Mapping[str, pa.Array], students: Students) -> None:
        """Take in each key that its student is not known by."""
        for kind, held in self._held.items():
            values = texts[kind]
            places = np.flatnonzero((students > 0) & ~_blank(values) & (held.holders_of(values) != students))
            lines = pd.DataFrame({"student": students[places], "value": values.take(places).to_pandas()})
            lines = lines.drop_duplicates()
            among = _is_in(held.values, _text(lines["value"]))
            kept = set(zip(held.students[among].tolist(), held.values.filter(pa.array(among)).to_pylist(), strict=True))
            if kept:
                lines = lines[[pair not in kept for pair in lines.itertuples(index=False, name=None)]]
            added = lines["student"].to_numpy(), _text(lines["value"])
            self._held[kind] = held.with_more(*added)
            self.added.append((kind, *added))


def _agree(named: Students, addressed: Students) -> Mask:
    """Return where the e-mail address is nobody's or that of who is named."""
    agree: Mask = (addressed == 0) | (addressed == named)
    return agree


def _keys(rows: pd.DataFrame) -> list[Keys]:
    return [Keys(*keys) for keys in rows.itertuples(index=False, name=None)]


def _texts(rows: pd.DataFrame) -> dict[str, pa.Array]:
    return {name: _text(rows[name]) for name in Keys._fields}


def _text(values: pd.Series) -> pa.Array:
    found = pa.array(values, pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _is_in(values: pa.Array, among: pa.Array) -> Mask:
    found: Mask = pc.is_in(values, value_set=among).to_numpy(zero_copy_only=False)
    return found


def _blank(values: pa.Array) -> Mask:
    found: Mask = pc.equal(values, "").to_numpy(zero_copy_only=False)
    return found


def _nonblank(values: pa.Array) -> pa.Array:
    return values.filter(pc.not_equal(values, ""))
