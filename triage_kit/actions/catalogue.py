"""What the to-do folder may hold, and what keeps a row out of it, read from ``rules/actions.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from triage_kit.errors import SettingsError

__all__ = ["FileEntry", "Guard", "check_allowed", "file_entries", "guard_entries"]

_PATH = Path(__file__).parent.parent / "rules" / "actions.toml"


@dataclass(frozen=True)
class FileEntry:
    """One piece of work: the steps it serves, how its file is made, and what has to be known to use it."""

    id: str
    name: str
    writer: str
    steps: tuple[str, ...]
    title: str
    what: str
    needs: str
    takes: str
    uses: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    guards: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guard:
    """One danger: why a row is held, and what a person can do about it.

    ``settled_by`` are the outcomes that let a row pass of which somebody recorded one.
    """

    id: str
    title: str
    reason: str
    cure: str
    allowable: bool = True
    settled_by: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def file_entries() -> tuple[FileEntry, ...]:
    """Return the files in the order of work."""
    return tuple(FileEntry(**_frozen(entry)) for entry in _catalogue()["file"])


@lru_cache(maxsize=1)
def guard_entries() -> dict[str, Guard]:
    """Return the guards under their ids, in the order in which they are shown."""
    return {entry["id"]: Guard(**_frozen(entry)) for entry in _catalogue()["guard"]}


def check_allowed(allow: tuple[str, ...]) -> None:
    """Raise SettingsError for a name that is no guard's, or that of one that nobody can allow."""
    allowable = [guard.id for guard in guard_entries().values() if guard.allowable]
    for name in allow:
        if name not in allowable:
            known = name in guard_entries()
            why = "this cannot be allowed" if known else "nothing is held back for a reason of that name"
            raise SettingsError(f"--allow {name}: {why}. What can be allowed: {', '.join(allowable)}.")


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Any]:
    return tomllib.loads(_PATH.read_text(encoding="utf-8"))


def _frozen(value: Any) -> Any:
    """Return the entry with lists as tuples, so that it can be frozen."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value
