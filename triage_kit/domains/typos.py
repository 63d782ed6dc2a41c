"""Domains that are probably mistyped: pointed out, never changed."""

from __future__ import annotations

from triage_kit.domains.kinds import is_on_public_list
from triage_kit.domains.lists import registered_domain
from triage_kit.domains.school import School

__all__ = ["likely_typo"]

#: The providers of which students mistype the name most often, because they use them most.
_COMMON = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "live.com", "msn.com")
#: Reserved for examples (RFC 2606), so nobody means anything else by them.
_RESERVED = frozenset(("example.com", "example.net", "example.org"))
#: Shorter names have too many real neighbours: uw.edu and um.edu are two universities.
_SHORTEST_NAME = 4


def likely_typo(domain: str, school: School) -> str:
    """Return the domain that was probably meant, or an empty text.

    Compared are the school's own domains and the most common providers; a domain that stands on a public list or in
    the school's settings is taken at its word.

    >>> likely_typo("exmaple.edu", School(domains=["example.edu"])), likely_typo("gmial.com", School())
    ('example.edu', 'gmail.com')
    """
    known = {*school.domains, *school.excluded, *school.overrides, *_RESERVED}
    if not domain or is_on_public_list(domain) or domain in known:
        return ""
    candidates = (*school.domains, *_COMMON)
    if any(domain == each or domain.endswith("." + each) for each in candidates):
        return ""
    registered = registered_domain(domain) or domain
    for meant in candidates:
        if _is_near(registered, meant, any_ending=meant in school.domains):
            return meant
    return ""


def _is_near(domain: str, meant: str, *, any_ending: bool) -> bool:
    """Return whether one slip of the finger, or another ending, makes ``domain`` of ``meant``.

    A provider has names in many countries: with another ending it counts only if no registry has that ending.
    """
    name, _, ending = meant.partition(".")
    own_name, _, own_ending = domain.partition(".")
    if len(name) < _SHORTEST_NAME:
        return False
    if name == own_name:
        return any_ending or not registered_domain(domain) or _is_one_slip(own_ending, ending)
    return own_ending == ending and _is_one_slip(own_name, name)


def _is_one_slip(typed: str, meant: str) -> bool:
    """Return whether one letter was added, left out, replaced, or swapped with its neighbour.

    >>> [_is_one_slip(typed, "gmail") for typed in ("gmial", "gmai", "gmaill", "gmsil", "gmail", "gaiml")]
    [True, True, True, True, False, False]
    """
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    rest, other = typed[start:], meant[start:]
    swapped = len(rest) == len(other) > 1 and rest[1] + rest[0] + rest[2:] == other
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]
