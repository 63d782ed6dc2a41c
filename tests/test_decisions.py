"""The procedure, checked against ``decisions.csv``: a table written by hand from Handshake's articles.

The table is the oracle, so nothing in it is made from the rules. ``*`` stands for every value of its column,
``|`` separates several; an empty origin is the only one of kinds that are no identifier change; ``?`` under
``if_refused`` leaves that cell to the rules.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from triage_kit.columns import CONNECTIONS, DOMAIN_KINDS, ORIGINS
from triage_kit.errors import TriageKitError
from triage_kit.rulebook import Rules, load_rules

ORACLE = Path(__file__).with_name("decisions.csv")
GROUPS = ("small", "large")
ACCOUNT_KINDS = (
    "sensitive-change",
    "username-change",
    "auth-identifier-change",
    "email-change",
    "email-taken",
    "email-in-use",
    "email-conflict",
)
WITH_ORIGIN = ("username-change", "auth-identifier-change")
KINDS = (
    *ACCOUNT_KINDS,
    *(
        "username-taken",
        "auth-identifier-taken",
        "card-id-taken",
        "value-taken",
        "value-missing",
        "value-invalid",
    ),
    *(
        "value-not-listed",
        "value-not-allowed",
        "value-too-long",
        "value-too-short",
        "value-wrong-length",
    ),
    *(
        "value-not-a-number",
        "value-out-of-range",
        "value-not-confirmed",
        "value-not-accepted",
        "reference-missing",
    ),
    *(
        "mobile-number-invalid",
        "end-date-before-start",
        "excluded-from-sync",
        "student-not-found",
    ),
    *(
        "staff-member-not-found",
        "import-identifier-taken",
        "record-not-found",
        "contact-email-invalid",
    ),
    *("time-zone-noise", "unrecognised", "unreadable", "no-response"),
)


class Cell(NamedTuple):
    """One row of the world: what is known when a step has to be chosen."""

    kind: str
    origin: str
    domain_kind: str
    connection: str
    group: str


class Expected(NamedTuple):
    """What the articles say about a cell, and the line of the oracle that says so."""

    line: int
    step: str
    if_refused: str


def cells() -> Iterator[Cell]:
    """Yield every combination that can occur."""
    for kind in KINDS:
        origins = [origin for origin in ORIGINS if bool(origin) == (kind in WITH_ORIGIN)]
        for rest in product(origins, DOMAIN_KINDS, CONNECTIONS, GROUPS):
            yield Cell(kind, *rest)


def read_lines() -> list[dict[str, str]]:
    """Return the oracle's lines, top to bottom."""
    with ORACLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def values_of(line: dict[str, str], column: str) -> list[str]:
    """Return the values that a line's cell stands for."""
    everything = {
        "kind": KINDS,
        "origin": tuple(ORIGINS),
        "domain_kind": tuple(DOMAIN_KINDS),
        "connection": tuple(CONNECTIONS),
        "group": GROUPS,
    }[column]
    return list(everything) if line[column] == "*" else line[column].split("|")


@lru_cache(maxsize=1)
def expectations() -> dict[Cell, list[Expected]]:
    """Return each cell that the oracle names, with all its lines."""
    found: dict[Cell, list[Expected]] = {}
    for number, line in enumerate(read_lines(), start=2):
        for values in product(*(values_of(line, column) for column in Cell._fields)):
            if bool(values[1]) == (values[0] in WITH_ORIGIN):
                found.setdefault(Cell(*values), []).append(Expected(number, line["step"], line["if_refused"]))
    return found


def disagreements(rules: Rules) -> list[str]:
    """Return one sentence for each cell that the rules decide otherwise than the oracle."""
    found = []
    for cell, (expected,) in expectations().items():
        decision = rules.decide(**cell._asdict(), change="unasked")
        if decision.step != expected.step:
            found.append(f"line {expected.line} {cell}: step {decision.step}, the articles say {expected.step}")
        elif expected.if_refused not in ("?", decision.if_refused):
            found.append(f"line {expected.line} {cell}: if_refused {decision.if_refused}, not {expected.if_refused}")
    return found


def test_each_cell_of_the_product_stands_on_exactly_one_line() -> None:
    lines_of = {cell: [expected.line for expected in found] for cell, found in expectations().items()}
    wrong = {cell: lines_of.get(cell, []) for cell in cells() if len(lines_of.get(cell, [])) != 1}
    assert wrong == {}
    assert set(lines_of) == set(cells()), "the oracle names a value that does not exist"


def test_every_line_is_whole_and_names_its_article() -> None:
    for number, line in enumerate(read_lines(), start=2):
        assert None not in line and None not in line.values(), f"line {number} has too many or too few cells"
        assert line["step"] and line["if_refused"] and line["why"], f"line {number} has an empty cell"
        undocumented = line["kind"] == "unrecognised|unreadable|no-response"
        assert undocumented or re.fullmatch(r"\d{9,13}(; \d{9,13})*", line["article"]), f"line {number}: no article"


def test_not_connected_is_expected_as_unknown_is() -> None:
    table = {cell: found[0][1:] for cell, found in expectations().items()}
    asked = [cell for cell in table if cell.connection == "not-connected"]
    assert [cell for cell in asked if table[cell] != table[cell._replace(connection="unknown")]] == []


def test_an_account_kind_names_as_alternative_what_connected_elsewhere_gives() -> None:
    table = {cell: found[0] for cell, found in expectations().items()}
    asked = [cell for cell in table if cell.kind in ACCOUNT_KINDS and cell.connection in ("unknown", "not-connected")]
    elsewhere = {cell: table[cell._replace(connection="connected-elsewhere")].step for cell in asked}
    assert {cell: table[cell].if_refused for cell in asked} == elsewhere


def test_the_rules_decide_every_cell_as_the_articles_do() -> None:
    assert disagreements(load_rules()) == []


def is_missed(rules: Rules, position: int) -> bool:
    """Return whether the procedure without one of its entries disagrees with the articles or decides nothing."""
    shorter = replace(rules, procedure=rules.procedure[:position] + rules.procedure[position + 1 :])
    try:
        return bool(disagreements(shorter))
    except (TriageKitError, LookupError):
        return True


def test_no_entry_of_the_procedure_can_be_left_out() -> None:
    rules = load_rules()
    idle = [entry.id for position, entry in enumerate(rules.procedure) if not is_missed(rules, position)]
    assert idle == []


def test_an_intended_change_of_a_connected_account_is_made_by_hand() -> None:
    rules = load_rules()
    asked = [cell for cell in expectations() if cell.kind in WITH_ORIGIN and cell.connection == "connected-here"]
    assert {rules.decide(**cell._asdict(), change="intended").step for cell in asked} == {"update-username"}


def test_what_is_wrong_in_the_file_belongs_to_those_who_make_the_file() -> None:
    rules = load_rules()
    wrong = [cell for cell, (found,) in expectations().items() if found.step == "fix-in-file"]
    assert {rules.decide(**cell._asdict(), change="unasked").owner for cell in wrong} == {"registrar-it"}


def test_only_noise_starts_dropped() -> None:
    rules = load_rules()
    states = {cell.kind: rules.decide(**cell._asdict(), change="unasked").state for cell in expectations()}
    assert [kind for kind in KINDS if states[kind] == "dropped"] == ["time-zone-noise"]
    assert set(states.values()) == {"open", "dropped"}
