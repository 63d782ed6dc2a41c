"""Category columns worked on by their codes."""

import numpy as np
import pandas as pd

from triage_kit.categories import combinations, spread

TABLE = pd.DataFrame({"kind": ["b", "a", "b", "b"], "state": ["x", "x", "x", "y"]}, dtype="category")


def test_a_value_is_given_to_every_row_of_its_code():
    column = spread(np.array([1, 0, 1]), ["no", "yes"])
    assert (list(column), list(column.categories)) == (["yes", "no", "yes"], ["no", "yes"])


def test_the_categories_may_be_fixed():
    assert list(spread(np.array([], dtype=np.intp), [], ["b", "a"]).categories) == ["b", "a"]


def test_the_combinations_that_occur_are_numbered():
    codes, found = combinations(TABLE, ["kind", "state"])
    assert codes.tolist() == [1, 0, 1, 2]
    assert found.values.tolist() == [["a", "x"], ["b", "x"], ["b", "y"]]
    assert found.dtypes.astype(str).tolist() == ["str", "str"]


def test_no_rows_have_no_combinations():
    codes, found = combinations(TABLE.iloc[:0], ["kind", "state"])
    assert (len(codes), len(found), list(found)) == (0, 0, ["kind", "state"])
