"""A batch of failed rows as the finders of causes look at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from triage_kit.responses import parse_distinct
from triage_kit.rulebook import Rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["Batch", "Cause"]


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

    @cached_property
    def kinds(self) -> pd.Series[str]:
        """All kinds of each row, the decisive one too, with ``;`` around each."""
        return ";" + self.table["kind"].astype(str) + ";" + self.table["other_kinds"].astype(str) + ";"

    def has_kind(self, *kind_ids: str) -> pd.Series[bool]:
        """Return for each row whether one of its kinds is among these."""
        by_text = {text: any(f";{kind};" in text for kind in kind_ids) for text in self.kinds.unique()}
        return self.kinds.map(by_text).astype(bool)

    def changes(self, kind_id: str) -> dict[int, tuple[str, str]]:
        """Return old and new value of each row with such a change that was not made by the student's own account."""
        rows = (self.has_kind(kind_id) & (self.table["origin"] != "self-registered")).to_numpy()
        codes, parsed = parse_distinct(self.failed.response[rows], self.rules)
        shown = [
            next(((r.old, r.new) for r in refusals if r.kind == kind_id and r.old and r.new), None)
            for refusals in parsed
        ]
        found = {}
        for number, code in zip(self.table.index[rows].tolist(), codes.tolist(), strict=True):
            change = shown[code]
            if change:
                found[int(number)] = change
        return found

    def cells(self, header: str) -> pd.Series[str]:
        """Return the cells of a header, trimmed and in small letters; blank where the file lacks it."""
        return self.failed.column(header).astype(str).str.strip().str.lower()
