"""The careful path: every record looked at, every byte accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from triage_kit.errors import InputError
from triage_kit.reading.decoding import Decoded
from triage_kit.reading.frames import broken_table, frame_of, spans_table
from triage_kit.reading.layout import Head, Width, find_head, is_header_like, is_same_header, may_be_header
from triage_kit.reading.lines import split_lines
from triage_kit.reading.model import Doubt, Layout, Records
from triage_kit.reading.notices import LONE_QUOTE, RUN_TOGETHER, notices_on
from triage_kit.reading.rows import RowCollector
from triage_kit.reading.source import Source
from triage_kit.reading.walk import Piece, lenient_ends, prepare, walk
from triage_kit.reading.wrapped import unwrapped

__all__ = ["read_carefully"]

_UNREADABLE = "\ufffd"
_UNCLOSED = "a quotation mark is opened here and never closed"
_STRAY = "a quotation mark stands where none may be, or one is missing"
_NUL = "holds NUL bytes: the file was damaged in storage or on the way"
_BYTES = "holds bytes that are no text in this file's encoding"
_OTHER_TABLE = "belongs to a second table with other columns"


@dataclass
class _Ledger:
    """What has been found so far, piece by piece."""

    rows: RowCollector
    ends: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    row_lines: list[int] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    broken: list[tuple[int, int, str, str]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    extra_cells: int = 0
    wrapped: int = 0
    repeated_headers: int = 0
    number: int = 0
    other_table: bool = False
    requoted: bool = False


class _Reader:
    """Sorts pieces into rows, broken ones, blank lines and layout."""

    def __init__(self, lines: Sequence[str], head: Head, decoded: Decoded) -> None:
        self.lines = lines
        self.header = list(head.header)
        self.width = Width.of(head.header)
        self.dialect = head.dialect
        self.suspicious = decoded.damaged or "\0" in decoded.text
        self.undecodable = decoded.undecodable
        self.ledger = _Ledger(RowCollector(self.width.full, head.dialect))
        self._paddings = set(f"{head.dialect.delimiter} \t\r\n\x1a")

    def take(self, piece: Piece) -> None:
        cells, ledger = piece.cells, self.ledger
        if (not piece.quoted and (not cells or not any(cells))) or (cells is not None and self._is_padding(piece)):
            self._close(piece, "blank")
            return
        if cells is None or len(cells) != self.width.full:
            fitted = self._fitted(cells)
            if fitted is None:
                self._break(piece, self._why(piece))
                return
            cells = fitted
        raw = self._raw(piece)
        if self.suspicious and ("\0" in raw or (not raw.isascii() and self.undecodable.search(raw))):
            self._break(piece, _NUL if "\0" in raw else _BYTES)
        elif self._is_rest_of_broken(raw):
            self._break(piece, _STRAY)
        elif ledger.other_table or (may_be_header(cells) and is_header_like(cells)):
            self._another_header(piece, cells)
        else:
            self._row(piece, cells, raw)

    def fits(self, cells: list[str]) -> bool:
        """Say whether a record has the header's width, or holds in its one cell a record that has."""
        return self.width.fits(cells) or unwrapped(cells, self.dialect, self.width.fits) is not None

    def _fitted(self, cells: list[str] | None) -> list[str] | None:
        """Return a record of another width in the header's, if only empty cells or one around it are in the way."""
        full = self.width.full
        if cells is not None and self.width.fits(cells):
            self.ledger.extra_cells += 1
        else:
            cells = unwrapped(cells, self.dialect, self.width.fits)
            self.ledger.wrapped += cells is not None
        return None if cells is None else cells[:full] + [""] * (full - len(cells))

    def _is_rest_of_broken(self, raw: str) -> bool:
        """Say whether this follows a broken piece and has a quotation mark too many: then it is the end of that one."""
        quote, kinds = self.dialect.quotechar, self.ledger.kinds
        return kinds[-1] == "broken" and bool(quote) and raw.count(quote) % 2 == 1

    def _another_header(self, piece: Piece, cells: list[str]) -> None:
        ledger = self.ledger
        if not ledger.other_table and is_same_header(cells, self.header):
            ledger.repeated_headers += 1
            self._close(piece, "layout")
            return
        ledger.other_table = True
        self._break(piece, _OTHER_TABLE)

    def _row(self, piece: Piece, cells: list[str], raw: str) -> None:
        ledger, quote = self.ledger, self.dialect.quotechar
        ledger.number += 1
        ledger.rows.add(cells, raw if cells is piece.cells else "")
        ledger.row_numbers.append(ledger.number)
        ledger.row_lines.append(piece.first)
        self._close(piece, "row")
        if piece.end - piece.first > 1:
            ledger.doubts += run_together(ledger.number, cells, self.dialect.delimiter)
        elif quote and raw.count(quote) & 1:
            at = (i for i, cell in enumerate(cells) if cell.count(quote) & 1)
            ledger.doubts += [Doubt(ledger.number, i, LONE_QUOTE) for i in at]

    def _is_padding(self, piece: Piece) -> bool:
        return len(piece.cells or ()) == 1 and not set(self._raw(piece)) - self._paddings

    def _raw(self, piece: Piece) -> str:
        if piece.end - piece.first == 1:
            return self.lines[piece.first]
        return "".join(self.lines[piece.first : piece.end])

    def _why(self, piece: Piece) -> str:
        if piece.cells is None:
            self.ledger.requoted = True
            return _UNCLOSED if piece.reason == "unclosed" else _STRAY
        self.ledger.requoted |= piece.end - piece.first > 1
        count = len(piece.cells)
        return f"{count} {'cell' if count == 1 else 'cells'} where the header has {self.width.full}"

    def _break(self, piece: Piece, reason: str) -> None:
        self.ledger.number += 1
        self.ledger.broken.append((self.ledger.number, piece.first, reason, self._raw(piece)))
        self._close(piece, "broken")

    def _close(self, piece: Piece, kind: str) -> None:
        self.ledger.ends.append(piece.end)
        self.ledger.kinds.append(kind)


