"""`parse_response`: the readers in turn, then the rules on each message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.columns import KNOWN_HEADERS
from triage_kit.responses.messages import ENVELOPE, field_and_words, messages_in
from triage_kit.responses.repairs import is_page, is_time_out, repaired
from triage_kit.responses.tolerant import read_damaged
from triage_kit.responses.tree import Tree, read_json
from triage_kit.rulebook import Recognised, Rules, load_rules

__all__ = ["Refusal", "parse_distinct", "parse_response"]

_BLANK = frozenset(("", "null", "nil", "none", "nan", "n/a", '""', "''", '"null"'))
_FRAME = re.compile(r"[{}\[\]\"“”=]|&quot;|&#")
_SURROGATE = re.compile("[\ud800-\udfff]")
_VALIDATION = re.compile(r"validation failed:\s*", re.IGNORECASE)
_SCREENED = str.maketrans(dict.fromkeys(map(ord, "\ufeff\u200b\u0000"), " "))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that a response objects to. Its ``repr`` shows nothing of the student.

    Attributes
    ----------
    field
        The header it names, as Handshake's table writes it; empty if it names none.
    message
        The message without white space around it; of what cannot be read, the whole response.
    kind
        The id of the catalogue's entry that claims it.
    old, new
        The values of a change: None if the message shows none, empty if it shows a blank.
    repair
        What had to be mended to read it, ids joined by "+"; empty for strict JSON.
    """

    field: str = attribute(repr=False)
    message: str = attribute(repr=False)
    kind: str
    old: str | None = attribute(default=None, repr=False)
    new: str | None = attribute(default=None, repr=False)
    repair: str = ""


def parse_response(text: object, rules: Rules | None = None) -> tuple[Refusal, ...]:
    """Return the refusals that a response holds, at least one, in its order; whatever the input, nothing raises.

    Anything but text counts as blank. Time and memory grow with the length of the response, not faster.

    >>> parse_response('{"success":false,"errors":{"email_address":["has already been taken"]}')
    (Refusal(kind='email-taken', repair='brace-missing'),)
    """
    rules = rules or _our_rules()
    screened = _screened(text) if isinstance(text, str) else ""
    if screened.lower() in _BLANK:
        return (Refusal("", "", "no-response"),)
    if is_page(screened):
        return (Refusal("", screened, "unreadable"),)
    for tree, repair in _readings(screened):
        refusals = _refusals(tree, repair, rules)
        if refusals:
            return refusals
    return (Refusal("", screened, "unreadable"),)


def parse_distinct(
    responses: pd.Series[str], rules: Rules | None = None
) -> tuple[npt.NDArray[np.intp], list[tuple[Refusal, ...]]]:
    """Return for each row a position in a list, and the list: the refusals of each distinct response, parsed once."""
    rules = rules or _our_rules()
    codes, distinct = pd.factorize(responses, use_na_sentinel=False)
    return codes, [parse_response(text, rules) for text in distinct.tolist()]


@lru_cache(maxsize=1)
def _our_rules() -> Rules:
    return load_rules()


def _screened(text: str) -> str:
    """Return the text without byte-order marks, NULs and half characters, which nothing behind us could write."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.translate(_SCREENED).strip()


def _readings(text: str) -> Iterable[tuple[Tree, str]]:
    """Yield readings of the text, the strictest first: the first that holds a message counts."""
    copies = [(text, "")]
    tree = _strictly(text)
    if tree is not None:
        yield tree, ""
    for copy, repair in repaired(text):
        tree = _strictly(copy)
        if tree is not None:
            yield tree, repair
        copies.append((copy, repair))
    copy, repair = copies[-1]
    if not _FRAME.search(copy):
        yield copy, "+".join(filter(None, (repair, "bare-text")))
        return
    damaged, mended = read_damaged(copy)
    yield damaged, "+".join(filter(None, (repair, mended)))


def _strictly(text: str) -> Tree:
    """Return the tree of a JSON text, also of one that was written as a JSON text once more; None if it is none."""
    for _ in range(3):
        try:
            tree = read_json(text)
        except ValueError:  # not JSON: the next reading may do
            return None
        if not isinstance(tree, str) or not tree.strip().startswith(("{", "[", '"')):
            return tree
        text = tree
    return tree


def _refusals(tree: Tree, repair: str, rules: Rules) -> tuple[Refusal, ...]:
    found: dict[Refusal, None] = {}
    for header, message in messages_in(tree):
        if repair and _is_scrap(message):
            continue
        for refusal in _recognised(header, _screened(message), repair, rules):
            found[refusal] = None
    return tuple(found)


def _is_scrap(message: str) -> bool:
    """Return whether a lone word of a damaged answer is a piece of its frame and no message."""
    word = message.strip(" :{}[]\"'").lower()
    return word in ENVELOPE or word in KNOWN_HEADERS or not any(map(str.isalnum, word))


def _recognised(header: str, message: str, repair: str, rules: Rules) -> list[Refusal]:
    seen = rules.recognise(header, message)
    if seen.kind != "unrecognised" and not _VALIDATION.match(message):
        return [_refusal(seen, message, repair)]
    spoken = _spoken(header, message, rules)
    if spoken:
        return [_refusal(recognised, words, repair) for recognised, words in spoken]
    kind = "unreadable" if seen.kind == "unrecognised" and is_time_out(message) else seen.kind
    return [_refusal(seen._replace(kind=kind), message, repair)]


def _refusal(seen: Recognised, message: str, repair: str) -> Refusal:
    return Refusal(seen.field, message, seen.kind, seen.old, seen.new, repair)


def _spoken(header: str, message: str, rules: Rules) -> list[tuple[Recognised, str]]:
    """Return the parts of a full message ("Email address has already been taken, …") if every one is known."""
    opening = _VALIDATION.match(message)
    parts = message[opening.end() :].split(", ") if opening else [message]
    spoken = []
    for part in parts[:100]:
        named = field_and_words(part)
        if not named or (header and named[0] != header):
            return []
        seen = rules.recognise(*named)
        if seen.kind == "unrecognised":
            return []
        spoken.append((seen, part))
    return spoken
