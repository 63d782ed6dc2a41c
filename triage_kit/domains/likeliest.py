"""The school that a file seems to come from, with the evidence in words that name no student."""

from __future__ import annotations

from collections import Counter

from triage_kit.domains.addresses import readable_domain
from triage_kit.domains.found import HasColumns, count_domains
from triage_kit.domains.kinds import Verdict
from triage_kit.domains.lists import find_on_lists, parent_domains, registered_domain
from triage_kit.domains.school import School
from triage_kit.domains.subdomains import name_rows
from triage_kit.wording import count

__all__ = ["NAME_YOURS", "free_mail_notice", "likeliest_school", "unseen_notice"]

#: What to do about a school that was assumed, as the command line says it; it stands in `School.assumed`.
NAME_YOURS = "name yours with --school-domain or in school.toml"


def likeliest_school(failed: HasColumns) -> School:
    """Return the school whose domain most rows with a school's address have, sub-domains counted with it.

    ``assumed`` says so, with the evidence. No domains, and a sentence that says why, if the file has no school's
    address or two schools are level: nothing is guessed then.
    """
    rows = count_domains(failed, School())
    by_school: Counter[str] = Counter()
    for verdict, number in rows.items():
        if verdict.kind == "other-school" and verdict.domain:
            by_school[_top(verdict.domain)] += number
    ranked = by_school.most_common(2)
    if not ranked:
        return School(
            assumed=f"No school was named, and no address in the file is known to be a school's: {NAME_YOURS}."
        )
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return School(
            assumed="No school was named, and the file does not tell: several schools have "
            f"{count(ranked[0][1], 'row')} each. Please {NAME_YOURS}."
        )
    domain = ranked[0][0]
    return School(readable_domain(domain), [domain], assumed=_evidence(domain, rows, rows.total()))


def unseen_notice(failed: HasColumns, school: School) -> str:
    """Return a doubt about a school of which no row has an address while most have another school's; else nothing."""
    rows = count_domains(failed, school)
    kinds = {verdict.kind for verdict in rows}
    elsewhere = sum(number for verdict, number in rows.items() if verdict.kind == "other-school")
    if "own-school" in kinds or 2 * elsewhere <= rows.total():
        return ""
    likeliest = likeliest_school(failed)
    seems = f"; the file seems to be of {likeliest.name}" if likeliest.domains else ""
    return (
        f"No row has an address at {', '.join(map(readable_domain, school.domains))}, most have another school's"
        f"{seems}. If the school is not the right one, {NAME_YOURS}."
    )


def free_mail_notice(school: School) -> str:
    """Return a doubt about own domains that stand on the list of free-mail providers; else nothing."""
    free = [readable_domain(domain) for domain in school.domains if find_on_lists(domain).kind == "generic"]
    if not free:
        return ""
    return (
        f"By the public list {', '.join(free)} belongs to a free-mail provider; all the same everybody with an address "
        "there counts as yours."
    )


def _top(domain: str) -> str:
    """Return the school's domain above the one found: the uppermost on a list, else what was registered."""
    above = [name for name in parent_domains(domain) if _is_listed_school(name)]
    return above[-1] if above else registered_domain(domain) or domain


def _is_listed_school(name: str) -> bool:
    listing = find_on_lists(name)
    return listing.kind == "other-school" and listing.entry == name


def _evidence(domain: str, rows: Counter[Verdict], total: int) -> str:
    exact = sum(count for verdict, count in rows.items() if verdict.domain == domain)
    below = {v.domain: count for v, count in rows.items() if v.domain.endswith("." + domain)}
    also = f"; also {name_rows(below)}" if below else ""
    return (
        f"No school was named, so {readable_domain(domain)} was assumed to be yours: {exact:,} of "
        f"{count(total, 'row')} {'has' if total == 1 else 'have'} an address there{also}. "
        f"If that is wrong, {NAME_YOURS}."
    )
