"""What the case book knows, as the report tells it: what changed, what waits since when, week by week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from triage_kit.html import Fragment, render, table
from triage_kit.past import gone_sentences, suggestion_sentence, weeks_of
from triage_kit.past.ages import ages_of
from triage_kit.wording import capital, day

if TYPE_CHECKING:
    from triage_kit.past import WeekState

__all__ = [
    "NOTHING_WAITS",
    "NO_CHANGES",
    "Changes",
    "Waiting",
    "changes_of",
    "show_ages",
    "show_weeks",
    "since_when",
    "waiting_by_step",
]


@dataclass(frozen=True)
class Changes:
    """How the rows relate to the file before: title, count and unit of each change that occurs."""

    title: str = ""
    counts: tuple[tuple[str, int, str], ...] = ()


NO_CHANGES = Changes()


class Waiting(NamedTuple):
    """How many rows wait, and since when the longest does."""

    rows: int = 0
    since: str = ""

    def __str__(self) -> str:
        return f"{self.rows:,} waiting, {since_when(self.rows, self.since)}" if self.rows else ""


NOTHING_WAITS = Waiting()


def since_when(rows: int, since: str) -> str:
    """Return since when rows wait, in words."""
    return f"{'since' if rows == 1 else 'the longest since'} {day(since)}"


def changes_of(past: WeekState) -> Changes:
    """Return what changed since the file before."""
    if not past.last_date:
        return Changes("The first file in the case book: everything is new")
    counts = tuple(
        (str(change.title), int(change.rows), "student" if change.change == "gone" else "row")
        for change in past.changes.itertuples()
    )
    return Changes(f"Since the file of {day(past.last_date)}", counts)


def waiting_by_step(past: WeekState) -> dict[tuple[str, str], Waiting]:
    """Return for each owner and step what waits."""
    waits = past.table["state"].astype("str") == "waiting"
    found = past.table.loc[waits, ["owner", "step"]].astype("str").assign(since=past.rows["waiting_since"][waits])
    return {
        (str(owner), str(step)): Waiting(len(lines), str(lines["since"].min()))
        for (owner, step), lines in found.groupby(["owner", "step"])
    }


def show_ages(past: WeekState) -> Fragment | None:
    """Return how long what is not settled has been a problem; None for the first file, when all of it is new."""
    if not past.last_date:
        return None
    ages = ages_of(past).set_axis(["A problem for", "To do", "Waiting"], axis=1)
    return table(ages.assign(**{"A problem for": ages["A problem for"].map(capital)}), "Rows by age", total=True)


def show_weeks(past: WeekState | None) -> Fragment:
    """Return what became of those no longer listed, how long the others are, and the rows file by file.

    Nothing without a case book.
    """
    if past is None:
        return Fragment("")
    sentences = [*past.doubts, *gone_sentences(past.gone), suggestion_sentence(past)]
    told = [sentence for sentence in sentences if sentence]
    return render("weeks", sentences=told, ages=show_ages(past), weeks=weeks_of(past))
