"""The careful path: every record looked at, every byte accounted for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from triage_kit.errors import InputError
from triage_kit.reading.decoding import Decoded
from triage_kit.reading.frames import broken_table, frame_of, spans_table
from triage_kit.reading.layout import Head, find_head
from triage_kit.reading.lines import split_lines
from triage_kit.reading.model import Layout, Records
from triage_kit.reading.notices import notices_on
from triage_kit.reading.sorting import Ledger, Sorter
from triage_kit.reading.source import Source
from triage_kit.reading.walk import Piece, lenient_ends, prepare, walk

__all__ = ["read_carefully"]

_UNREADABLE = "\ufffd"


def read_carefully(source: Source, decoded: Decoded, delimiter: str | None, quotechar: str | None) -> Records:
    """Return the records of a text file, whatever its state.

    Raises
    ------
    InputError
        If no line can be the header.
    """
    lines = split_lines(decoded.text)
    head = find_head(lines, source.name, delimiter, quotechar, whole=True)
    sorter = _read_with(lines, head, decoded)
    if sorter.ledger.broken and not head.dialect.backslash and "\\" + head.dialect.quotechar in decoded.text:
        escaped = _read_with(lines, head._replace(dialect=head.dialect._replace(backslash=True)), decoded)
        if len(escaped.ledger.broken) < len(sorter.ledger.broken):
            sorter = escaped
    return _records(source, decoded, head._replace(dialect=sorter.dialect), sorter)


def _read_with(lines: Sequence[str], head: Head, decoded: Decoded) -> Sorter:
    sorter = Sorter(lines, head, decoded)
    prepared = prepare(lines, head.dialect)
    top = [Piece(i, i + 1, [lines[i]]) for i in range(head.first)] + [Piece(head.first, head.end, [])]
    for piece in top:
        blank = piece.first < head.first and not (piece.cells or [""])[0].strip()
        sorter.close(piece, "blank" if blank else "layout")
    for piece in walk(prepared, head.end, head.dialect, sorter.fits, sorter.leap):
        sorter.take(piece)
    return sorter


def _records(source: Source, decoded: Decoded, head: Head, sorter: Sorter) -> Records:
    ledger, lines = sorter.ledger, sorter.lines
    shown = _shown_lines(lines, head, ledger)
    index = pd.Index(np.asarray(ledger.row_numbers, dtype="int64"), name="row_number")
    broken = broken_table(
        (n, int(shown[line]), reason, decoded.undecodable.sub(_UNREADABLE, text))
        for n, line, reason, text in ledger.broken
    )
    layout = Layout(
        encoding=decoded.encoding,
        bom=decoded.bom > 0,
        delimiter=head.dialect.delimiter,
        quotechar=head.dialect.quotechar,
        backslash=head.dialect.backslash,
        line_ending=_line_ending(lines, ledger.ends),
        header_line=int(shown[head.first]),
        container=source.container,
    )
    header = tuple(decoded.undecodable.sub(_UNREADABLE, cell) for cell in head.header)
    numbers = pd.Series(shown[ledger.row_lines] if len(index) else [], index=index, name="line", dtype="int64")
    counts = ledger.extra_cells, ledger.repeated_headers, ledger.wrapped
    return Records(
        header=header,
        rows=frame_of(ledger.rows.columns(), header, index),
        broken=broken,
        layout=layout,
        notices=notices_on(layout, decoded, head, broken, numbers, ledger.doubts, *counts),
        line_numbers=numbers,
        spans=_spans(source, decoded, lines, ledger),
        name=source.name,
        doubts=tuple(ledger.doubts),
    )


def _shown_lines(lines: Sequence[str], head: Head, ledger: Ledger) -> np.ndarray:
    """Return, for each physical line, the line in which Excel shows it: a record with line breaks takes one."""
    ends: Sequence[int] = ledger.ends
    if ledger.requoted:
        other = head.dialect.backslash  # which Excel does not know
        kinds = enumerate(zip(ledger.kinds, ends, strict=True))
        unsound = [number for number, (kind, end) in kinds if other or kind == "broken" or end < head.end]
        ends = lenient_ends(lines, head.dialect, ends, unsound)
    return np.repeat(np.arange(1, len(ends) + 1), np.diff(np.asarray(ends), prepend=0)) - head.hidden


def _line_ending(lines: Sequence[str], ends: Sequence[int]) -> str:
    names = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}
    found = {"\r\n" if last == "\r\n" else last[-1:] for last in {lines[end - 1][-2:] for end in ends}}
    kinds = [name for end, name in names.items() if end in found]
    return "mixed" if len(kinds) > 1 else "".join(kinds)


def _spans(source: Source, decoded: Decoded, lines: Sequence[str], ledger: Ledger) -> pd.DataFrame:
    """Return the spans and prove that, laid end to end, they are the file."""
    ends = (decoded.bom + np.cumsum(decoded.sizes(lines)))[np.asarray(ledger.ends) - 1].tolist()
    kinds = list(ledger.kinds)
    if decoded.bom:
        ends, kinds = [decoded.bom, *ends], ["layout", *kinds]
    rows = kinds.count("row"), kinds.count("broken")
    if ends[-1] != len(source.data) or rows != (len(ledger.row_numbers), len(ledger.broken)):
        size = len(source.data)
        raise InputError(f"{source.name} was not read whole: {ends[-1]} of {size} bytes; please report this.")
    return spans_table(ends, kinds)
