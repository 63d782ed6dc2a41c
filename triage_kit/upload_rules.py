"""What the Importer takes in a cell of an upload, read from ``rules/upload.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["CLEAR", "US_DATE", "as_date", "cell_test", "may_clear", "upload_rules"]

_RULES = Path(__file__).parent / "rules" / "upload.toml"

#: The cell that erases a field, and the form of date that a job takes when it is told to.
CLEAR = "**CLEAR**"
US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


@lru_cache(maxsize=1)
def upload_rules() -> dict[str, Any]:
    """Return the rules as they stand in the file, read once."""
    return tomllib.loads(_RULES.read_text(encoding="utf-8"))


def may_clear(header: str) -> bool:
    """Return whether the field can be erased: any that is neither TRUE or FALSE nor has to be filled."""
    entries = [entry for entry in upload_rules()["column"] if header in entry["headers"]]
    return all(entry.get("clear", True) and not entry.get("filled") for entry in entries)


def cell_test(entry: dict[str, Any]) -> Callable[[str], bool]:
    """Return what decides whether a cell that is not blank fits."""
    values, pattern = entry.get("values"), re.compile(entry.get("pattern", ".*"), re.DOTALL)
    if values:
        return lambda cell: cell in values
    if entry.get("date"):
        return lambda cell: as_date(cell) is not None
    if "several_without" in entry:
        return lambda cell: ";" not in cell or entry["several_without"] not in cell
    if entry.get("list"):
        return lambda cell: all(pattern.fullmatch(piece.strip()) for piece in cell.split(";") if piece.strip())
    return lambda cell: pattern.fullmatch(cell) is not None


def as_date(text: str) -> date | None:
    """Return the date that a cell of either allowed form holds."""
    iso, us = _ISO.fullmatch(text), US_DATE.fullmatch(text)
    if not iso and not us:
        return None
    year, month, day = (iso[1], iso[2], iso[3]) if iso else (us[3], us[1], us[2]) if us else ("", "", "")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
