"""The strict reading of bytes that proves the fast path: what sets cells apart is counted without making any."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_kit.reading import marks as marks_module
from triage_kit.reading.marks import count_marks, cut_at_rows, sound_rows


def count(text: bytes, *, crlf: bool = False) -> tuple[int, int, int, list[int]] | None:
    """Return rows, delimiters, bytes of cells, and the rows with line breaks in cells."""
    marks = count_marks(np.frombuffer(text, dtype=np.uint8), ",", '"', crlf=crlf)
    return None if marks is None else (*marks[:3], marks.broken_rows.tolist())


COUNTED = {
    "two plain rows": (b"a,b\nc,d\n", (2, 2, 4, [])),
    "no line end at the end": (b"a,b\nc,d", (2, 2, 4, [])),
    "a delimiter in a quoted cell": (b'"a,b",c\n', (1, 1, 4, [])),
    "a doubled mark counts as one byte": (b'"a""b",c\n', (1, 1, 4, [])),
    "an empty quoted cell": (b'"",c\n', (1, 1, 1, [])),
    "nothing but a doubled mark": (b'"""",""""""\n', (1, 1, 3, [])),
    "a quoted cell at the very end": (b'a,"b"', (1, 1, 2, [])),
    "line breaks in cells of the second and third row": (b'a,b\nc,"d\n\re"\n"\n",f\n', (3, 3, 9, [1, 2])),
    "a cell over several words of 64 places": (b'"' + b"x" * 200 + b'\n",b\nc,d\n', (2, 2, 204, [0])),
}


@pytest.mark.parametrize("text, expected", COUNTED.values(), ids=COUNTED)
def test_rows_delimiters_and_bytes_of_cells_are_counted(text: bytes, expected: tuple[int, int, int, list[int]]) -> None:
    assert count(text) == expected


STUMBLES = {
    "a mark in a cell that is not quoted": b'a"b",c\n',
    "something behind a closing mark": b'"a"b,c\n',
    "a mark that is never closed": b'a,"b\n',
    "a NUL": b"a,\0\n",
    "a carriage return that ends a row": b"a,b\rc,d\n",
    "a line end of another kind": b"a,b\nc,d\r\n",
}


@pytest.mark.parametrize("text", STUMBLES.values(), ids=STUMBLES)
def test_what_a_strict_reader_stumbles_over_is_not_counted(text: bytes) -> None:
    assert count(text) is None


def test_line_ends_of_two_bytes_must_be_whole() -> None:
    assert count(b'a,"b\n"\r\nc,d\r\n', crlf=True) == (2, 2, 5, [0])
    assert count(b"a,b\r\nc,d\n", crlf=True) is None
    assert count(b"a,b\r\nc,d\r", crlf=True) is None


SOUND = {
    "rows of the width": (b"a,b\nc,d\n", [4, 8], [1, 2]),
    "up to a row of another width": (b"a,b\nc,d,e\nf,g\n", [4], [1]),
    "up to a mark out of place": (b'a,b\nc,d"e\nf,g\n', [4], [1]),
    "up to a row that is not ended": (b"a,b\nc,d", [4], [1]),
    "up to a row of nothing": (b'a,b\n"",\nc,d\n', [4], [1]),
    "up to a line end of another kind": (b"a,b\nc,d\r\ne,f\n", [4], [1]),
    "a row of three lines": (b'a,"b\n\rc"\nd,e\n', [9, 13], [3, 4]),
    "up to a cell of several rows": (b'a,b\nc,"d\ne,f"\ng,h\n', [4], [1]),
    "none": (b'"a', [], []),
}


@pytest.mark.parametrize("text, places, lines", SOUND.values(), ids=SOUND)
def test_sound_rows_are_found_up_to_the_first_that_is_none(text: bytes, places: list[int], lines: list[int]) -> None:
    rows = sound_rows(np.frombuffer(text, dtype=np.uint8), ",", '"', 2, crlf=False)
    assert (rows.places.tolist(), rows.lines.tolist()) == (places, lines)


CELLS = st.text(st.sampled_from(list('ab,"\n\r')), max_size=90)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=12), st.integers(1, 150))
def test_pieces_are_the_text_and_end_with_rows(rows: list[list[str]], size: int) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    content = text.getvalue().encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks_module, "_PIECE_BYTES", size)
        patch.setattr(marks_module, "_TAIL_BYTES", size // 2 + 1)
        pieces = [piece.tobytes() for piece in cut_at_rows(io.BytesIO(content), '"')]
    assert b"".join(pieces) == content
    read = [row for piece in pieces for row in csv.reader(io.StringIO(piece.decode(), newline=""), strict=True)]
    assert read == rows
