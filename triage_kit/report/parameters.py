"""The report's parameters: their names, types and defaults, checked before anything runs.

papermill only warns of a parameter it does not know and then reports with the default, so the check is ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from triage_kit.errors import InputError, SettingsError
from triage_kit.small_counts import LEAST_MINIMUM, MINIMUM

__all__ = ["AUDIENCES", "ReportParameters", "check_parameters", "split_domains"]

AUDIENCES = ("no-names", "with-names")
_NAMES = (
    "failed_rows",
    "school_domains",
    "school_name",
    "school_file",
    "audience",
    "title",
    "rules",
    "casebook",
    "uploaded",
    "minimum",
)


@dataclass(frozen=True)
class ReportParameters:
    """The parameters of ``report.ipynb``, checked; the values are plain texts and lists, as papermill passes them."""

    failed_rows: str
    school_domains: tuple[str, ...] = ()
    school_name: str = ""
    school_file: str = ""
    audience: str = "no-names"
    title: str = ""
    rules: str = ""
    casebook: str = ""
    uploaded: int = 0
    minimum: int = MINIMUM

    def __repr__(self) -> str:
        return f"ReportParameters(audience={self.audience!r})"

    def for_papermill(self) -> dict[str, object]:
        """Return them as papermill takes them: JSON's types alone."""
        return {**vars(self), "school_domains": list(self.school_domains)}


def check_parameters(parameters: Mapping[str, object]) -> ReportParameters:
    """Return the parameters, checked for names, types and the file's existence.

    Raises
    ------
    SettingsError
        If one is unknown, missing or of the wrong type; with a hint where a name is nearly right.
    InputError
        If ``failed_rows`` is not a file on this computer.
    """
    for name in parameters:
        if name not in _NAMES:
            near = get_close_matches(name, _NAMES, 1)
            hint = f" Did you mean “{near[0]}”?" if near else f" The report knows {', '.join(_NAMES)}."
            raise SettingsError(f"“{name}” is not a parameter of the report.{hint}")
    if "failed_rows" not in parameters:
        raise SettingsError("“failed_rows” is missing: give the path of the CSV that Handshake offers as failed rows.")
    texts = {name: _text(name, parameters[name]) for name in ("school_name", "audience", "title") if name in parameters}
    failed_rows, domains = _file(parameters["failed_rows"]), split_domains(parameters.get("school_domains", ()))
    named = bool(domains or texts.get("school_name"))
    return ReportParameters(
        failed_rows=failed_rows,
        school_domains=domains,
        school_name=texts.get("school_name", ""),
        school_file=_own(parameters, "school_file", "" if named else "school.toml", failed_rows),
        audience=_audience(texts.get("audience", "no-names")),
        title=texts.get("title", ""),
        rules=_own(parameters, "rules", "my_rules.toml", failed_rows),
        casebook=_casebook(parameters.get("casebook") or ""),
        uploaded=_number("uploaded", parameters.get("uploaded", 0), 0),
        minimum=_number("minimum", parameters.get("minimum", MINIMUM), LEAST_MINIMUM),
    )


def split_domains(domains: object) -> tuple[str, ...]:
    """Return domains given as a list, or as one text with commas, semicolons or spaces between them.

    >>> split_domains("example.edu, mail.example.edu")
    ('example.edu', 'mail.example.edu')
    """
    if isinstance(domains, str):
        return tuple(part for part in re.split(r"[\s,;]+", domains) if part)
    if isinstance(domains, (list, tuple)) and all(isinstance(domain, str) for domain in domains):
        return tuple(domains)
    raise SettingsError("“school_domains” should be a list of domains, or one text such as example.edu.")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"“{name}” should be a text, found {_a(value)}.")
    return " ".join(value.split())


def _number(name: str, value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SettingsError(f"“{name}” should be a whole number, found {_a(value)}.")
    if value < least:
        raise SettingsError(f"“{name}” should be {least} or more, found {value}.")
    return value


def _audience(value: str) -> str:
    if value not in AUDIENCES:
        near = get_close_matches(value, AUDIENCES, 1)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        raise SettingsError(f"“audience” should be one of {', '.join(AUDIENCES)}.{hint}")
    return value


def _file(value: object) -> str:
    if isinstance(value, str) and not value.strip():
        raise SettingsError("“failed_rows” is blank: give the path of the CSV that Handshake offers as failed rows.")
    return _path("failed_rows", value)


def _own(parameters: Mapping[str, object], name: str, usual: str, failed_rows: str) -> str:
    """Return the path of an office's own file: as given, else under its usual name beside the failed rows or here.

    Looked for already now, because the notebook does not run where the user is.
    """
    if parameters.get(name):
        return _path(name, parameters[name])
    places = [folder / usual for folder in (Path(failed_rows).parent, Path.cwd()) if usual]
    return next((str(place) for place in places if place.is_file()), "")


def _casebook(value: object) -> str:
    """Return the case book's address as it is, or its path."""
    return str(value) if not value or "://" in str(value) else _path("casebook", value)


def _path(name: str, value: object) -> str:
    """Return the absolute path, because the notebook runs in a folder of its own."""
    if not isinstance(value, (str, Path)):
        raise SettingsError(f"“{name}” should be the path of a file, found {_a(value)}.")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", str(value)):
        raise InputError(f"“{name}” should be a file on this computer, not an address; download it first.")
    return str(Path(value).expanduser().resolve())


def _a(value: object) -> str:
    return f"a value of type {type(value).__name__}"
