"""A table to search, sort, tick and open rows in, by mouse or keyboard.

Our own and not itables', which sends all rows to the page, or a sample and then searches and sorts no others: here the
rows of a big file stay in Python, which searches and sorts all of them, and the page gets the first few hundred.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

__all__ = ["PickTable"]

_FOLDER = Path(__file__).parent


class PickTable(anywidget.AnyWidget):
    """A table whose lines can be ticked or opened.

    Attributes
    ----------
    columns
        For each its ``name``, and whether it is a ``number`` or a ``note`` (small, below the one before).
    lines
        For each its ``id`` (text) and ``cells`` (texts and numbers, in the order of the columns; a link is a dict of
        its ``text`` and ``url``).
    all_tickable
        Whether all lines can be ticked at once.
    ticked, opened
        Ids of the ticked lines, and of the one that is open; both can be set from either side.
    sort
        Name of the column and ``up`` or ``down``; empty where the table cannot be sorted.
    query
        What is searched for; None where the table cannot be searched.
    """

    _esm = _FOLDER / "pick_table.js"
    _css = _FOLDER / "panel.css"

    caption = traitlets.Unicode().tag(sync=True)
    columns: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    lines: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    tickable = traitlets.Bool(False).tag(sync=True)
    all_tickable = traitlets.Bool(False).tag(sync=True)
    openable = traitlets.Bool(False).tag(sync=True)
    ticked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)
    sort = traitlets.List(traitlets.Unicode()).tag(sync=True)
    query = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode("Nothing to show.").tag(sync=True)

    def fill(self, lines: list[tuple[str, list[Any]]], *, note: str = "") -> None:
        """Show these lines, all at once; what is ticked or open stays so if it is among them."""
        ids = {line_id for line_id, _ in lines}
        with self.hold_sync():
            self.lines = [{"id": line_id, "cells": cells} for line_id, cells in lines]
            self.ticked = [line_id for line_id in self.ticked if line_id in ids]
            self.opened = self.opened if self.opened in ids else ""
            self.note = note
