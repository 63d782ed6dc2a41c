"""What staff recorded of their students, read back in.

Any table will do that names students by username or e-mail and has a column Result (or Outcome): the work list
of the to-do folder, or a list that somebody keeps. Column order and further columns are free.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from triage_kit.columns import matching_form
from triage_kit.errors import InputError
from triage_kit.reading import read_records
from triage_kit.rulebook import Rules, load_rules

__all__ = ["OUTCOME_COLUMNS", "read_outcomes", "student_key"]

#: One line per recorded result, in the order in which the files and their lines came.
OUTCOME_COLUMNS = ("username", "email_address", "outcome", "old_username", "date", "note")

# Other names under which a column of ours is met, in matching form.
_ALSO = {"outcome": ("result",), "email_address": ("e-mail", "email"), "old_username": ("old username",)}


def read_outcomes(*paths: str | Path, rules: Rules | None = None) -> pd.DataFrame:
    """Return what staff recorded, one line per student and result, all text; lines without a result are left out.

    Parameters
    ----------
    paths
        CSV or xlsx files with a username or an e-mail column, and a column Result or Outcome that holds an outcome's
        id or its title. A folder stands for the tables in it.
    rules
        The rules that name the outcomes; ours if not given.

    Raises
    ------
    InputError
        If a file cannot be read, lacks those columns, or holds a result that no outcome is called; the message names
        file and line, not the student.
    """
    rules = rules or load_rules()
    names = _outcome_names(rules)
    tables = [_read_file(file, names) for path in paths for file in _files(Path(path))]
    if not tables:
        return pd.DataFrame(columns=list(OUTCOME_COLUMNS), dtype="str")
    return pd.concat(tables, ignore_index=True)


def student_key(texts: pd.Series) -> pd.Series:
    """Return usernames or addresses in the form used for comparing: trimmed, capitals aside."""
    return texts.str.strip().str.lower()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in {".csv", ".xlsx"})
    if not found:
        raise InputError(f"{path.name}: no CSV or xlsx file with results was found in this folder.")
    return found


def _outcome_names(rules: Rules) -> dict[str, str]:
    """Return each outcome's id under its id and its title, both in matching form."""
    return {matching_form(name): entry.id for entry in rules.outcomes for name in (entry.id, entry.title)}


def _read_file(path: Path, names: Mapping[str, str]) -> pd.DataFrame:
    records = read_records(path)
    found = {column: _column(records.rows, column) for column in OUTCOME_COLUMNS}
    if found["outcome"] is None or (found["username"] is None and found["email_address"] is None):
        raise InputError(
            f"{path.name}: expected a column “Result” and one of “username” or “email_address”; "
            "name the columns so in the first line."
        )
    blank = pd.Series("", index=records.rows.index, dtype="str")
    table = pd.DataFrame({column: blank if series is None else series for column, series in found.items()})
    forms = table["outcome"].map(matching_form)
    unknown = table.index[(forms != "") & ~forms.isin(list(names))]
    if len(unknown):
        position = records.rows.index.get_loc(unknown[0])
        raise InputError(
            f"{path.name}: the result in data row {position + 1} ({len(unknown)} in all) is none that the kit knows; "
            "choose one from the work list's drop-down."
        )
    table["outcome"] = forms.map(names)
    return table[forms != ""]


def _column(rows: pd.DataFrame, column: str) -> pd.Series | None:
    wanted = {matching_form(name) for name in (column, *_ALSO.get(column, ()))}
    for position, header in enumerate(rows.columns):
        if matching_form(str(header)) in wanted:
            return rows.iloc[:, position]
    return None
