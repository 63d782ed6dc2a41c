"""Where a row stands while the results that staff recorded are followed one by one.

Nothing is guessed: a result that the row's step does not offer, or two that exclude each other, move nobody and
are reported with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from triage_kit.columns import CONNECTIONS, OWNERS, STATES
from triage_kit.outcomes import OUTCOME_COLUMNS, rows_of_outcomes, student_key
from triage_kit.rulebook import Decision, Rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["FINDING_COLUMNS", "Progress", "follow_outcomes", "next_outcomes"]

#: One line per result that moved nobody: where it stands, the failed row it is about (blank if none), and why.
FINDING_COLUMNS = ("file", "line", "row_number", "problem")

_UNFIT = "this result does not fit the step at which the student is; the student stays there"
_CONFLICT = "results for this student exclude each other; none of them counts until one is taken out"
_CROSSED = "the username is one student's and the e-mail address another's; nobody was moved"


@dataclass(frozen=True)
class Progress:
    """Where a row stands while its results are followed one by one."""

    kind: str
    origin: str
    domain_kind: str
    connection: str = "unknown"
    change: str = "unasked"
    decision: Decision = field(default=Decision("", "", "", "", ""))

    def decide(self, rules: Rules, sizes: Mapping[str, int], small_group: int) -> Decision:
        """Return what the procedure says of a row that stands so."""
        choice = rules.choice(kind=self.kind, origin=self.origin, domain_kind=self.domain_kind)
        return rules.decide(
            kind=self.kind,
            origin=self.origin,
            domain_kind=self.domain_kind,
            connection=self.connection,
            change=self.change,
            group="small" if sizes.get(choice, 0) < small_group else "large",
        )

    def follow(self, outcome: str, rules: Rules, sizes: Mapping[str, int], small_group: int) -> Progress:
        """Return where the row stands after this result; unchanged if its step does not offer it."""
        if outcome not in rules.step(self.decision.step).outcomes:
            return self
        lead = rules.lead(outcome, {**vars(self)})
        if lead is None:
            return self
        moved = replace(self, connection=lead.connection or self.connection, change=lead.change or self.change)
        if lead.step:
            step = rules.step(lead.step)
            decision = self.decision._replace(
                step=step.id, owner=step.owner, if_refused=step.if_refused, state=step.state
            )
        elif lead.connection:
            decision = moved.decide(rules, sizes, small_group)
        else:
            decision = self.decision._replace(state=lead.state or self.decision.state)
        return replace(moved, decision=decision._replace(owner=lead.owner or decision.owner))


def next_outcomes(progress: Progress, after: Mapping[str, Progress]) -> tuple[set[str], set[str]]:
    """Return which of the results that came together goes first, and those that give way to it.

    What leaves the row at its step comes first: somebody looked before anything was done. Then what is final, to which
    give way those that only mean waiting. Several that go first exclude each other.

    Parameters
    ----------
    progress
        Where the row stands.
    after
        Where each result that its step offers would lead, by outcome.
    """
    place = (progress.decision.step, progress.decision.state)
    resting = [name for name, moved in after.items() if (moved.decision.step, moved.decision.state) == place]
    if resting:
        return {min(resting)}, set()
    waiting = {name for name, moved in after.items() if moved.decision.state == "waiting"}
    final = set(after) - waiting
    return (final, waiting) if final else (waiting, set())


class _Result(NamedTuple):
    """A recorded result; results of one ``time`` came together, no one knows in which order."""

    outcome: str
    time: tuple[str, str]
    place: int


@dataclass(frozen=True)
class _Follower:
    """Follows the results of one row after another; each distinct move is worked out once."""

    rules: Rules
    sizes: Mapping[str, int]
    small_group: int
    moves: dict[tuple[Progress, str], Progress] = field(default_factory=dict)

    def after(self, progress: Progress, outcome: str) -> Progress:
        """Return where a row stands after a result."""
        key = (progress, outcome)
        if key not in self.moves:
            self.moves[key] = progress.follow(outcome, self.rules, self.sizes, self.small_group)
        return self.moves[key]

    def follow(self, progress: Progress, results: Sequence[_Result]) -> tuple[Progress, dict[int, str]]:
        """Return where a row stands after all its results, and the problem of each that moved it nowhere."""
        problems: dict[int, str] = {}
        applied: set[str] = set()
        for _, together in groupby(results, key=lambda result: result.time):
            left = list(together)
            while left:
                offered = self._offered(progress, left)
                names, gone = next_outcomes(progress, {r.outcome: self.after(progress, r.outcome) for r in offered})
                if len(names) != 1:
                    unsettled = names or {result.outcome for result in left} - applied
                    places = [result.place for result in left if result.outcome in unsettled]
                    problems |= dict.fromkeys(places, _CONFLICT if names else _UNFIT)
                    break
                applied |= names
                left = [result for result in left if result.outcome not in names | gone]
                progress = self.after(progress, *names)
        return progress, problems

    def _offered(self, progress: Progress, results: Sequence[_Result]) -> list[_Result]:
        outcomes = self.rules.step(progress.decision.step).outcomes
        return [result for result in results if result.outcome in outcomes]


def follow_outcomes(
    failed: FailedRows,
    table: pd.DataFrame,
    outcomes: pd.DataFrame,
    rules: Rules,
    sizes: Mapping[str, int],
    small_group: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the triage table with the results followed, and the findings: each result that moved nobody, and why.

    Results are followed in the order of their dates, those without a date first, file by file in the order in which
    the files came. Of results that came together, one that only means waiting gives way to one that is final.
    Students who are not in the file are no finding.
    """
    in_order = outcomes.reindex(columns=list(OUTCOME_COLUMNS), fill_value="").sort_values("date", kind="stable")
    by_row, findings = _results_by_position(failed, in_order)
    names = ("connection", *Decision._fields)
    columns = {name: table[name].astype("str").to_numpy(dtype=object) for name in ("kind", "origin", "domain_kind")}
    changed = {name: table[name].astype("str").to_numpy(dtype=object).copy() for name in names}
    follower = _Follower(rules, sizes, small_group)
    for position, results in by_row.items():
        facts = {name: column[position] for name, column in columns.items()}
        start = Progress(**facts, decision=Decision(*(changed[name][position] for name in Decision._fields)))
        progress, problems = follower.follow(start, results)
        changed["connection"][position] = progress.connection
        for name, value in zip(Decision._fields, progress.decision, strict=True):
            changed[name][position] = value
        number = str(failed.rows.index[position])
        findings += [(place, number, problem) for place, problem in problems.items()]
    fixed = {"connection": list(CONNECTIONS), "owner": list(OWNERS), "state": list(STATES)}
    followed = table.assign(**{name: pd.Categorical(values, fixed.get(name)) for name, values in changed.items()})
    return followed, _findings_table(in_order, findings)


