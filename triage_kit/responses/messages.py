"""From the tree of an answer to its messages, each with the field that it speaks of.

The shapes are those that Rails services use: ``errors`` as text, list, object or list of objects; ``error``,
``message`` and ``base`` keys; records such as ``{"field": …, "message": …}``; nested objects, dotted and indexed keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from triage_kit.columns import KNOWN_HEADERS, canonical_header
from triage_kit.responses.tree import Node, Number, Tree

__all__ = ["ENVELOPE", "field_and_words", "messages_in"]

# Where a message stands in an answer, the likeliest first; what stands beside them is about the call, not the row.
_BODIES = ("errors", "error", "message", "messages", "full_messages", "full_message", "error_message", "detail")
_SUBJECTS = ("field", "attribute", "attr", "param", "column", "header", "pointer")
#: Keys of a whole answer, as against a record within one.
_WHOLE = frozenset(("success", "errors"))
_NAMING = frozenset((*_SUBJECTS, "source"))
_BESIDE = frozenset(
    [
        "success",
        "ok",
        "valid",
        "status",
        "code",
        "http_status",
        "status_code",
        "error_code",
        "request",
        "request_id",
        "exclude_from_sync",
        "id",
        "type",
        "timestamp",
        "path",
        "trace",
        "value",
        "options",
    ]
)
#: Words that are keys of an answer's frame and never a message or a field.
ENVELOPE = frozenset((*_BODIES, *_SUBJECTS, "success", "exclude_from_sync", "source", "base"))

#: What an answer may call the row itself, in front of a field; before anything else the field is another record's.
_ROW = frozenset(
    [
        "user",
        "users",
        "student",
        "students",
        "account",
        "profile",
        "record",
        "row",
        "data",
        "attributes",
        "params",
        "response",
        "answer",
        "body",
        "result",
        "payload",
    ]
)
#: Columns of one text: what stands within one is the next column of an answer that lost a bracket.
_TEXTS = KNOWN_HEADERS - {"additional_email_addresses", "staff_member"}
#: Other names of the one address that an answer may speak of so briefly.
_SHORT = dict.fromkeys(("email", "e_mail", "e_mail_address"), "email_address")

_INDEX = re.compile(r"\[\d*\]|\.\d+(?=\.|$)|^\d+\.")
_BRACKETED = re.compile(r"\[(\w+)\]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_HEADER = re.compile(r"[^\w .:\-()/]")


def messages_in(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield field (empty if none is named) and message, in the order of the answer."""
    yield from _walk(tree, "", False)


def _walk(tree: Tree, field: str, inside: bool) -> Iterator[tuple[str, str]]:
    """Walk the tree; ``inside`` a body of messages even a number is one. The depth is bounded when trees are read."""
    if isinstance(tree, Node):
        yield from _walk_node(tree, field, inside)
    elif isinstance(tree, Number):
        if inside:
            yield field, str(tree)
    elif tree is not None and tree.strip():
        yield field, str(tree.strip())


def _walk_node(node: Node, field: str, inside: bool) -> Iterator[tuple[str, str]]:
    keyed = {_plain(key): value for key, value in reversed(node) if key is not None}
    bodies = [name for name in _BODIES if name in keyed and _holds_message(keyed[name])]
    if bodies and not inside and not _WHOLE.isdisjoint(keyed) and field not in KNOWN_HEADERS:
        field = ""  # what stands around a whole answer is no field
    if bodies and not _NAMING.isdisjoint(keyed):
        field = _subject(keyed) or field
    for key, value in node:
        if key is None:
            yield from _walk(value, field, inside)
        elif bodies and _plain(key) == bodies[0]:
            yield from _walk(value, field, True)
        elif not bodies and not _is_beside(_plain(key), value):
            heads = not inside and _is_heading(key, value)  # within the errors such words name another record
            yield from _walk(value, field if heads else _joined(field, key), inside)


def _is_heading(key: str, value: Tree) -> bool:
    """Return whether a key is words that somebody wrote in front of an answer ("Row 17: {…}")."""
    has_keys = isinstance(value, Node) and any(inner is not None for inner, _ in value)
    return has_keys and " " in key.strip() and not _known(key.strip())


def _plain(key: str) -> str:
    return key.strip(" :'\"").lower()


def _is_beside(key: str, value: Tree) -> bool:
    return key in _NAMING or (key in _BESIDE and not isinstance(value, Node))


def _subject(keyed: dict[str, Tree]) -> str:
    """Return the field that a record such as ``{"field": …, "message": …}`` names beside its message."""
    source = keyed.get("source")
    if isinstance(source, Node):
        keyed = {**keyed, **{_plain(key): value for key, value in source if key is not None}}
    for name in _SUBJECTS:
        value = keyed.get(name)
        if isinstance(value, str) and not isinstance(value, Number) and value:
            return _joined("", value.strip("/#").replace("/", "."))
    return ""


def _holds_message(tree: Tree) -> bool:
    if isinstance(tree, str):
        return not tree.isspace() and bool(tree)
    return next(_walk(tree, "", True), None) is not None


@lru_cache(maxsize=4096)
def _joined(field: str, key: str) -> str:
    """Return the header that a key names within a field.

    ``user.email_address`` is the row's own; ``assigned_to.email_address`` is somebody else's and keeps its whole path.
    """
    key = _BRACKETED.sub(r".\1", _INDEX.sub("", key.strip(" :'\"").strip()))
    if not key or key.isdigit() or key.lower() in ENVELOPE or len(key) > 100 or _NO_HEADER.search(key):
        return field
    path = f"{field}.{key}" if field else key
    parts = path.split(".")
    start = 0
    while start < len(parts) - 1 and (parts[start].lower() in _ROW or canonical_header(parts[start]) in _TEXTS):
        start += 1
    path = ".".join(parts[start:])
    return _known(path) or canonical_header(path)


def _known(path: str) -> str:
    """Return the known header that is meant, in the spellings of web services (``emailAddress``), or an empty text."""
    for written in (path, _CAMEL.sub("_", path).replace("-", "_")):
        header = canonical_header(written)
        header = _SHORT.get(header, header)
        if header in KNOWN_HEADERS:
            return header
    return ""


def _spoken() -> dict[str, str]:
    """Return how Rails speaks of each header at the head of a full message ("Email address has already …")."""
    names = {}
    for header in sorted(KNOWN_HEADERS):
        words = re.sub(r"[.:_]+", " ", header)
        names.update({words: header, header: header, words.removesuffix(" id"): header})
    return names | dict.fromkeys(("email", "e-mail", "e-mail address"), "email_address")


_SPOKEN = _spoken()
_FULL = re.compile(rf"({'|'.join(map(re.escape, sorted(_SPOKEN, key=len, reverse=True)))}):? (.+)", re.I | re.S)


def field_and_words(message: str) -> tuple[str, str] | None:
    """Return the header at the head of a full message and the words behind it, or None if there is none.

    >>> field_and_words("Email address has already been taken")
    ('email_address', 'has already been taken')
    """
    found = _FULL.fullmatch(message)
    return (_SPOKEN[found.group(1).lower()], found.group(2)) if found else None
