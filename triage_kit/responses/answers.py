"""From the text of an answer to the messages in it, whatever shape it comes in; no rule has a say here.

Strict JSON first; then one documented repair at a time, on a copy; then a reader that takes what is there. Answers that
differ only in a value of the row ("Attempted to update username from … to …") are read once, by `SharedReader`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from triage_kit.columns import KNOWN_HEADERS
from triage_kit.responses.messages import ENVELOPE, messages_in
from triage_kit.responses.repairs import is_page, repaired
from triage_kit.responses.tolerant import read_damaged
from triage_kit.responses.tree import Bare, Node, Tree, read_json

__all__ = ["Said", "SharedReader", "read_answer", "screened"]

_FRAME = re.compile(r"[{}\[\]]|=>|^[\"'“”]|[\"“”]\s*(?::|$)")
_LABEL = re.compile(r"(?:errors?|message|response)\s*:\s*", re.IGNORECASE)
_LITERAL = re.compile(r"(?:true|false|[+-]?[\d.]+)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SCREENED = re.compile("[\ufeff\u200b\0]")

#: A word within a sentence that holds a digit or an ``@`` and no sign that a reader looks at: to them all are alike.
_VALUE = re.compile(r"(?<=[A-Za-z0-9_] )([A-Za-z0-9_.+-]*[0-9@][A-Za-z0-9_.+@-]*)(?=[ \"])")
#: What stands for a value while a shape is read; no ASCII text holds it.
_MARK = "\u00e6"
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")
_MOST_VALUES = 8


class Said(NamedTuple):
    """One message of an answer, the field that it speaks of, and what had to be mended to read it."""

    header: str
    message: str
    repair: str


def screened(text: str) -> str:
    """Return the text without byte-order marks, NULs and half characters, which nothing behind us could write."""
    if text.isascii():
        return (text.replace("\0", " ") if "\0" in text else text).strip()
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _SCREENED.sub(" ", text).strip() if _SCREENED.search(text) else text.strip()


def read_answer(text: str) -> tuple[Said, ...]:
    """Return the messages of a screened answer in its order; none if it cannot be read."""
    if is_page(text):
        return ()
    for tree, repair in _readings(text):
        found = tuple(_messages(tree, repair))
        if found:
            return found
    return ()


class SharedReader:
    """Reads answers as `read_answer` does, and those that differ only in a value of the row once.

    What comes out is the same. A value is a word that no reader looks into, so an answer with marks in place of its
    values has the same messages, with the marks in place. Where a mark does not come back exactly once, within a
    message, the answers of that shape are read one by one.
    """

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], tuple[Said, ...]] = {}

    def read(self, text: str) -> tuple[Said, ...]:
        """Return the messages of a screened answer in its order; none if it cannot be read."""
        pieces = _VALUE.split(text)
        if not 1 < len(pieces) <= 2 * _MOST_VALUES + 1 or not text.isascii() or "<" in text:
            return read_answer(text)
        shape, values = tuple(pieces[::2]), pieces[1::2]
        if shape not in self._shapes:
            self._shapes[shape] = _read_shape(shape)
        said = self._shapes[shape]
        return tuple([_filled(one, values) for one in said]) if said else read_answer(text)


def _read_shape(shape: tuple[str, ...]) -> tuple[Said, ...]:
    """Return the messages of a shape with marks in place of values; none if they may depend on the values."""
    marks = [f"{_MARK}{place}{_MARK}" for place in range(len(shape) - 1)]
    said = read_answer("".join(piece + mark for piece, mark in zip(shape, [*marks, ""], strict=True)))
    came_back = sorted(_MARKED.findall(" ".join(one.message for one in said)))
    return said if came_back == sorted(map(str, range(len(marks)))) else ()


def _filled(said: Said, values: list[str]) -> Said:
    if _MARK not in said.message:
        return said
    pieces = said.message.split(_MARK)
    pieces[1::2] = [values[int(place)] for place in pieces[1::2]]
    return Said(said.header, "".join(pieces), said.repair)


def _readings(text: str) -> Iterable[tuple[Tree, str]]:
    """Yield readings of the text, the strictest first: the first that holds a message counts."""
    yield _strictly(text), ""
    copy, repair = text, ""
    for copy, repair in repaired(text):
        yield _strictly(copy), repair
    if not _FRAME.search(copy):
        if not _LITERAL.fullmatch(copy):
            yield copy[_end_of_label(copy) :], _joined(repair, "bare-text")
        return
    damaged, mended = read_damaged(copy)
    # What somebody wrote around an answer is left out, unless there is nothing else.
    yield Node(entry for entry in damaged if not isinstance(entry[1], Bare) or entry[0]), _joined(repair, mended)
    yield damaged, _joined(repair, mended)


def _end_of_label(text: str) -> int:
    label = _LABEL.match(text)
    return label.end() if label else 0


def _joined(*repairs: str) -> str:
    return "+".join(filter(None, repairs))


def _strictly(text: str) -> Tree:
    """Return the tree of a JSON text; None, which holds no message, if it is none: the next reading may do."""
    try:
        return read_json(text)
    except ValueError:
        return None


def _messages(tree: Tree, repair: str, outer: str = "", within: int = 0) -> Iterator[Said]:
    """Yield the messages of a tree; one that is itself an answer written as text is opened."""
    for header, message in messages_in(tree):
        header, message = header or outer, screened(message)
        inner: tuple[Said, ...] = ()
        if within < 2 and message.startswith(("{", "[", '"')):
            inner = tuple(_messages(_strictly(message), _joined(repair, "json-in-text"), header, within + 1))
        if inner:
            yield from inner
        elif not (repair and _is_scrap(message)):
            yield Said(header, message, repair)


def _is_scrap(message: str) -> bool:
    """Return whether a lone word of a damaged answer is a piece of its frame and no message."""
    word = message.strip(" :{}[]\"'").lower()
    return word in ENVELOPE or word in KNOWN_HEADERS or not any(map(str.isalnum, word))
