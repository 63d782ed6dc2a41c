"""Rows into Arrow columns: out of bytes, with proof that none was lost, or cell by cell."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from triage_kit.reading.frames import Bytes, Chunk, chunks_of
from triage_kit.reading.lines import split_lines
from triage_kit.reading.marks import count_marks
from triage_kit.reading.model import Dialect

__all__ = ["RowCollector", "Rows", "is_plain", "read_rows", "read_written"]

#: Few enough that the memory of one batch serves the next.
_CHUNK = 2_000


class Rows(NamedTuple):
    """The columns of some rows, each in its parts, and which rows (from 0) hold line breaks in cells."""

    columns: list[list[Chunk]]
    broken_rows: npt.NDArray[np.int64]


def is_plain(dialect: Dialect) -> bool:
    """Say whether delimiter and quotation mark are a byte each, and quotes doubled, as `read_rows` needs it."""
    return all(len(sign.encode()) == 1 for sign in dialect[:2]) and not dialect.backslash


def read_rows(text: Bytes, dialect: Dialect, width: int, *, crlf: bool) -> Rows | None:
    """Return whole rows of a plain dialect, or None unless cells and marks are, byte for byte, all that the text holds.

    A row of another width, a line end of another kind, a quotation mark out of place, NUL, or what is not UTF-8 makes
    the proof fail.
    """
    marks = count_marks(text, dialect.delimiter, dialect.quotechar, crlf=crlf)
    if marks is None:
        return None
    try:
        columns = [chunks_of(column) for column in _parse(text, dialect, width)]
    except pa.ArrowInvalid:
        return None
    rows = sum(len(chunk.cells) for chunk in columns[0])
    cell_bytes = sum(chunk.size for chunks in columns for chunk in chunks)
    proven = marks[:3] == (rows, rows * (width - 1), cell_bytes)
    return Rows(columns, marks.broken_rows) if proven else None


def _parse(text: Bytes, dialect: Dialect, width: int) -> list[pa.ChunkedArray]:
    from pyarrow import csv  # only now: starting must stay quick

    names = [str(i) for i in range(width)]
    table = csv.read_csv(
        pa.BufferReader(pa.py_buffer(text)),
        read_options=csv.ReadOptions(column_names=names, block_size=len(text) + 1, use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quotechar,
            newlines_in_values=True,
            ignore_empty_lines=False,
        ),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string())),
    )
    return list(table.columns)


def read_written(written: str, dialect: Dialect) -> Iterator[list[str]]:
    """Return the cells of sound rows, row by row."""
    return csv.reader(split_lines(written), delimiter=dialect.delimiter, quotechar=dialect.quotechar, strict=True)


class RowCollector:
    """Gathers rows into Arrow columns, many at a time, so that few Python strings live at once."""

    def __init__(self, width: int, dialect: Dialect | None = None) -> None:
        self._width = width
        self._dialect = dialect if dialect is not None and width > 1 and is_plain(dialect) else None
        self._waiting: list[tuple[Sequence[str], str]] = []
        self._count = 0
        self._chunks: list[list[pa.Array]] = [[] for _ in range(width)]

    def add(self, cells: Sequence[str], written: str = "") -> None:
        """Take one row of exactly the table's width, and how it is written if its cells stand so in the file."""
        self._take(cells, written, 1)

    def add_written(self, written: str, count: int) -> None:
        """Take so many sound rows of exactly the table's width, as they are written in a plain dialect."""
        self._take((), written, count)

    def _take(self, cells: Sequence[str], written: str, count: int) -> None:
        self._waiting.append((cells, written))
        self._count += count
        if self._count >= _CHUNK:
            self._pack()

    def _pack(self) -> None:
        columns = (self._read_again(self._dialect) if self._dialect else None) or [
            [pa.array(column, type=pa.large_string())] for column in zip(*self._cells(), strict=True)
        ]
        for chunks, column in zip(self._chunks, columns, strict=True):
            chunks += column
        self._waiting, self._count = [], 0

    def _cells(self) -> Iterator[Sequence[str]]:
        for cells, written in self._waiting:
            if cells or not self._dialect:
                yield cells
            else:
                yield from read_written(written, self._dialect)

    def _read_again(self, dialect: Dialect) -> list[list[pa.Array]] | None:
        """Return the rows from their bytes, four times as fast as from their cells.

        If they are not all soundly written, those that were taken one by one are written anew, with quotation marks.
        """
        sound = next((written for cells, written in self._waiting if not cells), self._waiting[0][1])
        crlf = sound.endswith("\r\n")
        end = "\r\n" if crlf else "\n"
        as_they_stand = [written or _quoted(cells, dialect, end) for cells, written in self._waiting]
        columns = self._read_text(as_they_stand, dialect, crlf=crlf)
        if columns is None:
            anew = [_quoted(cells, dialect, end) if cells else written for cells, written in self._waiting]
            columns = self._read_text(anew, dialect, crlf=crlf)
        return columns

    def _read_text(self, written: list[str], dialect: Dialect, *, crlf: bool) -> list[list[pa.Array]] | None:
        text = np.frombuffer("".join(written).encode(), dtype=np.uint8)
        rows = read_rows(text, dialect, self._width, crlf=crlf)
        if rows is None or sum(len(chunk.cells) for chunk in rows.columns[0]) != self._count:
            return None
        return [[chunk.cells for chunk in chunks] for chunks in rows.columns]

    def columns(self) -> list[pa.ChunkedArray]:
        """Return all rows taken so far as columns."""
        if self._waiting:
            self._pack()
        return [pa.chunked_array(chunks, type=pa.large_string()) for chunks in self._chunks]


def _quoted(cells: Sequence[str], dialect: Dialect, end: str) -> str:
    quote = dialect.quotechar
    inner = f"{quote}{dialect.delimiter}{quote}".join(cell.replace(quote, quote * 2) for cell in cells)
    return f"{quote}{inner}{quote}{end}"
