"""Whose e-mail domain it is: the school's settings first, then the public lists, then nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from triage_kit.domains.addresses import Address, parse_address, parse_address_or_domain
from triage_kit.domains.lists import find_on_lists, is_public_suffix, load_lists, parent_domains
from triage_kit.domains.school import School

__all__ = ["Verdict", "domain_kind", "is_on_public_list", "judge_address", "judge_domain", "judge_parsed"]


@dataclass(frozen=True)
class Verdict:
    """The kind of a domain and what it rests on.

    ``rule`` names what decided: ``override``, ``domains``, ``subdomain``, ``list``, ``suffix``, ``public-suffix``,
    ``nothing``, ``several``, ``problem`` or ``blank``. ``entry`` is the setting or list entry that decided;
    ``excluded`` the setting that took the domain out of the school's own. The domain stays out of the ``repr``.
    """

    kind: str
    domain: str = field(default="", repr=False)
    rule: str = ""
    entry: str = field(default="", repr=False)
    why: str = field(default="", repr=False)
    excluded: str = ""


def domain_kind(domain: str, school: School) -> str:
    """Return whose a domain is: a key of `triage_kit.columns.DOMAIN_KINDS`. An address will do too.

    >>> domain_kind("mail.Example.EDU", School("Example University", domains=["example.edu"]))
    'own-school'
    """
    return judge_parsed(parse_address_or_domain(domain), school).kind


def judge_address(text: str, school: School) -> Verdict:
    """Return the verdict on an e-mail cell; several addresses of different kinds are ``ambiguous``."""
    return judge_parsed(parse_address(text), school)


def judge_parsed(address: Address, school: School) -> Verdict:
    """Return the verdict on a cell that was read already."""
    if not address.domains:
        rule, kind = ("blank", "missing") if address.blank else ("problem", "invalid")
        return Verdict(kind, rule=rule, why=address.problem)
    verdicts = [judge_domain(domain, school) for domain in address.domains]
    if len(verdicts) == 1:
        return verdicts[0]
    kinds = {verdict.kind for verdict in verdicts}
    if len(kinds) == 1:
        return Verdict(verdicts[0].kind, rule="several", why="the cell holds several addresses, all of this kind")
    return Verdict("ambiguous", rule="several", why="the cell holds several addresses of different kinds")


def judge_domain(domain: str, school: School) -> Verdict:
    """Return the verdict on one domain in punycode.

    The nearest setting decides (an override, an excluded sub-domain, an own domain), then the nearest entry of a list.
    """
    excluded = ""
    for name in parent_domains(domain):
        below = name != domain
        if name in school.overrides and (school.include_subdomains or not below):
            return Verdict(school.overrides[name], domain, "override", name)
        if name in school.excluded:
            excluded = name
            break
        if name in school.domains and (school.include_subdomains or not below):
            return Verdict("own-school", domain, "subdomain" if below else "domains", name)
    return _judge_by_lists(domain, excluded)


def _judge_by_lists(domain: str, excluded: str) -> Verdict:
    listing = find_on_lists(domain)
    if listing.entry:
        rule = "list" if is_on_public_list(listing.entry) else "suffix"
        return Verdict(listing.kind, domain, rule, listing.entry, listing.why, excluded)
    if is_public_suffix(domain):
        return Verdict("other", domain, "public-suffix", domain, excluded=excluded)
    return Verdict("other", domain, "nothing", excluded=excluded)


def is_on_public_list(domain: str) -> bool:
    """Return whether exactly this domain stands on a list of schools or of free-mail providers.

    Only then may it be named in what is forwarded: a domain of one's own names a person.
    """
    lists = load_lists()
    return domain in lists.schools or domain in lists.free or domain in lists.unclear
