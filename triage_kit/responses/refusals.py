"""`parse_response`: the messages of an answer, then the rules on each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as attribute

from triage_kit.columns import KNOWN_HEADERS
from triage_kit.responses.answers import Said, read_answer, screened
from triage_kit.responses.messages import field_and_words
from triage_kit.responses.repairs import is_time_out
from triage_kit.rulebook import Recognised, Rules, load_rules

__all__ = ["BLANK_VALUES", "Refusal", "parse_response", "refusal_alike", "refusals_of"]

_BLANK = frozenset(("", "null", "nil", "none", "nan", "n/a", '""', "''", '"null"'))
#: What stands for a blank value in a change, beside underscores (`Rules.recognise`).
BLANK_VALUES = frozenset(("nil", "(null)", "(blank)", "(nil)"))
#: How Rails opens the messages of a record, and how it puts several into one text.
_VALIDATION = re.compile(r"(?:ActiveRecord::RecordInvalid:\s*)?validation failed:\s*", re.IGNORECASE)
_BETWEEN_MESSAGES = re.compile(r"(?:[,;]|,? and)\s+")
#: A change shows values that may hold anything, so only the beginning of the next one ends it.
_BETWEEN_CHANGES = re.compile(r"(?:[,;.]|,? and)\s+(?=Attempted to update )", re.IGNORECASE)


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
    rules = rules or load_rules()
    answer = screened(text) if isinstance(text, str) else ""
    if answer.lower() in _BLANK:
        return (Refusal("", "", "no-response"),)
    found = [refusal for said in read_answer(answer) for refusal in refusals_of(said, rules)]
    return tuple(dict.fromkeys(found)) or (Refusal("", answer, "unreadable"),)


def refusals_of(said: Said, rules: Rules) -> list[Refusal]:
    """Return what one message of an answer objects to: a full message of Rails may name several things."""
    header, message, repair = said
    changes = _BETWEEN_CHANGES.split(message)
    if len(changes) > 1:
        return [refusal for words in changes for refusal in refusals_of(Said(header, words, repair), rules)]
    seen = rules.recognise(header, message)
    if seen.kind == "unrecognised" and header not in KNOWN_HEADERS:
        # Words that name no field of their own may stand under anything: {"user": ["User is marked as excluded …"]}.
        without = rules.recognise("", message)
        seen = seen if without.kind == "unrecognised" else without
    if seen.kind != "unrecognised":
        return [_refusal(seen, message, repair)]
    spoken = _spoken(header, message, rules)
    if spoken:
        return [_refusal(recognised, words, repair) for recognised, words in spoken]
    kind = "unreadable" if not header and is_time_out(message) else seen.kind
    return [_refusal(seen._replace(kind=kind), message, repair)]


def refusal_alike(said: Said, rules: Rules, mark: str) -> Refusal | None:
    """Return what a message with marks in place of values objects to; None if that may depend on the values."""
    seen = rules.recognise_alike(said.header, said.message, mark)
    if seen is None or seen.kind == "unrecognised" or _BETWEEN_CHANGES.search(said.message):
        return None
    return _refusal(seen, said.message, said.repair)


def _refusal(seen: Recognised, message: str, repair: str) -> Refusal:
    return Refusal(seen.field, message, seen.kind, _value(seen.old), _value(seen.new), repair)


def _value(shown: str | None) -> str | None:
    """Return a value of a change without the quotes that a program put around it; nil and null are blank."""
    if not shown:
        return shown
    if len(shown) > 1 and shown[0] == shown[-1] and shown[0] in "\"'":
        return shown[1:-1].strip()
    return "" if shown.lower() in BLANK_VALUES else shown


def _spoken(header: str, message: str, rules: Rules) -> list[tuple[Recognised, str]]:
    """Return the parts of a full message ("Email address has already been taken, …") if every one is known."""
    opening = _VALIDATION.match(message)
    parts = _BETWEEN_MESSAGES.split(message[opening.end() :] if opening else message)
    spoken, last = [], header
    for part in parts[:100]:
        seen = _recognised_part(header, part, last, rules)
        if seen.kind == "unrecognised":
            return []
        spoken.append((seen, part))
        last = seen.field
    return spoken


def _recognised_part(header: str, part: str, last: str, rules: Rules) -> Recognised:
    """Return what a part is recognised as, on the field at its head or, without one, on that of the part before it."""
    named = field_and_words(part)
    if named and (not header or named[0] == header):
        return rules.recognise(*named)
    seen = rules.recognise(last, part)
    return rules.recognise(header, part) if seen.kind == "unrecognised" else seen
