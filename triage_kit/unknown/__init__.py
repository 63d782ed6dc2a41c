"""Messages that no rule knows, grouped by template, each with the two texts that make work of it.

A template is the message with its variable parts masked: e-mail addresses, numbers, quoted text, ids, web addresses,
and whatever stands in the row's own cells. All become the same ``<value>``. Words of our own rule files and common
words stay even if a cell holds them, and so do negations: "is valid" and "is not valid" are two messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from triage_kit.responses import Refusal
from triage_kit.rulebook import Rules, load_rules
from triage_kit.triage import answers_of
from triage_kit.unknown.templates import MASK, template
from triage_kit.unknown.texts import EntryIds, rule_entry, support_text

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["rules_text", "template", "unrecognised"]


def unrecognised(failed: FailedRows, rules: Rules | None = None) -> pd.DataFrame:
    """Return the messages that no rule knows, one line per field and template, the commonest first.

    Returns
    -------
    DataFrame
        ``template``, ``field`` (empty if the answer names none), ``rows`` (how many), ``row_numbers`` (a tuple),
        ``support_text`` (masked, ready to send to Handshake Support) and ``rule`` (a TOML entry for the office's own
        rules file). ``rule`` holds the message's words but no masked part; it is meant for the office.
    """
    rules = rules or load_rules()
    known_words = _vocabulary(rules)
    groups: dict[tuple[str, str], tuple[str, list[int]]] = {}
    for row_number, refusal, cells in _unknown(failed, rules):
        words = template(refusal.message, cells, known_words=known_words)
        _, rows = groups.setdefault((refusal.field, words.casefold()), (words, []))
        if not rows or rows[-1] != row_number:
            rows.append(row_number)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1][1]), item[0]))
    ids = EntryIds()
    lines = [
        (
            words,
            field,
            len(rows),
            tuple(rows),
            support_text(words, field, len(rows), known_words),
            rule_entry(words, field, ids),
        )
        for (field, _), (words, rows) in ordered
    ]
    return pd.DataFrame(lines, columns=["template", "field", "rows", "row_numbers", "support_text", "rule"])


def rules_text(unknown: pd.DataFrame) -> str:
    """Return the entries of all templates as one rules file, the narrowest first so that none hides another."""
    entries = [pair for pair in zip(unknown["template"], unknown["rule"], strict=True) if pair[1]]
    ordered = sorted(entries, key=lambda entry: -len(entry[0].replace(MASK, "")))
    head = (
        "# Messages that the kit did not know. Give each a title and a meaning, then: triage-kit rules --check FILE\n"
    )
    return "\n".join([head, *(rule for _, rule in ordered)])


def _unknown(failed: FailedRows, rules: Rules) -> Iterator[tuple[int, Refusal, list[str]]]:
    """Yield row number, refusal and the row's own cells for each message that no rule knows."""
    answers = answers_of(failed, rules)
    unknown = [[refusal for refusal in refusals if refusal.kind == "unrecognised"] for refusals in answers.forms]
    positions = np.flatnonzero(np.array([bool(refusals) for refusals in unknown], dtype=bool)[answers.codes])
    if not len(positions):
        return
    own = failed.rows.iloc[positions, list(failed.upload_columns)]
    columns = [own.iloc[:, at].tolist() for at in range(own.shape[1])]
    cells = zip(*columns, strict=True) if columns else iter([()] * len(positions))
    for at, row_number, row in zip(positions, own.index.tolist(), cells, strict=True):
        for refusal in unknown[answers.codes[at]]:
            yield row_number, refusal, list(row)


@lru_cache(maxsize=8)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[A-Za-z_:]{2,}", text))


def _vocabulary(rules: Rules) -> frozenset[str]:
    """Return the words of the rules in force: an allow-list of what an answer may speak of."""
    texts = [f"{kind.title} {kind.meaning} {' '.join(message for _, message in kind.examples)}" for kind in rules.kinds]
    texts += [f"{step.title} {step.meaning} {' '.join(step.instructions)}" for step in rules.steps]
    return _words_of(" ".join(texts))
