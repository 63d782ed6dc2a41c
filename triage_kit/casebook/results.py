"""Writing down what staff recorded: a result counts once, by student, outcome and date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, select, update

from triage_kit.casebook.database import insert_lines
from triage_kit.casebook.recognition import Keys, Register
from triage_kit.casebook.schema import results

__all__ = ["RecordedResult", "record_results"]


@dataclass(frozen=True, repr=False)
class RecordedResult:
    """What staff recorded of one student; ``date`` is blank where they gave none and ``read_for`` counts instead.

    Without an ``outcome`` it only tells the old username, which belongs to the last result before.
    """

    who: Keys
    outcome: str
    date: str = ""
    read_for: str = ""
    old_username: str = ""


def record_results(
    connection: Connection, register: Register, recorded: Sequence[RecordedResult], touched: set[int]
) -> dict[str, Any]:
    """Write down results, and those whom they touch into ``touched``; return what `Recorded` says of them."""
    if not recorded:
        return {}
    known = {
        (row.student_id, row.outcome, row.date): row.dated
        for row in connection.execute(select(results.c.student_id, results.c.outcome, results.c.date, results.c.dated))
    }
    undated = {(student, outcome): date for (student, outcome, date), dated in known.items() if not dated}
    lines: dict[tuple[int, str, str], dict[str, Any]] = {}
    whose: list[tuple[int, str, str] | None] = [None] * len(recorded)
    nobody: list[int] = []
    unclear: list[int] = []
    repeated: list[int] = []
    filled_in: list[tuple[tuple[int, str, str], str]] = []
    for position, result in enumerate(recorded):
        found = register.find(result.who)
        if len(found) != 1:
            (unclear if found else nobody).append(position)
            continue
        key = (found[0], result.outcome, result.date or result.read_for)
        if not result.outcome or key in known or key in lines:
            filled_in.append((key, result.old_username))
        if not result.outcome:
            continue
        whose[position] = key
        if key in known or key in lines:
            continue
        if not result.date and key[:2] in undated:
            repeated.append(position)
            filled_in.append(((*key[:2], undated[key[:2]]), result.old_username))
            continue
        lines[key] = dict(zip(("student_id", "outcome", "date"), key, strict=True)) | {
            "dated": bool(result.date),
            "old_username": result.old_username,
            "email": result.who.email or register.address_of(found[0]),
        }
    insert_lines(connection, results, list(lines.values()))
    _fill_in_old_usernames(connection, filled_in)
    touched.update(student for student, _, _ in lines)
    return {
        "new_results": len(lines),
        "results_of_nobody": tuple(nobody),
        "results_in_doubt": tuple(unclear),
        "known_results": frozenset(place for place, key in enumerate(whose) if key in known),
        "repeated_without_date": tuple(repeated),
        "results": tuple(whose),
    }


def _fill_in_old_usernames(connection: Connection, filled_in: Iterable[tuple[tuple[int, str, str], str]]) -> None:
    """Write down old usernames that staff filled in after the result itself.

    Where none is named, to the last result of that day or before; if there is none, to the last of all.
    """
    for (student, outcome, date), old_username in filled_in:
        if not old_username:
            continue
        mine = results.c.student_id == student
        later = case((results.c.date > date, 1), else_=0)
        last = select(results.c.date).where(mine).order_by(later, results.c.date.desc()).limit(1)
        which = (results.c.outcome == outcome) & (results.c.date == date) if outcome else results.c.date.in_(last)
        connection.execute(update(results).where(mine & which).values(old_username=old_username))
