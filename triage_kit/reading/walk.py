"""Walks through lines record by record, strictly, and starts anew behind whatever is not a sound record."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from triage_kit.reading.model import Dialect

__all__ = ["Piece", "huge_cells", "prepare", "restore", "walk"]

#: Private-use characters that stand for an escaped backslash and an escaped quotation mark while csv reads.
_BACKSLASH, _QUOTE = "\ue0f8", "\ue0f9"

#: A record that runs on over many lines is looked for only as long as this pays: so no file takes forever.
_PATIENCE = 20
_SHORT_WINDOW = 200


class Piece(NamedTuple):
    """Lines ``first`` to ``end`` (without): a record's cells, or the reason why they are none."""

    first: int
    end: int
    cells: list[str] | None
    quoted: bool = False
    reason: str = ""


def prepare(lines: Sequence[str], dialect: Dialect) -> Sequence[str]:
    """Return the lines as ``walk`` needs them; one for one."""
    if not dialect.backslash:
        return lines
    return [line.replace("\\\\", _BACKSLASH).replace("\\" + dialect.quotechar, _QUOTE) for line in lines]


def restore(cells: list[str], dialect: Dialect) -> list[str]:
    """Return cells without the escapes; one that holds no escaped quotation mark stays as it is written."""
    if not dialect.backslash:
        return cells
    return [
        cell.replace(_BACKSLASH, "\\").replace(_QUOTE, dialect.quotechar)
        if _QUOTE in cell
        else cell.replace(_BACKSLASH, "\\\\")
        for cell in cells
    ]


@contextmanager
def huge_cells() -> Iterator[None]:
    """Lift, for a while, the limit of 131,072 characters that csv sets to a cell."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _reader(lines: Sequence[str], first: int, end: int, dialect: Dialect) -> Any:
    found = map(lines.__getitem__, range(first, end))
    if not dialect.quotechar:
        return csv.reader(found, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(found, delimiter=dialect.delimiter, quotechar=dialect.quotechar, strict=True)


def walk(
    lines: Sequence[str],
    start: int,
    dialect: Dialect,
    fits: Callable[[list[str]], bool] | None = None,
    leap: Callable[[int], tuple[int, int]] | None = None,
) -> Iterator[Piece]:
    """Yield every piece from line ``start`` on: each line belongs to exactly one.

    Where the quotation marks are wrong, one line is given up and reading starts anew on the next. A record of several
    lines that does not fit is cut short where one of its lines begins a record that does. ``leap`` may take records
    from a line on in another way; it returns the line behind them, and the one from which it wants to be asked again.
    """
    position, wasted, window = start, 0, len(lines)
    leap_at = start if leap else len(lines)
    while position < len(lines):
        if leap and position >= leap_at:
            position, leap_at = leap(position)
        reader = _reader(lines, position, min(position + window, len(lines)), dialect)
        first = position
        try:
            for cells in reader:
                end = first + reader.line_num
                if fits is not None and end - position > 1 and not fits(cells):
                    end, tried = _next_sound(lines, position, end, dialect, fits)
                    yield Piece(position, end, cells, True)
                    wasted += tried
                    position = end
                    break
                quoted = (len(cells) < 2 or not any(cells)) and _is_quoted(lines, position, end, dialect)
                yield Piece(position, end, restore(cells, dialect), quoted)
                position = end
                if position >= leap_at:
                    break
        except csv.Error as error:
            unclosed = str(error).startswith("unexpected end")
            wasted += reader.line_num - (position - first)
            yield Piece(position, position + 1, None, True, "unclosed" if unclosed else "stray")
            position += 1
        if wasted > _PATIENCE * len(lines) + 10_000:
            window = _SHORT_WINDOW


def _is_quoted(lines: Sequence[str], first: int, end: int, dialect: Dialect) -> bool:
    return bool(dialect.quotechar) and any(dialect.quotechar in lines[i] for i in range(first, end))


def _is_odd(lines: Sequence[str], first: int, end: int, dialect: Dialect) -> bool:
    return bool(dialect.quotechar) and sum(lines[i].count(dialect.quotechar) for i in range(first, end)) % 2 == 1


def _next_sound(
    lines: Sequence[str], first: int, end: int, dialect: Dialect, fits: Callable[[list[str]], bool]
) -> tuple[int, int]:
    """Return the first line inside a record that begins a record that fits, else its end; and the lines tried."""
    tried = 0
    for line in range(first + 1, end):
        reader = _reader(lines, line, min(line + _SHORT_WINDOW, len(lines)), dialect)
        try:
            sound = fits(next(reader)) and not _is_odd(lines, line, line + reader.line_num, dialect)
        except csv.Error:
            sound = False
        tried += reader.line_num
        if sound:
            return line, tried
        if tried > 20 * _SHORT_WINDOW:
            return line, tried
    return end, tried


def lenient_ends(lines: Sequence[str], dialect: Dialect, ends: Sequence[int], unsound: Sequence[int]) -> list[int]:
    """Return where records end for Excel, which reads on where we start anew; ``ends`` are ours, piece by piece.

    From a sound record on it reads as we do, up to the next piece that is none: ``unsound`` are the numbers of these.
    """
    options: dict[str, Any] = {"delimiter": dialect.delimiter}
    options |= {"quotechar": dialect.quotechar} if dialect.quotechar else {"quoting": csv.QUOTE_NONE}
    found: list[int] = []
    number = 0
    while number < len(ends):
        at = bisect_left(unsound, number)
        stop = unsound[at] if at < len(unsound) else len(ends)
        found += ends[number:stop]
        number = stop
        if number == len(ends):
            break
        start = found[-1] if found else 0
        reader = csv.reader(map(lines.__getitem__, range(start, len(lines))), **options)
        for _ in reader:
            found.append(start + reader.line_num)
            number = bisect_left(ends, found[-1])
            if ends[number] == found[-1]:
                break
        number += 1
    return found
