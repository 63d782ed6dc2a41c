"""What staff recorded of their students, read back in.

Any table will do that names students by username or e-mail and has a column Result (or Outcome): the work list
of the to-do folder, or a list that somebody keeps. Column order and further columns are free.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from triage_kit.columns import matching_form
from triage_kit.errors import InputError
from triage_kit.reading import read_records
from triage_kit.rulebook import Rules, load_rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows, Records

__all__ = [
    "EARLIER_RESULTS",
    "OUTCOME_COLUMNS",
    "WORKLISTS",
    "old_usernames",
    "read_outcomes",
    "results_of_others",
    "rows_of_outcomes",
    "rows_with_outcome",
    "student_key",
    "tables_in",
]

#: One line per recorded result, in the order in which the files and their lines came.
OUTCOME_COLUMNS = ("username", "email_address", "outcome", "old_username", "date", "note", "file", "line", "problem")

#: The names that the work list of a to-do folder may have.
WORKLISTS = ("worklist.xlsx", "worklist.csv")

#: The folder inside a to-do folder that keeps the work lists which a newer one replaced.
EARLIER_RESULTS = "earlier-results"

# Other names under which a column of ours is met, in matching form.
_ALSO = {"outcome": ("result",), "email_address": ("e-mail", "email", "e-mail_address"), "old_username": ()}
_READ = OUTCOME_COLUMNS[:6]
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_DEFUSED = re.compile(r"'(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n])")
_UNKNOWN = "the result is none that the kit knows; choose one from the work list's drop-down"
_NOBODY = "there is a result, but neither username nor e-mail address says whose"


def read_outcomes(*paths: str | Path, rules: Rules | None = None) -> pd.DataFrame:
    """Return what staff recorded, one line per student and result, all text.

    A line without a result is left out, unless it gives an old username: that belongs to the results before.
    A result that no outcome is called stands with a blank ``outcome`` and the reason under ``problem``, and so does a
    line that could not be read; they move nobody. ``file`` and ``line`` (as Excel counts) say where each came from.

    Parameters
    ----------
    paths
        CSV or xlsx files with a username or an e-mail column, and a column Result or Outcome that holds an outcome's
        id or its title. A folder stands for the tables with such columns in it, those in its folder
        ``earlier-results`` first; so does its work list, for those and itself.
    rules
        The rules that name the outcomes; ours if not given.

    Raises
    ------
    InputError
        If a file cannot be read or lacks those columns, or a folder has no such file.
    """
    names = _outcome_names(rules or load_rules())
    tables = [table for path in paths for table in _read_path(Path(path), names)]
    if not tables:
        return pd.DataFrame(columns=list(OUTCOME_COLUMNS), dtype="str")
    return pd.concat(tables, ignore_index=True)


def student_key(texts: pd.Series) -> pd.Series:
    """Return usernames or addresses in the form used for comparing: trimmed, capitals aside."""
    return texts.str.strip().str.lower()


def rows_of_outcomes(failed: FailedRows, outcomes: pd.DataFrame) -> list[list[int]]:
    """Return for each outcome the positions of its failed rows: those of its username, else of its e-mail address.

    None for somebody who is not in the file. Where username and address lead to different rows, nobody is meant for
    certain, and -1 stands in place of the positions.
    """
    usernames, addresses = (student_key(outcomes[name]) for name in ("username", "email_address"))
    by_username = _positions(failed, "username", usernames)
    by_address = _positions(failed, "email_address", addresses)
    found = []
    for username, address in zip(usernames, addresses, strict=True):
        named, addressed = by_username.get(username, []), by_address.get(address, [])
        crossed = bool(named and addressed) and not set(named) & set(addressed)
        found.append([-1] if crossed else named or addressed)
    return found


def rows_with_outcome(
    failed: FailedRows, outcomes: pd.DataFrame | None, names: Collection[str]
) -> npt.NDArray[np.bool_]:
    """Return for each failed row whether one of these outcomes was recorded of it, at the very address that it has.

    What was recorded of a student at another address counts for nothing: that address may be somebody else's.
    """
    found = np.zeros(len(failed.rows), dtype=bool)
    if outcomes is None or not len(outcomes):
        return found
    known = outcomes.reindex(columns=list(OUTCOME_COLUMNS), fill_value="")
    known = known[known["outcome"].isin(list(names)) & (known["problem"] == "")]
    addresses = student_key(failed.column("email_address")).to_numpy(dtype=object)
    for positions, address in zip(rows_of_outcomes(failed, known), student_key(known["email_address"]), strict=True):
        meant = [position for position in positions if position >= 0 and address in ("", addresses[position])]
        found[meant] = True
    return found


def results_of_others(failed: FailedRows, outcomes: pd.DataFrame | None) -> pd.DataFrame:
    """Return the results of students who are not in the file: ``file``, ``line``, and ``all``.

    ``all`` says whether that is so of every result in that list.
    """
    whole = pd.DataFrame() if outcomes is None else outcomes
    sound = whole.reindex(columns=list(OUTCOME_COLUMNS), fill_value="")
    sound = sound[(sound["problem"] == "") & (sound["outcome"] != "")]
    nobody = pd.Series([not positions for positions in rows_of_outcomes(failed, sound)], sound.index, dtype=bool)
    return sound[["file", "line"]].assign(all=nobody.groupby(sound["file"]).transform("all"))[nobody]


def old_usernames(failed: FailedRows, outcomes: pd.DataFrame | None) -> pd.Series:
    """Return for each failed row the old username that staff recorded last; blank where they recorded none."""
    found = [""] * len(failed.rows)
    if outcomes is not None and len(outcomes):
        named = outcomes[outcomes["old_username"].str.strip() != ""].sort_values("date", kind="stable")
        for positions, old in zip(rows_of_outcomes(failed, named), named["old_username"], strict=True):
            for position in positions:
                if position >= 0:
                    found[position] = old.strip()
    return pd.Series(found, index=failed.rows.index, dtype="str")


def _read_path(path: Path, names: Mapping[str, str]) -> list[pd.DataFrame]:
    folder = path.absolute() if path.is_dir() else path.absolute().parent
    if path.is_dir():
        tables = _read_tables([*tables_in(folder / EARLIER_RESULTS), *tables_in(folder)], folder, names)
        if not tables:
            raise InputError(f"{folder.name}: no CSV or xlsx file with a column “Result” was found in this folder.")
        return tables
    earlier = tables_in(folder / EARLIER_RESULTS) if path.name in WORKLISTS else []
    return [*_read_tables(earlier, folder, names), _read_file(path, names)]


def _read_tables(files: Sequence[Path], folder: Path, names: Mapping[str, str]) -> list[pd.DataFrame]:
    """Return what is a list of results among the tables of a folder; each then knows the folder's name."""
    read = ((file, _read_file(file, names, must_have=False)) for file in files)
    return [table.assign(file=file.relative_to(folder.parent).as_posix()) for file, table in read if table is not None]


