"""Where a case stands, computed from the facts: what was refused when, and what staff recorded.

The facts are put in order by their dates, so it makes no difference in which order they came to be known, nor how
often. Of one day the refused rows come first, then what staff did with them, in whatever order their steps offer it.
Nothing is guessed: of results that exclude each other, and of one that the step does not offer, none counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from triage_kit.casebook.evidence import evidence_of
from triage_kit.progress import Progress, next_outcomes
from triage_kit.rule_entries import Lead
from triage_kit.rulebook import Decision, Rules

__all__ = ["REUPLOAD", "SYNC", "Result", "Sighting", "Standing", "cases_of", "unsettled_of"]

#: What a file of failed rows answers: the school's regular upload, or the office's own upload of refused rows.
SYNC, REUPLOAD = "sync", "reupload"


class Sighting(NamedTuple):
    """A refused row of the student, and what the procedure said of it before any result."""

    date: str
    purpose: str
    problem: str
    origin: str
    domain_kind: str
    step: str
    if_refused: str
    rule: str


class Result(NamedTuple):
    """What staff recorded of the student."""

    date: str
    outcome: str


@dataclass(frozen=True)
class Standing:
    """Where a case stands.

    ``since`` is when the problem began, or began again; ``moved`` is the day of the last result that moved it, blank
    if none did; ``waiting_since`` is blank for what waits for nobody;
    ``suggestion`` is the id of an entry of ``rules/evidence.toml``; ``returned`` holds the dates on which it was
    refused although it had been done; ``unsettled`` the results that moved it nowhere.
    """

    progress: Progress
    since: str
    moved: str = ""
    waiting_since: str = ""
    suggestion: str = ""
    returned: frozenset[str] = frozenset()
    unsettled: tuple[Result, ...] = ()


def cases_of(sightings: Iterable[Sighting], results: Iterable[Result], rules: Rules) -> dict[str, Standing]:
    """Return where each problem of one student stands, the problem that the regular upload met first in front."""
    seen, recorded = sorted(sightings), sorted(results)
    regular = [sighting for sighting in seen if sighting.purpose == SYNC]
    again = [sighting for sighting in seen if sighting.purpose == REUPLOAD]
    cases = {}
    for problem in dict.fromkeys(sighting.problem for sighting in regular):
        own = [sighting for sighting in regular if sighting.problem == problem]
        cases[problem] = _replay(own, again, _relevant(recorded, own[0], regular, rules), rules)
    return cases


def unsettled_of(problems: Collection[Standing]) -> set[Result]:
    """Return the results that moved none of a student's problems."""
    return set.intersection(*(set(standing.unsettled) for standing in problems)) if problems else set()


def _relevant(recorded: Sequence[Result], first: Sighting, regular: Sequence[Sighting], rules: Rules) -> list[Result]:
    """Return the results since the problem is known, and what was found out before about the same account.

    A student whose answer only changed its words is not asked a second time where the account is.
    """
    since = [result for result in recorded if result.date >= first.date]
    family = rules.kind(first.problem).family
    before = [s for s in regular if s.date < first.date and rules.kind(s.problem).family == family]
    if not before:
        return since
    earlier = [
        result._replace(date=first.date)
        for result in recorded
        if before[0].date <= result.date < first.date and _finds_the_account(result, rules)
    ]
    return earlier[-1:] + since


def _finds_the_account(result: Result, rules: Rules) -> bool:
    return any(lead.connection for lead in _leads(result, rules))


def _replay(own: Sequence[Sighting], again: Sequence[Sighting], recorded: Sequence[Result], rules: Rules) -> Standing:
    standing, last = Standing(_progress(own[0], rules), own[0].date), own[0]
    days = {sighting.date for sighting in (*own, *again)} | {result.date for result in recorded}
    for day in sorted(day for day in days if day >= own[0].date):
        for sighting in (fact for fact in own[1:] if fact.date == day):
            standing, last = _refused_again(standing, sighting, last, rules), sighting
        left = [fact for fact in recorded if fact.date == day]
        for sighting in (fact for fact in again if fact.date == day):
            under_way = [fact for fact in left if _only_sent(fact, rules)]
            standing, still_left = _follow(standing, under_way, rules)
            left = [fact for fact in left if fact not in under_way or fact in still_left]
            standing = _came_back(standing, sighting, last, rules)
        standing, left = _follow(standing, left, rules)
        standing = replace(standing, unsettled=(*standing.unsettled, *left))
    return standing


