"""Identifiers that were all changed by one pattern: a new e-mail domain, a prefix, lost zeros."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pandas as pd

__all__ = ["PATTERNS", "Pattern", "commonest_pattern", "pattern_of"]

#: What each pattern did, in words that follow "were changed by one pattern: ".
PATTERNS = {
    "case": "only capital and small letters differ",
    "zeros": "only zeros at the front differ",
    "domain-added": "an e-mail domain was put behind them",
    "domain-removed": "the e-mail domain behind them was dropped",
    "domain-replaced": "the e-mail domain behind them was replaced by another",
    "addresses-now": "they are e-mail addresses now",
    "addresses-before": "they were e-mail addresses",
    "prefix-added": "the same letters or digits were put in front",
    "prefix-removed": "the same letters or digits in front were dropped",
    "suffix-added": "the same letters or digits were put behind",
    "suffix-removed": "the same letters or digits behind were dropped",
}

# A pattern explains a batch only if it explains nearly all of its changes; two patterns side by side are no cause.
_SHARE, _ROWS = 0.8, 12


class Pattern(NamedTuple):
    """How one value became another: an id of `PATTERNS`, and the piece of text that came or went."""

    id: str
    piece: str = ""


def pattern_of(old: str, new: str) -> Pattern | None:
    """Return how ``old`` became ``new``, or None if no pattern shows.

    >>> pattern_of("jdoe", "jdoe@example.edu")
    Pattern(id='domain-added', piece='@example.edu')
    """
    if not old or not new or old == new:
        return None
    low_old, low_new = old.casefold(), new.casefold()
    if low_old == low_new:
        return Pattern("case")
    if low_old.lstrip("0") == low_new.lstrip("0"):
        return Pattern("zeros")
    local, at, domain = low_new.rpartition("@")
    old_local, old_at, old_domain = low_old.rpartition("@")
    if at and old_at and local == old_local:
        return Pattern("domain-replaced", f"@{old_domain} → @{domain}")
    if low_new.endswith(low_old):
        return Pattern("prefix-added", low_new[: -len(low_old)])
    if low_old.endswith(low_new):
        return Pattern("prefix-removed", low_old[: -len(low_new)])
    if low_new.startswith(low_old):
        return Pattern("domain-added" if at and local == low_old else "suffix-added", low_new[len(low_old) :])
    if low_old.startswith(low_new):
        return Pattern(
            "domain-removed" if old_at and old_local == low_new else "suffix-removed", low_old[len(low_new) :]
        )
    if bool(at) != bool(old_at):
        return Pattern("addresses-now" if at else "addresses-before")
    return None


def commonest_pattern(changes: pd.DataFrame) -> tuple[Pattern, list[int]] | None:
    """Return the pattern that explains nearly all of the changes, and the row numbers that it explains.

    ``changes`` has the columns ``old`` and ``new``; its index are the row numbers.
    """
    patterns = [pattern_of(old, new) for old, new in zip(changes["old"], changes["new"], strict=True)]
    counts = Counter(pattern for pattern in patterns if pattern)
    if not counts:
        return None
    pattern, rows = counts.most_common(1)[0]
    if rows < _ROWS or rows < _SHARE * len(changes):
        return None
    return pattern, [number for number, found in zip(changes.index.tolist(), patterns, strict=True) if found == pattern]
