"""`school.toml`: what an office tells the kit about its school once, found by itself next time."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from triage_kit.domains.addresses import readable_domain
from triage_kit.domains.school import School
from triage_kit.errors import OutputError, SettingsError
from triage_kit.output import whole_file

__all__ = ["SCHOOL_FILE", "find_school_file", "load_school", "write_school"]

SCHOOL_FILE = "school.toml"
#: What a school.toml may hold, with the type of each and how that is called in a message.
_SETTINGS: dict[str, tuple[type, str]] = {
    "name": (str, "a text in quotes"),
    "domains": (list, "a list of domains in square brackets"),
    "include_subdomains": (bool, "true or false"),
    "excluded": (list, "a list of domains in square brackets"),
    "overrides": (dict, "a table of domains and kinds"),
    "email_pattern": (str, "a text in quotes"),
    "signature": (str, "a text in quotes"),
}


def load_school(path: str | Path) -> School:
    """Return the school of a `school.toml`; its ``source`` is the file's name.

    Raises
    ------
    SettingsError
        If the file cannot be read or holds a setting that is unknown or of the wrong form; the message names the file.
    """
    path = Path(path)
    settings = _read_toml(path)
    for name, value in settings.items():
        _check_setting(name, value, path)
    if not settings.get("domains"):
        raise SettingsError(f'{path.name}: the school\'s e-mail domains were expected. Add domains = ["example.edu"].')
    try:
        return School(source=path.name, **settings)
    except SettingsError as error:
        raise SettingsError(f"{path.name}: {error}") from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path.name} cannot be read: {error.strerror}. Check its place and name.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{path.name} is not TOML: {error}. Write each setting as name = value, texts in quotes."
        ) from error


def _check_setting(name: str, value: object, path: Path) -> None:
    if name not in _SETTINGS:
        near = difflib.get_close_matches(name, _SETTINGS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(_SETTINGS)}."
        raise SettingsError(f"{path.name}: there is no setting {name}. {hint}")
    kind, words = _SETTINGS[name]
    if not isinstance(value, kind):
        raise SettingsError(
            f"{path.name}: {words} was expected for {name}, {type(value).__name__} was found. Change it."
        )


def find_school_file(near: str | Path | None = None) -> Path | None:
    """Return the `school.toml` beside a file (or in a folder), else the one in the working folder, else None."""
    folders = [] if near is None else [Path(near) if Path(near).is_dir() else Path(near).parent]
    candidates = [folder / SCHOOL_FILE for folder in (*folders, Path.cwd())]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def write_school(school: School, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a school as `school.toml`, whole or not at all; return the path. `load_school` gives the same school.

    Raises
    ------
    OutputError
        If the file exists and ``overwrite`` is false, or it cannot be written.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise OutputError(
            f"{path.name} exists already, perhaps edited by hand; give another name, or --force to replace it."
        )
    with whole_file(path) as temporary:
        temporary.write_text(_to_toml(school), encoding="utf-8", newline="\n")
    return path


def _to_toml(school: School) -> str:
    lines = [
        "# Your school, for triage-kit. It is found by itself beside a failed-rows file or in the working folder.",
        f"name = {_text(school.name)}",
        "# What stands behind the @ of your school's addresses.",
        f"domains = {_list(school.domains)}",
        f"include_subdomains = {str(school.include_subdomains).lower()}",
        "# Sub-domains that are not yours after all.",
        f"excluded = {_list(school.excluded)}",
    ]
    if school.email_pattern is not None:
        lines += ["# How the address of a new account is made.", f"email_pattern = {_text(school.email_pattern)}"]
    if school.signature is not None:
        lines += ["# What stands below your letters.", f"signature = {_text(school.signature)}"]
    lines += [
        "",
        '# Domains of which you know better than the public lists, such as "partner.example" = "own-school".',
        "[overrides]",
    ]
    lines += [f"{_text(readable_domain(domain))} = {_text(kind)}" for domain, kind in school.overrides.items()]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """Return a TOML basic string: JSON's escapes are TOML's, DEL apart."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(_text(readable_domain(value)) for value in values) + "]"
