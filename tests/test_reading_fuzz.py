"""Fuzzing: whatever the bytes, the reader returns or says in a plain sentence why it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage_kit.errors import TriageKitError
from triage_kit.reading import FailedRows, read_failed_rows

FIXTURES = Path(__file__).parent / "fixtures" / "reading"
SAMPLES = sorted(p for p in FIXTURES.iterdir() if not p.name.startswith(".") and p.stat().st_size)
#: For a longer run: FUZZ_EXAMPLES=30000 pytest tests/test_reading_fuzz.py
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "1500"))

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "latin-1", "cp037", "utf-7"]
MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "duplicate", "swap", "truncate", "insert", "overwrite", "repeat", "re-encode"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 60),
        st.one_of(st.binary(min_size=1, max_size=4), st.sampled_from([b'"', b'""', b"\0", b"\r", b"\n", b",", b"\\"])),
    ),
    min_size=1,
    max_size=6,
)


def mutate(content: bytes, mutations: list[tuple[str, float, int, bytes]]) -> bytes:
    for name, place, length, piece in mutations:
        at = int(place * len(content))
        end = at + length
        middle = content[at:end]
        if name == "truncate":
            content = content[:at]
        elif name == "re-encode":
            encoding = ENCODINGS[length % len(ENCODINGS)]
            content = content.decode("utf-8", "replace").encode(encoding, "replace")
        else:
            middle = {
                "delete": b"",
                "duplicate": middle * 2,
                "swap": middle[::-1],
                "insert": piece + middle,
                "overwrite": piece + middle[len(piece) :],
                "repeat": piece * length + middle,
            }[name]
            content = content[:at] + middle + content[end:]
    return content


@settings(max_examples=EXAMPLES, deadline=10_000, suppress_health_check=list(HealthCheck))
@given(sample=st.sampled_from(SAMPLES), mutations=MUTATIONS)
def test_mutated_files_are_read_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, sample: Path, mutations: list[tuple[str, float, int, bytes]]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"mutated{''.join(sample.suffixes)}"
    path.write_bytes(mutate(sample.read_bytes(), mutations))
    check(path)


@settings(max_examples=EXAMPLES // 3, deadline=10_000, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode)))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"email_address,response\n" + content)
    check(path)
    path.write_bytes(content)
    check(path)


def check(path: Path) -> None:
    try:
        failed = read_failed_rows(path)
    except TriageKitError as error:
        sentence = str(error)
        assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 300
    else:
        assert isinstance(failed, FailedRows)
        numbers = [*failed.rows.index, *failed.broken["row_number"]]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert all(notice.endswith(".") for notice in failed.notices)
