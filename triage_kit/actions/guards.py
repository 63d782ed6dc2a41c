"""The checks behind the guards: for each row, whether sending it could do harm.

What each guard means, and whether somebody may allow it, stands in ``rules/actions.toml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.actions.catalogue import FileEntry, Guard
from triage_kit.columns import canonical_header
from triage_kit.outcomes import rows_with_outcome, student_key
from triage_kit.responses import Answers, Refusal
from triage_kit.triage import answers_of

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["CHECKS", "Evidence", "Mask", "fits_person"]

#: A yes or no for each failed row.
Mask = npt.NDArray[np.bool_]

#: What the Importer wants to be unique within a file (article 360045679113).
UNIQUE = ("email_address", "username", "card_id", "auth_identifier")
_CLEAR = "**CLEAR**"
_OTHER_ASCII = re.compile("[^A-Za-z0-9]+")
_IDENTIFIERS = frozenset(("username-change", "auth-identifier-change"))


@dataclass(frozen=True, repr=False)
class Evidence:
    """What the checks look at; what several of them need is worked out once."""

    failed: FailedRows
    table: pd.DataFrame
    rules: Rules
    old_usernames: pd.Series
    outcomes: pd.DataFrame | None = None

    @cached_property
    def answers(self) -> Answers:
        """What the answers say, each form of answer read once."""
        return answers_of(self.failed, self.rules)

    def among(self, column: str, names: Sequence[str]) -> Mask:
        """Return whether a column of the triage table holds one of these names."""
        found: Mask = self.table[column].isin(names).to_numpy(dtype=bool)
        return found

    def spread(self, flags: list[bool]) -> Mask:
        """Return for each row what was found of its form of answer."""
        found: Mask = np.array(flags, dtype=bool)[self.answers.codes]
        return found

    def looked_at(self, guard: Guard) -> Mask:
        """Return the rows of which somebody recorded what settles this guard."""
        return rows_with_outcome(self.failed, self.outcomes, guard.settled_by)

    @cached_property
    def shows_no_old_value(self) -> Mask:
        """Rows whose answer tells nothing of the account that was met."""
        return self.spread([all(refusal.old is None for refusal in refusals) for refusals in self.answers.forms])


def _any_cell(evidence: Evidence, test: Callable[[pd.Series], pd.Series]) -> Mask:
    found = np.zeros(len(evidence.failed.rows), dtype=bool)
    for position in evidence.failed.upload_columns:
        found |= test(evidence.failed.rows.iloc[:, position]).to_numpy(dtype=bool)
    return found


def _clear_marker(evidence: Evidence, entry: FileEntry) -> Mask:
    return _any_cell(evidence, lambda cells: cells.str.contains(_CLEAR, regex=False))


def _blank_labels(evidence: Evidence, entry: FileEntry) -> Mask:
    found = np.zeros(len(evidence.failed.rows), dtype=bool)
    for position in evidence.failed.upload_columns:
        if canonical_header(str(evidence.failed.rows.columns[position])) == "system_label_names":
            found |= (evidence.failed.rows.iloc[:, position].str.strip() == "").to_numpy(dtype=bool)
    return found


def _duplicate(evidence: Evidence, entry: FileEntry) -> Mask:
    found = np.zeros(len(evidence.failed.rows), dtype=bool)
    for header in UNIQUE:
        keys = student_key(evidence.failed.column(header))
        filled = keys[keys != ""]
        if len(filled.unique()) < len(filled):  # hardly ever, and this is known in half the time
            found |= keys.isin(filled[filled.duplicated()]).to_numpy(dtype=bool)
    return found


def _untrusted(evidence: Evidence, entry: FileEntry) -> Mask:
    untrusted, rows = evidence.failed.untrusted, evidence.failed.rows
    own = {str(rows.columns[position]) for position in evidence.failed.upload_columns}
    counts = untrusted["column"].isin(list(own))
    if entry.uses:
        counts &= untrusted["column"].map(canonical_header).isin(list(entry.uses))
    found: Mask = np.asarray(rows.index.isin(untrusted.loc[counts, "row_number"]), dtype=bool)
    return found


def _other_school(evidence: Evidence, entry: FileEntry) -> Mask:
    return evidence.among("domain_kind", ["other-school", "ambiguous"])


def _both_changed(evidence: Evidence, entry: FileEntry) -> Mask:
    def both(refusals: tuple[Refusal, ...]) -> bool:
        kinds = {refusal.kind for refusal in refusals}
        return "email-change" in kinds and bool(kinds & _IDENTIFIERS)

    return evidence.spread([both(refusals) for refusals in evidence.answers.forms])


def _value_refused_too(evidence: Evidence, entry: FileEntry) -> Mask:
    values = {kind.id for kind in evidence.rules.kinds if kind.family == "value"}
    return evidence.spread([any(refusal.kind in values for refusal in refusals) for refusals in evidence.answers.forms])


def _id_not_approved(evidence: Evidence, entry: FileEntry) -> Mask:
    return evidence.among("origin", ["id-changed", "unknown"])


def _not_looked_at(evidence: Evidence, entry: FileEntry) -> Mask:
    return evidence.shows_no_old_value


def _recycled(evidence: Evidence, entry: FileEntry) -> Mask:
    olds = [[refusal.old for refusal in refusals if refusal.old] for refusals in evidence.answers.forms]
    found = np.zeros(len(evidence.failed.rows), dtype=bool)
    for place in range(max(map(len, olds), default=0)):
        shown = [values[place] if place < len(values) else "" for values in olds]
        rows = np.flatnonzero(evidence.spread([bool(old) for old in shown]))
        old = evidence.answers.spelled(shown, rows)
        email = evidence.failed.column("email_address").iloc[rows]
        changed = student_key(old).to_numpy() != student_key(email).to_numpy()  # most are the same: those at once
        names = (evidence.failed.column(name).iloc[rows[changed]] for name in ("first_name", "last_name"))
        people = zip(*(column.to_numpy() for column in (old[changed], email[changed], *names)), strict=True)
        found[rows[changed]] |= np.array([not fits_person(*person) for person in people], dtype=bool)
    return found


def _old_username_missing(evidence: Evidence, entry: FileEntry) -> Mask:
    blank: Mask = (evidence.old_usernames.str.strip() == "").to_numpy(dtype=bool)
    return blank


def fits_person(old: str, email: str, first: str, last: str) -> bool:
    """Return whether an old e-mail address or ID can be seen to be that of this person.

    It can if it is the same address or the part before the @, or holds the last name (its first five letters, and
    no fewer than three), or the first name with the last name's initial.

    >>> fits_person("jdoe17", "sam@example.edu", "Jo", "Doe"), fits_person("mlee4", "sam@example.edu", "Jo", "Doe")
    (True, False)
    """
    if old.strip().lower() == email.strip().lower():
        return True
    local = _letters_and_digits(email.partition("@")[0])
    shown = _letters_and_digits(old.partition("@")[0])
    if local and shown == local:
        return True
    first, last = _letters_and_digits(first), _letters_and_digits(last)
    if len(last) >= 3 and last[:5] in shown:
        return True
    return len(first) >= 3 and bool(last) and (first + last[0] in shown or last[0] + first in shown)


def _letters_and_digits(text: str) -> str:
    if text.isascii():
        return text.lower() if text.isalnum() else _OTHER_ASCII.sub("", text).lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in folded if character.isalnum())


#: The check of each guard.
CHECKS: dict[str, Callable[[Evidence, FileEntry], Mask]] = {
    "reupload": _not_looked_at,
    "recycled-email": _recycled,
    "id-not-approved": _id_not_approved,
    "both-changed": _both_changed,
    "value-refused-too": _value_refused_too,
    "duplicate": _duplicate,
    "untrusted-cells": _untrusted,
    "other-school": _other_school,
    "clear-marker": _clear_marker,
    "blank-labels": _blank_labels,
    "old-username-missing": _old_username_missing,
}
