"""The domains of a file that are probably mistyped, in a sentence for the office."""

from __future__ import annotations

from triage_kit.domains.addresses import readable_domain
from triage_kit.domains.found import HasColumns, count_domains
from triage_kit.domains.school import School
from triage_kit.domains.typos import likely_typo
from triage_kit.wording import count

__all__ = ["typo_notice"]

#: A sentence names no more domains than this.
_MOST_NAMED = 5


def typo_notice(failed: HasColumns, school: School) -> str:
    """Return which domains in the file look mistyped, the most rows first, or an empty text if none does.

    For output that stays in the office: such a domain is one person's.
    """
    rows = [(verdict.domain, number) for verdict, number in count_domains(failed, school).items()]
    meant = {domain: likely_typo(domain, school) for domain, _ in rows}
    found = sorted((-number, domain) for domain, number in rows if meant[domain])
    if not found:
        return ""
    named = [
        f"{count(-number, 'row')} at {readable_domain(domain)} ({readable_domain(meant[domain])}?)"
        for number, domain in found[:_MOST_NAMED]
    ]
    rest = -sum(number for number, _ in found[_MOST_NAMED:])
    more = [f"{count(rest, 'row')} at others"] if rest else []
    return f"Perhaps mistyped: {', '.join([*named, *more])}. Ask the student or the registrar; nothing was changed."
