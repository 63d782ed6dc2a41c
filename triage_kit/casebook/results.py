"""Taking in what staff recorded: a result counts once, by student, outcome and date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from triage_kit.casebook.facts import Facts, ResultLine
from triage_kit.casebook.recognition import Keys, table_of

__all__ = ["RecordedResult", "add_results"]

_Key = tuple[int, str, str]


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


@dataclass(repr=False)
class _Sorted:
    """Recorded results sorted by what becomes of them: their positions, and the lines to be kept, by their key."""

    whose: list[_Key | None]
    nobody: list[int] = field(default_factory=list)
    unclear: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    new: dict[_Key, RecordedResult] = field(default_factory=dict)
    filled_in: list[tuple[_Key, str]] = field(default_factory=list)


def add_results(facts: Facts, recorded: Sequence[RecordedResult]) -> tuple[Facts, dict[str, Any]]:
    """Return the facts with these results, and what `triage_kit.casebook.Recorded` says of them."""
    if not recorded:
        return facts, {}
    known = {line[:3]: line for line in facts.results}
    sorted_ = _sort(facts, recorded, known)
    addresses = facts.register.addresses_of({student for student, _, _ in sorted_.new})
    new = [
        ResultLine(*key, bool(told.date), told.old_username, told.who.email or addresses.get(key[0], ""))
        for key, told in sorted_.new.items()
    ]
    lines = _with_old_usernames([*facts.results, *new], sorted_.filled_in)
    return replace(facts, results=tuple(lines)), {
        "new_results": len(new),
        "results_of_nobody": tuple(sorted_.nobody),
        "results_in_doubt": tuple(sorted_.unclear),
        "known_results": frozenset(place for place, key in enumerate(sorted_.whose) if key in known),
        "repeated_without_date": tuple(sorted_.repeated),
        "results": tuple(sorted_.whose),
    }


def _sort(facts: Facts, recorded: Sequence[RecordedResult], known: dict[_Key, ResultLine]) -> _Sorted:
    undated = {line[:2]: line.date for line in facts.results if not line.dated}
    sorted_ = _Sorted([None] * len(recorded))
    found = facts.register.find(table_of(result.who for result in recorded))
    for position, (students, result) in enumerate(zip(found, recorded, strict=True)):
        if len(students) != 1:
            (sorted_.unclear if students else sorted_.nobody).append(position)
            continue
        key = (students[0], result.outcome, result.date or result.read_for)
        if not result.outcome:
            sorted_.filled_in.append((key, result.old_username))
            continue
        sorted_.whose[position] = key
        if key in known or key in sorted_.new:
            sorted_.filled_in.append((key, result.old_username))
        elif not result.date and key[:2] in undated:
            sorted_.repeated.append(position)
            sorted_.filled_in.append(((*key[:2], undated[key[:2]]), result.old_username))
        else:
            sorted_.new[key] = result
    return sorted_


def _with_old_usernames(lines: list[ResultLine], filled_in: Iterable[tuple[_Key, str]]) -> list[ResultLine]:
    """Return the lines with old usernames that staff filled in after the result itself.

    Where none is named, to the last result of that day or before; if there is none, to the last of all.
    """
    told = [(key, old_username) for key, old_username in filled_in if old_username]
    mine: dict[int, list[int]] = {key[0]: [] for key, _ in told}
    for place, line in enumerate(lines):
        if line.student_id in mine:
            mine[line.student_id].append(place)
    for (student, outcome, date), old_username in told:
        dates = sorted((lines[place].date <= date, lines[place].date) for place in mine[student])
        day = date if outcome else dates[-1][1] if dates else ""
        for place in mine[student]:
            if lines[place].date == day and outcome in ("", lines[place].outcome):
                lines[place] = lines[place]._replace(old_username=old_username)
    return lines
