"""A strict reading of bytes that makes no cells: it finds what sets them apart and says what is left for them.

Each kind of byte becomes a row of bits, 64 to a number, so that one operation does for 64 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedIOBase
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_kit.reading.frames import Bytes

__all__ = ["Marks", "RowEnds", "count_marks", "cut_at_rows", "sound_rows"]

Bits = npt.NDArray[np.uint64]

#: How large a piece is (what is made of it while it is in work must not come to more memory than pandas takes), and how
#: far from its end the last row is looked for.
_PIECE_BYTES, _TAIL_BYTES = 3 * 2**19, 2**16


class Marks(NamedTuple):
    """How many rows, delimiters and bytes of cells there are, and which rows (from 0) hold line breaks in cells."""

    rows: int
    delimiters: int
    cell_bytes: int
    broken_rows: npt.NDArray[np.int64]


def cut_at_rows(file: BufferedIOBase, quotechar: str) -> Iterator[Bytes]:
    """Yield the rest of a file in pieces of its bytes; each but the last ends with a row."""
    kept = np.empty(0, dtype=np.uint8)
    while True:
        piece = np.empty(max(2 * len(kept), _PIECE_BYTES), dtype=np.uint8)
        piece[: len(kept)] = kept
        size = len(kept)
        while count := file.readinto(piece.data[size:]):
            size += count
        if size < len(piece):
            break
        end = _last_row_end(piece, ord(quotechar))
        if end:
            yield piece[:end]
        kept = piece[end:]
    if size:
        yield piece[:size]


def _last_row_end(text: Bytes, quote: int) -> int:
    """Return the place behind the last line feed with an even number of quotation marks before it, or 0."""
    tail = text[-_TAIL_BYTES:]
    feeds, quotes = np.flatnonzero(tail == ord("\n")), np.flatnonzero(tail == quote)
    marks_behind = len(quotes) - np.searchsorted(quotes, feeds)
    ends = feeds[(np.count_nonzero(text == quote) - marks_behind) % 2 == 0]
    return len(text) - len(tail) + int(ends[-1]) + 1 if len(ends) else 0


class _Signs(NamedTuple):
    """Where signs stand, what lies in quoted cells, which line feeds end rows, and where a strict reader stumbles."""

    quotes: Bits
    delimiters: Bits
    feeds: Bits
    returns: Bits
    inside: Bits
    ends: Bits
    lost: Bits


def _find_signs(text: Bytes, delimiter: str, quotechar: str, *, crlf: bool) -> _Signs:
    """Read strictly: stumble over a line end of another kind than asked for, and over a quotation mark out of place.

    Every other mark opens: before it must stand a delimiter, a line end or the mark that it doubles. The rest close:
    after them the same. Read so, marks that are doubled close and open again, which comes to the same.
    """
    quotes, delimiters, feeds, returns = (_bits(text, ord(sign)) for sign in (quotechar, delimiter, "\n", "\r"))
    inside = _fill_between(quotes)
    beside = quotes | delimiters | feeds | returns
    opening = quotes & inside & ~_shifted_up(beside)
    closing = quotes & ~inside & ~_shifted_down(beside)
    opening[0] &= ~np.uint64(1)  # nothing stands before the first byte, nor behind the last one
    closing[-1] &= ~(np.uint64(1) << np.uint64((len(text) - 1) % 64))
    ends = feeds & ~inside
    line_ends = (returns & ~inside) ^ (_shifted_down(ends) if crlf else np.uint64(0))
    return _Signs(quotes, delimiters, feeds, returns, inside, ends, opening | closing | line_ends)


def count_marks(text: Bytes, delimiter: str, quotechar: str, *, crlf: bool) -> Marks | None:
    """Return what a text holds that ends with a row, or None where a strict reader stumbles, or over a NUL."""
    if not text.min():
        return None
    quotes, delimiters, feeds, returns, inside, ends, lost = _find_signs(text, delimiter, quotechar, crlf=crlf)
    if _count(quotes) % 2 or lost.any():
        return None
    quoted = _count(quotes & inside & ~_shifted_up(quotes))
    between = _count(delimiters & ~inside)
    rows = _count(ends)
    outside = between + rows * (2 if crlf else 1) + _count(quotes) // 2 + quoted
    broken_rows = _rows_of((feeds | returns) & inside, ends)
    return Marks(rows + (text[-1] != ord("\n")), between, len(text) - outside, broken_rows)


class RowEnds(NamedTuple):
    """Where some rows end: behind which byte each, and behind how many lines."""

    places: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]


def sound_rows(text: Bytes, delimiter: str, quotechar: str, width: int, *, crlf: bool) -> RowEnds:
    """Return the rows with which a text begins, up to where a strict reader stumbles or a row is no ordinary one.

    An ordinary one has the width, and something in its cells; those with line breaks do not hold as many delimiters as
    a whole row.
    """
    quotes, delimiters, feeds, returns, inside, ends, lost = _find_signs(text, delimiter, quotechar, crlf=crlf)
    places = _places(ends)
    if lost.any():
        places = places[: np.searchsorted(places, _places(lost)[0])]

    def in_rows(bits: Bits) -> npt.NDArray[np.int64]:
        return np.diff(_count_before(bits, places), prepend=0)

    lines = _count_before(feeds | (returns & ~_shifted_down(feeds)), places) + 1
    signs = _count_before(quotes | delimiters | feeds | returns, places) + 1
    is_filled = np.diff(places, prepend=-1) > np.diff(signs, prepend=0)
    many_lines = np.diff(lines, prepend=0) > 1
    run_together = many_lines & (in_rows(delimiters & inside) >= width - 1)
    odd = (in_rows(delimiters & ~inside) != width - 1) | ~is_filled | run_together
    count = int(odd.argmax()) if odd.any() else len(places)
    return RowEnds(places[:count] + 1, lines[:count])


def _places(bits: Bits) -> npt.NDArray[np.int64]:
    words = np.flatnonzero(bits)
    word, bit = np.nonzero(np.unpackbits(bits[words].view(np.uint8), bitorder="little").reshape(-1, 64))
    return words[word] * 64 + bit


def _count_before(bits: Bits, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many bits stand before each of some places."""
    counts, words = np.bitwise_count(bits), places >> 6
    earlier = (np.uint64(1) << (places & 63).astype(np.uint64)) - np.uint64(1)
    before = (np.cumsum(counts, dtype=np.int64) - counts)[words]
    found: npt.NDArray[np.int64] = before + np.bitwise_count(bits[words] & earlier)
    return found


