"""The fast path: a clean file through pyarrow, and proof that this lost nothing; at any doubt, nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from triage_kit.columns import canonical_header
from triage_kit.errors import InputError
from triage_kit.reading.decoding import BOMS, Decoded
from triage_kit.reading.frames import broken_table, frame_of, spans_table, texts_of
from triage_kit.reading.layout import NAMES, Head, find_head
from triage_kit.reading.lines import split_lines
from triage_kit.reading.model import Layout, Records
from triage_kit.reading.notices import notices_on
from triage_kit.reading.source import Source

__all__ = ["read_fast"]

#: How much of a file is looked at to find its header.
_HEAD_BYTES = 2**18
_SCAN_BYTES = 2**22


class _Ends(NamedTuple):
    """Bytes per line end, and how many line feeds and carriage returns stand behind the header, in cells or not."""

    width: int
    feeds: int
    returns: int


def read_fast(source: Source, delimiter: str | None, quotechar: str | None) -> Records | None:
    """Return the records of an undamaged UTF-8 file, or None where the careful path has to look.

    It gives way at the first of: bytes that are not UTF-8, NUL, lone or mixed line ends, a quotation mark out of place,
    a record of another width, an empty one, a cell that may be another header or hold rows run together, or a single
    byte that the cells, delimiters, quotes and line ends found do not account for.
    """
    bom = len(BOMS[0][0]) if source.data.startswith(BOMS[0][0]) else 0
    found = _find_body(source, bom, delimiter, quotechar)
    if found is None:
        return None
    head, start = found
    ends = _line_ends(source.data, start)
    quotes = _count_quotes(source.data, start, head.dialect.quotechar, head.dialect.delimiter)
    if ends is None or quotes is None:
        return None
    columns = _parse(source.data, start, head)
    if columns is None or not _accounts_for_all(columns, source.data, start, head, ends, quotes):
        return None
    if _is_suspicious(columns, head, ends.feeds):
        return None
    return _records(source, columns, head, bom, start, ends)


def _find_body(source: Source, bom: int, delimiter: str | None, quotechar: str | None) -> tuple[Head, int] | None:
    """Return the head and the byte at which the rows begin."""
    data = source.data
    whole = len(data) <= _HEAD_BYTES
    cut = len(data) if whole else data.rfind(b"\n", 0, _HEAD_BYTES) + 1
    if data.startswith(tuple(mark for mark, _ in BOMS[1:])) or b"\0" in data[:cut] or not cut:
        return None
    try:
        lines = split_lines(data[bom:cut].decode("utf-8"))
        head = find_head(lines, source.name, delimiter, quotechar, whole=whole)
    except (UnicodeDecodeError, InputError):
        return None  # the careful path tries other encodings, and says what is wrong
    plain = all(len(sign.encode()) == 1 for sign in (head.dialect.delimiter, head.dialect.quotechar))
    if head.dialect.backslash or not plain or len(head.header) < 2 or not all(c.strip() for c in head.header):
        return None
    return head, bom + len("".join(lines[: head.end]).encode())


def _line_ends(data: bytes, start: int) -> _Ends | None:
    """Return the line end that the header has; whether every row ends so is for `_accounts_for_all` to prove."""
    if b"\0" in data or b"\x1a" in data[-2:]:
        return None
    feeds, returns = data.count(b"\n", 0, start), data.count(b"\r", 0, start)
    if not data[:start].endswith(b"\n") or returns not in (0, feeds) or data.count(b"\r\n", 0, start) != returns:
        return None
    return _Ends(2 if returns else 1, data.count(b"\n", start), data.count(b"\r", start))


def _count_quotes(data: bytes, start: int, quotechar: str, delimiter: str) -> int | None:
    """Return the number of quotation marks behind ``start``, or None if one stands where a strict reader stumbles.

    Every other mark opens: before it must stand a delimiter, a line end or the mark that it doubles. The rest close:
    after them the same. Read so, marks that are doubled close and open again, which comes to the same.
    """
    buffer = np.frombuffer(data, dtype=np.uint8)[start:]
    quote = ord(quotechar)
    beside = np.zeros(256, dtype=bool)
    beside[[quote, ord(delimiter), 10, 13]] = True
    total = 0
    for begin in range(0, len(buffer), _SCAN_BYTES):
        at = np.flatnonzero(buffer[begin : begin + _SCAN_BYTES] == quote) + begin
        odd = total % 2
        opening, closing = at[odd::2], at[1 - odd :: 2]
        if not beside[buffer[opening[opening > 0] - 1]].all():
            return None
        if not beside[buffer[closing[closing < len(buffer) - 1] + 1]].all():
            return None
        total += len(at)
    return total if total % 2 == 0 else None


def _parse(data: bytes, start: int, head: Head) -> list[pa.ChunkedArray] | None:
    from pyarrow import csv  # only now: starting must stay quick

    names = [str(i) for i in range(len(head.header))]
    body = pa.py_buffer(data).slice(start)
    if not body.size:
        return [pa.chunked_array([], type=pa.large_string()) for _ in names]
    try:
        table = csv.read_csv(
            pa.BufferReader(body),
            read_options=csv.ReadOptions(column_names=names, block_size=2**20),
            parse_options=csv.ParseOptions(
                delimiter=head.dialect.delimiter,
                quote_char=head.dialect.quotechar,
                newlines_in_values=True,
                ignore_empty_lines=False,
            ),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string())),
        )
    except pa.ArrowInvalid:
        return None  # another width, not UTF-8, a cell larger than a block: the careful path says which
    return list(table.columns)


def _accounts_for_all(
    columns: list[pa.ChunkedArray], data: bytes, start: int, head: Head, ends: _Ends, quotes: int
) -> bool:
    """Say whether cells, delimiters, quotation marks and line ends are, byte for byte, all that the file holds."""
    rows = len(columns[0])
    ended = rows if not rows or data.endswith(b"\n") else rows - 1
    texts = [text for column in columns for text in texts_of(column)]
    feeds, returns = ends.feeds - ended, ends.returns - (ended if ends.width == 2 else 0)
    if (feeds or returns) and (feeds, returns) != (_count(texts, "\n"), _count(texts, "\r")):
        return False  # some row ends otherwise than the header
    cells = sum(len(text) for text in texts)
    inside = _count(texts, head.dialect.quotechar)
    found = cells + rows * (len(columns) - 1) + (quotes - inside) + ended * ends.width
    return found == len(data) - start


def _count(texts: list[npt.NDArray[np.uint8]], character: str) -> int:
    return sum(int(np.count_nonzero(text == ord(character))) for text in texts)


def _is_suspicious(columns: list[pa.ChunkedArray], head: Head, feeds: int) -> bool:
    """Say whether the careful path must judge: there may be empty rows, another header, rows run together."""
    empty = pc.equal(pc.binary_length(columns[0]), 0)
    for column in columns[1:]:
        if not pc.any(empty).as_py():
            break
        empty = pc.and_(empty, pc.equal(pc.binary_length(column), 0))
    if pc.any(empty).as_py() or _may_hold_header(columns[-1]):
        return True
    return feeds > len(columns[0]) and _may_be_run_together(columns, head)


def _may_hold_header(last: pa.ChunkedArray) -> bool:
    short = last.filter(pc.less(pc.binary_length(last), 80))
    wordy = short.filter(pc.invert(pc.match_substring_regex(short, '[0-9@"{,]')))
    return any(canonical_header(cell) in NAMES for cell in pc.unique(wordy).to_pylist())


def _may_be_run_together(columns: list[pa.ChunkedArray], head: Head) -> bool:
    inside = None
    for column in columns:
        if not any((text == 10).any() for text in texts_of(column)):
            continue
        count = pc.count_substring(column, head.dialect.delimiter)
        held = pc.if_else(pc.match_substring(column, "\n"), count, 0)
        inside = held if inside is None else pc.add(inside, held)
    return inside is not None and pc.max(inside).as_py() >= len(columns) - 1


def _records(source: Source, columns: list[pa.ChunkedArray], head: Head, bom: int, start: int, ends: _Ends) -> Records:
    rows = len(columns[0])
    header_line = head.first + 1 - head.hidden
    layout = Layout(
        encoding="utf-8",
        bom=bom > 0,
        delimiter=head.dialect.delimiter,
        quotechar=head.dialect.quotechar,
        line_ending="CRLF" if ends.width == 2 else "LF",
        header_line=header_line,
        container=source.container,
    )
    index = pd.RangeIndex(1, rows + 1, name="row_number")
    lines = pd.Series(np.arange(header_line + 1, header_line + 1 + rows), index=index, name="line", dtype="int64")
    broken = broken_table(())
    kinds = [(bom, "layout"), (start, "layout"), (len(source.data), "row")]
    spans = [kind for at, kind in enumerate(kinds) if kind[0] > (kinds[at - 1][0] if at else 0)]
    return Records(
        header=head.header,
        rows=frame_of(columns, head.header, index),
        broken=broken,
        layout=layout,
        notices=notices_on(layout, Decoded("", "utf-8", bom), head, broken, lines, (), 0, 0),
        line_numbers=lines,
        spans=spans_table([end for end, _ in spans], [kind for _, kind in spans]),
        name=source.name,
    )
