"""What a student is recognised by from week to week: username, e-mail, the username before, card ID."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from triage_kit.columns import canonical_header
from triage_kit.rulebook import load_rules
from triage_kit.triage import answers_of

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["CARD", "EMAIL", "KEY_KINDS", "USERNAME", "Doubt", "Keys", "key_table", "keys_of", "plain_key", "table_of"]

#: The kinds of key that a student is recognised by, the strongest first, with the upload's header of each.
KEY_KINDS = {"username": "username", "email": "email_address", "card": "card_id"}
USERNAME, EMAIL, CARD = KEY_KINDS
#: What the eye does not see in a cell: any white space, zero-width characters, a byte order mark.
_UNSEEN = r"[\s\u00a0\u200b-\u200f\u2060\ufeff]+"
#: A cell of more characters is no key but a damaged line (an address has 254), and PostgreSQL finds nothing by it.
_LONGEST = 500


class Keys(NamedTuple):
    """What a row tells of who it is, in the form for comparing; empty where it tells nothing."""

    username: str = ""
    email: str = ""
    card: str = ""
    old_username: str = ""

    def __repr__(self) -> str:
        return "<Keys>"

    @property
    def own(self) -> frozenset[tuple[str, str]]:
        """The keys that are kept with the student."""
        pairs = {(USERNAME, self.username), (EMAIL, self.email), (CARD, self.card)}
        return frozenset(pair for pair in pairs if pair[1])


class Doubt(NamedTuple):
    """A student made because a row could be any of several others; of many, the first are named."""

    student: int
    others: tuple[int, ...]


def plain_key(texts: pd.Series) -> pd.Series:
    """Return keys in the form for comparing: no white space, no capitals. Leading zeros count: 007 is not 7."""
    return texts.str.replace(_UNSEEN, "", regex=True).str.lower()


def key_table(failed: FailedRows, rules: Rules | None = None) -> pd.DataFrame:
    """Return the keys of each failed row, a column each; a cell that is damaged or far too long tells nothing."""
    columns = {kind: _trusted(failed, header) for kind, header in KEY_KINDS.items()}
    answers = answers_of(failed, rules or load_rules())
    old_usernames = answers.spelled([_old_username(refusals) for refusals in answers.forms])
    return pd.DataFrame({**columns, "old_username": plain_key(old_usernames).array})


def keys_of(failed: FailedRows, rules: Rules | None = None) -> list[Keys]:
    """Return the same, row by row."""
    return [Keys(*keys) for keys in key_table(failed, rules).itertuples(index=False, name=None)]


def table_of(keys: Iterable[Keys]) -> pd.DataFrame:
    """Return keys as a table with a column each."""
    return pd.DataFrame(list(keys), columns=list(Keys._fields), dtype="str")


def _trusted(failed: FailedRows, header: str) -> pd.Series:
    cells = plain_key(failed.column(header))
    cells = cells.mask(cells.str.len() > _LONGEST, "")
    damaged = failed.untrusted["row_number"][failed.untrusted["column"].map(canonical_header) == header]
    return cells.mask(cells.index.isin(damaged), "") if len(damaged) else cells


def _old_username(refusals: Iterable[object]) -> str:
    olds = (getattr(refusal, "old", None) for refusal in refusals if getattr(refusal, "kind", "") == "username-change")
    return next((old for old in olds if old), "")
