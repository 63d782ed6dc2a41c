"""From the text of an answer to the messages in it, whatever shape it comes in; no rule has a say here.

Strict JSON first; then one documented repair at a time, on a copy; then a reader that takes what is there.
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

__all__ = ["Said", "read_answer", "screened"]

_FRAME = re.compile(r"[{}\[\]]|=>|^[\"'“”]|[\"“”]\s*(?::|$)")
_LABEL = re.compile(r"(?:errors?|message|response)\s*:\s*", re.IGNORECASE)
_LITERAL = re.compile(r"(?:true|false|[+-]?[\d.]+)", re.IGNORECASE)
_SUCCEEDED = re.compile(r"\bsuccess\b[\\\"']{0,4}\s*(?::|=>)\s*true\b", re.IGNORECASE)
_FAILED = re.compile(r"\berrors?\b|\bsuccess\b[\\\"']{0,4}\s*(?::|=>)\s*false\b", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SCREENED = re.compile("[\ufeff\u200b\0]")


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
    """Return the messages of a screened answer in its order; none if it cannot be read, or tells of a success.

    What such an answer holds is the student's record, no message.
    """
    if is_page(text) or (_SUCCEEDED.search(text) and not _FAILED.search(text)):
        return ()
    for tree, repair in _readings(text):
        found = tuple(_messages(tree, repair))
        if found:
            return found
    return ()


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
            known = header if header in KNOWN_HEADERS else ""
            inner = tuple(_messages(_strictly(message), _joined(repair, "json-in-text"), known, within + 1))
        if inner:
            yield from inner
        elif not (repair and _is_scrap(message)):
            yield Said(header, message, repair)


def _is_scrap(message: str) -> bool:
    """Return whether a lone word of a damaged answer is a piece of its frame and no message."""
    word = message.strip(" :,{}[]\"'").lower()
    return word in ENVELOPE or word in KNOWN_HEADERS or word in ("true", "false") or not any(map(str.isalnum, word))
