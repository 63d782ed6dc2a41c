"""The report's answer: what happened, what changed, what to do, whom it waits on; as first screen and as text.

Computed once from the counts, so that the page, the text for an e-mail and the index say the same. Of the file's own
words it holds nothing: causes are told in sentences that name no value, unknown messages are counted only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage_kit.causes import causes
from triage_kit.columns import OWNERS
from triage_kit.compare import share_of
from triage_kit.errors import SettingsError
from triage_kit.report.since import NO_CHANGES, NOTHING_WAITS, Changes, Waiting, changes_of, since_when, waiting_by_step
from triage_kit.unknown import unrecognised
from triage_kit.wording import capital, count

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.past import WeekState
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules
    from triage_kit.summarize import Summary

__all__ = ["TODO", "Answer", "Cause", "Owner", "Task", "find_answer"]

#: The states of what is not settled.
TODO = ("open", "waiting")
_SETTLED = {"done": "Done since, nothing more to do", "dropped": "Dropped, nothing more to do"}
#: Causes that lie in one domain, college or school year. How many rows they explain is a count by that group, and the
#: rows they do not explain are the small ones: so it is not said how many, and nothing where the past is told.
_OF_A_GROUP = ("sub-domain-not-listed", "one-college", "one-school-year")


@dataclass(frozen=True)
class Cause:
    """What many rows have in common, and the one thing to do; neither holds a value of the file."""

    size: str
    sentence: str
    fix: str


@dataclass(frozen=True)
class Task:
    """A step for some rows, and which of them wait for an answer."""

    id: str
    title: str
    rows: int
    waiting: Waiting = NOTHING_WAITS


@dataclass(frozen=True)
class Owner:
    """Whom rows wait on, with the steps; or, without steps, that they are settled."""

    id: str
    title: str
    rows: int
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Answer:
    """What a director reads first; the owners' rows add up to ``rows``, ``doubt`` is about the school."""

    rows: int
    broken: int
    untrusted: int
    top_problem: str
    lead: str
    share: str
    causes: tuple[Cause, ...]
    doubt: str
    sentences: tuple[str, ...]
    owners: tuple[Owner, ...]
    changes: Changes = NO_CHANGES

    @property
    def needs(self) -> tuple[str, ...]:
        """What is needed from others than the career office, a sentence each."""
        others = [owner for owner in self.owners if owner.id in OWNERS and owner.id != "career-office"]
        return tuple(f"{owner.title}: {'; '.join(_asked(owner.tasks))}." for owner in others)

    def to_text(self) -> str:
        """Return the answer as text to paste into an e-mail."""
        lines = [f"{self.lead.rstrip('.')}: {self.share}" if self.share else self.lead]
        if self.changes.counts:
            lines += ["", self.changes.title, *(f"  {rows:>7,}  {title}" for title, rows, _ in self.changes.counts)]
        for cause in self.causes:
            lines += ["", f"{cause.size} with one cause: {cause.sentence}", f"What to do: {cause.fix}"]
        lines += ["", *self.sentences] if self.sentences else []
        if self.owners:
            lines += ["", "What we do next, and whom it waits on"]
        for owner in self.owners:
            lines += ["", f"{owner.title}: {count(owner.rows, 'row')}"]
            for task in owner.tasks:
                waits = f" ({task.waiting})" if task.waiting.rows else ""
                lines.append(f"  {task.rows:>7,}  {task.title}{waits}")
        lines += ["", f"All rows that were not imported: {self.rows:,}"] if self.owners else []
        lines += ["", "What we need from others", *(f"  {need}" for need in self.needs)] if self.needs else []
        return "\n".join(lines)


def find_answer(
    failed: FailedRows,
    triaged: pd.DataFrame,
    summary: Summary,
    rules: Rules,
    *,
    uploaded: int = 0,
    past: WeekState | None = None,
) -> Answer:
    """Return the answer of a triaged file.

    Parameters
    ----------
    uploaded
        How many rows the upload had; 0 if that is not known, or only to the case book.
    past
        What the case book knows, where there is one.

    Raises
    ------
    SettingsError
        If fewer rows were uploaded than were refused.
    """
    doubt = _unseen_school(summary)
    return Answer(
        rows=summary.rows,
        broken=summary.broken,
        untrusted=len(failed.untrusted),
        top_problem=str(summary.problems["title"].iloc[0]) if summary.rows else "",
        lead=summary.sentences[0],
        share=_share(summary.rows, uploaded or (past.uploaded if past else 0) or 0),
        causes=_causes(causes(failed, triaged, rules), of_groups=past is None),
        doubt=doubt,
        sentences=tuple(sentence for sentence in [doubt, *_sentences(failed, summary, rules)] if sentence),
        owners=_owners(summary, waiting_by_step(past) if past else {}),
        changes=changes_of(past) if past else NO_CHANGES,
    )


