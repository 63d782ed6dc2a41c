"""The case book: what was found out about each student and problem is remembered from week to week.

It is a database: a file beside the office's lists, or a team's PostgreSQL. It holds the least that recognises a
student, and what was refused and recorded; nothing else of the upload. It is personal data and stays in the office.
"""

from __future__ import annotations

from triage_kit.casebook.cases import standings
from triage_kit.casebook.database import SHORT_WAIT_SECONDS, looking, open_database, transaction
from triage_kit.casebook.facts import Facts, read_facts, read_imports
from triage_kit.casebook.history import REUPLOAD, SYNC, Standing, unsettled_of
from triage_kit.casebook.recognition import Doubt, Keys, key_table, keys_of, plain_key, table_of
from triage_kit.casebook.register import Register
from triage_kit.casebook.results import RecordedResult
from triage_kit.casebook.schema import mark_of
from triage_kit.casebook.update import Recognised, Recorded, RefusedFile, known_import, learn, recognise, record

__all__ = [
    "REUPLOAD",
    "SHORT_WAIT_SECONDS",
    "SYNC",
    "Doubt",
    "Facts",
    "Keys",
    "Recognised",
    "Recorded",
    "RecordedResult",
    "RefusedFile",
    "Register",
    "Standing",
    "key_table",
    "keys_of",
    "known_import",
    "learn",
    "looking",
    "mark_of",
    "open_database",
    "plain_key",
    "read_facts",
    "read_imports",
    "recognise",
    "record",
    "standings",
    "table_of",
    "transaction",
    "unsettled_of",
]