def run_together(number: int, cells: Sequence[str], delimiter: str) -> list[Doubt]:
    """Return doubts on a row whose cells with line breaks hold as many delimiters as a whole row has."""
    broken = [i for i, cell in enumerate(cells) if "\n" in cell or "\r" in cell]
    if len(cells) < 2 or sum(cells[i].count(delimiter) for i in broken) < len(cells) - 1:
        return []
    return [Doubt(number, i, RUN_TOGETHER) for i in broken]


def read_carefully(source: Source, decoded: Decoded, delimiter: str | None, quotechar: str | None) -> Records:
    """Return the records of a text file, whatever its state.

    Raises
    ------
    InputError
        If no line can be the header.
    """
    lines = split_lines(decoded.text)
    head = find_head(lines, source.name, delimiter, quotechar, whole=True)
    reader = _read_with(lines, head, decoded)
    if reader.ledger.broken and not head.dialect.backslash and "\\" + head.dialect.quotechar in decoded.text:
        escaped = _read_with(lines, head._replace(dialect=head.dialect._replace(backslash=True)), decoded)
        if len(escaped.ledger.broken) < len(reader.ledger.broken):
            reader = escaped
    return _records(source, decoded, head._replace(dialect=reader.dialect), reader)


def _read_with(lines: Sequence[str], head: Head, decoded: Decoded) -> _Reader:
    reader = _Reader(lines, head, decoded)
    prepared = prepare(lines, head.dialect)
    top = [Piece(i, i + 1, [lines[i]]) for i in range(head.first)] + [Piece(head.first, head.end, [])]
    for piece in top:
        blank = piece.first < head.first and not (piece.cells or [""])[0].strip()
        reader._close(piece, "blank" if blank else "layout")
    for piece in walk(prepared, head.end, head.dialect, reader.fits):
        reader.take(piece)
    return reader


def _records(source: Source, decoded: Decoded, head: Head, reader: _Reader) -> Records:
    ledger, lines = reader.ledger, reader.lines
    shown = _shown_lines(lines, head, ledger)
    index = pd.Index(np.asarray(ledger.row_numbers, dtype="int64"), name="row_number")
    broken = broken_table(
        (n, int(shown[line]), reason, decoded.undecodable.sub(_UNREADABLE, text))
        for n, line, reason, text in ledger.broken
    )
    layout = Layout(
        encoding=decoded.encoding,
        bom=decoded.bom > 0,
        delimiter=head.dialect.delimiter,
        quotechar=head.dialect.quotechar,
        backslash=head.dialect.backslash,
        line_ending=_line_ending(lines, ledger.ends),
        header_line=int(shown[head.first]),
        container=source.container,
    )
    header = tuple(decoded.undecodable.sub(_UNREADABLE, cell) for cell in head.header)
    numbers = pd.Series(shown[ledger.row_lines] if len(index) else [], index=index, name="line", dtype="int64")
    counts = ledger.extra_cells, ledger.repeated_headers, ledger.wrapped
    return Records(
        header=header,
        rows=frame_of(ledger.rows.columns(), header, index),
        broken=broken,
        layout=layout,
        notices=notices_on(layout, decoded, head, broken, numbers, ledger.doubts, *counts),
        line_numbers=numbers,
        spans=_spans(source, decoded, lines, ledger),
        name=source.name,
        doubts=tuple(ledger.doubts),
    )


def _shown_lines(lines: Sequence[str], head: Head, ledger: _Ledger) -> np.ndarray:
    """Return, for each physical line, the line in which Excel shows it: a record with line breaks takes one."""
    ends: Sequence[int] = ledger.ends
    if ledger.requoted:
        as_excel = not head.dialect.backslash  # which Excel does not know
        sound = [
            as_excel and kind != "broken" and end >= head.end for kind, end in zip(ledger.kinds, ends, strict=True)
        ]
        ends = lenient_ends(lines, head.dialect, ends, sound)
    return np.repeat(np.arange(1, len(ends) + 1), np.diff(np.asarray(ends), prepend=0)) - head.hidden


def _line_ending(lines: Sequence[str], ends: Sequence[int]) -> str:
    names = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}
    last = (lines[end - 1] for end in ends)
    found = Counter("\r\n" if line.endswith("\r\n") else line[-1:] for line in last)
    kinds = [name for end, name in names.items() if found[end]]
    return "mixed" if len(kinds) > 1 else "".join(kinds)


def _spans(source: Source, decoded: Decoded, lines: Sequence[str], ledger: _Ledger) -> pd.DataFrame:
    """Return the spans and prove that, laid end to end, they are the file."""
    sizes = np.fromiter((decoded.size(line) for line in lines), dtype="int64", count=len(lines))
    ends = (decoded.bom + np.cumsum(sizes))[np.asarray(ledger.ends) - 1].tolist()
    kinds = list(ledger.kinds)
    if decoded.bom:
        ends, kinds = [decoded.bom, *ends], ["layout", *kinds]
    rows = kinds.count("row"), kinds.count("broken")
    if ends[-1] != len(source.data) or rows != (len(ledger.row_numbers), len(ledger.broken)):
        size = len(source.data)
        raise InputError(f"{source.name} was not read whole: {ends[-1]} of {size} bytes; please report this.")
    return spans_table(ends, kinds)
