"""What was worked out of a file, kept for as long as the file itself is kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

__all__ = ["remembered"]

_Work = TypeVar("_Work", bound=Callable[..., Any])


def remembered(work: _Work) -> _Work:
    """Make a function of a file, which never changes, do its work once; again only if its other arguments are others.

    For functions that several parts of one command ask for the same thing.
    """
    kept: WeakKeyDictionary[object, tuple[tuple[object, ...], object]] = WeakKeyDictionary()

    @wraps(work)
    def look_up(file: object, *about: object) -> object:
        found = kept.get(file)
        if found is None or any(one is not other for one, other in zip(found[0], about, strict=True)):
            found = kept[file] = (about, work(file, *about))
        return found[1]

    return look_up  # type: ignore[return-value]
