"""What an answer says, as a small tree: the one shape that strict JSON and every damaged form are read into.

A tree's leaves are texts, `Number` and None (for true, false and null, of which the kit needs none). Lists and
objects are both a `Node`: entries in order, a key where there is one. So a bare text in an object, a pair in a
list and the same key twice all have their place.
"""

from __future__ import annotations

import json
from typing import TypeAlias

__all__ = ["MAX_DEPTH", "Bare", "Node", "Number", "Tree", "read_json"]

#: Deeper nesting than this is no answer of a web service; it is read flat, so that nothing can overflow the stack.
MAX_DEPTH = 40


class Number(str):
    """A number as it was written; of no use but to be told from a text."""

    __slots__ = ()


class Bare(str):
    """A text that stood without quotes: of an answer's own, or of what somebody wrote around it."""

    __slots__ = ()


class Node(list[tuple[str | None, "Tree"]]):
    """The entries of an object or a list, in order."""

    __slots__ = ()


Tree: TypeAlias = str | Bare | Number | Node | None


def _object(pairs: list[tuple[str, object]]) -> Node:
    return Node((key, _as_tree(value)) for key, value in pairs)


def _as_tree(value: object) -> Tree:
    if isinstance(value, list) and not isinstance(value, Node):
        return Node((None, _as_tree(item)) for item in value)
    return None if isinstance(value, bool) else value  # type: ignore[return-value]


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=Number, strict=False
)


def read_json(text: str) -> Tree:
    """Return the tree of a text that is JSON, line breaks within its texts allowed.

    Raises
    ------
    ValueError
        If it is not JSON, or nested deeper than `MAX_DEPTH`.
    """
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return _as_tree(_DECODER.decode(text))


def _depth(text: str) -> int:
    """Return an upper bound of the nesting: brackets within texts are counted as well."""
    depth = deepest = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
