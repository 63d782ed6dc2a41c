"""The school that the office belongs to: its name, its e-mail domains and what else `school.toml` may say."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from triage_kit.columns import DOMAIN_KINDS
from triage_kit.domains.addresses import parse_domain, readable_domain
from triage_kit.domains.lists import find_on_lists, is_public_suffix
from triage_kit.errors import SettingsError

__all__ = ["School"]

#: An override may say any of these; `invalid` and `missing` are no opinions about a domain.
OVERRIDE_KINDS = tuple(kind for kind in DOMAIN_KINDS if kind not in ("invalid", "missing"))
_WEB = re.compile(r"^(?:https?://)?(?:www\.)?|/.*$", re.IGNORECASE)
#: The headers from which the e-mail address of a new account may be made.
PATTERN_HEADERS = ("username", "auth_identifier", "card_id", "first_name", "middle_name", "preferred_name", "last_name")


@dataclass(frozen=True)
class School:
    """A school; domains are checked and kept in punycode and small letters.

    Parameters
    ----------
    name
        As it is shown; empty if unknown.
    domains
        The e-mail domains that are the school's own. This is the office's to say: nothing is taken for the
        school's own because of how it ends.
    include_subdomains
        Whether what lies below a domain is the school's own too. Handshake keeps a list of domains for each school
        and documents nothing about sub-domains.
    excluded
        Sub-domains that are not the school's own after all, with what lies below them.
    overrides
        Domain -> kind, where the office knows better than the lists.
    email_pattern
        How the school makes an e-mail address, for new accounts: ``{username}@example.edu``.
    signature
        What stands below the office's letters.
    source
        Where this was set, for output: a file's name, or empty.
    assumed
        The sentence that every output shows when nobody named the school; empty when somebody did.

    Raises
    ------
    SettingsError
        If a domain, an override or the pattern cannot be one.
    """

    name: str = ""
    domains: Sequence[str] = ()
    include_subdomains: bool = field(default=True, kw_only=True)
    excluded: Sequence[str] = field(default=(), kw_only=True)
    overrides: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    email_pattern: str | None = field(default=None, kw_only=True)
    signature: str | None = field(default=None, kw_only=True)
    source: str = field(default="", kw_only=True)
    assumed: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "domains", _check_own(self.domains))
        object.__setattr__(self, "excluded", _check_all(self.excluded, "excluded"))
        object.__setattr__(self, "overrides", _check_overrides(self.overrides))
        if self.email_pattern is not None:
            _check_pattern(self.email_pattern)
        both = sorted({*self.domains} & {*self.excluded, *self.overrides} | {*self.excluded} & {*self.overrides})
        if both:
            raise SettingsError(
                f"A domain can be named once, but {readable_domain(both[0])} stands in two of domains, excluded and "
                "overrides. Take it out of one."
            )


def _check_own(domains: Iterable[str]) -> tuple[str, ...]:
    checked = _check_all(domains, "domains")
    for domain in checked:
        if is_public_suffix(domain) and not find_on_lists(domain).entry:
            raise SettingsError(
                f"A school's domain was expected, such as example.edu; {domain} is a suffix under which many register. "
                "Add the part in front of it."
            )
    return checked


def _check_all(domains: Iterable[str], where: str) -> tuple[str, ...]:
    if isinstance(domains, str):
        raise SettingsError(
            f'A list of domains was expected for {where}, a single text was found. Write ["{domains}"].'
        )
    return tuple(dict.fromkeys(_check_domain(domain, where) for domain in domains))


def _check_domain(text: object, where: str) -> str:
    """Return a domain as staff may write it (``jo@Example.edu``, ``*.example.edu``, a web address), checked."""
    if not isinstance(text, str):
        raise SettingsError(
            f"A domain such as example.edu was expected in {where}, {text!r} was found. Put it in quotes."
        )
    domain, problem = parse_domain(_WEB.sub("", text.strip().rpartition("@")[2]).removeprefix("*").lstrip("."))
    if problem:
        raise SettingsError(
            f'A domain such as example.edu was expected in {where}; "{text}" was found, but {problem}. '
            "Write what stands behind the @ of your addresses."
        )
    return domain


def _check_overrides(overrides: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(overrides, Mapping):
        raise SettingsError('A table was expected for overrides, such as {"partner.example" = "own-school"}.')
    for domain, kind in overrides.items():
        if kind not in OVERRIDE_KINDS:
            raise SettingsError(
                f"One of {', '.join(OVERRIDE_KINDS)} was expected for {domain} in overrides, "
                f'"{kind}" was found. Write one of them.'
            )
    return {_check_domain(domain, "overrides"): kind for domain, kind in overrides.items()}


def _check_pattern(pattern: str) -> None:
    """Raise SettingsError unless a pattern has one ``@``, a domain behind it and known headers in braces."""
    expected = "An e-mail pattern such as {username}@example.edu was expected"
    local, _, domain = pattern.partition("@")
    problem = parse_domain(domain)[1] if local else "nothing stands in front of the @"
    if problem:
        raise SettingsError(f'{expected}; "{pattern}" was found, but {problem}.')
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(local) if name is not None]
    except ValueError as error:
        raise SettingsError(f'{expected}; in "{pattern}" the braces do not match.') from error
    unknown = [name for name in names if name not in PATTERN_HEADERS]
    if unknown or not names:
        known = ", ".join(PATTERN_HEADERS)
        raise SettingsError(f'{expected}; "{pattern}" was found. Between the braces may stand: {known}.')
