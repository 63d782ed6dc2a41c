"""Finds the header and how the cells are set apart: by the header names we know, never by guessing from content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from triage_kit.columns import IMPORTER_COLUMNS, KNOWN_HEADERS, canonical_header
from triage_kit.errors import InputError
from triage_kit.reading.model import Dialect
from triage_kit.reading.walk import Piece, prepare, walk
from triage_kit.reading.wrapped import unwrapped

__all__ = [
    "ANSWER",
    "DELIMITERS",
    "NAMES",
    "Head",
    "Width",
    "choose_header",
    "find_head",
    "is_header_like",
    "is_same_header",
    "may_be_header",
    "refuse_row_as_header",
]

DELIMITERS = (",", ";", "\t", "|")
QUOTECHARS = ('"', "'", "`")
#: How many lines are looked at to tell how a file is written, and how many of them may be the header.
SAMPLE_LINES = 300
HEADER_WITHIN = 40

#: What an Importer's answer looks like (articles 360001032108, 4421092998295); broad, as answers get mangled.
ANSWER = re.compile(
    r"success\W{1,6}(?:true|false)|errors\W{1,6}[\[{\w]|has already been taken|attempted to update"
    r"|can.?t be blank|is already in use|is not included in the list|is invalid|conflicts with another"
    r"|excluded from sync|could not find|:http_status|must be a date",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_SEP_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
NAMES = KNOWN_HEADERS | set(IMPORTER_COLUMNS)


class Head(NamedTuple):
    """Where the header stands (lines from 0), its cells, the dialect, and how many lines Excel hides (``sep=``)."""

    header: tuple[str, ...]
    first: int
    end: int
    dialect: Dialect
    hidden: int = 0


class Width(NamedTuple):
    """How many cells a header has, and how many up to its last name."""

    full: int
    named: int

    @classmethod
    def of(cls, header: Sequence[str]) -> Width:
        """Return a header's width."""
        named = max((i for i, cell in enumerate(header, 1) if cell.strip()), default=1)
        return cls(len(header), named)

    def fits(self, cells: list[str]) -> bool:
        """Say whether a record has this width; cells under no name, and empty ones beyond it, do not count."""
        count = len(cells)
        return (
            count == self.full or self.named <= count < self.full or (count > self.full and not any(cells[self.full :]))
        )


class _Candidate(NamedTuple):
    key: tuple[float, ...]
    head: Head
    known: int
    certain: bool


def is_header_like(cells: Sequence[str]) -> bool:
    """Say whether cells are a header of the upload format: two known names at least, and half of the filled cells."""
    return not any(len(cell) > 80 for cell in cells) and _count_known(cells) >= max(
        2, sum(1 for cell in cells if cell.strip()) / 2
    )


def may_be_header(cells: Sequence[str]) -> bool:
    """Say quickly whether the last and the first cell are known names: asked of every row."""
    last = cells[-1]
    return len(last) < 60 and canonical_header(last) in NAMES and canonical_header(cells[0]) in NAMES


def is_same_header(cells: Sequence[str], header: Sequence[str]) -> bool:
    """Say whether cells are the header again, in whatever spelling."""
    return [canonical_header(cell) for cell in cells] == [canonical_header(cell) for cell in header]


def _count_known(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if len(cell) < 60 and canonical_header(cell) in NAMES)


def find_head(lines: Sequence[str], name: str, delimiter: str | None, quotechar: str | None, *, whole: bool) -> Head:
    """Return the header and dialect that fit the first lines best.

    ``whole`` says that ``lines`` are the whole file: else a record may be cut at the end.

    Raises
    ------
    InputError
        If there is no line to be a header, or the first one plainly is a student's row.
    """
    sample = lines[:SAMPLE_LINES]
    hidden = 0
    sep = _SEP_LINE.fullmatch(sample[0]) if sample else None
    if sep:
        hidden, delimiter = 1, delimiter or sep[1]
    candidates = []
    for rank, dialect in enumerate(_dialects(sample, delimiter, quotechar)):
        candidate = _try(sample, dialect, rank, hidden, whole=whole and len(lines) <= SAMPLE_LINES)
        candidates += [candidate] if candidate else []
        if candidate and candidate.certain:
            break  # the likelier dialects come first
    if not candidates:
        raise InputError(f"{name} holds nothing but blank lines where a header line is expected; export it again.")
    best = min(candidates, key=lambda candidate: candidate.key)
    refuse_row_as_header(best.head.header, best.known, name)
    return best.head


