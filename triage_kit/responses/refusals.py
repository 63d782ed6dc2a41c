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
from triage_kit.responses.tree import Bare, Node, Tree, read_json
from triage_kit.rulebook import Recognised, Rules, load_rules

__all__ = ["Refusal", "parse_distinct", "parse_response"]

_BLANK = frozenset(("", "null", "nil", "none", "nan", "n/a", '""', "''", '"null"'))
_FRAME = re.compile(r"[{}\[\]]|=>|^[\"'“”]|[\"“”]\s*(?::|$)")
_LABEL = re.compile(r"(?:errors?|message|response)\s*:\s*", re.IGNORECASE)
_LITERAL = re.compile(r"(?:true|false|[+-]?[\d.]+)", re.IGNORECASE)
# The form in which article 360048144814 prints changes of identifiers, by far the commonest damage: a bare text in
# braces, one of them missing. The reader for damaged answers says the same, at ten times the cost.
_USUAL = re.compile(r"\{\"success\":false,\"errors\":\{ ?\"([^\"\\&“”„‟″]*)\"(\}{1,2})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_VALIDATION = re.compile(r"validation failed:\s*", re.IGNORECASE)
_SCREENED = re.compile("[\ufeff\u200b\0]")


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
    if not text.isascii() and _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _SCREENED.sub(" ", text).strip() if _SCREENED.search(text) else text.strip()


def _readings(text: str) -> Iterable[tuple[Tree, str]]:
    """Yield readings of the text, the strictest first: the first that holds a message counts."""
    yield _strictly(text), ""
    usual = _USUAL.fullmatch(text)
    if usual:
        yield usual.group(1), "brace-missing" if len(usual.group(2)) == 1 else "bare-text"
        return
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


def _refusals(tree: Tree, repair: str, rules: Rules, outer: str = "", within: int = 0) -> tuple[Refusal, ...]:
    """Return the distinct refusals of a tree; a message that is itself an answer written as text is opened."""
    found: dict[Refusal, None] = {}
    for header, message in messages_in(tree):
        header, message = header or outer, _screened(message)
        inner: tuple[Refusal, ...] = ()
        if within < 2 and message.startswith(("{", "[", '"')):
            inner = _refusals(_strictly(message), _joined(repair, "json-in-text"), rules, header, within + 1)
        if not inner and not (repair and _is_scrap(message)):
            inner = tuple(_recognised(header, message, repair, rules))
        found.update(dict.fromkeys(inner))
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
    return Refusal(seen.field, message, seen.kind, _value(seen.old), _value(seen.new), repair)


def _value(shown: str | None) -> str | None:
    """Return a value of a change without the quotes that a program put around it; nil and null are blank."""
    if not shown:
        return shown
    if len(shown) > 1 and shown[0] == shown[-1] and shown[0] in "\"'":
        return shown[1:-1].strip()
    return "" if shown.lower() in ("nil", "(null)", "(blank)", "(nil)") else shown


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
