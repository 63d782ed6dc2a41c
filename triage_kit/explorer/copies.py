"""Copies of the explorer's notebook: one in the user's folder for JupyterLab, one without text for the page."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triage_kit.errors import OutputError, SettingsError
from triage_kit.output import whole_file
from triage_kit.report.runner import find_notebook

__all__ = ["NOTEBOOK", "app_notebook", "copy_notebook"]

NOTEBOOK = "explore.ipynb"
_MARK = "triage_kit"
_MOST_COPIES = 99
_PASSWORD = re.compile(r"\w+(\+\w+)?://[^/@]*:[^/@]*@")


def copy_notebook(
    folder: Path,
    file: Path | None,
    *,
    school_domains: Sequence[str] = (),
    rules: Path | None = None,
    casebook: str = "",
) -> Path:
    """Return the path of a copy of the notebook in a folder, with the file passed on.

    A copy that somebody changed is never replaced: the new one gets the next free name.

    Raises
    ------
    SettingsError
        If the case book's address holds a password: a notebook is no place for one.
    """
    if _PASSWORD.match(casebook):
        raise SettingsError(
            "The case book's address holds a password, which would stand in the notebook. Leave it out, and give it as "
            "PostgreSQL's own programs are given theirs: in PGPASSWORD or in the file ~/.pgpass."
        )
    if casebook and "://" not in casebook:
        casebook = str(_beside(Path(casebook), folder))
    notebook = _with_call(_call(_beside(file, folder), school_domains, _beside(rules, folder), casebook))
    notebook["metadata"][_MARK] = {"sources": _fingerprint(notebook)}
    names = [NOTEBOOK, *(f"explore-{number}.ipynb" for number in range(2, _MOST_COPIES))]
    path = next((folder / name for name in names if _may_replace(folder / name)), None)
    if path is None:
        raise OutputError(f"{folder.name} has {_MOST_COPIES} explorer notebooks already; delete some.")
    _write(notebook, path)
    return path


def app_notebook(
    folder: Path,
    file: Path | None,
    *,
    near: Path,
    school_domains: Sequence[str] = (),
    rules: Path | None = None,
    casebook: str = "",
) -> Path:
    """Return the path of the notebook for the page, made in a private folder: its code cells alone.

    ``near`` is the folder whose files are listed, and into which is written.
    """
    call = _call(str(file) if file else None, school_domains, str(rules) if rules else None, casebook, folder=str(near))
    notebook = _with_call(call)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    _write(notebook, folder / NOTEBOOK)
    return folder / NOTEBOOK


def _with_call(call: str) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(find_notebook(NOTEBOOK).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if "explorer" in cell["metadata"].get("tags", []):
            cell["source"] = call
    return notebook


def _call(
    file: str | None, school_domains: Sequence[str], rules: str | None, casebook: str, *, folder: str = ""
) -> str:
    """Return the line of code that shows the panel; whatever stands in a path, it is a Python text."""
    arguments = [json.dumps(file, ensure_ascii=False)] if file else []
    arguments += [f"folder={json.dumps(folder, ensure_ascii=False)}"] if folder else []
    arguments += [f"school_domains={json.dumps(list(school_domains))}"] if school_domains else []
    arguments += [f"rules={json.dumps(rules, ensure_ascii=False)}"] if rules else []
    arguments += [f"casebook={json.dumps(casebook, ensure_ascii=False)}"] if casebook else []
    return f"Explorer({', '.join(arguments)})"


def _beside(path: Path | None, folder: Path) -> str | None:
    """Return a path as the notebook should name it: relative where it lies below the folder."""
    if path is None:
        return None
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _fingerprint(notebook: dict[str, Any]) -> str:
    sources = json.dumps(["".join(cell["source"]) for cell in notebook["cells"]])
    return hashlib.sha256(sources.encode()).hexdigest()


def _may_replace(path: Path) -> bool:
    """Return whether nothing stands there, or a copy of ours that nobody changed."""
    if not path.exists():
        return True
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return bool(notebook["metadata"][_MARK]["sources"] == _fingerprint(notebook))
    except (OSError, ValueError, KeyError, TypeError):  # not a notebook of ours, so not ours to replace
        return False


def _write(notebook: dict[str, Any], path: Path) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
