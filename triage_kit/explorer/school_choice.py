"""Choosing the school: the domains of the file with and without a tick, and what somebody types."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from triage_kit.columns import DOMAIN_KINDS
from triage_kit.domains import School, domains_in, find_schools, parse_domain, school_by_name
from triage_kit.errors import SettingsError
from triage_kit.explorer.exploration import Exploration

__all__ = ["found_domains", "named_school", "suggest_schools", "with_tick"]

_MOST_SUGGESTED = 20


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
