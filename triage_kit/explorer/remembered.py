"""What is remembered of the weeks before and of what staff recorded, computed without a widget."""

from __future__ import annotations

import pandas as pd

from triage_kit.casebook.evidence import load_evidence
from triage_kit.columns import OWNERS, STATES
from triage_kit.compare import CHANGES
from triage_kit.explorer.exploration import Exploration
from triage_kit.explorer.selection import SHOWN, since
from triage_kit.outcomes import rows_of_outcomes
from triage_kit.past import WeekState, gone_sentences, share_line, suggestion_sentence
from triage_kit.rulebook import Rules
from triage_kit.week.lists import only_rows
from triage_kit.wording import day

__all__ = ["gone_students", "past_notices", "past_sentence", "recorded_results", "remembered_facts"]


def past_sentence(past: WeekState) -> str:
    """Return with which file this one is compared."""
    if not past.last_date:
        return "This is the first file in the case book: everything is new."
    return f"Compared with the file of {day(past.last_date)}; this one is of {day(past.date)}."


def past_notices(past: WeekState) -> list[str]:
    """Return in sentences what else the past tells, and what it does not prove."""
    return [
        line for line in (*past.doubts, share_line(past), *gone_sentences(past.gone), suggestion_sentence(past)) if line
    ]


def gone_students(past: WeekState, rules: Rules, *, most: int = SHOWN) -> pd.DataFrame:
    """Return the first of the students who are no longer listed, who waits in front, longest first.

    Columns ``student``, ``also`` (the other keys), ``problem``, ``step``, ``state`` (as shown) and ``since``.
    """
    gone = past.gone.assign(_first=past.gone["state"] != "waiting").sort_values(["_first", "since"], kind="stable")
    keys = gone[["username", "email", "card"]].head(most)
    known = [[key for key in line if key] for line in keys.itertuples(index=False, name=None)]
    gone = gone.head(most)
    return pd.DataFrame(
        {
            "student": [line[0] if line else "" for line in known],
            "also": ["; ".join(line[1:]) for line in known],
            "problem": [rules.kind(kind).title for kind in gone["problem"]],
            "step": [rules.step(step).title for step in gone["step"]],
            "state": [STATES[state] for state in gone["state"]],
            "since": [day(date) if date else "" for date in gone["since"]],
        }
    )


def remembered_facts(exploration: Exploration, row: int) -> list[tuple[str, str]]:
    """Return what is known of one row beside the file: term and text."""
    facts, past = [], exploration.past
    if past is not None:
        known = past.rows.loc[row]
        change = ", ".join(filter(None, [CHANGES[known["change"]], since(known["since"])]))
        facts.append(("Compared with last time", change))
        if known["waiting_since"]:
            owner = OWNERS[exploration.table.at[row, "owner"]]
            facts.append(("Waiting for", f"{owner}, {since(known['waiting_since'])}"))
        facts += [("Perhaps", entry.title) for entry in load_evidence() if entry.id == known["suggestion"]]
    recorded = recorded_results(exploration, row)
    return [*facts, ("Recorded", "; ".join(recorded))] if recorded else facts


def recorded_results(exploration: Exploration, row: int) -> list[str]:
    """Return what staff recorded of one row's student, oldest first, as ``day: result``."""
    rules, past = exploration.rules, exploration.past
    titles = {outcome.id: outcome.title for outcome in rules.outcomes}
    if past is not None:
        return [f"{day(line.date)}: {titles.get(line.outcome, line.outcome)}" for line in past.recorded.get(row, [])]
    if exploration.outcomes is None or not len(exploration.outcomes):
        return []
    outcomes = exploration.outcomes[exploration.outcomes["outcome"] != ""].sort_values("date", kind="stable")
    found = rows_of_outcomes(only_rows(exploration.failed, pd.Index([row])), outcomes)
    lines = zip(found, outcomes["date"], outcomes["outcome"], outcomes["note"], strict=True)
    return [
        f"{day(date[:10]) + ': ' if date else ''}{titles.get(outcome, outcome)}{f' ({note})' if note else ''}"
        for places, date, outcome, note in lines
        if places == [0]
    ]
