"""What reading gives back: the layout of a file, its records, its failed rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from triage_kit.columns import canonical_header

__all__ = ["Dialect", "Doubt", "FailedRows", "Layout", "Records"]


class Dialect(NamedTuple):
    """How cells are set apart: one delimiter, one quotation mark (or none), quotes doubled or backslash-escaped."""

    delimiter: str = ","
    quotechar: str = '"'
    backslash: bool = False


class Doubt(NamedTuple):
    """A cell that may not hold what was uploaded: its row, the position of its column, and why."""

    row_number: int
    position: int
    reason: str


@dataclass(frozen=True)
class Layout:
    """How the file was written.

    ``encoding``, ``delimiter``, ``quotechar`` and ``line_ending`` (``LF``, ``CRLF``, ``CR``, ``mixed``) are empty for a
    workbook; ``header_line`` is the line that Excel shows; ``container`` is ``gzip``, ``zip``, ``workbook`` or empty.
    """

    encoding: str = ""
    bom: bool = False
    delimiter: str = ""
    quotechar: str = ""
    backslash: bool = False
    line_ending: str = ""
    header_line: int = 1
    container: str = ""
    sheet: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Records:
    """A table of text as it stands in a file, whatever it is about.

    ``header`` holds the header's cells as written. ``rows`` has one text column per header cell, in order, under the
    same names (duplicates allowed); its index ``row_number`` counts the records below the header from 1, broken ones
    too. ``broken`` has one line per piece that is not a sound record: ``row_number``, ``line``, ``reason``, ``text``.
    ``line_numbers`` gives the line of each row as Excel shows it. ``spans`` lays the bytes of a text file end to end
    (``start``, ``end``, ``kind``: layout, blank, row or broken); where nothing is damaged all rows are one span.
    ``doubts`` names cells that were read but may hold something else than what was written.
    """

    header: tuple[str, ...]
    rows: pd.DataFrame
    broken: pd.DataFrame
    layout: Layout
    notices: tuple[str, ...]
    line_numbers: pd.Series
    spans: pd.DataFrame
    name: str = ""
    doubts: tuple[Doubt, ...] = ()

    def __repr__(self) -> str:
        return f"<Records: {len(self.rows)} rows, {len(self.header)} columns, {len(self.broken)} broken>"


@dataclass(frozen=True, eq=False, repr=False)
class FailedRows:
    """The rows that the Importer refused, with its answers.

    All tables and Series share the index ``row_number``, which counts all records of the file from 1, broken ones too:
    its numbers can have gaps. ``rows`` holds the file's columns in order under their own names, every cell as text.
    ``upload_columns`` are the positions of the school's own columns. ``untrusted`` (``row_number``, ``column``: the
    header as written, ``reason``) names cells that no longer hold what the school uploaded. The rest is as in
    `Records`.
    """

    rows: pd.DataFrame
    response: pd.Series
    status: pd.Series
    upload_columns: tuple[int, ...]
    broken: pd.DataFrame
    notices: tuple[str, ...]
    layout: Layout
    untrusted: pd.DataFrame
    line_numbers: pd.Series
    name: str = ""
    _positions: dict[str, int] = field(default_factory=dict)

    def column(self, header: str) -> pd.Series:
        """Return the cells of a known header, however the file spells it; blank text where the file lacks it.

        Of several columns of one name the left-most of the school's own is given; the Importer's are in `status`
        and `response`.
        """
        position = self._positions.get(canonical_header(header))
        if position is None:
            return pd.Series("", index=self.rows.index, name=header, dtype="str")
        return self.rows.iloc[:, position].rename(header)

    def __repr__(self) -> str:
        counts = f"{len(self.rows)} rows, {self.rows.shape[1]} columns, {len(self.broken)} broken"
        return f"<FailedRows: {counts}, {len(self.untrusted)} cells not trusted>"
