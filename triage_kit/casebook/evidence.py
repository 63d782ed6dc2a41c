"""What a later file suggests about what staff did, read from ``rules/evidence.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from triage_kit.columns import CONNECTIONS
from triage_kit.rule_entries import Source
from triage_kit.rule_tables import read_sources
from triage_kit.rulebook import Rules, load_rules
from triage_kit.toml_table import Table

__all__ = ["Evidence", "evidence_of", "load_evidence"]

_FILE = Path(__file__).parent.parent / "rules" / "evidence.toml"


@dataclass(frozen=True)
class Evidence:
    """What it suggests that a row of our own upload came back with one of these kinds."""

    id: str
    title: str
    meaning: str
    kinds: tuple[str, ...]
    suggests: str
    step: str
    sources: tuple[Source, ...] = ()


@lru_cache(maxsize=1)
def load_evidence() -> tuple[Evidence, ...]:
    """Return the entries, their names checked against our rules."""
    rules = load_rules()
    content = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_read(values, rules) for values in content["evidence"])


def evidence_of(kind: str) -> Evidence | None:
    """Return what it suggests that our upload was refused with this kind; None if nothing."""
    return next((entry for entry in load_evidence() if kind in entry.kinds), None)


def _read(values: object, rules: Rules) -> Evidence:
    table = Table(values, "rules, evidence")
    entry = Evidence(
        id=table.id(),
        title=table.take("title", str),
        meaning=table.take("meaning", str),
        kinds=table.texts("kinds"),
        suggests=table.choice("suggests", CONNECTIONS),
        step=table.take("step", str),
        sources=read_sources(table),
    )
    table.check("kinds", entry.kinds, [kind.id for kind in rules.kinds])
    table.check("step", [entry.step], [step.id for step in rules.steps])
    table.end(["title", "meaning", "kinds", "suggests", "step", "sources"])
    return entry
