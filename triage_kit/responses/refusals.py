"""`parse_response`: the messages of an answer, then the rules on each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.responses.answers import Said, SharedReader, read_answer, screened
from triage_kit.responses.messages import field_and_words
from triage_kit.responses.repairs import is_time_out
from triage_kit.rulebook import Recognised, Rules, load_rules

__all__ = ["Refusal", "parse_distinct", "parse_response"]

_BLANK = frozenset(("", "null", "nil", "none", "nan", "n/a", '""', "''", '"null"'))
_VALIDATION = re.compile(r"validation failed:\s*", re.IGNORECASE)


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
    return _refusals(text, rules or _our_rules(), read_answer)


def parse_distinct(
    responses: pd.Series[str], rules: Rules | None = None
) -> tuple[npt.NDArray[np.intp], list[tuple[Refusal, ...]]]:
    """Return for each row a position in a list, and the list: the refusals of each distinct response, parsed once."""
    rules = rules or _our_rules()
    codes, distinct = pd.factorize(responses, use_na_sentinel=False)
    read = SharedReader().read
    return codes, [_refusals(text, rules, read) for text in distinct.tolist()]


@lru_cache(maxsize=1)
def _our_rules() -> Rules:
    return load_rules()


def _refusals(text: object, rules: Rules, read: Callable[[str], tuple[Said, ...]]) -> tuple[Refusal, ...]:
    answer = screened(text) if isinstance(text, str) else ""
    if answer.lower() in _BLANK:
        return (Refusal("", "", "no-response"),)
    found = [refusal for said in read(answer) for refusal in _recognised(*said, rules)]
    if not found:
        return (Refusal("", answer, "unreadable"),)
    return tuple(found) if len(found) == 1 else tuple(dict.fromkeys(found))


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
