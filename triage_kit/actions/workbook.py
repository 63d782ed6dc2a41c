"""Workbooks for people: every cell typed as text, nothing that a program could take for a formula.

XlsxWriter writes them: three times as fast as openpyxl, cells stay the text they were, and the same input gives the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from triage_kit.errors import OutputError
from triage_kit.output import private_folder

__all__ = ["LONGEST_CELL", "Progress", "cell_text", "open_workbook", "write_table"]

#: Told how many of how many rows are written.
Progress = Callable[[int, int], None]

#: The most characters that Excel keeps in a cell; it counts those beyond the basic plane twice.
LONGEST_CELL = 32_767
_MADE = datetime(2000, 1, 1)  # the same input gives the same bytes
_REPLACEMENT = "\ufffd"
_LINE_HEIGHT, _MOST_HEIGHT = 15, 409  # in points; higher no line can be in Excel
_TELL_EVERY = 5_000
_MANY_ROWS = 5_000


@contextmanager
def open_workbook(path: Path, *, rows: int) -> Iterator[Workbook]:
    """Give a workbook that is written to ``path`` when all went well; rows have to be written from top to bottom.

    One of many ``rows`` is written through temporary files, so that it needs little memory. They hold the rows too, so
    they are gone however this ends.
    """
    way = {"constant_memory": True} if rows > _MANY_ROWS else {"in_memory": True}
    settings = {**way, "strings_to_formulas": False, "strings_to_urls": False}
    packed = BytesIO()  # a zip file that fails half-way would complain once more when it is thrown away
    try:
        with private_folder() as temporary, Workbook(packed, {**settings, "tmpdir": str(temporary)}) as book:
            book.set_properties({"created": _MADE})
            yield book
        path.write_bytes(packed.getbuffer())
    except (FileCreateError, OSError) as error:
        reason = getattr(error, "strerror", None) or "the disk may be full"
        raise OutputError(f"{path.name} cannot be written ({reason}); make room there, or choose another.") from None


def cell_text(text: str) -> str:
    """Return text as a cell can hold it: control characters marked, what is too long cut with a visible mark."""
    if text.isprintable() and len(text) < LONGEST_CELL // 2:
        return text
    text = "".join(character if _storable(character) else _REPLACEMENT for character in text)
    if _units(text) > LONGEST_CELL:
        mark = f" … [cut here for Excel: {len(text):,} characters in the file]"
        room = LONGEST_CELL - len(mark)
        while _units(text) > room:
            text = text[: max(0, len(text) - max(1, (_units(text) - room) // 2))]
        text += mark
    return text


def write_table(
    book: Workbook,
    sheet: Any,
    header: Sequence[str],
    columns: Sequence[Sequence[str]],
    *,
    widths: Sequence[int],
    formats: Sequence[dict[str, Any]] = (),
    marked: set[tuple[int, int]] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a table of text from the first line on: header frozen, filters on, every cell text.

    Parameters
    ----------
    columns
        As many as the header has cells, all of one length.
    widths
        How wide each column is, in digits.
    formats
        How each column looks besides being text; the same for all if not given. Where a text is to be wrapped, its line
        is made as high as it needs: Excel would do so by itself, LibreOffice does not when it prints.
    marked
        Cells (row, column) that are shown as faulty.
    progress
        Told every few thousand rows, and at the end.
    """
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EDF2", "bottom": 1})
    given = [{"num_format": "@", **look} for look in (formats or [{}] * len(header))]
    looks = [book.add_format(look) for look in given]
    faulty = [book.add_format({**look, "bg_color": "#FFE08A"}) for look in given]
    count = len(columns[0]) if columns else 0
    wrapped = [place for place, look in enumerate(given) if look.get("text_wrap")]
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    _set_height(sheet, 0, list(zip(header, widths, strict=True)))
    for place, name in enumerate(header):
        sheet.write_string(0, place, cell_text(name), heading)
    for row, cells in enumerate(zip(*columns, strict=True), start=1):
        _set_height(sheet, row, [(cells[place], widths[place]) for place in wrapped])
        for place, text in enumerate(cells):
            look = (faulty if marked and (row - 1, place) in marked else looks)[place]
            if text:
                sheet.write_string(row, place, cell_text(text), look)
            else:
                sheet.write_blank(row, place, None, look)
        if progress and (row % _TELL_EVERY == 0 or row == count > _TELL_EVERY):
            progress(row, count)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(count, 1), max(len(header) - 1, 0))
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{count + 1}"})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)  # one page wide, as long as it takes
    sheet.repeat_rows(0)
    sheet.set_footer("&LStudent data: for the office only&RPage &P of &N")


def _set_height(sheet: Any, row: int, texts: Sequence[tuple[str, int]]) -> None:
    """Make a line as high as its texts need in columns of these widths, if that is more than one line of text."""
    rooms = [(text, width * 7 // 6) for text, width in texts]  # letters are narrower than digits
    if all(len(text) <= room and "\n" not in text for text, room in rooms):
        return
    most = max(sum(max(1, -(-len(part) // room)) for part in text.split("\n")) for text, room in rooms)
    sheet.set_row(row, min(most * _LINE_HEIGHT, _MOST_HEIGHT))


def _storable(character: str) -> bool:
    code = ord(character)
    return character in "\t\n\r" or (code >= 32 and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF))


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
