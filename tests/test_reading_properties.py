"""Properties of the reader: nothing is lost, whatever the text and whatever happened to the file."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from triage_kit.errors import InputError
from triage_kit.reading import Records, read_records, write_records
from triage_kit.reading import marks as marks_module
from triage_kit.reading import records as records_module
from triage_kit.reading import rows as rows_module
from triage_kit.reading import sorting as sorting_module
from triage_kit.reading import stretches as stretches_module
from triage_kit.reading.layout import is_header_like

FIXTURES = Path(__file__).parent / "fixtures" / "reading"
#: For a longer run: PROPERTY_EXAMPLES=5000 pytest tests/test_reading_properties.py
PLENTY = settings(
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "120")), deadline=None, suppress_health_check=list(HealthCheck)
)

# NUL is left out: a record with NUL is reported as broken, on purpose.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
NASTY = st.text(st.sampled_from(list("ab,;\"'\r\n\t \\|é’=@\x1a\ufeff")), max_size=8)
CELL = st.one_of(TEXT, NASTY)


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Return header and rows, all of one width."""
    return st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6)
    )


def frame_of(table: list[list[str]]) -> pd.DataFrame:
    frame = pd.DataFrame(table[1:], dtype="str", columns=range(len(table[0])))
    frame.columns = pd.Index(table[0], dtype="str")
    return frame


def cells_of(records: Records) -> list[list[str]]:
    return [list(row) for row in records.rows.itertuples(index=False, name=None)]


def read_carefully(path: Path) -> Records:
    """Read without the fast path, every record looked at, and every row from its cells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting_module, "is_plain", lambda _: False)
        patch.setattr(records_module, "read_fast", lambda *_: None)
        patch.setattr(records_module, "read_recoded", lambda *_: None)
        patch.setattr(rows_module, "read_rows", lambda *_, **__: None)
        return read_records(path)


def assert_nothing_lost(records: Records, size: int) -> None:
    spans = records.spans
    assert spans["start"].tolist() == [0, *spans["end"].tolist()[:-1]]
    assert spans["end"].iloc[-1] == size
    assert (spans["end"] > spans["start"]).all()


def assert_equal(one: Records, other: Records) -> None:
    assert one.header == other.header
    assert cells_of(one) == cells_of(other)
    assert one.rows.index.tolist() == other.rows.index.tolist()
    assert one.line_numbers.tolist() == other.line_numbers.tolist()
    assert one.broken.equals(other.broken)
    assert (one.layout, one.notices, one.doubts) == (other.layout, other.notices, other.doubts)


@PLENTY
@given(table=tables(CELL))
@example(table=[[""], ["RESPONSE"]])  # found by a longer run: the second line was taken for the header
@example(table=[["", "\\"], ["", "START_DATE"]])  # the same: a backslash was taken for an escape, to the same end
@example(table=[["'|'"]])  # the same: single quotation marks inside double ones were taken for the file's own
@example(table=[["\U0010ff00"]])  # the same: a private character that the reader used itself
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]) -> None:
    assume(not any(map(is_header_like, table[1:])))  # such a row would be the header, and what stands above it a title
    path = tmp_path_factory.mktemp("written") / "records.csv"
    write_records(frame_of(table), path)
    records = read_records(path)
    assert [list(records.header), *cells_of(records)] == table
    assert records.broken.empty
    assert_nothing_lost(records, path.stat().st_size)


@PLENTY
@given(table=tables(CELL))
@example(table=[['"\n"', '"\n"']])  # found by a longer run: quotation marks in cells were taken for those around them
@example(table=[["''", "'\n'"]])  # the same: single ones that all cells begin and end with
def test_what_is_read_can_be_written_and_read_again(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    assume(not any(map(is_header_like, table[1:])))
    folder = tmp_path_factory.mktemp("again")
    write_records(frame_of(table), folder / "first.csv")
    write_records(read_records(folder / "first.csv"), folder / "second.csv")
    assert (folder / "second.csv").read_bytes() == (folder / "first.csv").read_bytes()


HEADER = ["email_address", "username", "first_name", "card_id", "status", "response"]


@PLENTY
@given(
    rows=st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    final=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    piece_bytes=st.sampled_from([20, 100, 2**22]),
)
@example(  # a lone carriage return is a line break in a cell too
    rows=[["a\r,,,,,b", "c", "d", "e", "f", "g"]], end="\n", quoting=csv.QUOTE_ALL, delimiter=",", final=True,
    encoding="utf-8", piece_bytes=2**22,
)  # fmt: skip
def test_both_paths_read_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    end: str,
    quoting: int,
    delimiter: str,
    final: bool,
    encoding: str,
    piece_bytes: int,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=quoting, delimiter=delimiter)  # type: ignore[arg-type]
    writer.writerows([HEADER, *rows])
    path = tmp_path_factory.mktemp("both") / "records.csv"
    path.write_bytes(text.getvalue()[: None if final else -len(end)].encode(encoding, "replace"))
    careful = read_carefully(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks_module, "_PIECE_BYTES", piece_bytes)
        records = read_records(path)
    assert_equal(records, careful)
    assert_nothing_lost(careful, path.stat().st_size)
    assert_nothing_lost(records, path.stat().st_size)
    assert set(records.spans["end"]) <= set(careful.spans["end"])


ORDINARY = ["s1@example.edu", "0001", "Zoë", "", "failed", 'say "no", please\nagain']
DAMAGE = st.sampled_from([b"", b'"', b",", b"\n", b"\r", b"\0", b"\xff", b",,,,,\n", ",".join(HEADER).encode() + b"\n"])


@PLENTY
@given(
    rows=st.lists(st.one_of(st.just(ORDINARY), st.lists(CELL, min_size=6, max_size=6)), min_size=3, max_size=20),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-16", "cp1252"]),
    damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 2), DAMAGE), min_size=1, max_size=4),
    window=st.sampled_from([60, 400, 2**18]),
)
def test_stretches_of_a_damaged_file_are_read_as_record_by_record(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    end: str,
    quoting: int,
    encoding: str,
    damage: list[tuple[float, int, bytes]],
    window: int,
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=quoting).writerows([HEADER, *rows])  # type: ignore[arg-type]
    content = text.getvalue().encode(encoding, "replace")
    for place, length, piece in damage:
        at = int(place * len(content))
        content = content[:at] + piece + content[at + length :]
    path = tmp_path_factory.mktemp("damaged") / "records.csv"
    path.write_bytes(content)
    try:
        careful = read_carefully(path)
    except InputError as error:
        with pytest.raises(InputError, match=re.escape(str(error))):
            read_records(path)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stretches_module, "_WINDOW", window)
        patch.setattr(stretches_module, "_LONGEST_WALK", 1)
        patch.setattr(records_module, "read_fast", lambda *_: None)
        patch.setattr(records_module, "read_recoded", lambda *_: None)
        records = read_records(path)
    assert_equal(records, careful)
    assert records.spans.equals(careful.spans)
    assert_nothing_lost(records, len(content))