def _only_sent(result: Result, rules: Rules) -> bool:
    """Return whether the result says that something is under way: our own upload of that day can only follow it."""
    leads = _leads(result, rules)
    return bool(leads) and all(lead.state == "waiting" for lead in leads)


def _leads(result: Result, rules: Rules) -> tuple[Lead, ...]:
    """Return where a result leads; nowhere if the rules know it no longer."""
    return next((outcome.leads for outcome in rules.outcomes if outcome.id == result.outcome), ())


def _progress(sighting: Sighting, rules: Rules) -> Progress:
    """Return where a row stands that nobody has touched; decided anew if its step is in the rules no longer."""
    progress = Progress(sighting.problem, sighting.origin, sighting.domain_kind)
    if not any(step.id == sighting.step for step in rules.steps):
        return replace(progress, decision=progress.decide(rules, {}, 25))
    step = rules.step(sighting.step)
    decision = Decision(step.id, step.owner, sighting.if_refused, step.state, sighting.rule)
    return replace(progress, decision=decision)


def _refused_again(standing: Standing, sighting: Sighting, last: Sighting, rules: Rules) -> Standing:
    """Return where a case stands when the regular upload meets it again.

    What was done is open again; what nobody has touched follows the procedure of the day; the rest stays.
    """
    if standing.progress.decision.state == "done":
        returned = standing.returned | {sighting.date}
        begun = Standing(_progress(sighting, rules), sighting.date, moved=standing.moved)
        return replace(begun, returned=returned, unsettled=standing.unsettled)
    if standing.progress == _progress(last, rules):
        return replace(standing, progress=_progress(sighting, rules))
    return standing


def _follow(standing: Standing, results: Sequence[Result], rules: Rules) -> tuple[Standing, list[Result]]:
    """Return where a case stands after the results of one day, and those that moved it nowhere.

    Nobody knows in which order they came: `next_outcomes` says which goes first.
    """
    left = list(results)
    while left:
        offered = set(rules.step(standing.progress.decision.step).outcomes)
        known = {result.outcome for result in left if _leads(result, rules)} & offered
        after = {outcome: standing.progress.follow(outcome, rules, {}, 25) for outcome in known}
        names, gone = next_outcomes(standing.progress, after)
        if len(names) != 1:
            break
        (name,) = names
        if after[name] != standing.progress:
            standing = _moved(standing, after[name], left[0].date)
        left = [result for result in left if result.outcome not in names | gone]
    return standing, left


def _moved(standing: Standing, progress: Progress, date: str) -> Standing:
    waits = progress.decision.state == "waiting"
    waited = standing.waiting_since if progress.decision.owner == standing.progress.decision.owner else ""
    since = (waited or date) if waits else ""
    return replace(standing, progress=progress, moved=date, suggestion="", waiting_since=since)


def _came_back(standing: Standing, sighting: Sighting, last: Sighting, rules: Rules) -> Standing:
    """Return where a case stands when our own upload of it was refused: open, with what that suggests.

    It concludes nothing: the connection stays as it was, and a case that is settled stays so.
    """
    progress = standing.progress
    if progress.decision.state in ("done", "dropped") or progress.connection != "unknown":
        return standing
    evidence = evidence_of(sighting.problem)
    if evidence is None:
        if progress.decision.state != "waiting":
            return standing
        return replace(standing, progress=_progress(last, rules), waiting_since="")
    step = rules.step(evidence.step)
    if_refused = progress.decide(rules, {}, 25).if_refused
    decision = Decision(step.id, step.owner, if_refused, step.state, progress.decision.rule)
    return replace(standing, progress=replace(progress, decision=decision), suggestion=evidence.id, waiting_since="")
