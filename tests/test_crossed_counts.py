"""Two breakdowns beside each other tell no small group that neither tells alone."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from triage_kit.crossed_counts import merge_lines, tell_small_groups
from triage_kit.small_counts import OTHER_VALUES


def breakdowns(cells: dict[tuple[str, str], int]) -> tuple[pd.Categorical, pd.Categorical]:
    rows = [pair for pair, number in cells.items() for _ in range(number)]
    return pd.Categorical([one for one, _ in rows]), pd.Categorical([other for _, other in rows])


CASES = {
    "a campus less its large college is the small one": (
        {("Arts", "North"): 40, ("others", "North"): 3, ("others", "South"): 12},
        True,
    ),
    "a college less its large campus, the same way round": (
        {("Arts", "North"): 40, ("Arts", "others"): 3, ("Law", "others"): 12},
        True,
    ),
    "what is left is large": ({("Arts", "North"): 40, ("others", "North"): 10, ("others", "South"): 12}, False),
    "the same groups by two names": ({("Arts", "North"): 40, ("Law", "South"): 12}, False),
    "small groups both ways cannot be told apart": (
        {("Arts", "North"): 40, ("Arts", "South"): 3, ("Law", "North"): 4, ("Law", "South"): 30},
        False,
    ),
    "one way only, they can": ({("Arts", "North"): 40, ("Arts", "South"): 3, ("Law", "South"): 30}, True),
    "a third place shared by two colleges": (
        {("Arts", "North"): 40, ("Law", "South"): 40, ("Arts", "Online"): 6, ("Law", "Online"): 6},
        True,
    ),
    "a single line tells nothing": ({("all", "North"): 40, ("all", "South"): 12}, False),
    "no row": ({}, False),
}


@pytest.mark.parametrize("cells, told", CASES.values(), ids=CASES)
def test_a_small_group_is_told_where_lines_nest(cells: dict[tuple[str, str], int], told: bool) -> None:
    one, other = breakdowns(cells)
    assert tell_small_groups(one, other) == told
    assert tell_small_groups(other, one) == told


def least_difference(crossed: np.ndarray, minimum: int) -> bool:
    """Return by trying all unions of lines whether one holds another and a few rows more, which are no line."""
    firsts, seconds = crossed.shape
    for one, other in product(product((0, 1), repeat=firsts), product((0, 1), repeat=seconds)):
        inside, outside = np.outer(one, np.subtract(1, other)), np.outer(np.subtract(1, one), other)
        if not (crossed * inside).sum() and 0 < (crossed * outside).sum() < minimum:
            return True
    return False


@pytest.mark.parametrize("seed", range(60))
def test_nothing_that_trying_all_unions_finds_is_missed(seed: int) -> None:
    generator = np.random.default_rng(seed)
    crossed = generator.choice([0, 0, 2, 6, 30], size=generator.integers(2, 5, size=2))
    one, other = breakdowns({(f"a{x}", f"b{y}"): int(number) for (x, y), number in np.ndenumerate(crossed)})
    if least_difference(crossed, 10):
        assert tell_small_groups(one, other, 10)


def test_rows_without_a_line_are_left_aside() -> None:
    one, other = breakdowns({("Arts", "North"): 40, ("others", "North"): 3, ("Law", "South"): 12})
    assert not tell_small_groups(one.set_categories(["Arts", "Law"]), other)


def test_the_smallest_lines_are_put_together_until_nothing_is_told() -> None:
    cells = {("Arts", "North"): 40, ("Law", "South"): 12, ("Music", "South"): 11, ("Music", "Online"): 3}
    one, other = breakdowns(cells)
    lines = other.set_categories(["North", "South", "Online"])
    assert list(merge_lines(lines, [one]).categories) == ["North", OTHER_VALUES]
    assert list(merge_lines(lines, []).categories) == ["North", "South", "Online"]
    assert list(merge_lines(lines, [], most=2).categories) == ["North", OTHER_VALUES]
