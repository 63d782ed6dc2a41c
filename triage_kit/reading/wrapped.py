"""Rows that stand in one cell each: Excel makes them of a file with commas where it expects semicolons.

It then shows every line in column A, and saves each that holds a quotation mark as one quoted cell. Nothing is lost:
the row stands in that cell as the Importer wrote it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence

from triage_kit.reading.lines import split_lines
from triage_kit.reading.model import Dialect

__all__ = ["unwrapped"]


def unwrapped(cells: Sequence[str] | None, dialect: Dialect, fits: Callable[[list[str]], bool]) -> list[str] | None:
    r"""Return the record that stands in a single cell, if there is one and it fits; None otherwise.

    >>> unwrapped(['7,"Kit, Bo"'], Dialect(), lambda cells: len(cells) == 2)
    ['7', 'Kit, Bo']
    >>> unwrapped(["7,Kit\x0bBo"], Dialect(), lambda cells: len(cells) == 2)  # only LF and CR end a row
    ['7', 'Kit\x0bBo']
    """
    if not cells or dialect.delimiter not in cells[0] or any(cells[1:]):
        return None
    reader = csv.reader(split_lines(cells[0]), delimiter=dialect.delimiter, strict=True)
    try:
        inner = list(reader)
    except csv.Error:
        return None
    return inner[0] if len(inner) == 1 and fits(inner[0]) else None
