"""Why a row got its problem and its next step, in plain sentences for the office (they hold the row's values)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage_kit.allowed import plain_meaning
from triage_kit.columns import CONNECTIONS, ORIGINS, OWNERS, STATES
from triage_kit.domains import School, explain_address
from triage_kit.errors import InputError
from triage_kit.responses import Refusal, parse_response
from triage_kit.rulebook import Kind, Rules, load_rules

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.reading import FailedRows

__all__ = ["explain_decision", "explain_response", "explain_row"]


def explain_response(text: str, *, rules: Rules | None = None) -> str:
    """Return what one answer of the Importer says, a paragraph per error message, with the source of each."""
    rules = rules or load_rules()
    refusals = parse_response(text, rules)
    lines = [_refusal(refusal, rules.kind(refusal.kind)) for refusal in refusals]
    if refusals[0].repair:
        lines.append(
            f"The answer is not written as JSON should be; it could be read after a repair ({refusals[0].repair})."
        )
    return "\n".join(lines)


def explain_row(
    failed: FailedRows,
    table: pd.DataFrame,
    row_number: int,
    *,
    school: School | None = None,
    rules: Rules | None = None,
) -> str:
    """Return why a row of the triage table got its problem and its step, and what comes if that does not work.

    Parameters
    ----------
    failed, table
        The failed rows, and the triage table made of them.
    row_number
        The row, as ``table`` counts it.
    school
        The school of the table: with it, the e-mail address is explained too.

    Raises
    ------
    InputError
        If the file has no such row.
    """
    rules = rules or load_rules()
    _check_row(failed, table, row_number)
    answer = failed.response.loc[row_number]
    lines = [
        f"Row {row_number} (line {failed.line_numbers.loc[row_number]} in Excel).",
        f"Handshake's answer: {answer}",
        explain_response(answer, rules=rules),
    ]
    return "\n".join([*lines, *explain_decision(failed, table, row_number, school=school, rules=rules)])


def explain_decision(
    failed: FailedRows, table: pd.DataFrame, row_number: int, *, school: School | None, rules: Rules
) -> list[str]:
    """Return why a row got its step, a sentence or two per line; parameters as in `explain_row`."""
    row = table.loc[row_number]
    lines = [f"The problem that decides: {rules.kind(row['kind']).title}."]
    if row["origin"]:
        lines.append(f"Where the difference comes from: {ORIGINS[row['origin']]}.")
    if school is not None:
        lines.append(explain_address(failed.column("email_address").loc[row_number], school))
    return [*lines, *_step(row, rules)]


def _check_row(failed: FailedRows, table: pd.DataFrame, row_number: int) -> None:
    if row_number not in table.index:
        raise InputError(
            f"{failed.name} has no row {row_number}; rows are counted from 1, {len(table):,} could be read."
        )


def _refusal(refusal: Refusal, kind: Kind) -> str:
    named = f"{refusal.field}: " if refusal.field else ""
    message = f"{named}“{refusal.message}”" if refusal.message else f"{named}the answer holds no message"
    cited = ", ".join(f"article {source.article}" if source.url else source.title for source in kind.sources)
    meaning = plain_meaning(kind, refusal.field)
    return f"{message}. {kind.title}: {meaning}" + (f" ({cited})" if cited else "")


def _step(row: pd.Series, rules: Rules) -> list[str]:
    entry, step = rules.entry(row["rule"]), rules.step(row["step"])
    cited = f" (article {entry.article})" if entry.article else ""
    lines = [
        f"Where the account is: {CONNECTIONS[row['connection']]}.",
        f"Next step: {step.title}, by the {OWNERS[row['owner']]}; now: {STATES[row['state']]}.",
        f"Why: {entry.why}{cited} Rule “{entry.id}”.",
    ]
    if row["if_refused"] != row["step"]:
        lines.append(f"If that does not work: {rules.step(row['if_refused']).title}.")
    return lines
