"""A batch of failed rows as the finders of causes look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from triage_kit.domains import email_cells
from triage_kit.rulebook import Rules
from triage_kit.texts import arrow_of, distinct_in
from triage_kit.triage import answers_of

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["Batch", "Cause", "Mask"]

Mask = npt.NDArray[np.bool_]


class Cause(NamedTuple):
    """Something that many rows share; only ``office_sentence`` holds values of the file."""

    id: str
    sentence: str
    office_sentence: str
    row_numbers: list[int]
    fix: str


@dataclass(frozen=True, eq=False, repr=False)
class Batch:
    """The failed rows, their triage table and the rules, with what several finders need."""

    failed: FailedRows
    table: pd.DataFrame
    rules: Rules

    def __len__(self) -> int:
        return len(self.table)

    def has_kind(self, *kind_ids: str) -> Mask:
        """Return for each row whether one of its kinds, the decisive one or another, is among these."""
        found = np.zeros(len(self), dtype=bool)
        for column in (self.table["kind"], self.table["other_kinds"]):
            wanted = [not set(kind_ids).isdisjoint(texts.split(";")) for texts in column.cat.categories]
            found |= np.array(wanted, dtype=bool)[column.cat.codes]
        return found

    def changes(self, kind_id: str) -> pd.DataFrame:
        """Return ``old`` and ``new`` value of each row with such a change that was not made by the student's account.

        The index is the row number.
        """
        answers = answers_of(self.failed, self.rules)
        shown = [
            next(((r.old, r.new) for r in refusals if r.kind == kind_id and r.old and r.new), ("", ""))
            for refusals in answers.forms
        ]
        changed = np.array([bool(old) for old, _ in shown], dtype=bool)[answers.codes]
        rows = np.flatnonzero(changed & (self.table["origin"] != "self-registered").to_numpy())
        columns = {
            name: answers.spelled([change[place] for change in shown], rows)
            for place, name in enumerate(("old", "new"))
        }
        return pd.DataFrame(columns).set_axis(self.table.index[rows], axis=0)

    def repeated(self, header: str) -> Mask:
        """Return for each row whether its cell of a header is not blank and another row has the same."""
        texts = pc.utf8_lower(pc.utf8_trim_whitespace(arrow_of(self.failed.column(header))))
        codes, distinct = distinct_in(texts)
        counts = np.bincount(codes, minlength=len(distinct))
        counts[np.asarray(pc.equal(distinct, ""))] = 1
        found: Mask = (counts > 1)[codes]
        return found

    def cells(self, header: str) -> Cells:
        """Return the cells of a header, trimmed and in small letters; blank where the file lacks it."""
        codes, distinct = distinct_in(arrow_of(self.failed.column(header)))
        return _cells(codes, [text.strip().lower() for text in distinct.to_pylist()])

    def domains(self) -> Cells:
        """Return what stands behind the ``@`` in the e-mail column, as `cells` does."""
        codes, cells = email_cells(self.failed)
        return _cells(codes, [cell.strip().lower().rpartition("@")[2] for cell in cells])


@dataclass(frozen=True, eq=False, repr=False)
class Cells:
    """A column as its distinct texts: ``codes`` gives the place of each row's text among them."""

    codes: npt.NDArray[np.intp]
    distinct: list[str]

    def count(self, rows: Mask | None = None) -> npt.NDArray[np.intp]:
        """Return how many rows (all, or these) each of the distinct texts has."""
        return np.bincount(self.codes if rows is None else self.codes[rows], minlength=len(self.distinct))

    def are(self, text: str) -> Mask:
        """Return for each row whether it has this text."""
        return np.array([one == text for one in self.distinct], dtype=bool)[self.codes]


def _cells(codes: npt.NDArray[np.intp], texts: list[str]) -> Cells:
    """Return cells whose texts may have become the same."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return Cells(np.array([places[text] for text in texts], dtype=np.intp)[codes], list(places))
