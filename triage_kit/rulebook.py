"""The rule files read and checked: ours, and in front an office's own, so that its entries win."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from triage_kit.errors import RulesError
from triage_kit.rule_entries import Condition, Entry, Kind, Outcome, Source, Step
from triage_kit.rule_tables import read_condition, read_entry, read_kind, read_outcome, read_step
from triage_kit.ruleset import Decision, Recognised, Rules
from triage_kit.toml_table import Table

__all__ = ["Decision", "Entry", "Kind", "Outcome", "Recognised", "Rules", "Source", "Step", "load_rules"]

_OURS = [Path(__file__).parent / "rules" / name for name in ("kinds.toml", "steps.toml")]
_Titled = TypeVar("_Titled", Kind, Step, Outcome)


def load_rules(path: str | Path | None = None) -> Rules:
    """Return our rules, with an office's own file in front where one is given; ours alone are read once.

    Raises
    ------
    RulesError
        If a file cannot be read, an entry holds a mistake, names a step, outcome or kind that does not exist, or an
        entry of the office's file does not claim its own examples.
    """
    if path is None:
        return _our_rules()
    own = Path(path)
    content = _read_toml(own)
    rules = _assemble([content, *map(_read_toml, _OURS)], source=own.name)
    _check_names(rules)
    check_examples(rules, rules.kinds[: len(content.get("kind", []))], own.name)
    return rules


@lru_cache(maxsize=1)
def _our_rules() -> Rules:
    rules = _assemble([*map(_read_toml, _OURS)], source="")
    _check_names(rules)
    return rules


def check_examples(rules: Rules, kinds: Iterable[Kind], where: str) -> None:
    """Raise RulesError for the first example that its own entry is not the first to claim."""
    for kind in kinds:
        for header, message in kind.examples:
            claimed = rules.recognise(header, message).kind
            if claimed != kind.id:
                raise RulesError(
                    f"{where}, kind “{kind.id}”: its example “{message}” is recognised as “{claimed}”. "
                    "Mend the pattern or the fields, or move the entry forward."
                )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RulesError(f"{path.name}: the rules file cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise RulesError(f"{path.name}: the rules file is not UTF-8; save it as UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"{path.name}: not a TOML file as expected: {error}.") from None


def _assemble(files: list[dict[str, Any]], source: str) -> Rules:
    sections: dict[str, list[Any]] = {"kind": [], "step": [], "outcome": [], "procedure": [], "ask_as": []}
    for index, file in enumerate(files):
        name = source if source and index == 0 else "rules"
        table = Table(file, name)
        for section, reader in _READERS.items():
            read = [reader(values, f"{name}, {section}") for values in table.take(section, list, [])]
            _check_unique(read, f"{name}, {section}")
            sections[section].extend(read)
        table.end(_READERS)
    return Rules(
        kinds=_told_apart(sections["kind"]),
        steps=_told_apart(sections["step"]),
        outcomes=_told_apart(sections["outcome"]),
        procedure=tuple(sections["procedure"]),
        ask_as=tuple(sections["ask_as"]),
        source=source,
    )


def _told_apart(entries: Sequence[_Titled]) -> tuple[_Titled, ...]:
    """Return the entries, their id behind the title of those that would else be called alike on screen."""
    ids: dict[str, set[str]] = {}
    for entry in {entry.id: entry for entry in reversed(entries)}.values():  # of one id the first is in force
        ids.setdefault(entry.title.casefold(), set()).add(entry.id)
    return tuple(
        replace(entry, title=f"{entry.title} ({entry.id})") if len(ids.get(entry.title.casefold(), ())) > 1 else entry
        for entry in entries
    )


def _read_ask_as(values: object, where: str) -> tuple[Condition, str]:
    table = Table(values, where)
    supposed = table.take("supposed", str)
    condition = read_condition(table)
    table.end(["supposed"])
    return condition, supposed


_READERS: dict[str, Callable[[object, str], Any]] = {
    "kind": read_kind,
    "step": read_step,
    "outcome": read_outcome,
    "procedure": read_entry,
    "ask_as": _read_ask_as,
}


def _check_unique(entries: Iterable[Any], where: str) -> None:
    seen = set()
    for entry in entries:
        if hasattr(entry, "id"):
            if entry.id in seen:
                raise RulesError(f"{where} “{entry.id}”: the id stands twice in this file; give one another id.")
            seen.add(entry.id)


def _check_names(rules: Rules) -> None:
    steps = {step.id: step for step in rules.steps}
    outcomes = {outcome.id: outcome for outcome in rules.outcomes}
    kinds = {kind.id: kind for kind in rules.kinds}

    def known(where: str, names: Iterable[str], among: Mapping[str, object]) -> None:
        Table({}, where).check("the name", [name for name in names if name], among)

    for step in rules.steps:
        known(f"step “{step.id}”, outcomes", step.outcomes, outcomes)
        known(f"step “{step.id}”, if_refused", [step.if_refused], steps)
    for outcome in rules.outcomes:
        known(f"outcome “{outcome.id}”", [lead.step for lead in outcome.leads], steps)
        for lead in outcome.leads:
            known(f"outcome “{outcome.id}”", lead.condition.values("kind"), kinds)
    for entry in rules.procedure:
        known(f"procedure “{entry.id}”", [entry.step, entry.alternative], steps)
        for condition in entry.when:
            known(f"procedure “{entry.id}”", condition.values("kind"), kinds)
