"""Sorts what the careful path walks through into rows, broken ones, blank lines and layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from triage_kit.reading.decoding import Decoded
from triage_kit.reading.layout import Head, Width, is_header_like, is_same_header, may_be_header
from triage_kit.reading.model import Doubt
from triage_kit.reading.notices import LONE_QUOTE, RUN_TOGETHER
from triage_kit.reading.rows import RowCollector, is_plain
from triage_kit.reading.stretches import Stretches
from triage_kit.reading.walk import Piece
from triage_kit.reading.wrapped import unwrapped

__all__ = ["Ledger", "Sorter"]

_UNCLOSED = "a quotation mark is opened here and never closed"
_STRAY = "a quotation mark stands where none may be, or one is missing"
_NUL = "holds NUL bytes: the file was damaged in storage or on the way"
_BYTES = "holds bytes that are no text in this file's encoding"
_OTHER_TABLE = "belongs to a second table with other columns"


@dataclass
class Ledger:
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


class Sorter:
    """Sorts pieces into rows, broken ones, blank lines and layout."""

    def __init__(self, lines: Sequence[str], head: Head, decoded: Decoded) -> None:
        self.lines = lines
        self.header = list(head.header)
        self.width = Width.of(head.header)
        self.dialect = head.dialect
        self.suspicious = decoded.damaged or "\0" in decoded.text
        self.undecodable = decoded.undecodable
        self._stretches = Stretches(lines, head, decoded) if self.width.full > 1 and is_plain(head.dialect) else None
        self.ledger = Ledger(RowCollector(self.width.full, head.dialect))
        self._paddings = set(f"{head.dialect.delimiter} \t\r\n\x1a")

    def leap(self, line: int) -> tuple[int, int]:
        """Take the sound rows that begin in a line; return the line behind them, and how far to walk until the next."""
        ledger = self.ledger
        if self._stretches is None or ledger.other_table:
            return line, len(self.lines)
        stretch = self._stretches.next_from(line)
        count = len(stretch.ends)
        if count:
            ledger.rows.add_written(stretch.text, count)
            ledger.row_lines += [line, *stretch.ends[:-1]]
            ledger.row_numbers += range(ledger.number + 1, ledger.number + count + 1)
            ledger.number += count
            ledger.ends += stretch.ends
            ledger.kinds += ["row"] * count
            line = stretch.ends[-1]
        return line, line + stretch.walk_on

    def take(self, piece: Piece) -> None:
        """Take one piece."""
        cells, ledger = piece.cells, self.ledger
        if (not piece.quoted and (not cells or not any(cells))) or (cells is not None and self._is_padding(piece)):
            self.close(piece, "blank")
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
            self.close(piece, "layout")
            return
        ledger.other_table = True
        self._break(piece, _OTHER_TABLE)

    def _row(self, piece: Piece, cells: list[str], raw: str) -> None:
        ledger, quote = self.ledger, self.dialect.quotechar
        ledger.number += 1
        ledger.rows.add(cells, raw if cells is piece.cells else "")
        ledger.row_numbers.append(ledger.number)
        ledger.row_lines.append(piece.first)
        self.close(piece, "row")
        if piece.end - piece.first > 1:
            ledger.doubts += _run_together(ledger.number, cells, self.dialect.delimiter)
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
        self.close(piece, "broken")

    def close(self, piece: Piece, kind: str) -> None:
        """Note where a piece ends and what it is."""
        self.ledger.ends.append(piece.end)
        self.ledger.kinds.append(kind)


def _run_together(number: int, cells: Sequence[str], delimiter: str) -> list[Doubt]:
    """Return doubts on a row whose cells with line breaks hold as many delimiters as a whole row has."""
    broken = [i for i, cell in enumerate(cells) if "\n" in cell or "\r" in cell]
    if len(cells) < 2 or sum(cells[i].count(delimiter) for i in broken) < len(cells) - 1:
        return []
    return [Doubt(number, i, RUN_TOGETHER) for i in broken]