def _share(rows: int, uploaded: int) -> str:
    if uploaded and uploaded < rows:
        raise SettingsError(
            f"The file lists {count(rows, 'failed row')}, but only {uploaded:,} are said to be uploaded; "
            "give the number of rows of the whole upload."
        )
    if not rows or not uploaded:
        return ""
    return f"{share_of(rows, uploaded)} of the {count(uploaded, 'row')} that were uploaded."


def _causes(found: pd.DataFrame, *, of_groups: bool) -> tuple[Cause, ...]:
    told = []
    for one in found.itertuples():
        if one.id not in _OF_A_GROUP:
            told.append(Cause(count(int(one.rows), "row"), str(one.sentence), str(one.fix)))
        elif of_groups:
            told.append(Cause("Many rows", str(one.sentence), str(one.fix)))
    return tuple(told)


def _sentences(failed: FailedRows, summary: Summary, rules: Rules) -> list[str]:
    if not summary.rows:
        return list(summary.sentences[1:])
    todo = summary.steps[summary.steps["state"] == "open"].groupby("step")["rows"].sum()
    person = int(todo.get("needs-a-person", 0))
    documented = int(todo.sum()) - person
    told = [summary.sentences[1]]
    if documented:
        rest = f"; {person:,} {'needs' if person == 1 else 'need'} somebody’s own look" if person else ""
        told.append(f"Handshake documents a next step for {count(documented, 'row')}{rest}.")
    elif person:
        told.append(f"{count(person, 'row')} {'needs' if person == 1 else 'need'} somebody’s own look.")
    return [*told, _unknown(failed, rules), summary.sentences[-1] if summary.broken else ""]


def _unseen_school(summary: Summary) -> str:
    """Return a doubt about the school, without a count by domain, where no row has its address but most another's."""
    rows = summary.problems_by_domain_kind.groupby("domain_kind")["rows"].sum()
    if rows.get("own-school", 0) or 2 * rows.get("other-school", 0) <= summary.rows:
        return ""
    return "No row has an e-mail address of our school, most have another school’s: is our school named right?"


def _unknown(failed: FailedRows, rules: Rules) -> str:
    """Return a sentence that counts the messages that no rule knows; their words stay in the office."""
    unknown = unrecognised(failed, rules)
    if not len(unknown):
        return ""
    rows = len({number for numbers in unknown["row_numbers"] for number in numbers})
    hold = "holds" if rows == 1 else "hold"
    different = "an error message" if len(unknown) == 1 else f"{len(unknown):,} different error messages"
    return f"{count(rows, 'row')} {hold} {different} that Handshake does not document; the office asks what to do."


def _owners(summary: Summary, waiting: Mapping[tuple[str, str], Waiting]) -> tuple[Owner, ...]:
    steps = summary.steps
    todo = [
        _owner(owner, steps[(steps["owner"] == owner) & steps["state"].isin(TODO)], waiting)
        for owner in summary.owners["owner"]
    ]
    settled = [
        Owner(state, title, int(steps["rows"][steps["state"] == state].sum()), ()) for state, title in _SETTLED.items()
    ]
    return tuple(owner for owner in (*todo, *settled) if owner.rows)


def _owner(owner: str, steps: pd.DataFrame, waiting: Mapping[tuple[str, str], Waiting]) -> Owner:
    rows = steps.groupby(["step", "title"], sort=False)["rows"].sum()
    tasks = tuple(
        Task(str(step), str(name), int(number), waiting.get((owner, str(step)), NOTHING_WAITS))
        for (step, name), number in rows.items()
    )
    return Owner(owner, capital(OWNERS[owner]), int(steps["rows"].sum()), tasks)


def _asked(tasks: tuple[Task, ...]) -> Iterator[str]:
    """Yield what somebody else has to do: the steps that are to do, and to answer what was asked."""
    for task in tasks:
        if todo := task.rows - task.waiting.rows:
            yield f"{task.title[:1].lower()}{task.title[1:]} for {count(todo, 'row')}"
    if waits := [task.waiting for task in tasks if task.waiting.rows]:
        rows, since = sum(one.rows for one in waits), min(one.since for one in waits)
        yield f"answer what was asked for {count(rows, 'row')}, {since_when(rows, since)}"