def outcomes_for_parts(failed: FailedRows, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes that mean the same students in every part of a file as in the whole, which is ``failed``.

    A part does not know who is in the others. So each outcome keeps the one key alone by which the whole file finds
    its student; one whose keys lead to two students there says so under ``problem`` and moves nobody.
    """
    known = outcomes.reindex(columns=list(OUTCOME_COLUMNS), fill_value="")
    crossed = [positions == [-1] for positions in rows_of_outcomes(failed, known)]
    by_username = student_key(known["username"]).isin(student_key(failed.column("username"))) & (
        known["username"] != ""
    )
    return known.assign(
        username=known["username"].where(by_username, ""),
        email_address=known["email_address"].mask(by_username, ""),
        problem=known["problem"].mask(pd.Series(crossed, known.index, dtype=bool) & (known["problem"] == ""), _CROSSED),
    )


def _results_by_position(
    failed: FailedRows, in_order: pd.DataFrame
) -> tuple[dict[int, list[_Result]], list[tuple[int, str, str]]]:
    """Return the results of each row that has any, oldest first, under the row's position; and what is no result."""
    by_row: dict[int, list[_Result]] = {}
    findings = []
    columns = [in_order[name] for name in ("outcome", "date", "file", "problem")]
    matched = rows_of_outcomes(failed, in_order)
    for place, (positions, outcome, date, file, problem) in enumerate(zip(matched, *columns, strict=True)):
        problem = problem or (_CROSSED if positions == [-1] else "")
        if problem:
            findings.append((place, "", problem))
        for position in positions if outcome and not problem else ():
            by_row.setdefault(position, []).append(_Result(outcome, (date, file), place))
    return by_row, findings


def _findings_table(in_order: pd.DataFrame, findings: list[tuple[int, str, str]]) -> pd.DataFrame:
    places = [place for place, _, _ in sorted(findings)]
    rest = [(number, problem) for _, number, problem in sorted(findings)]
    where = in_order[["file", "line"]].iloc[places].reset_index(drop=True)
    table = where.assign(row_number=[number for number, _ in rest], problem=[problem for _, problem in rest])
    return table.astype("str")[list(FINDING_COLUMNS)]
