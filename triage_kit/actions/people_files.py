"""Files for people: addresses to paste, letters, the request to Support, new accounts to fill in, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.actions.workbook import Progress, open_workbook, write_table
from triage_kit.allowed import allowed_in
from triage_kit.columns import canonical_header
from triage_kit.output import write_people_csv
from triage_kit.responses import Refusal, parse_responses

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

__all__ = ["BLOCK", "full_names", "write_addresses", "write_corrections", "write_list", "write_people", "write_to_fill"]

#: Handshake takes fewer than 25 addresses at a time (article 115013134948).
BLOCK = 24
_EMAIL_PROBLEMS = frozenset(("invalid", "missing"))


def write_addresses(failed: FailedRows, positions: npt.NDArray[np.intp], path: Path) -> None:
    """Write e-mail addresses one per line, each once, a blank line after every block that fits into one go."""
    cells = [" ".join(text.split()) for text in failed.column("email_address").iloc[positions]]
    addresses = list(dict.fromkeys(cells))
    blocks = ["\r\n".join(addresses[start : start + BLOCK]) for start in range(0, len(addresses), BLOCK)]
    path.write_bytes(("\r\n\r\n".join(blocks) + "\r\n").encode("utf-8", "replace"))


def full_names(failed: FailedRows, positions: npt.NDArray[np.intp]) -> list[str]:
    """Return first and last names together."""
    pairs = zip(*(failed.column(name).iloc[positions] for name in ("first_name", "last_name")), strict=True)
    return [" ".join(part.strip() for part in pair if part.strip()) for pair in pairs]


def write_people(failed: FailedRows, positions: npt.NDArray[np.intp], path: Path, *, school: str) -> None:
    """Write the list for mail merge: a workbook with the names that the letter uses."""
    columns = {
        "Email": failed.column("email_address").iloc[positions].tolist(),
        "First name": failed.column("first_name").iloc[positions].tolist(),
        "Last name": failed.column("last_name").iloc[positions].tolist(),
        "School": [school] * len(positions),
    }
    write_list(path, "Students", columns)


def write_support(failed: FailedRows, positions: npt.NDArray[np.intp], path: Path, *, school: str) -> None:
    """Write the three things that Support asks for (article 115013134948)."""
    table = pd.DataFrame(
        {
            "email": failed.column("email_address").iloc[positions].array,
            "name": full_names(failed, positions),
            "institution to switch to": school,
        },
        dtype="str",
    )
    write_people_csv(table, path)


def write_to_fill(table: pd.DataFrame, path: Path) -> None:
    """Write an upload in which the e-mail address is still to be filled in: those cells blank and marked."""
    places = {place for place, name in enumerate(table.columns) if canonical_header(str(name)) == "email_address"}
    columns = {place: table.iloc[:, place].tolist() for place in range(table.shape[1])}
    marked = {(row, place) for row in range(len(table)) for place in places}
    with open_workbook(path, rows=len(table)) as book:
        sheet = book.add_worksheet("New accounts")
        header, widths = [str(name) for name in table.columns], [22] * table.shape[1]
        write_table(book, sheet, header, list(columns.values()), widths=widths, marked=marked)


def write_corrections(
    failed: FailedRows,
    table: pd.DataFrame,
    positions: npt.NDArray[np.intp],
    path: Path,
    rules: Rules,
    progress: Progress | None = None,
) -> None:
    """Write what the registrar or IT has to correct: the ID, the faulty cells marked, what is wrong, what is allowed.

    Only the columns in which some value was refused are in it, beside the one by which the row is found.
    """
    answers = parse_responses(failed.response.iloc[positions], rules)
    by_domain = table["domain_kind"].astype("str").to_numpy(dtype=object)[positions]
    faults = [_faults(answers.forms[code], kind, rules) for code, kind in zip(answers.codes, by_domain, strict=True)]
    key = "username" if failed.column("username").iloc[positions].str.strip().ne("").all() else "email_address"
    headers = list(dict.fromkeys(header for fault in faults for header, _, _ in fault if header and header != key))
    columns: dict[str, Sequence[str]] = {"Excel line": failed.line_numbers.iloc[positions].astype("str").tolist()}
    for header in (key, *headers):
        columns[header] = failed.column(header).iloc[positions].tolist()
    places = {header: place for place, header in enumerate(columns)}
    marked = {(row, places[header]) for row, fault in enumerate(faults) for header, _, _ in fault if header in places}
    columns["What is wrong"] = ["; ".join(dict.fromkeys(wrong for _, wrong, _ in fault)) for fault in faults]
    columns["What is allowed"] = ["; ".join(dict.fromkeys(good for _, _, good in fault if good)) for fault in faults]
    wide = ("What is wrong", "What is allowed")
    write_list(path, "To correct", columns, marked=marked, wide=wide, progress=progress)


def _faults(refusals: Sequence[Refusal], domain_kind: str, rules: Rules) -> list[tuple[str, str, str]]:
    """Return header, what is wrong, and what is allowed, of each thing that an answer objects to."""
    found = []
    for refusal in refusals:
        kind, allowed = rules.kind(refusal.kind), allowed_in(refusal.field)
        if kind.family == "value":
            good = allowed.text if allowed else kind.allowed
            found.append((refusal.field, f"{refusal.field}: {kind.title}".removeprefix(": "), good))
        elif kind.family == "account" and domain_kind in _EMAIL_PROBLEMS:
            found.append(("email_address", "The e-mail address is missing or cannot be one", "a working address"))
        else:
            found.append((refusal.field, kind.title, kind.allowed))
    return found


def write_list(
    path: Path,
    title: str,
    columns: dict[str, Sequence[str]],
    *,
    marked: set[tuple[int, int]] | None = None,
    wide: Sequence[str] = (),
    progress: Progress | None = None,
) -> None:
    """Write a workbook of one sheet."""
    with open_workbook(path, rows=max(map(len, columns.values()), default=0)) as book:
        sheet = book.add_worksheet(title)
        widths = [60 if name in wide else 26 for name in columns]
        looks = [{"text_wrap": True, "valign": "top"} if name in wide else {"valign": "top"} for name in columns]
        cells = list(columns.values())
        write_table(book, sheet, list(columns), cells, widths=widths, formats=looks, marked=marked, progress=progress)
