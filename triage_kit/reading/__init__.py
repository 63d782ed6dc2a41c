"""Bytes -> `Records` -> `FailedRows`: reads every file that staff really have, and loses nothing of it."""

from triage_kit.reading.failed_rows import read_failed_rows
from triage_kit.reading.model import Dialect, Doubt, FailedRows, Layout, Records
from triage_kit.reading.records import read_records
from triage_kit.reading.writing import write_records

__all__ = [
    "Dialect",
    "Doubt",
    "FailedRows",
    "Layout",
    "Records",
    "read_failed_rows",
    "read_records",
    "write_records",
]
