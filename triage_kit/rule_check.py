"""A check of an office's own rules file: every mistake named, examples run, patterns that could run away found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from triage_kit.rule_patterns import may_run_away
from triage_kit.rulebook import Kind, Rules, load_rules

__all__ = ["CheckReport", "check_rules_file"]

_UNFINISHED = ("Put a short title here", "Put here what it means")
_SECTIONS = ("kind", "step", "outcome", "procedure")


class CheckReport(NamedTuple):
    """What was found: how many entries of each section, remarks for people, and whether the file must not be used."""

    entries: dict[str, int]
    remarks: tuple[str, ...]
    refused: bool


def check_rules_file(path: str | Path) -> CheckReport:
    """Return the report on a rules file that can be loaded.

    Raises
    ------
    RulesError
        If it cannot be loaded: the file, the entry and the cure are named.
    """
    own, ours = load_rules(path), load_rules()
    counts = {section: _count(own, section) - _count(ours, section) for section in _SECTIONS}
    kinds = own.kinds[: counts["kind"]]
    running = [
        f"kind “{kind.id}”: its pattern may take for ever on a long message; a repeated group may not itself repeat, "
        "so put \\S{1,100} in place of such a group."
        for kind in kinds
        if kind.pattern and may_run_away(kind.pattern.pattern)
    ]
    remarks = [*running, *(remark for kind in kinds for remark in _remarks(kind, ours))]
    return CheckReport({name: number for name, number in counts.items() if number}, tuple(remarks), bool(running))


def _count(rules: Rules, section: str) -> int:
    return len({"kind": rules.kinds, "step": rules.steps, "outcome": rules.outcomes}.get(section, rules.procedure))


def _remarks(kind: Kind, ours: Rules) -> Iterator[str]:
    if kind.pattern and not kind.examples:
        yield f"kind “{kind.id}”: it has no examples; give one, so that a mistake in its pattern shows."
    if kind.title.startswith(_UNFINISHED[0]) or kind.meaning.startswith(_UNFINISHED[1]):
        yield f"kind “{kind.id}”: its title or meaning is not written yet."
    for field, message in kind.examples:
        known = ours.recognise(field, message).kind
        if known not in ("unrecognised", kind.id):
            yield f"kind “{kind.id}”: it takes “{message}” from the kit's own “{ours.kind(known).title}”."
