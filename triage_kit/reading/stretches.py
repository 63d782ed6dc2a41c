"""Sound rows many at a time: most of a damaged file is undamaged, and only the rest needs a look at each record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_kit.reading.decoding import Decoded
from triage_kit.reading.frames import Bytes
from triage_kit.reading.layout import NAMES, Head, may_be_header
from triage_kit.reading.marks import RowEnds, sound_rows
from triage_kit.reading.rows import read_written

__all__ = ["Stretch", "Stretches"]

#: How many characters are looked at in one go: more are looked at in vain where there is much damage.
_WINDOW = 2**18
#: A leap over fewer rows does not pay; behind each such one twice as many lines are walked, up to so many.
_WORTH_IT, _LONGEST_WALK = 50, 2_000


def _may_begin_name() -> npt.NDArray[np.bool_]:
    """Return for two bytes whether a column's name, in any spelling, may begin with them."""
    pairs = {name[:2] for name in NAMES}
    plain = [byte < 0x80 and chr(byte).isalnum() for byte in range(256)]
    return np.array(
        [[not plain[a] or b >= 0x80 or (chr(a) + chr(b)).lower() in pairs for b in range(256)] for a in range(256)]
    )


def _may_end_name() -> npt.NDArray[np.bool_]:
    """Return for a byte whether a column's name, in any spelling, may end with it."""
    last = {name[-1] for name in NAMES}
    return np.array(
        [
            byte >= 0x80 or not chr(byte).isprintable() or chr(byte) == " " or chr(byte).lower() in last
            for byte in range(256)
        ]
    )


_BEGINS_NAME, _ENDS_NAME = _may_begin_name(), _may_end_name()


class Stretch(NamedTuple):
    """Rows as they are written, behind which line each ends, and how many lines to walk before the next look."""

    text: str
    ends: list[int]
    walk_on: int


class Stretches:
    """Finds stretches of ordinary rows: such as `Sorter` would take for rows too, without a doubt or a notice."""

    def __init__(self, lines: Sequence[str], head: Head, decoded: Decoded) -> None:
        self._decoded, self._dialect, self._width = decoded, head.dialect, len(head.header)
        self._crlf = lines[head.end - 1].endswith("\r\n")
        self._places = np.zeros(len(lines) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, lines), dtype=np.int64, count=len(lines)), out=self._places[1:])
        self._walk_on = 1

    def next_from(self, line: int) -> Stretch:
        """Return the stretch that begins in a line; it may have no rows."""
        start = int(self._places[line])
        content = self._sound_bytes(self._decoded.text[start : start + _WINDOW])
        ends = line + self._line_ends(content)
        self._walk_on = 1 if len(ends) >= _WORTH_IT else min(2 * self._walk_on, _LONGEST_WALK)
        end = int(self._places[ends[-1]]) if len(ends) else start
        return Stretch(self._decoded.text[start:end], ends.tolist(), self._walk_on)

    def _sound_bytes(self, text: str) -> Bytes:
        """Return the UTF-8 of a text up to a NUL, or to what stands for bytes that are no text."""
        text = text.partition("\0")[0]
        if self._decoded.out_of_step:
            text = self._decoded.undecodable.split(text, 1)[0]
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            content = text[: error.start].encode()
        return np.frombuffer(content, dtype=np.uint8)

    def _line_ends(self, content: Bytes) -> npt.NDArray[np.int64]:
        """Return behind how many lines each row of the stretch ends."""
        if not len(content):
            return np.zeros(0, dtype=np.int64)
        delimiter, quotechar, _ = self._dialect
        rows = sound_rows(content, delimiter, quotechar, self._width, crlf=self._crlf)
        return rows.lines[: self._first_header(content, rows)]

    def _first_header(self, content: Bytes, rows: RowEnds) -> int:
        """Return the first row that may be a header, or how many rows there are."""
        quote = ord(self._dialect.quotechar)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), rows.places])[:-1]
        first, last = starts.copy(), rows.places - (3 if self._crlf else 2)
        first += content[first] == quote
        last -= content[last] == quote
        for row in np.flatnonzero(_BEGINS_NAME[content[first], content[first + 1]] & _ENDS_NAME[content[last]]):
            written = content[starts[row] : rows.places[row]].tobytes().decode()
            if may_be_header(next(read_written(written, self._dialect))):
                return int(row)
        return len(starts)
