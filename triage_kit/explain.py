"""Why a row got its problem and its next step, in plain sentences for the office (they hold the row's values)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage_kit.allowed import plain_meaning
from triage_kit.columns import CONNECTIONS, DOMAIN_KINDS, ORIGINS, OWNERS, STATES
from triage_kit.domains import School, explain_address
from triage_kit.errors import InputError
from triage_kit.responses import Refusal, parse_response
from triage_kit.rulebook import Kind, Rules, Step, load_rules
from triage_kit.triage import WITH_ORIGIN

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.reading import FailedRows

__all__ = ["DAMAGE", "explain_answer", "explain_decision", "explain_response", "explain_row", "steps_for"]

#: What had to be mended to read an answer (`Refusal.repair`), in words.
DAMAGE = {
    "bare-text": "it is plain text, or has signs too many or too few",
    "brace-extra": "a bracket too many",
    "brace-missing": "a bracket is missing",
    "colon-missing": "a colon is missing",
    "colon-trailing": "a colon too many",
    "cut": "it is cut off",
    "doubled-quotes": "doubled quotation marks",
    "escaped-quotes": "backslashes before the quotation marks",
    "html-entities": "signs written as in a web page",
    "json-in-text": "it stands in quotation marks",
    "no-outer-braces": "the outer brackets are missing",
    "quote-missing": "a quotation mark is missing",
    "ruby-hash": "arrows in place of colons",
    "set-apart": "a sign in front of it",
    "several-objects": "several answers in one",
    "single-quotes": "single quotation marks",
    "typographic-quotes": "curly quotation marks",
    "unquoted-keys": "names without quotation marks",
}


def explain_response(text: str, *, rules: Rules | None = None) -> str:
    """Return what one answer of the Importer says, a paragraph per error message, with the source of each."""
    rules = rules or load_rules()
    refusals = parse_response(text, rules)
    lines = [_refusal(refusal, rules.kind(refusal.kind)) for refusal in refusals]
    if refusals[0].repair and refusals[0].kind not in ("unrecognised", "unreadable"):
        damage = ", ".join(DAMAGE[repair] for repair in dict.fromkeys(refusals[0].repair.split("+")))
        lines.append(f"The answer is not written quite as it should be ({damage}); it could be read all the same.")
    return "\n".join(lines)


def explain_answer(text: str, *, rules: Rules | None = None) -> str:
    """Return what one answer says, and what comes next, as far as that can be told without the row."""
    rules = rules or load_rules()
    kinds = [rules.kind(refusal.kind) for refusal in parse_response(text, rules)]
    steps = steps_for(rules, min(kinds, key=lambda kind: kind.priority))
    lines = [explain_response(text, rules=rules)]
    if len(steps) == 1:
        lines.append(f"Next step: {steps[0].title}, by the {OWNERS[steps[0].owner]}.")
        lines += _how(steps[0])
    else:
        titles = "; ".join(step.title for step in steps)
        lines.append(f"Next step, as the row's e-mail address and the number of such rows decide: {titles}.")
        lines.append("For a row of a file: triage-kit explain FILE --row N.")
    return "\n".join(lines)


def steps_for(rules: Rules, kind: Kind) -> list[Step]:
    """Return the steps that a row of this kind may get before anything is known of its account, the commonest first."""
    origins = [origin for origin in ORIGINS if bool(origin) == (kind.id in WITH_ORIGIN)]
    decided = [
        rules.decide(kind=kind.id, origin=origin, domain_kind=whose, connection="unknown", group=group).step
        for origin in origins
        for whose in DOMAIN_KINDS
        for group in ("small", "large")
    ]
    return [rules.step(step) for step in dict.fromkeys(decided)]


def explain_row(
    failed: FailedRows,
    table: pd.DataFrame,
    row_number: int,
    *,
    school: School | None = None,
    rules: Rules | None = None,
) -> str:
    """Return why a row of the triage table got its problem and its step, how to do it, and what comes if it fails.

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
    lines += explain_decision(failed, table, row_number, school=school, rules=rules)
    return "\n".join([*lines, "How:", *_how(rules.step(str(table.loc[row_number, "step"])))])


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


def _how(step: Step) -> list[str]:
    return [f"  {number}. {text}" for number, text in enumerate(step.instructions, start=1)]


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
