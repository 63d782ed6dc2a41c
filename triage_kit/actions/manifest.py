"""`manifest.json`: what is in the folder, from what it was made and how; and the proof that no row was lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from triage_kit.actions.plan import Plan
from triage_kit.actions.step_files import Made
from triage_kit.errors import OutputError

if TYPE_CHECKING:
    from triage_kit.domains import School
    from triage_kit.reading import FailedRows

__all__ = ["MANIFEST", "check_accounts", "is_ours", "read_manifest", "sha256_of", "write_manifest"]

MANIFEST = "manifest.json"
_MADE_BY = "triage-kit to-do folder"


def check_accounts(failed: FailedRows, plan: Plan, made: Sequence[Made], worklist_rows: int) -> dict[str, int]:
    """Return where the rows went, added up; raise OutputError if a row is missing or stands twice.

    ``rows`` = ``in_step_files`` + ``held`` + ``in_worklist_only``.
    """
    total = len(failed.rows)
    accounts = {
        "rows": total,
        "in_step_files": int((plan.file != "").sum()),
        "held": int((plan.held != "").sum()),
        "in_worklist_only": int(((plan.file == "") & (plan.held == "")).sum()),
        "in_worklist": worklist_rows,
        "unreadable_lines": len(failed.broken),
    }
    parts = accounts["in_step_files"] + accounts["held"] + accounts["in_worklist_only"]
    counted = [file for file in made if file.counted]
    written = sum(file.rows for file in counted)
    placed = np.concatenate([np.zeros(0, dtype=np.intp), *(f.positions for f in counted if f.positions is not None)])
    each_once = len(placed) == len(np.unique(placed)) == written == accounts["in_step_files"]
    if not (parts == worklist_rows == total and each_once):
        raise OutputError(
            f"{total:,} rows came in, {worklist_rows:,} stand in the work list and {written:,} of "
            f"{accounts['in_step_files']:,} in the files for single steps; so nothing was written. Please report this."
        )
    return accounts


def write_manifest(
    folder: Path,
    failed: FailedRows,
    plan: Plan,
    made: Sequence[Made],
    *,
    accounts: dict[str, int],
    school: School,
    version: str,
    date: str,
) -> None:
    """Write what is in the folder; every other file has to be there."""
    steps = {entry.id: entry for entry in plan.entries}
    files = []
    for file in made:
        entry = steps.get(file.entry)
        files.append(
            {
                "name": file.name,
                "rows": file.rows,
                "sha256": file.fingerprint or sha256_of(folder / file.name),
                "for_the_importer": file.exact,
                "counts_rows": file.counted,
                "work": entry.title if entry else "",
                "steps": list(entry.steps) if entry else [],
                "settings": dict(entry.settings) if entry and file.exact else {},
            }
        )
    content = {
        "made_by": _MADE_BY,
        "version": version,
        "made_on": date,
        "input": failed.name,
        "school": {"name": school.name, "domains": list(school.domains), "assumed": bool(school.assumed)},
        "accounts": accounts,
        "allowed": [{"guard": guard, "rows": rows} for guard, rows in plan.allowed.items()],
        "looked_at": [{"guard": guard, "rows": rows} for guard, rows in plan.looked_at.items()],
        "held": [{"guard": guard, "rows": rows} for guard, rows in plan.held_by_guard().items()],
        "files": files,
    }
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder that the kit made; None if there is none, or it is another program's."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("made_by") == _MADE_BY else None


def is_ours(folder: Path) -> bool:
    """Return whether the kit made this folder."""
    return read_manifest(folder) is not None


def sha256_of(path: Path) -> str:
    """Return the file's fingerprint."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
