"""What the case book knows, as the report tells it: what changed, what waits since when, week by week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from triage_kit.html import Fragment, render
from triage_kit.past import gone_sentences, suggestion_sentence, weeks_of
from triage_kit.wording import day

if TYPE_CHECKING:
    from triage_kit.past import WeekState

__all__ = [
    "NOTHING_WAITS",
    "NO_CHANGES",
    "Changes",
    "Waiting",
    "changes_of",
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


def show_weeks(past: WeekState | None) -> Fragment:
    """Return what became of those no longer listed, and the rows week by week; nothing without a case book."""
    if past is None:
        return Fragment("")
    sentences = [*past.doubts, *gone_sentences(past.gone), suggestion_sentence(past)]
    return render("weeks", sentences=[sentence for sentence in sentences if sentence], weeks=weeks_of(past))
