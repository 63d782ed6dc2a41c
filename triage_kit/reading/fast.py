"""The fast path: a clean file through pyarrow, and proof that this lost nothing; at any doubt, nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from triage_kit.columns import canonical_header
from triage_kit.errors import InputError
from triage_kit.reading.decoding import BOMS, Decoded
from triage_kit.reading.frames import Bytes, Chunk, broken_table, frame_of, spans_table
from triage_kit.reading.layout import NAMES, Head, find_head
from triage_kit.reading.lines import split_lines
from triage_kit.reading.marks import cut_at_rows
from triage_kit.reading.model import Layout, Records
from triage_kit.reading.notices import notices_on, notices_on_encoding
from triage_kit.reading.rows import Rows, is_plain, read_rows
from triage_kit.reading.source import Source

__all__ = ["read_fast", "read_recoded"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

#: How much of a file is looked at to find its header.
_HEAD_BYTES = 2**18
#: How many bytes the name of a column can take, and which ones can begin it: a letter, a blank, or what is not ASCII.
_NAME_BYTES = 4 * 60
_BEGINS_NAME = np.array(
    [
        not chr(byte).isprintable() or not chr(byte).isascii() or chr(byte) == " " or chr(byte).isalpha()
        for byte in range(256)
    ]
)


def read_fast(source: Source, delimiter: str | None, quotechar: str | None) -> Records | None:
    """Return the records of an undamaged UTF-8 file, or None where the careful path has to look.

    It gives way at the first of: bytes that are not UTF-8, NUL, lone or mixed line ends, a quotation mark out of place,
    a record of another width, an empty one, a cell that may be another header or hold rows run together, or a single
    byte that the cells, delimiters, quotes and line ends found do not account for. The file is read in pieces, each
    proven on its own, so that all cores have work.
    """
    with source.open() as file:
        top = file.read(_HEAD_BYTES)
        found = _find_head(top, source.name, delimiter, quotechar)
        crlf = found and _ends_with_crlf(top[: found[1]])
        if found is None or crlf is None:
            return None
        head, start = found
        file.seek(start)
        chunks: list[list[pa.Array]] = [[] for _ in head.header]
        for columns in _in_turn(partial(_read_piece, head=head, crlf=crlf), cut_at_rows(file, head.dialect.quotechar)):
            if columns is None:
                return None
            for parts, column in zip(chunks, columns, strict=True):
                parts += [chunk.cells for chunk in column]
        size = file.tell()
    whole = [pa.chunked_array(parts, type=pa.large_string()) for parts in chunks]
    return _records(source, whole, head, _bom_of(top), start, size, crlf=crlf)


def read_recoded(source: Source, decoded: Decoded, delimiter: str | None, quotechar: str | None) -> Records | None:
    """Return the records of undamaged text in any encoding by way of UTF-8, or None as `read_fast` does."""
    if decoded.damaged or decoded.text.startswith("\ufeff"):
        return None
    content = decoded.text.encode()
    records = read_fast(replace(source, opener=partial(BytesIO, content)), delimiter, quotechar)
    if records is None:
        return None
    layout = replace(records.layout, encoding=decoded.encoding, bom=decoded.bom > 0)
    above = content[: records.spans["end"].iloc[0]].decode()
    return replace(
        records,
        layout=layout,
        notices=(*notices_on_encoding(decoded, layout), *records.notices),
        spans=_spans(decoded.bom, decoded.bom + decoded.size(above), len(source.data)),
    )


def _in_turn(work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """Yield what comes of each item, in their order; so many are in work that each core has one waiting."""
    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        waiting: deque[Future[_Result]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * pa.cpu_count():
                yield waiting.popleft().result()
        yield from (future.result() for future in waiting)


def _find_head(top: bytes, name: str, delimiter: str | None, quotechar: str | None) -> tuple[Head, int] | None:
    """Return the head and the byte at which the rows begin."""
    whole = len(top) < _HEAD_BYTES
    cut = len(top) if whole else top.rfind(b"\n") + 1
    if top.startswith(tuple(mark for mark, _ in BOMS[1:])) or b"\0" in top[:cut] or not cut:
        return None
    bom = _bom_of(top)
    try:
        lines = split_lines(top[bom:cut].decode("utf-8"))
        head = find_head(lines, name, delimiter, quotechar, whole=whole)
    except (UnicodeDecodeError, InputError):
        return None  # the careful path tries other encodings, and says what is wrong
    if not is_plain(head.dialect) or len(head.header) < 2 or not all(c.strip() for c in head.header):
        return None
    return head, bom + len("".join(lines[: head.end]).encode())


def _bom_of(top: bytes) -> int:
    """Return how many bytes the byte-order mark of UTF-8 takes, if there is one."""
    return len(BOMS[0][0]) if top.startswith(BOMS[0][0]) else 0


def _ends_with_crlf(above: bytes) -> bool | None:
    """Say how the lines above the rows end, or None if not all in one way; `read_rows` asks the same of the rows."""
    feeds, returns = above.count(b"\n"), above.count(b"\r")
    if not above.endswith(b"\n") or returns not in (0, feeds) or above.count(b"\r\n") != returns:
        return None
    return returns > 0


def _read_piece(text: Bytes, head: Head, *, crlf: bool) -> list[list[Chunk]] | None:
    """Return the columns of some rows, or None if the careful path must judge."""
    rows = read_rows(text, head.dialect, len(head.header), crlf=crlf)
    if rows is None:
        return None
    columns = rows.columns
    if any(map(_holds_empty_row, zip(*columns, strict=True))) or any(map(_may_hold_header, columns[-1])):
        return None
    return None if _may_be_run_together(rows, head.dialect.delimiter) else columns


def _holds_empty_row(columns: tuple[Chunk, ...]) -> bool:
    empty = columns[0].lengths == 0
    for column in columns[1:]:
        if not empty.any():
            return False
        empty &= column.lengths == 0
    return bool(empty.any())


def _may_hold_header(last: Chunk) -> bool:
    """Say whether a cell of the last column may be a column's name."""
    lengths = last.lengths
    short = np.flatnonzero((lengths > 0) & (lengths < _NAME_BYTES))
    wordy = short[_BEGINS_NAME[last.text[last.bounds[short]]]]
    cells = last.cells.take(pa.array(wordy))
    cells = cells.filter(pc.invert(pc.match_substring_regex(cells, '[0-9@"{,]')))
    return any(canonical_header(cell) in NAMES for cell in pc.unique(cells).to_pylist())


