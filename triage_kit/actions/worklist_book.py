"""The work list as a workbook: the rows in the order of work, the procedure, the counts, the results to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from triage_kit.actions.workbook import Progress, open_workbook, write_table
from triage_kit.columns import OWNERS, STATES

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["OUR_COLUMNS", "write_worklist"]

# Our columns with their widths: the result and whose it is stay in sight, then what staff read first.
_WIDTHS = {
    "Result": 30,
    "Student": 48,
    "Next step": 36,
    "Problem": 42,
    "State": 10,
    "Held back because": 40,
    "Note": 24,
    "Old username": 16,
    "So far": 40,
    "Who": 18,
    "If that does not work": 34,
    "Why": 48,
    "File": 30,
    "Row": 8,
    "Excel line": 10,
}
OUR_COLUMNS = tuple(_WIDTHS)
_FILLED_IN = ("Result", "Note", "Old username")
_STEP, _HELD, _LAST_PRINTED = (OUR_COLUMNS.index(name) for name in ("Next step", "Held back because", "Note"))


def write_worklist(
    path: Path,
    failed: FailedRows,
    ours: pd.DataFrame,
    rules: Rules,
    *,
    counts: Sequence[tuple[str, str, int]],
    progress: Progress | None = None,
) -> None:
    """Write the workbook: the list, the procedure in words, the counts, and the results that each step offers."""
    own = [failed.rows.iloc[:, place].tolist() for place in range(failed.rows.shape[1])]
    header = [*ours, *map(str, failed.rows.columns)]
    order = _order(ours, rules)
    columns = [[cells[place] for place in order] for cells in (*(ours[name].tolist() for name in ours), *own)]
    with open_workbook(path, rows=len(order)) as book:
        sheet = book.add_worksheet("Work list")
        widths = [*(_WIDTHS[name] for name in ours), *[20] * len(own)]
        looks = [_look(name, place) for place, name in enumerate(header)]
        held = {(row, _HELD) for row, reason in enumerate(columns[_HELD]) if reason}
        write_table(book, sheet, header, columns, widths=widths, formats=looks, marked=held, progress=progress)
        sheet.freeze_panes(1, 2)
        sheet.print_area(0, 0, len(order), _LAST_PRINTED)  # with all columns the letters would be too small to read
        steps = [step for step in rules.steps if step.title in set(ours["Next step"])]
        _offer_results(sheet, len(order), steps, rules)
        _write_procedure(book, steps)
        _write_counts(book, counts)
        _write_results(book, steps, rules)
        if len(failed.broken):
            _write_broken(book, failed.broken)


def _look(name: str, place: int) -> dict[str, Any]:
    """Return how a column looks: what is printed is printed whole, on more lines if need be."""
    wrapped = place <= _LAST_PRINTED or name in _FILLED_IN
    return {"valign": "top", "text_wrap": wrapped, **({"bg_color": "#FFF8E1"} if name in _FILLED_IN else {})}


def _order(ours: pd.DataFrame, rules: Rules) -> list[int]:
    """Return the rows in the order of work: what is to do first, step by step, then as they came."""
    states = {title: place for place, title in enumerate(STATES.values())}
    steps: dict[str, int] = {}
    for place, step in enumerate(rules.steps):
        steps.setdefault(step.title, place)
    keys = [[states[state] for state in ours["State"]], [steps[step] for step in ours["Next step"]]]
    return [int(place) for place in np.lexsort((keys[1], keys[0]))]


def _offer_results(sheet: Any, rows: int, steps: Sequence[Any], rules: Rules) -> None:
    """Give each Result cell a drop-down of what its own step offers, also after the sheet was sorted."""
    if not rows or not steps:
        return
    column = f"MATCH(${chr(ord('A') + _STEP)}2,Results!$1:$1,0)"
    longest = max(len(step.outcomes) for step in rules.steps) + 1
    count = f"COUNTA(INDEX(Results!$2:${longest},0,{column}))"
    sheet.data_validation(
        1,
        0,
        rows,
        0,
        {
            "validate": "list",
            "source": f"=OFFSET(Results!$A$2,0,{column}-1,{count},1)",
            "input_title": "What happened?",
            "input_message": "Choose from the list, or leave it blank.",
            "error_title": "Not a result of this step",
            "error_message": "Choose one from the list. If none fits, leave it blank and write a note.",
        },
    )


def _write_procedure(book: Any, steps: Sequence[Any]) -> None:
    sheet = book.add_worksheet("Procedure")
    widths = [34, 18, 60, 60, 60, 60]
    wrap = {"text_wrap": True, "valign": "top"}
    columns = {
        "Next step": [step.title for step in steps],
        "Who": [OWNERS[step.owner] for step in steps],
        "What it means": [step.meaning for step in steps],
        "How": ["\n".join(f"{n}. {text}" for n, text in enumerate(step.instructions, 1)) for step in steps],
        "Needs, and where Handshake contradicts itself": [
            "\n".join(filter(None, (step.needs, step.contradiction))) for step in steps
        ],
        "Handshake's articles": [
            "\n".join(f"{source.title}: {source.url}" for source in step.sources) for step in steps
        ],
    }
    write_table(book, sheet, list(columns), list(columns.values()), widths=widths, formats=[wrap] * len(columns))


def _write_counts(book: Any, counts: Sequence[tuple[str, str, int]]) -> None:
    """Write the counts; the one sheet in which cells are numbers."""
    sheet = book.add_worksheet("Counts")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 60)
    bold, number = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
    for place, name in enumerate(("", "", "Rows")):
        sheet.write_string(0, place, name, bold)
    for line, (group, name, rows) in enumerate(counts, start=1):
        sheet.write_string(line, 0, group)
        sheet.write_string(line, 1, name)
        sheet.write_number(line, 2, rows, number)


def _write_results(book: Any, steps: Sequence[Any], rules: Rules) -> None:
    sheet = book.add_worksheet("Results")
    sheet.set_column(0, max(len(steps) - 1, 0), 34)
    bold = book.add_format({"bold": True})
    titles = [[step.title, *(rules.outcome(outcome).title for outcome in step.outcomes)] for step in steps]
    for line in range(max(map(len, titles), default=0)):
        for place, column in enumerate(titles):
            if line < len(column):
                sheet.write_string(line, place, column[line], bold if line == 0 else None)


def _write_broken(book: Any, broken: pd.DataFrame) -> None:
    sheet = book.add_worksheet("Unreadable lines")
    columns = [broken["line"].astype("str").tolist(), broken["reason"].tolist(), broken["text"].tolist()]
    write_table(book, sheet, ["Excel line", "Why", "What stands there"], columns, widths=[10, 60, 60])
