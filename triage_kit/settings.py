"""Which school and which rules hold for a file: what was given, else what lies beside it, else what the file says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.columns import canonical_header
from triage_kit.domains import (
    School,
    find_school_file,
    free_mail_notice,
    likeliest_school,
    load_school,
    school_by_name,
    subdomain_notice,
    typo_notice,
    unseen_notice,
)
from triage_kit.rulebook import Rules, load_rules

if TYPE_CHECKING:
    from triage_kit.reading import FailedRows

__all__ = ["RULES_FILE", "choose_rules", "choose_school", "describe_school", "find_rules_file"]

#: An office's own rules, found by themselves beside the failed-rows file or in the working folder.
RULES_FILE = "my_rules.toml"


def choose_school(
    failed: FailedRows,
    *,
    domains: Iterable[str] = (),
    name: str = "",
    school_file: str | Path | None = None,
    near: str | Path | None = None,
) -> School:
    """Return the school to triage for, by the first of these that is there.

    The ``domains`` given; the ``school_file`` given; the ``name`` given, if the list has one such school; a
    ``school.toml`` beside ``near`` or in the working folder; the likeliest school of the file, which is then said in
    every output.

    Raises
    ------
    SettingsError
        If what was given cannot be a school, or the name fits none or several.
    """
    domains = tuple(domains)
    if domains:
        return School(name, domains)
    if school_file:
        return load_school(school_file)
    if name:
        return school_by_name(name)
    found = find_school_file(near)
    return load_school(found) if found else likeliest_school(failed)


def find_rules_file(near: str | Path | None = None) -> Path | None:
    """Return the office's own rule file beside ``near``, else in the working folder, else None."""
    folders = [Path(near).parent] if near else []
    candidates = [folder / RULES_FILE for folder in [*folders, Path.cwd()]]
    return next((path for path in candidates if path.is_file()), None)


def choose_rules(path: str | Path | None = None, *, near: str | Path | None = None) -> Rules:
    """Return the rules in force: the file given, else one that is found, in front of ours."""
    return load_rules(path or find_rules_file(near))


def describe_school(failed: FailedRows, school: School) -> list[str]:
    """Return in sentences which school the output is for, how that is known, and what of the file was taken for it."""
    mistyped = typo_notice(failed, school)
    if not school.domains or school.assumed:
        return [line for line in (school.assumed, _job_notice(failed), mistyped) if line]
    domains, source = ", ".join(school.domains), f"from {school.source}" if school.source else ""
    details = ", ".join(filter(None, [domains if school.name not in ("", domains) else "", source]))
    lines = [f"School: {school.name or domains}{f' ({details})' if details else ''}."]
    lines += [subdomain_notice(failed, school, fewest_named=1), unseen_notice(failed, school)]
    lines += [free_mail_notice(school), _job_notice(failed), mistyped]
    return [line for line in lines if line]


def _job_notice(failed: FailedRows) -> str:
    """Return a doubt about a file of people that lacks what every Students upload has (article 233086688)."""
    headers = {canonical_header(str(name)) for name in failed.rows.columns}
    if "email_address" not in headers or not headers.isdisjoint(("username", "auth_identifier")):
        return ""
    return "The file has no column username. If it is no Students upload, the steps about accounts do not hold for it."
