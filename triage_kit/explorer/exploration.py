"""One failed-rows file as the explorer holds it: read, triaged for a school, what staff recorded followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from triage_kit.columns import DOMAIN_KINDS
from triage_kit.domains import School, domains_in, find_schools, parse_domain, school_by_name
from triage_kit.errors import SettingsError
from triage_kit.outcomes import read_outcomes
from triage_kit.reading import FailedRows, read_failed_rows
from triage_kit.rulebook import Rules
from triage_kit.settings import choose_rules, choose_school
from triage_kit.triage import triage_with_findings
from triage_kit.unknown import unrecognised

__all__ = [
    "Exploration",
    "failed_rows_files",
    "found_domains",
    "named_school",
    "open_exploration",
    "suggest_schools",
    "with_outcomes",
    "with_school",
    "with_tick",
]

_SUFFIXES = {".csv", ".xlsx", ".xls", ".gz", ".zip"}
_SEARCHED = ("first_name", "last_name", "preferred_name", "username", "email_address", "card_id", "auth_identifier")
_MOST_SUGGESTED = 20


@dataclass(frozen=True, eq=False)
class Exploration:
    """One failed-rows file, triaged for one school.

    ``outcomes`` is what staff recorded, if anything; ``findings`` are those of it that moved nobody, and why.
    """

    failed: FailedRows
    school: School
    rules: Rules
    table: pd.DataFrame
    outcomes: pd.DataFrame | None = None
    findings: pd.DataFrame | None = None

    def __repr__(self) -> str:
        return f"Exploration({len(self.table):,} rows)"

    @cached_property
    def searchable(self) -> pd.Series:
        """Per row what a search looks in: names, e-mail and IDs in small letters."""
        columns = [self.failed.column(header) for header in _SEARCHED]
        return columns[0].str.cat(columns[1:], sep="\n").str.lower()

    @cached_property
    def unknown(self) -> pd.DataFrame:
        """The messages that no rule knows (`triage_kit.unknown.unrecognised`)."""
        return unrecognised(self.failed, self.rules)


def open_exploration(
    path: str | Path, *, domains: tuple[str, ...] = (), rules: str | Path | None = None, results: Path | None = None
) -> Exploration:
    """Return a failed-rows file read and triaged; school and rules are found as the command line finds them.

    ``results`` is followed if it is there.
    """
    failed = read_failed_rows(path)
    school = choose_school(failed, domains=domains, near=path)
    in_force = choose_rules(rules, near=path)
    outcomes = read_outcomes(results, rules=in_force) if results and results.is_file() else None
    table, findings = triage_with_findings(failed, school, rules=in_force, outcomes=outcomes)
    return Exploration(failed, school, in_force, table, outcomes, findings)


def with_school(exploration: Exploration, school: School) -> Exploration:
    """Return the same file triaged for another school."""
    return _retriaged(exploration, school, exploration.outcomes)


def with_outcomes(exploration: Exploration, results: Path) -> Exploration:
    """Return the same file triaged with what staff recorded in a results file."""
    return _retriaged(exploration, exploration.school, read_outcomes(results, rules=exploration.rules))


def _retriaged(before: Exploration, school: School, outcomes: pd.DataFrame | None) -> Exploration:
    table, findings = triage_with_findings(before.failed, school, rules=before.rules, outcomes=outcomes)
    after = replace(before, school=school, table=table, outcomes=outcomes, findings=findings)
    for name in ("searchable", "unknown"):  # the file is the same
        if name in before.__dict__:
            after.__dict__[name] = before.__dict__[name]
    return after


def failed_rows_files(folder: str | Path) -> list[Path]:
    """Return the files of a folder that may be failed-rows files, newest first; none if there is no such folder."""
    if not Path(folder).is_dir():
        return []
    files = [path for path in Path(folder).iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file()]
    return sorted(files, key=lambda path: (-path.stat().st_mtime, path.name))


def found_domains(exploration: Exploration) -> pd.DataFrame:
    """Return the domains of the file, most rows first: ``domain``, ``title`` of its kind, ``own``, ``rows``, ``note``.

    Cells that hold no domain are left out. ``note`` says what lies below what, and what may be mistyped.
    """
    found = domains_in(exploration.failed, exploration.school)
    found = found[found["domain"] != ""].reset_index(drop=True)
    notes = [
        f"below {row.subdomain_of}"
        if row.subdomain_of
        else f"perhaps {row.likely_typo_of} was meant"
        if row.likely_typo_of
        else ""
        for row in found.itertuples()
    ]
    return pd.DataFrame(
        {
            "domain": found["domain"],
            "title": found["domain_kind"].astype("str").map(DOMAIN_KINDS),
            "own": found["domain_kind"] == "own-school",
            "rows": found["rows"],
            "note": notes,
        }
    )


def with_tick(exploration: Exploration, domain: str, *, own: bool) -> School:
    """Return the school with a domain of the file taken in, or taken out; other domains of the file stay as they are.

    A sub-domain of a domain that is taken out stays in by itself.
    """
    school, name = exploration.school, parse_domain(domain)[0]
    domains, excluded = list(school.domains), [each for each in school.excluded if each != name]
    overrides = {each: kind for each, kind in school.overrides.items() if each != name}
    if own:
        below = school.include_subdomains and any(name.endswith("." + each) for each in domains)
        still_out = any(name.endswith("." + each) for each in excluded)
        domains += [] if below and not still_out else [name]
    elif name in domains:
        domains.remove(name)
        domains += [each for each in _own_below(exploration, name) if each not in domains]
    else:
        excluded.append(name)
    kept = [domain for domain in excluded if domain not in domains]
    return replace(school, domains=tuple(domains), excluded=tuple(kept), overrides=overrides, assumed="", source="")


def _own_below(exploration: Exploration, name: str) -> list[str]:
    found = found_domains(exploration)
    own = [parse_domain(domain)[0] for domain in found.loc[found["own"], "domain"]]
    return [domain for domain in own if domain.endswith("." + name)]


def suggest_schools(typed: str) -> list[str]:
    """Return listed schools whose name fits what was typed, best first, as ``Name (domain)``."""
    return [f"{school.names[0]} ({school.domain})" for school in find_schools(typed)[:_MOST_SUGGESTED]]


def named_school(typed: str) -> School:
    """Return the school that somebody typed: its domain or domains, a listed school's name, or ``Name (domain)``.

    Raises
    ------
    SettingsError
        If it is none of these, or the name fits several schools.
    """
    typed = typed.strip()
    if not typed:
        raise SettingsError("Type your school's name or the domain of its e-mail addresses, such as example.edu.")
    name, opened, rest = typed.rpartition(" (")
    if opened and rest.endswith(")"):
        return School(name, [rest.removesuffix(")")])
    parts = typed.replace(",", " ").split()
    return School("", parts) if all("." in part for part in parts) else school_by_name(typed)
