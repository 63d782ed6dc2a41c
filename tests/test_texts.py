"""Columns of text as Arrow holds them."""

import pandas as pd
import pyarrow as pa

from triage_kit.texts import arrow_of, distinct_in, series_of


def test_what_is_missing_is_blank():
    for column in (pd.Series(["a", None], dtype="str"), pd.Series(["a", None], dtype="object")):
        assert arrow_of(column).to_pylist() == ["a", ""]


def test_distinct_texts_are_numbered_in_the_order_of_their_coming():
    codes, distinct = distinct_in(pa.chunked_array([["b", "a"], ["b"]], type=pa.large_string()))
    assert (codes.tolist(), distinct.to_pylist()) == ([0, 1, 0], ["b", "a"])


def test_no_texts_have_no_distinct_ones():
    codes, distinct = distinct_in(arrow_of(pd.Series([], dtype="str")))
    assert (codes.tolist(), distinct.to_pylist()) == ([], [])


def test_a_column_comes_back_as_text():
    assert series_of(arrow_of(pd.Series(["a", "b"], index=[7, 9]))).equals(pd.Series(["a", "b"], dtype="str"))
