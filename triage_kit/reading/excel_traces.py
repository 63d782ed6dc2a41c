"""What Excel leaves behind when it opens and saves a file: recognised and named, never repaired.

Sources: Microsoft 269370 and "Excel specifications and limits" (15 digits, 32,767 characters); articles 360033830874
and 115002307227 warn of lost zeros and shortened ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from triage_kit.columns import canonical_header
from triage_kit.reading.frames import Bytes, chunks_of, column_of
from triage_kit.reading.model import Doubt, Records

__all__ = ["DATE_HEADER", "DIGITS_KEPT", "REASONS", "REDATED", "ROUNDED", "SMART_QUOTES", "TWICE", "find_traces"]

SHORTENED = "shortened by Excel to the form 1.23E+09"
ROUNDED = "rounded by Excel: zeros instead of all digits after the fifteenth"
REDATED = "turned into a date, or into another way to write one, by Excel"
ZEROS_LOST = "shorter than the others: zeros at the front were probably lost in Excel"
ERROR_VALUE = "an Excel error instead of a value"
CUT_OFF = "cut off by Excel at 32,767 characters"
SMART_QUOTES = "typographic quotation marks instead of straight ones"
TWICE = "letters encoded twice (é shows as Ã©)"
#: Every reason found here, in the order in which notices name them.
REASONS = (SHORTENED, ROUNDED, REDATED, ZEROS_LOST, ERROR_VALUE, CUT_OFF, SMART_QUOTES, TWICE)

#: Excel's limit of characters in a cell, in UTF-16 units.
CELL_LIMIT = 32_767
#: How many digits Excel keeps.
DIGITS_KEPT = 15

_ID_HEADER = re.compile(r"(?:^|[_ :])(?:id|ids|identifier|number|no|username|login)$")
DATE_HEADER = re.compile(r"date$|registration_(?:start|end)$")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_SHORTENED = re.compile(r"-?\d(?:[.,]\d+)?E\+\d{1,3}")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA)")
_DATE = re.compile(r"\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|\d{1,2}\.\d{1,2}\.\d{4}")
_PADDED_DATE = re.compile(r"\d\d/\d\d/\d{4}")
_SHORT_DATE = re.compile(rf"\d{{1,2}}-{_MONTH}(?:-\d\d)?|{_MONTH}-\d\d", re.IGNORECASE)
_SMART = "[“”„‟«»]"
# UTF-8 read as Windows text: a lead byte shows as Ã, Â or â€, the next one as a sign of cp1252's upper half.
_MOJIBAKE = "[ÃÂ][\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]|â€"

Found = Iterator[tuple[int, str]]


def find_traces(records: Records, response: int) -> list[Doubt]:
    """Return a doubt for every cell with a trace, by column and then row; ``response`` is the answers' position."""
    numbers = records.rows.index.to_numpy()
    doubts = []
    for position, header in enumerate(records.header):
        column = column_of(records.rows, position)
        form = canonical_header(header)
        found = _in_response(column) if position == response else _in_column(column, form)
        doubts += [Doubt(int(numbers[row]), position, reason) for row, reason in found]
    return doubts


def _in_response(column: pa.ChunkedArray) -> Found:
    present = _bytes_in(column, b"#\xc3\xc2\xe2")
    yield from _common(column, present)
    if present[0xE2] or present[0xC2]:
        yield from _matching(column, _SMART, SMART_QUOTES)


def _in_column(column: pa.ChunkedArray, form: str) -> Found:
    is_date, is_id = DATE_HEADER.search(form) is not None, _ID_HEADER.search(form) is not None
    present = _bytes_in(column, b"#\xc3+/.-" if is_date or is_id else b"#\xc3+")
    yield from _common(column, present)
    if present[ord("+")]:
        yield from _fullmatching(column, "E+", _SHORTENED, SHORTENED)
    if is_date:
        yield from _redated(column, present, is_id=False)
    elif is_id:
        yield from _redated(column, present, is_id=True)
        yield from _rounded(column)
        yield from _zeros_lost(column)


def _common(column: pa.ChunkedArray, present: np.ndarray) -> Found:
    if present[ord("#")]:
        yield from _fullmatching(column, "#", _ERROR, ERROR_VALUE)
    if (pc.max(pc.binary_length(column)).as_py() or 0) >= CELL_LIMIT:
        at_limit = pc.greater_equal(pc.binary_length(column), CELL_LIMIT)
        yield from _where(column, at_limit, lambda cell: len(cell.encode("utf-16-le")) == 2 * CELL_LIMIT, CUT_OFF)
    if present[0xC3]:
        yield from _matching(column, _MOJIBAKE, TWICE)


