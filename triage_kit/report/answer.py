"""The report's answer: what happened, why, what to do, whom it waits on; as the page's first screen and as text.

Computed once from the counts, so that the page, the text for an e-mail and the index say the same. Of the file's own
words it holds nothing: causes are told in sentences that name no value, unknown messages are counted only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage_kit.causes import causes
from triage_kit.columns import OWNERS, STATES
from triage_kit.compare import share_of
from triage_kit.errors import SettingsError
from triage_kit.unknown import unrecognised
from triage_kit.wording import capital, count

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules
    from triage_kit.summarize import Summary

__all__ = ["Answer", "Cause", "Owner", "find_answer"]

_TODO = ("open", "waiting")


@dataclass(frozen=True)
class Cause:
    """What many rows have in common, and the one thing to do; neither holds a value of the file."""

    rows: int
    sentence: str
    fix: str


@dataclass(frozen=True)
class Owner:
    """Whom rows wait on, or what became of them, with the steps: id, title and rows of each."""

    id: str
    title: str
    rows: int
    steps: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Answer:
    """What a director reads first; the owners' rows add up to ``rows``."""

    rows: int
    broken: int
    untrusted: int
    top_problem: str
    lead: str
    causes: tuple[Cause, ...]
    sentences: tuple[str, ...]
    owners: tuple[Owner, ...]

    def to_text(self) -> str:
        """Return the answer as text to paste into an e-mail."""
        lines = [self.lead]
        for cause in self.causes:
            lines += ["", f"{count(cause.rows, 'row')} with one cause: {cause.sentence}", f"What to do: {cause.fix}"]
        lines += ["", *self.sentences] if self.sentences else []
        if self.owners:
            lines += ["", "What we do next, and whom it waits on"]
        for owner in self.owners:
            lines += ["", f"{owner.title}: {count(owner.rows, 'row')}"]
            lines += [f"  {rows:>7,}  {title}" for _, title, rows in owner.steps]
        lines += ["", f"All rows that were not imported: {self.rows:,}"] if self.owners else []
        return "\n".join(lines)


def find_answer(
    failed: FailedRows, triaged: pd.DataFrame, summary: Summary, rules: Rules, *, uploaded: int = 0
) -> Answer:
    """Return the answer of a triaged file.

    Parameters
    ----------
    uploaded
        How many rows the upload had; 0 if that is not known.

    Raises
    ------
    SettingsError
        If fewer rows were uploaded than were refused.
    """
    found = causes(failed, triaged, rules)
    return Answer(
        rows=summary.rows,
        broken=summary.broken,
        untrusted=len(failed.untrusted),
        top_problem=str(summary.problems["title"].iloc[0]) if summary.rows else "",
        lead=_lead(summary, uploaded),
        causes=tuple(Cause(int(one.rows), one.sentence, one.fix) for one in found.itertuples()),
        sentences=(*summary.sentences[1:], *_unknown(failed, rules)),
        owners=_owners(summary),
    )


def _lead(summary: Summary, uploaded: int) -> str:
    if not uploaded:
        return summary.sentences[0]
    if uploaded < summary.rows:
        raise SettingsError(
            f"The file lists {count(summary.rows, 'failed row')}, but only {uploaded:,} are said to be uploaded; "
            "give the number of rows of the whole upload."
        )
    share = f"{share_of(summary.rows, uploaded)} of the {count(uploaded, 'row')} that were uploaded"
    return f"{summary.sentences[0].rstrip('.')}: {share}." if summary.rows else summary.sentences[0]


def _unknown(failed: FailedRows, rules: Rules) -> list[str]:
    """Return a sentence that counts the messages that no rule knows; their words stay in the office."""
    unknown = unrecognised(failed, rules)
    if not len(unknown):
        return []
    rows = len({number for numbers in unknown["row_numbers"] for number in numbers})
    hold = "holds" if rows == 1 else "hold"
    different = "an error message" if len(unknown) == 1 else f"{len(unknown):,} different error messages"
    return [f"{count(rows, 'row')} {hold} {different} that the kit does not know; “triage-kit rules” lists them."]


def _owners(summary: Summary) -> tuple[Owner, ...]:
    steps = summary.steps
    todo = [
        _owner(owner, OWNERS[owner], steps[(steps["owner"] == owner) & steps["state"].isin(_TODO)])
        for owner in summary.owners["owner"]
    ]
    settled = [_owner(state, STATES[state], steps[steps["state"] == state]) for state in ("done", "dropped")]
    return tuple(owner for owner in (*todo, *settled) if owner.rows)


def _owner(owner: str, title: str, steps: pd.DataFrame) -> Owner:
    rows = steps.groupby(["step", "title"], sort=False)["rows"].sum()
    listed = tuple((str(step), str(name), int(number)) for (step, name), number in rows.items())
    return Owner(owner, capital(title), int(steps["rows"].sum()), listed)