def _rows_of(places: Bits, ends: Bits) -> npt.NDArray[np.int64]:
    """Return the rows, each once, in which some places lie; ``ends`` is where the rows end."""
    return np.unique(_count_before(ends, _places(places)))


def _bits(text: Bytes, sign: int) -> Bits:
    """Return where a byte occurs, the first place in the lowest bit."""
    packed = np.packbits(text == sign, bitorder="little")
    return np.pad(packed, (0, -len(packed) % 8)).view("<u8")


def _count(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum())


def _fill_between(quotes: Bits) -> Bits:
    """Return the places from each odd mark up to the next one, that one left out."""
    filled = quotes.copy()
    for width in (1, 2, 4, 8, 16, 32):
        filled ^= filled << np.uint64(width)
    open_behind = np.bitwise_xor.accumulate(filled >> np.uint64(63))
    filled[1:] ^= -open_behind[:-1]  # all ones where a mark is open
    return filled


def _shifted_up(bits: Bits) -> Bits:
    """Return the places one behind."""
    shifted = bits << np.uint64(1)
    shifted[1:] |= bits[:-1] >> np.uint64(63)
    return shifted


def _shifted_down(bits: Bits) -> Bits:
    """Return the places one before."""
    shifted = bits >> np.uint64(1)
    shifted[:-1] |= bits[1:] << np.uint64(63)
    return shifted
