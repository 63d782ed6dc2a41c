"""What Handshake allows in each column, and a kind's meaning with the column's name and that put in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from triage_kit.columns import canonical_header
from triage_kit.rulebook import Kind

__all__ = ["Allowed", "allowed_in", "plain_meaning"]

_FILE = Path(__file__).parent / "rules" / "headers.toml"


@dataclass(frozen=True)
class Allowed:
    """What may stand in a column, and the numbers of the help articles that say so."""

    text: str
    articles: tuple[str, ...]


@lru_cache(maxsize=1)
def _by_header() -> dict[str, Allowed]:
    columns = tomllib.loads(_FILE.read_text(encoding="utf-8"))["column"]
    return {
        header: Allowed(column["allowed"], tuple(column["articles"]))
        for column in columns
        for header in column["headers"]
    }


def allowed_in(header: str) -> Allowed | None:
    """Return what may stand in a column, its header in any spelling; None where Handshake publishes nothing."""
    return _by_header().get(canonical_header(header))


def plain_meaning(kind: Kind, header: str, *, written: str = "") -> str:
    """Return the kind's meaning for one column, and for a wrong value what is allowed there.

    Parameters
    ----------
    kind
        The kind of refusal.
    header
        The column that it names; empty if it names none.
    written
        The header as the school's file writes it, if that is at hand.

    Examples
    --------
    >>> from triage_kit.rulebook import load_rules
    >>> plain_meaning(load_rules().kind("value-too-long"), "first_name")
    'The text in first_name is longer than Handshake allows. Allowed there: 1 to 50 characters, no digits; never blank.'
    """
    meaning = kind.meaning.replace("{field}", written or header or "a column that the answer does not name")
    meaning = meaning[:1].upper() + meaning[1:] if not header else meaning
    allowed = allowed_in(header)
    if kind.family != "value" or not (kind.allowed or allowed):
        return meaning
    return f"{meaning} Allowed there: {kind.allowed or (allowed.text if allowed else '')}."
