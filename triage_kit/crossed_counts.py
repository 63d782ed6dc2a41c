"""What two breakdowns of the same rows tell together: a small group may be in neither, and be had from both."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from triage_kit.small_counts import MINIMUM, OTHER_VALUES

__all__ = ["merge_lines", "tell_small_groups"]


def merge_lines(
    lines: pd.Categorical, beside: Iterable[pd.Categorical], minimum: int = MINIMUM, *, most: int | None = None
) -> pd.Categorical:
    """Return a breakdown with so many of its smallest lines together that it tells no small group beside others.

    Parameters
    ----------
    lines, beside
        The line in which each row is counted, the largest line first: in this breakdown, and in others of the rows.
    most
        So many lines may be left; as many as there are if not given.
    """
    others = list(beside)
    while len(lines.categories) > 1 and (
        len(lines.categories) > (most or len(lines.categories))
        or any(tell_small_groups(other, lines, minimum) for other in others)
    ):
        names = [*lines.categories[:-2], OTHER_VALUES]
        lines = pd.Categorical.from_codes(np.minimum(lines.codes, len(names) - 1), categories=names)
    return lines


def tell_small_groups(one: pd.Categorical, other: pd.Categorical, minimum: int = MINIMUM) -> bool:
    """Return whether two breakdowns of the same rows tell a count under ``minimum`` that neither tells alone.

    They do for a reader who knows which groups belong to which: if the colleges of a campus are shown, and the campus,
    what is left of the campus is its small colleges. Rows without a line, in either, are left aside.

    Some lines of one breakdown and some of the other can only differ in few rows if every cell of the crossed table
    that is large lies in both or in neither. So lines that share a large cell are taken together, as are those that
    could only be parted in both directions at once (Gusfield 1988, "A graph theoretic approach to statistical data
    security"); what then still lies between two of the blocks is what can be computed.
    """
    firsts, seconds = len(one.categories), len(other.categories)
    there = (one.codes >= 0) & (other.codes >= 0)
    crossed = np.bincount(
        one.codes[there].astype(np.intp) * seconds + other.codes[there], minlength=firsts * seconds
    ).reshape(firsts, seconds)
    between = np.zeros((firsts + seconds,) * 2, dtype=np.int64)
    between[firsts:, :firsts] = crossed.T
    while True:
        way = (between > 0) | (between >= minimum).T | np.eye(len(between), dtype=bool)
        for _ in range(len(way).bit_length()):
            way = way @ way
        blocks = np.unique(way & way.T, axis=0)
        if len(blocks) == len(between):
            return bool(between.any())
        between = blocks.astype(np.int64) @ between @ blocks.T.astype(np.int64)
        np.fill_diagonal(between, 0)
