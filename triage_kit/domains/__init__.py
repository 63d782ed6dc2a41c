"""Whose e-mail domain it is: the school's own, another school's, a free-mail provider's, or nobody's we know.

The school's own domains are its settings, never a matter of how a name ends. Everything else comes from maintained
lists, each with its version, and from a few reserved suffixes, each with its source.
"""

from triage_kit.domains.addresses import Address, parse_address, parse_domain, readable_domain
from triage_kit.domains.explain import explain_address, explain_domain
from triage_kit.domains.found import classify_addresses, classify_emails, domains_in, email_cells
from triage_kit.domains.kinds import Verdict, domain_kind, judge_address, judge_domain
from triage_kit.domains.likeliest import NAME_YOURS, free_mail_notice, likeliest_school, unseen_notice
from triage_kit.domains.lists import list_versions, registered_domain
from triage_kit.domains.mistyped import typo_notice
from triage_kit.domains.school import School
from triage_kit.domains.school_file import SCHOOL_FILE, find_school_file, load_school, write_school
from triage_kit.domains.school_names import FoundSchool, find_schools, school_by_name
from triage_kit.domains.subdomains import SUBDOMAINS_ASSUMED, subdomain_notice
from triage_kit.domains.typos import likely_typo

__all__ = [
    "NAME_YOURS",
    "SCHOOL_FILE",
    "SUBDOMAINS_ASSUMED",
    "Address",
    "FoundSchool",
    "School",
    "Verdict",
    "classify_addresses",
    "classify_emails",
    "domain_kind",
    "domains_in",
    "email_cells",
    "explain_address",
    "explain_domain",
    "find_school_file",
    "find_schools",
    "free_mail_notice",
    "judge_address",
    "judge_domain",
    "likeliest_school",
    "likely_typo",
    "list_versions",
    "load_school",
    "parse_address",
    "parse_domain",
    "readable_domain",
    "registered_domain",
    "school_by_name",
    "subdomain_notice",
    "typo_notice",
    "unseen_notice",
    "write_school",
]
