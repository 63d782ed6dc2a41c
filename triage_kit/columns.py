"""Names, order and meaning of every column and category: ours, and those of Handshake's student upload.

Sources: Handshake help centre, articles 233086688 (header table), 360012326194 (short headers) and
115002307227, 115003651627, 115002426128, 115002887467 (other job types).
"""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "CONNECTIONS",
    "DOMAIN_KINDS",
    "IMPORTER_COLUMNS",
    "KNOWN_HEADERS",
    "ORIGINS",
    "OWNERS",
    "STATES",
    "STUDENT_HEADERS",
    "TRIAGE_COLUMNS",
    "canonical_header",
    "matching_form",
]

#: The columns that the Importer appends at the far right of a failed-rows file (articles 223411787, 4421092998295).
IMPORTER_COLUMNS = ("status", "response")

#: The triage table's columns in order; the index is ``row_number``.
TRIAGE_COLUMNS = (
    "kind",
    "field",
    "other_kinds",
    "origin",
    "domain_kind",
    "domain",
    "connection",
    "step",
    "owner",
    "if_refused",
    "state",
    "rule",
)

# Each of the following maps an id to what stands on screen, in the order in which it is shown.
DOMAIN_KINDS = {
    "own-school": "our school",
    "other-school": "another school",
    "generic": "personal",
    "other": "other",
    "ambiguous": "unclear",
    "invalid": "not valid",
    "missing": "blank",
}
ORIGINS = {
    "": "",
    "self-registered": "made by the student",
    "id-changed": "an ID changed",
    "unknown": "unknown",
}
CONNECTIONS = {
    "unknown": "not known yet",
    "not-connected": "not connected to any school",
    "connected-elsewhere": "connected to another school",
    "connected-here": "connected to our school",
}
OWNERS = {
    "career-office": "career office",
    "student": "student",
    "handshake-support": "Handshake Support",
    "registrar-it": "registrar or IT",
}
STATES = {"open": "to do", "waiting": "waiting", "done": "done", "dropped": "dropped"}

#: The headers of a Students upload, in the order of article 233086688, older ones behind.
STUDENT_HEADERS = (
    "email_address",
    "username",
    "auth_identifier",
    "first_name",
    "school_year_name",
    "primary_education:cumulative_gpa",
    "primary_education:major_names",
    "primary_education:education_level_name",
    "middle_name",
    "last_name",
    "preferred_name",
    "additional_email_addresses",
    "primary_education:department_gpa",
    "primary_education:primary_major_name",
    "primary_education:minor_names",
    "primary_education:primary_college_name",
    "primary_education:college_names",
    "primary_education:start_date",
    "primary_education:end_date",
    "primary_education:currently_attending",
    "card_id",
    "campus_name",
    "ethnicity",
    "gender",
    "work_study_eligible",
    "disabled",
    "athlete",
    "first_generation",
    "veteran",
    "eu_gdpr_subject",
    "system_label_names",
    "mobile_number",
    "assigned_to_email_address",
    "hometown_location_attributes:name",
    "primary_education:college_name",
    "opt_cpt_eligible",
    "user_type",
    "work_authorization_name",
    "override_disabled_field",
    "recommended_authentication",
    "bio",
    "skill_names",
    "external_link_urls",
    "profile_review_status",
    "document_review_status",
)

# Headers of the other job types, as far as Handshake publishes them.
_OTHER_HEADERS = (
    "appointment_medium_name",
    "appointment_type_name",
    "cell_phone",
    "checked_in",
    "content",
    "description",
    "employer_id",
    "employer_name",
    "end_date",
    "event_type_name",
    "fax",
    "identifiable_id",
    "identifiable_type",
    "identifier",
    "import_identifier",
    "label_type",
    "location_attributes:name",
    "name",
    "phone",
    "privacy_preference",
    "registered",
    "role_names",
    "staff_member",
    "staff_member_email",
    "start_date",
    "student",
    "student_email",
    "student_email_address",
    "student_registration_end",
    "student_registration_start",
    "time_zone",
    "title",
    "walkin",
)

#: Every header the kit knows. Only these may be named in output that is forwarded.
KNOWN_HEADERS = frozenset(STUDENT_HEADERS + _OTHER_HEADERS)


def matching_form(header: str) -> str:
    """Return a header in the one spelling used for comparing: trimmed, lower case, one kind of space.

    >>> matching_form("\\ufeff Email_Address\\u00a0")
    'email_address'
    """
    plain = header.replace("\ufeff", " ").replace("\u00a0", " ")
    return "_".join(plain.strip().lower().split())


@lru_cache(maxsize=4096)
def canonical_header(header: str) -> str:
    """Return the header as Handshake's table writes it, or its matching form if it is not a known one.

    Answers write ``primary_education.end_date`` for the header ``primary_education:end_date`` (article
    360001032108); older files shorten the prefix to ``primary:`` (article 360012326194).

    >>> canonical_header("Primary:End_Date"), canonical_header("primary_education.end_date")
    ('primary_education:end_date', 'primary_education:end_date')
    """
    form = matching_form(header)
    prefix, separator, rest = form.replace(".", ":").rpartition(":")
    if not separator:
        return form
    prefix = {"primary": "primary_education", "hometown": "hometown_location_attributes"}.get(prefix, prefix)
    candidate = f"{prefix}:{rest}"
    return candidate if candidate in KNOWN_HEADERS else form
