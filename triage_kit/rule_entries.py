"""The entries of a rule file as frozen records.

A rule file holds four lists of tables: ``[[kind]]`` (what an answer means), ``[[step]]`` (one documented thing
to do), ``[[outcome]]`` (what staff may find out, and where that leads) and ``[[procedure]]`` (which step for
which row). `triage_kit.rule_tables` reads each from its table, `triage_kit.rulebook` puts them together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CHANGES", "FAMILIES", "GROUPS", "Condition", "Entry", "Kind", "Lead", "Outcome", "Source", "Step"]

#: Kinds that share a procedure; ``[[procedure]]`` entries may name a family in place of each kind.
FAMILIES = ("account", "identifier", "value", "job", "other")

#: Whether staff have confirmed that the account is that student's own and is meant to get the ID of our file.
CHANGES = ("unasked", "intended")

#: A group of rows is small or large against the setting ``small_group``.
GROUPS = ("small", "large")


@dataclass(frozen=True)
class Source:
    """The help-centre article that an entry follows, and the period in which its wording was seen."""

    article: str
    title: str
    period: str = ""

    @property
    def url(self) -> str:
        """The article's public address; empty where the source is no article of the help centre."""
        numbered = self.article.isdigit()
        return f"https://support.joinhandshake.com/hc/en-us/articles/{self.article}" if numbered else ""


@dataclass(frozen=True)
class Kind:
    """One kind of refusal: how it is recognised and what it means."""

    id: str
    title: str
    meaning: str
    family: str
    priority: int
    job_types: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    allowed: str = ""
    sources: tuple[Source, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Condition:
    """What has to hold for an entry to apply: for each column the values that fit; a column not named fits all."""

    fits: tuple[tuple[str, frozenset[str]], ...] = ()

    def matches(self, facts: Mapping[str, str]) -> bool:
        """Return whether each named column of ``facts`` holds one of the values that fit."""
        return all(facts[column] in values for column, values in self.fits)

    def values(self, column: str) -> frozenset[str]:
        """Return what fits in a column; nothing if all does."""
        return dict(self.fits).get(column, frozenset())


@dataclass(frozen=True)
class Lead:
    """Where an outcome leads when its condition holds; an empty text leaves that part as it is."""

    condition: Condition
    state: str = ""
    connection: str = ""
    step: str = ""
    change: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Outcome:
    """What happened when staff did a step, in their words, and where it leads: the first lead that fits."""

    id: str
    title: str
    leads: tuple[Lead, ...]


@dataclass(frozen=True)
class Step:
    """One documented thing to do next."""

    id: str
    title: str
    owner: str
    meaning: str
    instructions: tuple[str, ...]
    sources: tuple[Source, ...]
    outcomes: tuple[str, ...] = ()
    needs: str = ""
    contradiction: str = ""
    if_refused: str = "needs-a-person"
    state: str = "open"


@dataclass(frozen=True)
class Entry:
    """One entry of the procedure: the rows it decides, and the step they get."""

    id: str
    when: tuple[Condition, ...]
    step: str
    why: str
    article: str = ""
    choice: str = ""
    group: str = ""
    alternative: str = ""
    alternative_below: int = 0

    def matches(self, facts: Mapping[str, str]) -> bool:
        """Return whether one of the entry's conditions holds, the size of the group left aside."""
        return any(condition.matches(facts) for condition in self.when)
