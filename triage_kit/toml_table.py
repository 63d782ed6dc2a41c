"""A TOML table taken apart key by key, so that every mistake in a rule file is named with its entry and cure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from triage_kit.errors import RulesError

__all__ = ["Table"]

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAMES = {str: "a text in quotes", int: "a whole number", list: "a list in [ ]", dict: "a table"}


class Table:
    """A TOML table that is taken apart key by key; what is wrong is said with file, entry and cure."""

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, dict):
            raise RulesError(f"{where}: a table with keys was expected, found {values!r}.")
        self.values: dict[str, Any] = dict(values)
        self.where = where

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        """Return and remove the key's value, checked for its type; without a default the key has to be there."""
        if key not in self.values:
            if default is ...:
                raise RulesError(f"{self.where}: “{key}” is missing; add it as {_NAMES[kind]}.")
            return default
        value = self.values.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise RulesError(f"{self.where}: “{key}” should be {_NAMES[kind]}, found {value!r}.")
        return value

    def texts(self, key: str, default: Any = ()) -> tuple[str, ...]:
        """Return and remove a list of texts."""
        values = self.take(key, list, default)
        if not all(isinstance(value, str) for value in values):
            raise RulesError(f"{self.where}: “{key}” should be a list of texts in quotes.")
        return tuple(values)

    def id(self) -> str:
        """Return and remove the entry's id, checked for its form."""
        entry_id: str = self.take("id", str)
        if not _ID.fullmatch(entry_id):
            raise RulesError(f"{self.where}: the id “{entry_id}” should be words of a-z and 0-9 joined by hyphens.")
        self.where = f"{self.where} “{entry_id}”"
        return entry_id

    def choice(self, key: str, allowed: Iterable[str], default: Any = ...) -> str:
        """Return and remove a text that has to be one of those allowed."""
        value: str = self.take(key, str, default)
        self.check(key, [value] if value or default is ... else [], allowed)
        return value

    def check(self, key: str, found: Iterable[str], allowed: Iterable[str]) -> None:
        """Raise for the first text that is not one of those allowed, with the nearest that is."""
        allowed = list(allowed)
        for value in found:
            if value not in allowed:
                near = get_close_matches(value, allowed, 1)
                hint = f" Did you mean “{near[0]}”?" if near else ""
                listed = ", ".join(name or '""' for name in allowed)
                raise RulesError(f"{self.where}: “{key}” is “{value}”, expected one of {listed}.{hint}")

    def end(self, known: Iterable[str]) -> None:
        """Raise for a key that is left over: most likely misspelt."""
        for key in self.values:
            near = get_close_matches(key, list(known), 1)
            hint = f" Did you mean “{near[0]}”?" if near else " Take it out."
            raise RulesError(f"{self.where}: “{key}” is not a key of such an entry.{hint}")