def _may_be_run_together(rows: Rows, delimiter: str) -> bool:
    """Say whether the cells with line breaks of any row hold as many delimiters as a whole row."""
    if not len(rows.broken_rows):
        return False
    columns = [pa.chunked_array([chunk.cells for chunk in chunks]) for chunks in rows.columns]
    taken = [column.take(pa.array(rows.broken_rows)) for column in columns]
    cells = pa.chunked_array([chunk for column in taken for chunk in column.chunks])
    broken = pc.match_substring_regex(cells, "[\r\n]")
    inside = np.zeros(len(cells), dtype=np.int64)
    inside[broken.to_numpy()] = pc.count_substring(cells.filter(broken), delimiter).to_numpy()
    return bool((inside.reshape(len(columns), -1).sum(axis=0) >= len(columns) - 1).any())


def _records(
    source: Source, columns: list[pa.ChunkedArray], head: Head, bom: int, start: int, size: int, *, crlf: bool
) -> Records:
    rows = len(columns[0])
    header_line = head.first + 1 - head.hidden
    layout = Layout(
        encoding="utf-8",
        bom=bom > 0,
        delimiter=head.dialect.delimiter,
        quotechar=head.dialect.quotechar,
        line_ending="CRLF" if crlf else "LF",
        header_line=header_line,
        container=source.container,
    )
    index = pd.RangeIndex(1, rows + 1, name="row_number")
    lines = pd.Series(np.arange(header_line + 1, header_line + 1 + rows), index=index, name="line", dtype="int64")
    broken = broken_table(())
    return Records(
        header=head.header,
        rows=frame_of(columns, head.header, index),
        broken=broken,
        layout=layout,
        notices=notices_on(layout, Decoded("", "utf-8", bom), head, broken, lines, (), 0, 0),
        line_numbers=lines,
        spans=_spans(bom, start, size),
        name=source.name,
    )


def _spans(bom: int, start: int, size: int) -> pd.DataFrame:
    """Return what the file consists of: a byte-order mark, the lines above the rows, all rows in one."""
    ends = [(bom, "layout"), (start, "layout"), (size, "row")]
    spans = [(end, kind) for (before, _), (end, kind) in pairwise([(0, ""), *ends]) if end > before]
    return spans_table([end for end, _ in spans], [kind for _, kind in spans])
