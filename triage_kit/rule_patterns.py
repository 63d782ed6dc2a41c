"""What can be said of a rule's pattern without trying it: how its matches begin, and whether values matter to it.

A *value* is a word of an answer that differs from row to row: a username, an ID, an e-mail address; but never a word
that rules look for. A pattern is *blind* if it treats all values alike, so that it need be tried only once for all
answers that differ in them alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import _parser as _patterns  # type: ignore[attr-defined]  # not public; this module alone uses it
from typing import Any, NamedTuple

__all__ = ["VALUE", "WORD", "Outline", "may_run_away", "outline_of"]

#: A word: it has signs on either side that no word holds.
WORD = "[A-Za-z0-9_.+@-]+"
#: A word that is a value wherever it stands, because it holds a digit or an ``@``.
VALUE = "[A-Za-z0-9_.+@-]*[0-9@][A-Za-z0-9_.+@-]*"
_IN_A_VALUE = re.compile("[A-Za-z0-9_.+@-]")
_MAKES_A_VALUE = re.compile("[0-9@]")
_WORD = re.compile(WORD)

#: What stands in a line of a pattern beside its letters: anything of any length; something that was not looked into.
_ANYTHING, _SOMETHING = "*", "?"
_MOST_LINES = 64
_Line = tuple[tuple[str, str], ...]


class Outline(NamedTuple):
    """What a match may begin with (a blank text: with anything), the words looked for, and whether it is blind."""

    beginnings: frozenset[str]
    words: frozenset[str]
    blind: bool

    def may_begin(self, text: str) -> bool:
        """Return whether a message that begins with this ASCII text may match."""
        low = text.lower()
        return any(low.startswith(letters) or letters.startswith(low) for letters in self.beginnings)


@lru_cache(maxsize=1024)
def outline_of(pattern: re.Pattern[str]) -> Outline:
    """Return what can be said of a pattern that ignores capitals.

    >>> outline_of(re.compile("Moved .*", re.IGNORECASE | re.DOTALL))
    Outline(beginnings=frozenset({'moved '}), words=frozenset({'moved'}), blind=True)
    >>> outline_of(re.compile("Moved [0-9]+", re.IGNORECASE | re.DOTALL)).blind
    False
    """
    lines = _lines(_patterns.parse(pattern.pattern, pattern.flags))
    beginnings = frozenset(line[0][1].lower() if line and not line[0][0] else "" for line in lines)
    words = frozenset(word.lower() for line in lines for _, letters in line for word in _WORD.findall(letters))
    return Outline(beginnings, words, bool(pattern.flags & re.DOTALL) and all(map(_is_blind, lines)))


def _is_blind(line: _Line) -> bool:
    """Return whether a line of letters and gaps treats all values alike.

    It does if no letters can come to lie within a value: where they meet a gap they have a sign there that no value
    holds, and their own words, which have neither a digit nor an ``@``, are none. So a value always lies in one gap.
    """
    if any(sign == _SOMETHING for sign, _ in line):
        return False
    for at, (sign, letters) in enumerate(line):
        if sign and at and line[at - 1][0]:
            return False
        if sign:
            continue
        meets = [letters[0]] * (at > 0) + [letters[-1]] * (at < len(line) - 1)
        if _MAKES_A_VALUE.search(letters) or any(map(_IN_A_VALUE.match, meets)):
            return False
    return True


def _lines(items: Any) -> list[_Line]:
    """Return the lines of letters and gaps that a parsed pattern stands for, one per choice that it offers."""
    lines: list[_Line] = [()]
    for operation, argument in items:
        choices = _choices(str(operation), argument)
        lines = [_joined(line, choice) for line in lines for choice in choices]
        if len(lines) > _MOST_LINES:
            return [((_SOMETHING, ""),)]
    return lines


def _choices(operation: str, argument: Any) -> list[_Line]:
    if operation == "LITERAL" and argument < 128:
        return [(("", chr(argument)),)]
    if operation == "SUBPATTERN" and not argument[1] and not argument[2]:
        return _lines(argument[3])
    if operation == "BRANCH":
        return [line for branch in argument[1] for line in _lines(branch)]
    if operation in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, repeated = argument
        if (least, most) == (0, 1):
            return [(), *_lines(repeated)]
        if (least, most) == (0, _patterns.MAXREPEAT) and str(repeated) == "[(ANY, None)]":
            return [((_ANYTHING, ""),)]
    return [((_SOMETHING, ""),)]


def _joined(line: _Line, more: _Line) -> _Line:
    """Return one line of two, with the letters at the seam in one piece."""
    if line and more and not line[-1][0] and not more[0][0]:
        return (*line[:-1], ("", line[-1][1] + more[0][1]), *more[1:])
    return line + more


def may_run_away(pattern: str) -> bool:
    """Return whether a pattern repeats something that itself repeats without limit, such as ``(a+)+``.

    >>> may_run_away(r"(\\w+ ?)+x"), may_run_away(r"\\w+ is (?:odd|even)")
    (True, False)
    """
    return _repeats_within(_patterns.parse(pattern, re.IGNORECASE | re.DOTALL), within=False)


def _repeats_within(items: Iterable[Any], *, within: bool) -> bool:
    for operation, argument in items:
        name, inner_within = str(operation), within
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            endless = argument[1] > 200
            if endless and within:
                return True
            inner_within = within or endless
        if any(_repeats_within(inner, within=inner_within) for inner in _inner(argument)):
            return True
    return False


def _inner(argument: Any) -> Iterator[Any]:
    """Yield the patterns within an operation's argument, whatever its shape."""
    if isinstance(argument, _patterns.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for part in argument:
            yield from _inner(part)
