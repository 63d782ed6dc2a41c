"""Sub-domains that count as the school's own: said in words, so that staff can take out what is not theirs."""

from __future__ import annotations

from collections.abc import Mapping

from triage_kit.domains.addresses import readable_domain
from triage_kit.domains.found import HasColumns, count_domains
from triage_kit.domains.school import School
from triage_kit.wording import count

__all__ = ["SUBDOMAINS_ASSUMED", "name_rows", "subdomain_notice"]

#: What every output says where sub-domains count as the school's own.
SUBDOMAINS_ASSUMED = (
    "Sub-domains count as yours unless they are excluded: Handshake keeps a list of domains for each school and "
    "documents nothing about sub-domains."
)
#: A sub-domain that fewer rows share may name a person; it is counted, not named, in what may be forwarded.
FEWEST_NAMED = 10
#: A sentence names no more sub-domains than this.
_MOST_NAMED = 5


def subdomain_notice(failed: HasColumns, school: School, *, fewest_named: int = FEWEST_NAMED) -> str:
    """Return which sub-domains in the file count as the school's own, with their rows, or an empty text if none does.

    Sub-domains of fewer than ``fewest_named`` rows are put together; give 1 for output that stays in the office.
    """
    rows = count_domains(failed, school)
    below = {verdict.domain: count for verdict, count in rows.items() if verdict.rule == "subdomain"}
    if not below:
        return ""
    return f"Counted as your school's: {name_rows(below, fewest_named=fewest_named)}. {SUBDOMAINS_ASSUMED}"


def name_rows(rows: Mapping[str, int], *, fewest_named: int = FEWEST_NAMED) -> str:
    """Return domains with their rows in words, the most rows first; the small ones, and those beyond five, together."""
    ranked = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    large = [(name, number) for name, number in ranked if number >= fewest_named][:_MOST_NAMED]
    named = [f"{count(number, 'row')} at {readable_domain(name)}" for name, number in large]
    unnamed = sum(rows.values()) - sum(number for _, number in large)
    return ", ".join([*named, f"{count(unnamed, 'row')} at smaller sub-domains"] if unnamed else named)
