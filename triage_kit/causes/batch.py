"""A batch of failed rows as the finders of causes look at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from triage_kit.responses import Answers, parse_responses
from triage_kit.rulebook import Rules
from triage_kit.texts import arrow_of, distinct_in

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

    @cached_property
    def answers(self) -> Answers:
        """What the answers say, each form of answer read once."""
        return parse_responses(self.failed.response, self.rules)

    def changes(self, kind_id: str) -> pd.DataFrame:
        """Return ``old`` and ``new`` value of each row with such a change that was not made by the student's account.

        The index is the row number.
        """
        shown = [
            next(((r.old, r.new) for r in refusals if r.kind == kind_id and r.old and r.new), ("", ""))
            for refusals in self.answers.forms
        ]
        changed = np.array([bool(old) for old, _ in shown], dtype=bool)[self.answers.codes]
        rows = np.flatnonzero(changed & (self.table["origin"] != "self-registered").to_numpy())
        columns = {
            name: self.answers.spelled([change[place] for change in shown], rows)
            for place, name in enumerate(("old", "new"))
        }
        return pd.DataFrame(columns).set_axis(self.table.index[rows], axis=0)

    def cells(self, header: str, *, without: str = "") -> Cells:
        """Return the cells of a header, trimmed and in small letters; blank where the file lacks it.

        ``without`` is a pattern (RE2) of what is left out of each.
        """
        texts = pc.utf8_lower(pc.utf8_trim_whitespace(arrow_of(self.failed.column(header))))
        return Cells(pc.replace_substring_regex(texts, without, "") if without else texts)


class Cells:
    """A column as its distinct texts: ``codes`` gives the place of each row's text among them."""

    def __init__(self, texts: pa.ChunkedArray) -> None:
        self.codes, self._distinct = distinct_in(texts)

    @property
    def distinct(self) -> list[str]:
        """The distinct texts in the order of their coming."""
        found: list[str] = self._distinct.to_pylist()
        return found

    def count(self, rows: Mask | None = None) -> npt.NDArray[np.intp]:
        """Return how many rows (all, or these) each of the distinct texts has."""
        return np.bincount(self.codes if rows is None else self.codes[rows], minlength=len(self._distinct))

    def are_repeated(self) -> Mask:
        """Return for each row whether its text is not blank and another row has it too."""
        if len(self._distinct) == len(self.codes):
            return np.zeros(len(self.codes), dtype=bool)
        return (self.count() > 1)[self.codes] & ~self.are("")

    def are(self, text: str) -> Mask:
        """Return for each row whether it has this text."""
        return np.asarray(self.codes == self._distinct.index(text).as_py(), dtype=bool)