def _bytes_in(column: pa.ChunkedArray, wanted: bytes) -> np.ndarray:
    """Return, for each byte that a trace needs, whether the column holds it: most columns are done with that.

    The byte C3 is asked for only as the lead of Ã or Â, or beside the E2 of a euro sign: text encoded twice.
    """
    present = np.zeros(256, dtype=bool)
    for _, text, _ in chunks_of(column):
        is_ascii = text.max(initial=0) < 0x80
        for byte in wanted:
            if not present[byte] and not (byte >= 0x80 and is_ascii):
                present[byte] = _leads_twice_encoded(text) if byte == 0xC3 else (text == byte).any()
    return present


def _leads_twice_encoded(text: Bytes) -> bool:
    after = text[np.flatnonzero(text[:-1] == 0xC3) + 1]
    return bool(np.isin(after, (0x82, 0x83, 0xA2)).any())


def _where(column: pa.ChunkedArray, mask: pa.ChunkedArray, holds: Callable[[str], object], reason: str) -> Found:
    rows = np.flatnonzero(mask.to_numpy())
    for row, cell in zip(rows.tolist(), column.take(pa.array(rows)).to_pylist(), strict=True):
        if holds(cell):
            yield row, reason


def _matching(column: pa.ChunkedArray, pattern: str, reason: str) -> Found:
    yield from _where(column, pc.match_substring_regex(column, pattern), lambda _: True, reason)


def _fullmatching(column: pa.ChunkedArray, part: str, pattern: re.Pattern[str], reason: str) -> Found:
    yield from _where(column, pc.match_substring(column, part), lambda cell: pattern.fullmatch(cell.strip()), reason)


def _redated(column: pa.ChunkedArray, present: np.ndarray, *, is_id: bool) -> Found:
    """Find dates that Excel wrote. An id is never a date; a date column may be mm/dd/yyyy, which the Importer takes."""
    if present[ord("/")] or (present[ord(".")] and not is_id):
        part = pc.or_(pc.match_substring(column, "/"), pc.match_substring(column, "."))
        found = list(_where(column, part, _DATE.fullmatch, REDATED))
        cells = column.take(pa.array([row for row, _ in found], type=pa.int64())).to_pylist()
        if is_id or not all(_PADDED_DATE.fullmatch(cell) for cell in cells):
            yield from found
    if present[ord("-")]:
        short = pc.less_equal(pc.binary_length(column), len("31-Dec-99"))
        if pc.any(pc.and_(short, pc.greater(pc.binary_length(column), 0))).as_py():
            yield from _where(column, pc.and_(short, pc.match_substring(column, "-")), _SHORT_DATE.fullmatch, REDATED)


def _rounded(column: pa.ChunkedArray) -> Found:
    """Find long numbers whose digits after the fifteenth are zeros: one zero is enough only if all of them end so."""
    long = pc.greater(pc.binary_length(column), DIGITS_KEPT)
    if pc.any(long).as_py():
        long = pc.and_(long, pc.ascii_is_decimal(column))
    rows = np.flatnonzero(long.to_numpy())
    numbers = list(zip(rows.tolist(), column.take(pa.array(rows)).to_pylist(), strict=True))
    rounded = [(row, cell) for row, cell in numbers if not cell[DIGITS_KEPT:].strip("0")]
    all_rounded = len(rounded) == len(numbers) > 2
    yield from ((row, ROUNDED) for row, cell in rounded if all_rounded or len(cell) > DIGITS_KEPT + 1)


def _zeros_lost(column: pa.ChunkedArray) -> Found:
    """Find numbers shorter than the width that at least two thirds of the column's numbers have and none exceeds.

    A short number that still begins with a zero shows that the widths differ anyway.
    """
    lengths = pc.binary_length(column).to_numpy()
    if lengths.max(initial=0) <= lengths[lengths > 0].min(initial=CELL_LIMIT):
        return
    digits = pc.ascii_is_decimal(column).to_numpy()
    widths = lengths[digits]
    width = int(widths.max(initial=0))
    full = int((widths == width).sum())
    short = np.flatnonzero(digits & (lengths < width))
    if full < 3 or full * 3 < len(widths) * 2 or not len(short):
        return
    if not pc.any(pc.starts_with(column.take(pa.array(short)), "0")).as_py():
        yield from ((int(row), ZEROS_LOST) for row in short)