def tables_in(folder: Path) -> list[Path]:
    """Return the tables in a folder, the second work list before the tenth."""
    if not folder.is_dir():
        return []
    found = (file for file in folder.iterdir() if file.suffix.lower() in {".csv", ".xlsx"} and file.name[0] not in ".~")
    return sorted(found, key=lambda file: [part.zfill(9) for part in re.split(r"(\d+)", file.name)])


def _outcome_names(rules: Rules) -> dict[str, str]:
    """Return each outcome's id under its id and its title, both in matching form."""
    return {matching_form(name): entry.id for entry in rules.outcomes for name in (entry.id, entry.title)}


def _read_file(path: Path, names: Mapping[str, str], *, must_have: bool = True) -> pd.DataFrame | None:
    records = read_records(path)
    found = {column: _column(records.rows, column) for column in _READ}
    if found["outcome"] is None and not must_have:
        return None
    if found["outcome"] is None or (found["username"] is None and found["email_address"] is None):
        raise InputError(
            f"{path.name}: expected a column “Result” and one of “username” or “email_address”; "
            "name the columns so in the first line."
        )
    blank = pd.Series("", index=records.rows.index, dtype="str")
    table = pd.DataFrame({column: blank if series is None else series for column, series in found.items()})
    given = table["outcome"].str.strip() != ""
    table = table[given | (table["old_username"].str.strip() != "")].apply(_exact)
    given = given[table.index]
    table["outcome"] = table["outcome"].map(lambda text: names.get(matching_form(text), ""))
    table["date"] = table["date"].map(lambda text: text if _is_day(text) else "")
    table["file"] = path.name
    table["line"] = records.line_numbers.loc[table.index].astype("str")
    nobody = (table["username"].str.strip() == "") & (table["email_address"].str.strip() == "")
    table["problem"] = ""
    table["problem"] = table["problem"].mask(given & (table["outcome"] == ""), _UNKNOWN).mask(nobody, _NOBODY)
    return pd.concat([table, _broken_lines(records, path)]).fillna("").astype("str")[list(OUTCOME_COLUMNS)]


def _broken_lines(records: Records, path: Path) -> pd.DataFrame:
    """Return the lines that could not be read as results of nobody: whoever recorded them has to know."""
    broken = records.broken
    problems = [f"this line could not be read ({reason.rstrip('.')})" for reason in broken["reason"]]
    return pd.DataFrame({"file": path.name, "line": broken["line"].astype("str"), "problem": problems})


def _is_day(text: str) -> bool:
    """Return whether a text begins with a day of the calendar, and holds beside it a time at most."""
    try:
        return bool(_ISO_DATE.fullmatch(text) and date.fromisoformat(text[:10]))
    except ValueError:  # such as 31 February
        return False


def _exact(texts: pd.Series) -> pd.Series:
    """Return texts without the apostrophe that a CSV for people has in front of what looks like a formula."""
    return texts.str.replace("^" + _DEFUSED.pattern, "", n=1, regex=True) if len(texts) else texts


def _column(rows: pd.DataFrame, column: str) -> pd.Series | None:
    wanted = {matching_form(name) for name in (column, *_ALSO.get(column, ()))}
    for position, header in enumerate(rows.columns):
        if matching_form(str(header)) in wanted:
            return rows.iloc[:, position]
    return None


def _positions(failed: FailedRows, header: str, wanted: pd.Series) -> dict[str, list[int]]:
    """Return the positions of the failed rows that have one of the wanted keys, by key."""
    found: dict[str, list[int]] = {}
    if names := set(wanted) - {""}:
        keys = student_key(failed.column(header))
        hits = np.flatnonzero(keys.isin(list(names)))
        for position, key in zip(hits.tolist(), keys.iloc[hits], strict=True):
            found.setdefault(key, []).append(position)
    return found