def refuse_row_as_header(header: Sequence[str], known: int, name: str) -> None:
    """Raise an `InputError` if what would be the header holds no known name but an address or an answer."""
    if not known and any(_EMAIL.fullmatch(cell.strip()) or ANSWER.search(cell) for cell in header):
        raise InputError(
            f"{name} has no header line: its first line already is a row; "
            "put the line with the column names (email_address, username, …) back on top."
        )


def _dialects(sample: Sequence[str], delimiter: str | None, quotechar: str | None) -> list[Dialect]:
    delimiters = (delimiter,) if delimiter else DELIMITERS
    quotechars = QUOTECHARS if quotechar is None else (quotechar,)
    found = [Dialect(d, q) for q in quotechars for d in delimiters if d != q]
    if any("\\" in line for line in sample):
        found += [Dialect(d, q, True) for q in quotechars for d in delimiters if q and d != q]
    if quotechar is None:
        found += [Dialect(d, "") for d in delimiters if d != ","]
    return found


def _try(sample: Sequence[str], dialect: Dialect, rank: int, hidden: int, *, whole: bool) -> _Candidate | None:
    if not _is_in_use(dialect, sample):
        return None
    walked = (_unwrapped_header(p, dialect) for p in walk(prepare(sample, dialect), hidden, dialect))
    pieces = [p for p in walked if p.cells is None or _is_filled(p)]
    if pieces and not whole and pieces[-1].cells is None:
        del pieces[-1]
    sound = [p for p in pieces if p.cells is not None]
    if not sound:
        return None
    chosen, known = choose_header(sound)
    header = tuple(chosen.cells or ())
    width = Width.of(header)
    unsound = sum(p.end - p.first for p in pieces if p.first > chosen.first and not width.fits(p.cells or []))
    others = set(QUOTECHARS) - {dialect.quotechar}
    plain = not chosen.quoted and chosen.end - chosen.first == 1  # only quotation marks keep lines together
    wrapped = plain and all(len(c) > 1 and c[0] == c[-1] and c[0] in others for c in header)
    on_top = len(header) > 1 and chosen.first == pieces[0].first
    sure = known if known >= 2 or on_top else 0  # further down, one known name can be a word in a cell
    key = (-sure, wrapped, unsound, dialect.backslash, _quote_rank(dialect), width.full < 2, chosen.first, rank)
    certain = known == len(header) > 1 and not unsound and not wrapped
    return _Candidate(key, Head(header, chosen.first, chosen.end, dialect, hidden), known, certain)


def _unwrapped_header(piece: Piece, dialect: Dialect) -> Piece:
    inner = unwrapped(piece.cells, dialect, is_header_like)
    return piece if inner is None else piece._replace(cells=inner)


def _is_filled(piece: Piece) -> bool:
    cells = piece.cells or []
    return piece.quoted or (any(cells) if len(cells) > 1 else bool("".join(cells).strip()))


def _is_in_use(dialect: Dialect, sample: Sequence[str]) -> bool:
    """Say whether an unusual quotation mark stands at the start of any cell."""
    if dialect.quotechar in ('"', ""):
        return True
    return any(line.startswith(dialect.quotechar) or dialect.delimiter + dialect.quotechar in line for line in sample)


def _quote_rank(dialect: Dialect) -> int:
    return QUOTECHARS.index(dialect.quotechar) if dialect.quotechar in QUOTECHARS else len(QUOTECHARS)


def choose_header(sound: Sequence[Piece]) -> tuple[Piece, int]:
    """Return the piece with the most known names, two at least; without, the first one that is as wide as most."""
    scored = [(_count_known(p.cells or ()), p) for p in sound[:HEADER_WITHIN]]
    known, best = max(scored, key=lambda pair: (pair[0], -pair[1].first))
    if known >= 2:
        return best, known
    widths = Counter(len(p.cells or ()) for p in sound)
    common = max(widths.values())
    width = max(w for w, count in widths.items() if count == common)
    chosen = next(p for p in sound if len(p.cells or ()) == width)
    return chosen, _count_known(chosen.cells or ())
