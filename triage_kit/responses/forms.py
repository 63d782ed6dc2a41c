"""Many answers at once: those that differ only in a value of the row have one form, which is read once.

A hundred thousand students get some fifty answers, but "Attempted to update username from … to …" is another text for
each of them. So every value is covered by a mark first; a form is what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from triage_kit.responses.answers import read_answer, screened
from triage_kit.responses.refusals import (
    BLANK_VALUES,
    Refusal,
    parse_response,
    refusal_alike,
    refusals_of,
)
from triage_kit.rule_patterns import VALUE, WORD
from triage_kit.rulebook import Rules, load_rules
from triage_kit.texts import arrow_of, distinct_in, series_of

__all__ = ["Answers", "parse_responses"]

#: What covers a value while a form is read; no ASCII text holds it. Within a form the values are numbered: æ0æ, æ1æ.
_MARK = "\u00e6"
_NUMBERED = re.compile(f"{_MARK}(\\d+){_MARK}")
#: A mark within a sentence, with no sign beside it that a reader looks at: to them all values are alike there.
_WITHIN = re.compile(f'(?<=[A-Za-z0-9_{_MARK}] ){_MARK}(?=[ "])')

#: Where a plain word is a value as well, as in "from jdoe to jdoe2"; and what it is then.
_CHANGES = {
    f" from (?:{WORD}|{_MARK}) to (?:{WORD}|{_MARK})": f" from {_MARK} to {_MARK}",
    f" from to (?:{WORD})": f" from to {_MARK}",
}

_Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False, repr=False)
class Answers:
    """What the answers of a file say.

    ``codes`` gives for each row the number of its form in ``forms``. A form is what `parse_response` returns of each
    of its answers; where they differ in a value of the row, a mark stands for it, which `spelled` puts back.
    """

    codes: _Numbers
    forms: tuple[tuple[Refusal, ...], ...]
    _pieces: dict[int, list[str]]
    _distinct: pa.Array
    _rows: _Numbers

    def spelled(self, texts: Sequence[str], positions: _Numbers | None = None) -> pd.Series[str]:
        """Return for each row (or the rows at these positions) its form's text, with its own values for the marks.

        Parameters
        ----------
        texts
            One for each form: the ``message``, ``old`` or ``new`` of one of its refusals, or any other text.
        positions
            The rows asked for; all if not given.
        """
        rows, codes = (self._rows, self.codes) if positions is None else (self._rows[positions], self.codes[positions])
        found = [pa.array(texts, type=pa.large_string())]
        places, count = codes.copy(), len(texts)
        for form, pieces in self._pieces.items():
            if _MARK in texts[form]:
                here = np.flatnonzero(codes == form)
                found.append(_spell(texts[form], _values(self._distinct.take(pa.array(rows[here])), pieces)))
                places[here] = np.arange(count, count + len(here))
                count += len(here)
        return series_of(pa.concat_arrays(found).take(pa.array(places)))


def parse_responses(responses: pd.Series[str], rules: Rules | None = None) -> Answers:
    """Return what `parse_response` says of each of many answers, each form read once. What is no text is blank."""
    rows, distinct = distinct_in(arrow_of(responses))
    reader = _FormReader(distinct, rules or load_rules())
    reader.read_all()
    return Answers(reader.form_of[rows], tuple(reader.forms), reader.pieces, distinct, rows)


class _FormReader:
    """Reads distinct answers into forms: one form for all of a shape where that is safe, else one for each answer."""

    def __init__(self, distinct: pa.Array, rules: Rules) -> None:
        self.forms: list[tuple[Refusal, ...]] = []
        self.pieces: dict[int, list[str]] = {}
        self.form_of = np.empty(len(distinct), dtype=np.intp)
        self._distinct, self._rules = distinct, rules

    def read_all(self) -> None:
        """Read every answer; one that may itself hold the sign of a mark goes by itself."""
        plain = pc.string_is_ascii(self._distinct).to_numpy(zero_copy_only=False)
        alone = [np.flatnonzero(~plain)]
        for shape, members, words in _shapes(self._distinct, np.flatnonzero(plain)):
            refusals = _read_shape(shape, self._rules) if len(members) > 1 else ()
            if refusals:
                if words:
                    alone.append(members[self._has_word_of_rules(members, shape.split(_MARK))])
                self.form_of[members] = len(self.forms)
                self.pieces[len(self.forms)] = shape.split(_MARK)
                self.forms.append(refusals)
            else:
                alone.append(members)
        self._read_each(np.concatenate(alone))

    def _has_word_of_rules(self, members: _Numbers, pieces: list[str]) -> npt.NDArray[np.bool_]:
        """Return for each answer whether one of its values is a word that rules look for, or one for a blank."""
        words = pa.array(sorted(self._rules.words | BLANK_VALUES), type=pa.large_string())
        found = np.zeros(len(members), dtype=bool)
        for values in _values(self._distinct.take(pa.array(members)), pieces):
            low = pc.utf8_lower(values)
            known = pc.or_(pc.is_in(low, value_set=words), pc.match_substring_regex(low, "^_+$"))
            found |= known.to_numpy(zero_copy_only=False)
        return found

    def _read_each(self, members: _Numbers) -> None:
        self.form_of[members] = np.arange(len(self.forms), len(self.forms) + len(members))
        self.forms += [parse_response(text, self._rules) for text in self._distinct.take(pa.array(members)).to_pylist()]


def _shapes(distinct: pa.Array, places: _Numbers) -> Iterator[tuple[str, _Numbers, bool]]:
    """Yield each text with marks in place of values, the places of its answers, and whether plain words are values."""
    masked = pc.replace_substring_regex(distinct.take(pa.array(places)), f" {VALUE}", f" {_MARK}")
    codes, before = distinct_in(pa.chunked_array([masked]))
    after = before
    for change, marked in _CHANGES.items():
        after = pc.replace_substring_regex(after, change, marked)
    further, shapes = distinct_in(pa.chunked_array([after]))
    plain = np.zeros(len(shapes), dtype=bool)
    plain[further[pc.not_equal(before, after).to_numpy(zero_copy_only=False)]] = True
    codes = further[codes]
    ends = np.cumsum(np.bincount(codes, minlength=len(shapes)))
    members = np.split(places[np.argsort(codes, kind="stable")], ends[:-1])
    yield from zip(shapes.to_pylist(), members, plain.tolist(), strict=False)  # without shapes there is one piece


def _read_shape(shape: str, rules: Rules) -> tuple[Refusal, ...]:
    """Return the refusals of a shape with numbered marks; none if they may depend on the values.

    They do not if each mark comes back once, within a message, and the rules find the same whatever it stands for.
    """
    first, *rest = shape.split(_MARK)
    if len(_WITHIN.findall(shape)) < len(rest) or "<" in shape:
        return ()
    text = first + "".join(f"{_MARK}{place}{_MARK}{piece}" for place, piece in enumerate(rest))
    said = read_answer(screened(text))
    marks = [mark for one in said for mark in _NUMBERED.findall(one.message)]
    signs = sum(part.count(_MARK) for one in said for part in (one.header, one.message))
    if sorted(marks) != sorted(map(str, range(len(rest)))) or signs != 2 * len(rest):
        return ()
    refusals: list[Refusal | None] = []
    for one in said:
        refusals += [refusal_alike(one, rules, _MARK)] if _MARK in one.message else refusals_of(one, rules)
    found = tuple(refusal for refusal in refusals if refusal)
    # Of two refusals that are the same but for their values, one is left where the values are the same too.
    return found if len({(one.field, one.kind) for one in found}) == len(refusals) else ()


def _values(answers: pa.Array, pieces: list[str]) -> list[pa.Array]:
    """Return the values between the pieces of a form, each for all answers."""
    rest = pc.utf8_slice_codeunits(answers, start=len(pieces[0]), stop=-len(pieces[-1]))
    values = []
    for piece in pieces[1:-1]:
        halves = pc.split_pattern(rest, piece, max_splits=1)
        values.append(pc.list_element(halves, 0))
        rest = pc.list_element(halves, 1)
    return [*values, rest]


def _spell(text: str, values: list[pa.Array]) -> pa.Array:
    """Return a text with values in place of its numbered marks, once for each answer."""
    pieces = enumerate(text.split(_MARK))
    parts = [values[int(piece)] if at % 2 else pa.scalar(piece, pa.large_string()) for at, piece in pieces]
    return pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))
