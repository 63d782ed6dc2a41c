"""The finders: each looks for one sort of cause and yields it only if it explains many rows.

The shares were chosen so that mixed batches stay silent; tests/test_causes.py measures it on files of other seeds.
Sources: articles 223411787 and 360048144814 (identifier changes), 4421092998295 (Identifier Column),
360001151208 (domains), 360045679113 (duplicates).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_kit.causes.batch import Batch, Cause, Cells, Mask
from triage_kit.causes.changes import PATTERNS, commonest_pattern

__all__ = ["FINDERS"]

_MANY = 12
_CHANGED = {
    "username-change": ("usernames-changed", "Usernames", "username"),
    "auth-identifier-change": ("sign-in-ids-changed", "Sign-in IDs (auth_identifier)", "auth_identifier"),
}
_IDENTIFIERS = ("email_address", "username", "auth_identifier", "card_id")
_GROUPINGS = {
    "school_year_name": "school year",
    "primary_education:college_name": "college",
    "primary_education:college_names": "college",
    "primary_education:primary_college_name": "college",
}


def find_changes(batch: Batch) -> Iterator[Cause]:
    """Yield usernames or sign-in IDs that were changed by one pattern."""
    for kind_id, (cause_id, subject, header) in _CHANGED.items():
        found = commonest_pattern(batch.changes(kind_id))
        if not found:
            continue
        pattern, row_numbers = found
        if len(row_numbers) < 0.05 * len(batch):
            continue  # it explains its own problem, not what the batch has in common
        piece = f": {pattern.piece}" if pattern.piece else ""
        yield Cause(
            cause_id,
            f"{subject} of {len(row_numbers):,} rows were changed by one pattern: {PATTERNS[pattern.id]}.",
            f"The pattern in {header}: {PATTERNS[pattern.id]}{piece}.",
            row_numbers,
            "Ask the registrar or IT whether the change is meant. If it is, upload these rows once in a manual job "
            "with “This job changes identifier data” and the Identifier Column email_address; if not, mend the export.",
        )


def find_identifier_column(batch: Batch) -> Iterator[Cause]:
    """Yield rows that were taken for new students although their accounts exist: the Identifier Column missed them."""
    by_username = batch.has_kind("username-taken")
    others = batch.has_kind("auth-identifier-taken", "card-id-taken")
    by_address = others & batch.has_kind("email-taken", "email-in-use") & ~by_username
    for missed, column in ((by_username, "username"), (by_address, "email_address")):
        row_numbers = _numbers(batch, missed)
        if len(row_numbers) >= max(_MANY, 0.25 * len(batch)):
            yield Cause(
                "identifier-column",
                f"{len(row_numbers):,} rows were taken for new students although their accounts exist: the job's "
                f"Identifier Column does not find them, but {column} would.",
                f"The {column} of these rows is on an account already; the job looked for another column.",
                row_numbers,
                f"Upload the file again as a manual Students job with the Identifier Column {column}.",
            )


def find_sub_domain(batch: Batch) -> Iterator[Cause]:
    """Yield addresses of one sub-domain of the school's that is not among its domains."""
    domains = batch.domains()
    shown = batch.table["domain"][batch.table["domain_kind"] == "own-school"]
    own = {str(domain) for domain in shown.unique()} - {""}
    counted = sorted(zip(domains.distinct, domains.count(), strict=True), key=lambda pair: -pair[1])
    below = [domain for domain, _ in counted if any(domain.endswith(f".{listed}") for listed in own - {domain})]
    unlisted = [domain for domain in below if domain not in own]
    for domain in unlisted[:1]:
        row_numbers = _numbers(batch, domains.are(domain))
        if len(row_numbers) >= max(_MANY, 0.15 * len(batch)):
            yield Cause(
                "sub-domain-not-listed",
                "Many rows have e-mail addresses of one sub-domain that is not among the school's domains.",
                f"The sub-domain is {domain}.",
                row_numbers,
                "Ask Handshake Support whether the sub-domain is on your school's list of domains for the Importer, "
                "and have it added; then add it to the school's domains here.",
            )


def find_duplicates(batch: Batch) -> Iterator[Cause]:
    """Yield values that must be unique and stand in several rows of the file."""
    repeated = {}
    for header in _IDENTIFIERS:
        rows = batch.repeated(header)
        if rows.any():
            repeated[header] = rows
    if not repeated:
        return
    anywhere = np.logical_or.reduce(list(repeated.values()))
    row_numbers = _numbers(batch, anywhere)
    if len(row_numbers) >= max(_MANY, 0.1 * len(batch)):
        named = ", ".join(f"{header} ({int(rows.sum()):,} rows)" for header, rows in repeated.items())
        yield Cause(
            "duplicates-in-file",
            f"{len(row_numbers):,} rows share a value that must be unique with another row of the file.",
            f"Values stand more than once in {named}.",
            row_numbers,
            "Take the repeated rows out of the export, one row per student, and upload it again.",
        )


def find_one_group(batch: Batch) -> Iterator[Cause]:
    """Yield the one college or school year from which all rows, or all rows of one problem, come."""
    for header, word in _GROUPINGS.items():
        cells = batch.cells(header)
        if np.count_nonzero(~cells.are("")) < 2 * _MANY:
            continue
        for subject, rows in _subjects(batch):
            value = _only_value(cells, rows)
            if value is not None:
                yield Cause(
                    f"one-{word.replace(' ', '-')}",
                    f"{subject[0]} come from one {word} only.",
                    f"{subject[1]} come from the {word} “{batch.failed.column(header)[cells.are(value)].iloc[0]}”.",
                    _numbers(batch, rows & cells.are(value)),
                    f"If your upload holds every {word}, ask whoever delivers the data of this one what changed there, "
                    "and correct it at the source.",
                )
                break


def _subjects(batch: Batch) -> Iterator[tuple[tuple[str, str], Mask]]:
    yield ("The failed rows", "The failed rows"), np.ones(len(batch), dtype=bool)
    counts = batch.table["kind"].value_counts()
    for kind_id in counts.index[counts >= max(20, 0.15 * len(batch))]:
        title = batch.rules.kind(str(kind_id)).title
        yield (f"The rows with the problem “{title}”",) * 2, (batch.table["kind"] == kind_id).to_numpy()


def _only_value(cells: Cells, rows: Mask) -> str | None:
    """Return the value that nearly all of the rows have and the others have much less often."""
    counts, others = cells.count(rows), cells.count(~rows)
    most = int(counts.argmax())
    value, number = cells.distinct[most], int(counts[most])
    if value == "" or number < 0.95 * counts.sum() or number < 2 * _MANY - 4:
        return None
    if others.sum() and (others.sum() < _MANY or others[most] > 0.7 * others.sum()):
        return None
    return value


def _numbers(batch: Batch, rows: Mask) -> list[int]:
    numbers: list[int] = batch.table.index[rows].tolist()
    return numbers


FINDERS = (find_changes, find_identifier_column, find_sub_domain, find_duplicates, find_one_group)
