"""Each entry of a rule file read from its TOML table, with every mistake named."""

from __future__ import annotations

import re
from collections.abc import Iterable

from triage_kit.columns import CONNECTIONS, DOMAIN_KINDS, ORIGINS, OWNERS, STATES, canonical_header
from triage_kit.errors import RulesError
from triage_kit.rule_entries import CHANGES, FAMILIES, GROUPS, Condition, Entry, Kind, Lead, Outcome, Source, Step
from triage_kit.toml_table import Table

__all__ = [
    "read_condition",
    "read_entry",
    "read_examples",
    "read_kind",
    "read_outcome",
    "read_pattern",
    "read_sources",
    "read_step",
]

_COLUMNS: dict[str, Iterable[str]] = {
    "family": FAMILIES,
    "origin": ORIGINS,
    "domain_kind": DOMAIN_KINDS,
    "connection": CONNECTIONS,
    "change": CHANGES,
}


def read_condition(table: Table) -> Condition:
    """Take the condition columns out of a table: ``kind`` and those of the triage table that decide."""
    fits = []
    for column in ("kind", *_COLUMNS):
        values = table.texts(column)
        if values:
            table.check(column, values, _COLUMNS.get(column, values))
            fits.append((column, frozenset(values)))
    return Condition(tuple(fits))


def read_sources(table: Table) -> tuple[Source, ...]:
    """Take the list of sources out of a table."""
    sources = []
    for values in table.take("sources", list, []):
        source = Table(values, f"{table.where}, sources")
        sources.append(Source(source.take("article", str), source.take("title", str), source.take("period", str, "")))
        source.end(["article", "title", "period"])
    return tuple(sources)


def read_pattern(table: Table) -> re.Pattern[str] | None:
    """Take the pattern out of a table, compiled; it has to match a whole message, capitals aside."""
    text = table.take("pattern", str, "")
    if not text:
        return None
    try:
        return re.compile(text, re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise RulesError(f"{table.where}: the pattern is not a regular expression ({error}).") from None


def read_examples(table: Table) -> tuple[tuple[str, str], ...]:
    """Take the examples out of a table, each a field (or none) and a message."""
    examples = []
    for values in table.take("examples", list, []):
        example = Table(values, f"{table.where}, examples")
        examples.append((canonical_header(example.take("field", str, "")), example.take("message", str)))
        example.end(["field", "message"])
    return tuple(examples)


def read_kind(values: object, where: str) -> Kind:
    """Return a kind read from its table."""
    table = Table(values, where)
    kind = Kind(
        id=table.id(),
        title=table.take("title", str),
        meaning=table.take("meaning", str),
        family=table.choice("family", FAMILIES),
        priority=table.take("priority", int),
        job_types=table.texts("job_types"),
        fields=tuple(canonical_header(name) if name else "" for name in table.texts("fields")),
        pattern=read_pattern(table),
        allowed=table.take("allowed", str, ""),
        sources=read_sources(table),
        examples=read_examples(table),
    )
    table.end(Kind.__dataclass_fields__)
    return kind


def read_step(values: object, where: str) -> Step:
    """Return a step read from its table."""
    table = Table(values, where)
    step = Step(
        id=table.id(),
        title=table.take("title", str),
        owner=table.choice("owner", OWNERS),
        meaning=table.take("meaning", str),
        instructions=table.texts("instructions", ...),
        sources=read_sources(table),
        outcomes=table.texts("outcomes"),
        needs=table.take("needs", str, ""),
        contradiction=table.take("contradiction", str, ""),
        if_refused=table.take("if_refused", str, "needs-a-person"),
        state=table.choice("state", STATES, "open"),
    )
    table.end(Step.__dataclass_fields__)
    return step


def read_outcome(values: object, where: str) -> Outcome:
    """Return an outcome read from its table."""
    table = Table(values, where)
    entry_id, title = table.id(), table.take("title", str)
    leads = []
    for lead_values in table.take("leads", list):
        lead = Table(lead_values, f"{table.where}, leads")
        when = Table(lead.take("when", dict, {}), f"{lead.where}, when")
        condition = read_condition(when)
        when.end(["kind", *_COLUMNS])
        targets = {
            "state": lead.choice("state", STATES, ""),
            "connection": lead.choice("connection", CONNECTIONS, ""),
            "step": lead.take("step", str, ""),
            "change": lead.choice("change", CHANGES, ""),
            "owner": lead.choice("owner", OWNERS, ""),
        }
        lead.end(Lead.__dataclass_fields__)
        if not any(targets.values()):
            raise RulesError(f"{lead.where}: a lead needs a state, a connection or a step to lead to.")
        leads.append(Lead(condition, **targets))
    table.end(["id", "title", "leads"])
    return Outcome(entry_id, title, tuple(leads))


def read_entry(values: object, where: str) -> Entry:
    """Return an entry of the procedure read from its table."""
    table = Table(values, where)
    entry_id = table.id()
    conditions = []
    for condition_values in table.take("when", list, [{}]):
        condition = Table(condition_values, f"{table.where}, when")
        conditions.append(read_condition(condition))
        condition.end(["kind", *_COLUMNS])
    entry = Entry(
        id=entry_id,
        when=tuple(conditions),
        step=table.take("step", str),
        why=table.take("why", str),
        article=table.take("article", str, ""),
        choice=table.take("choice", str, ""),
        group=table.choice("group", GROUPS, ""),
        alternative=table.take("alternative", str, ""),
        alternative_below=table.take("alternative_below", int, 0),
    )
    table.end(Entry.__dataclass_fields__)
    if bool(entry.choice) != bool(entry.group):
        raise RulesError(f"{table.where}: “choice” and “group” go together; give both or neither.")
    return entry
