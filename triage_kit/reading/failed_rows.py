"""Records -> failed rows: finds the Importer's columns and sets them apart from the school's."""

from __future__ import annotations

import os
import re

import pandas as pd

from triage_kit.columns import canonical_header, matching_form
from triage_kit.errors import InputError
from triage_kit.reading.excel_traces import REASONS, find_traces
from triage_kit.reading.layout import ANSWER
from triage_kit.reading.model import Doubt, FailedRows, Records
from triage_kit.reading.notices import distrust
from triage_kit.reading.records import read_records

__all__ = ["read_failed_rows"]

# pandas numbers repeated headers: response, response.1.
_RESPONSE = re.compile(r"response(\.\d+)?")
_STATUS = re.compile(r"status(\.\d+)?")
#: How many filled cells are looked at to tell whether a column holds answers, and what share of them must be ones.
_ANSWERS_LOOKED_AT, _SHARE_OF_ANSWERS = 1000, 0.5


def read_failed_rows(
    path: str | os.PathLike[str],
    *,
    response_column: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> FailedRows:
    """Return the failed rows of one file downloaded from the Importer.

    The answers are in the column named ``response`` (of several, the right-most), or ``response_column``, or else in
    the last column whose cells look like answers. A header without rows gives no rows.

    Raises
    ------
    InputError
        If the file cannot be read as a table, or no column holds the Importer's answers.
    """
    records = read_records(path, encoding=encoding, delimiter=delimiter)
    forms = [matching_form(cell) for cell in records.header]
    response = _find_response(records, forms, response_column)
    pairs = {response: _status_beside(forms, response)}
    for position, form in enumerate(forms):
        if _RESPONSE.fullmatch(form):
            pairs[position] = _status_beside(forms, position)
    taken = set(pairs) | {status for status in pairs.values() if status is not None}
    upload = tuple(i for i, form in enumerate(forms) if i not in taken and (form or _is_filled(records, i)))
    return _failed_rows(records, response, pairs[response], upload)


def _is_filled(records: Records, position: int) -> bool:
    return bool((records.rows.iloc[:, position] != "").any())


def _failed_rows(records: Records, response: int, status: int | None, upload: tuple[int, ...]) -> FailedRows:
    rows = records.rows
    blank = pd.Series("", index=rows.index, dtype="str")
    positions = {canonical_header(records.header[i]): i for i in reversed(upload)}
    traces = find_traces(records, response)
    return FailedRows(
        rows=rows,
        response=rows.iloc[:, response].rename("response"),
        status=(blank if status is None else rows.iloc[:, status]).rename("status"),
        upload_columns=upload,
        broken=records.broken,
        notices=records.notices + distrust(traces, records, REASONS),
        layout=records.layout,
        untrusted=_untrusted(records, sorted({*records.doubts, *traces})),
        line_numbers=records.line_numbers,
        name=records.name,
        _positions=positions,
    )


def _untrusted(records: Records, doubts: list[Doubt]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_number": pd.Series([d.row_number for d in doubts], dtype="int64"),
            "column": pd.Series([records.header[d.position] for d in doubts], dtype="str"),
            "reason": pd.Series([d.reason for d in doubts], dtype="str"),
        }
    )


def _find_response(records: Records, forms: list[str], asked: str | None) -> int:
    if asked is not None:
        named = [i for i, form in enumerate(forms) if records.header[i] == asked or form == matching_form(asked)]
        if not named:
            raise InputError(
                f"{records.name} has {len(forms)} columns and none is named {asked!r}; "
                "give the name as it stands in its header line."
            )
        return named[-1]
    named = [i for i, form in enumerate(forms) if _RESPONSE.fullmatch(form)]
    if named:
        return named[-1]
    for position in reversed(range(len(forms))):
        if _holds_answers(records.rows.iloc[:, position]):
            return position
    raise InputError(
        f"{records.name} has no column named response and none whose cells look like the Importer's answers "
        f"(columns: {len(forms)}); give the failed-rows CSV as downloaded from the finished job, or name the column."
    )


def _holds_answers(column: pd.Series) -> bool:
    filled = column[column != ""].head(_ANSWERS_LOOKED_AT)
    answers = sum(ANSWER.search(cell) is not None for cell in filled)
    return answers > 0 and answers >= _SHARE_OF_ANSWERS * len(filled)


def _status_beside(forms: list[str], response: int) -> int | None:
    """Return the position of the status that belongs to a response: left of it as the Importer does, else right."""
    for position in (response - 1, response + 1):
        if 0 <= position < len(forms) and _STATUS.fullmatch(forms[position]):
            return position
    return None
