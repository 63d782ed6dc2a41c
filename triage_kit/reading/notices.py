"""The plain sentences that say what was noticed about a file; none holds a value of a row."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from triage_kit.columns import IMPORTER_COLUMNS, KNOWN_HEADERS, canonical_header
from triage_kit.reading.decoding import Decoded
from triage_kit.reading.layout import Head
from triage_kit.reading.model import Doubt, Layout, Records

__all__ = ["LONE_QUOTE", "RUN_TOGETHER", "distrust", "list_lines", "notices_on", "notices_on_encoding"]

RUN_TOGETHER = "may hold several rows run together"
LONE_QUOTE = "holds a lone quotation mark"

_ENCODINGS = {
    "utf-16-le": "UTF-16 (Excel's Unicode text)",
    "utf-16-be": "UTF-16 (Excel's Unicode text)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "cp1252": "Windows text (cp1252)",
    "iso8859-1": "Latin-1",
}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def list_lines(lines: Sequence[int], limit: int = 5, total: int | None = None) -> str:
    """Return line numbers in words, the first few of many; ``total`` if only some are given.

    >>> list_lines([3]), list_lines([3, 4]), list_lines(range(1, 9))
    ('line 3', 'lines 3 and 4', 'lines 1, 2, 3, 4, 5 and 3 more')
    """
    shown = [str(line) for line in lines[:limit]]
    count = len(lines) if total is None else total
    if count > limit:
        return f"lines {', '.join(shown)} and {count - limit:,} more"
    if len(shown) == 1:
        return f"line {shown[0]}"
    return f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def notices_on(
    layout: Layout,
    decoded: Decoded,
    head: Head,
    broken: pd.DataFrame,
    line_numbers: pd.Series,
    doubts: Sequence[Doubt],
    extra_cells: int,
    repeated_headers: int,
    wrapped: int = 0,
) -> tuple[str, ...]:
    """Return what a person should know about how the file was read."""
    rows = len(line_numbers)
    notices = [*notices_on_encoding(decoded, layout), *_on_layout(layout, head, repeated_headers)]
    if extra_cells:
        notices.append(
            f"{counted(extra_cells, 'row')} had more or fewer empty cells at the end than the header has names; "
            "nothing but empty cells was left out or added."
        )
    if wrapped:
        stood = "stood in one cell" if wrapped == 1 else "stood in one cell each"
        notices.append(
            f"{counted(wrapped, 'row')} {stood}, as when Excel opens a file with commas where it expects semicolons, "
            "and saves it; every cell was read from inside."
        )
    return (*notices, *_on_doubts(doubts, line_numbers), *_on_width(broken, rows, layout), *_on_broken(broken, rows))


def notices_on_encoding(decoded: Decoded, layout: Layout) -> list[str]:
    """Return what to know of a file that is not UTF-8."""
    if decoded.assumed and decoded.encoding == "cp1252":
        return [
            "The file is not UTF-8; it was read as Windows text (cp1252), as Excel saves it. "
            "If names with accents look wrong, download the file again instead of saving it from Excel."
        ]
    if layout.encoding not in ("utf-8", "ascii"):
        name = _ENCODINGS.get(layout.encoding, layout.encoding)
        return [f"The file was read as {name}; the Importer itself takes UTF-8 only."]
    return []


def _on_layout(layout: Layout, head: Head, repeated_headers: int) -> list[str]:
    notices = []
    if layout.delimiter != ",":
        name = _DELIMITERS.get(layout.delimiter, f"the character {layout.delimiter}")
        notices.append(f"The cells are set apart by {name}, not commas: the file was probably saved again by Excel.")
    if layout.backslash:
        notices.append("Quotation marks inside cells are written with a backslash; they were read as plain ones.")
    if layout.quotechar not in ('"', ""):
        notices.append(f"Cells are quoted with {layout.quotechar} instead of double quotation marks.")
    if any("\0" in cell for cell in head.header):
        notices.append(
            "The line with the column names holds NUL bytes: the file was damaged in storage or on the way. "
            "Download it again; columns may not be found under their names."
        )
    above = head.first - head.hidden
    if above:
        notices.append(f"{counted(above, 'line')} above the header, which is in line {layout.header_line}, left aside.")
    if repeated_headers:
        notices.append(f"The header comes again {counted(repeated_headers, 'time')} further down; it was left aside.")
    return notices


def _on_doubts(doubts: Sequence[Doubt], line_numbers: pd.Series) -> list[str]:
    notices = []
    for reason in dict.fromkeys(doubt.reason for doubt in doubts):
        rows = sorted({doubt.row_number for doubt in doubts if doubt.reason == reason})
        lines = list_lines(line_numbers.loc[rows[:6]].tolist(), total=len(rows))
        has = "has" if len(rows) == 1 else "have"
        notices.append(f"{counted(len(rows), 'row')} ({lines}) {has} a cell that {reason}; check before use.")
    return notices


def _on_width(broken: pd.DataFrame, rows: int, layout: Layout) -> list[str]:
    if rows or broken.empty:
        return []
    widths = broken["reason"][broken["reason"].str.contains("where the header")].value_counts()
    if widths.empty or widths.iloc[0] < max(2, 0.8 * len(broken)):
        return []
    return [
        f"Nearly every line holds {widths.index[0]}: a column name is missing in line {layout.header_line}, "
        "or there is one too many. Mend that line, or download the file again."
    ]


def _on_broken(broken: pd.DataFrame, rows: int) -> list[str]:
    if broken.empty:
        return []
    lines = broken["line"].drop_duplicates().tolist()
    notice = (
        f"{counted(rows, 'row')} read, {counted(len(broken), 'line')} could not be read ({list_lines(lines)}). "
        "Nothing of them is used; look them up in the original file."
    )
    return [notice]


def distrust(doubts: Sequence[Doubt], records: Records, reasons: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence for each of the reasons that occurs, and what to do about it."""
    notices = []
    for reason in reasons:
        found = [doubt for doubt in doubts if doubt.reason == reason]
        if found:
            rows = sorted({doubt.row_number for doubt in found})
            places = [_place(records.header, position) for position in sorted({d.position for d in found})]
            column = f"{'column' if len(places) == 1 else 'columns'} {', '.join(places)}"
            lines = list_lines(records.line_numbers.loc[rows[:6]].tolist(), total=len(rows))
            notices.append(f"{counted(len(rows), 'row')} ({lines}) cannot be trusted in {column}: {reason}.")
    if notices:
        notices.append(
            "The file was probably opened and saved in Excel. Download it again from the finished job in the Importer "
            "and use it without opening it; cells that cannot be trusted are kept out of every file to upload."
        )
    return tuple(notices)


def _place(header: Sequence[str], position: int) -> str:
    """Return a column's name if it is a known one, else the letters under which Excel shows it."""
    name = canonical_header(header[position])
    if name in KNOWN_HEADERS or name in IMPORTER_COLUMNS:
        return name
    letters, rest = "", position + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
