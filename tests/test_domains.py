"""Whose e-mail domain it is: settings first, lists second, nothing by guess."""

import pytest

from triage_kit.domains import School, domain_kind, likely_typo, parse_address, parse_domain, readable_domain
from triage_kit.errors import SettingsError

MICHIGAN = School("University of Michigan", ["umich.edu"])
OXFORD = School("University of Oxford", ["ox.ac.uk"])

KINDS = [
    ("umich.edu", "own-school"),
    ("UMICH.EDU.", "own-school"),
    ("med.umich.edu", "own-school"),
    ("notumich.edu", "other-school"),
    ("umich.edu.example", "other"),
    ("msu.edu", "other-school"),
    ("on-no-list-at-all.edu", "other-school"),
    ("alumni.stanford.edu", "other-school"),
    ("alum.mit.edu", "other-school"),
    ("usafa.af.mil", "other-school"),
    ("us.af.mil", "ambiguous"),
    ("ox.ac.uk", "other-school"),
    ("mail.ox.ac.uk", "other-school"),
    ("on-no-list-at-all.ac.uk", "other-school"),
    ("on-no-list-at-all.edu.au", "other-school"),
    ("on-no-list-at-all.ac.jp", "other-school"),
    ("on-no-list-at-all.cc.ca.us", "other-school"),
    ("x.rub.de", "other-school"),
    ("nus.edu.sg", "ambiguous"),
    ("australia.edu", "ambiguous"),
    ("outlook.edu.pl", "other"),
    ("edu.mail.example", "other"),
    ("edu.example.com", "other"),
    ("edu.au", "other"),
    ("ac.uk", "other"),
    ("gmail.com", "generic"),
    ("GMail.com", "generic"),
    ("hey.com", "generic"),
    ("tutanota.com", "generic"),
    ("daum.net", "generic"),
    ("shop.za.com", "other"),
    ("acme.example", "other"),
    ("localhost", "invalid"),
    ("192.168.0.1", "invalid"),
    ("a..edu", "invalid"),
    ("", "missing"),
    ("  ", "missing"),
]


@pytest.mark.parametrize("domain, kind", KINDS, ids=[domain or "blank" for domain, _ in KINDS])
def test_a_domain_has_the_kind_of_the_nearest_setting_or_list_entry(domain, kind):
    assert domain_kind(domain, MICHIGAN) == kind


def test_the_own_school_is_a_setting_and_not_a_matter_of_how_a_name_ends():
    assert domain_kind("ox.ac.uk", OXFORD) == "own-school"
    assert domain_kind("umich.edu", OXFORD) == "other-school"
    assert domain_kind("umich.edu", School()) == "other-school"


def test_the_own_school_wins_over_every_list():
    assert domain_kind("nus.edu.sg", School(domains=["nus.edu.sg"])) == "own-school"
    assert domain_kind("gmail.com", School(domains=["gmail.com"])) == "own-school"


def test_subdomains_can_be_left_out_altogether():
    school = School(domains=["umich.edu"], include_subdomains=False)
    assert domain_kind("umich.edu", school) == "own-school"
    assert domain_kind("med.umich.edu", school) == "other-school"


def test_an_excluded_subdomain_is_judged_by_the_lists_with_all_below_it():
    school = School(domains=["umich.edu"], excluded=["alumni.umich.edu"])
    assert domain_kind("alumni.umich.edu", school) == "other-school"
    assert domain_kind("class.alumni.umich.edu", school) == "other-school"
    assert domain_kind("med.umich.edu", school) == "own-school"


def test_the_nearest_setting_wins_over_one_further_up():
    school = School(
        domains=["umich.edu", "med.alumni.umich.edu"],
        excluded=["alumni.umich.edu"],
        overrides={"club.umich.edu": "generic"},
    )
    assert domain_kind("med.alumni.umich.edu", school) == "own-school"
    assert domain_kind("x.club.umich.edu", school) == "generic"


def test_an_override_wins_over_the_lists():
    school = School(domains=["umich.edu"], overrides={"PartnerCollege.edu": "own-school", "gmail.com": "ambiguous"})
    assert domain_kind("mail.partnercollege.edu", school) == "own-school"
    assert domain_kind("gmail.com", school) == "ambiguous"


ADDRESSES = [
    ("jo@umich.edu", ("umich.edu",)),
    ("  Jo@UMich.EDU  ", ("umich.edu",)),
    ("jo @ umich . edu", ("umich.edu",)),
    ("\u00a0jo@umich.edu\u200b", ("umich.edu",)),
    ("mailto:jo@umich.edu", ("umich.edu",)),
    ("MAILTO:jo@umich.edu?subject=Hello", ("umich.edu",)),
    ("Jo Doe <jo@umich.edu>", ("umich.edu",)),
    ("Doe, Jo <jo@umich.edu>", ("umich.edu",)),
    ('"Doe, Jo" <jo@umich.edu>', ("umich.edu",)),
    ("Jo Doe jo@umich.edu", ("umich.edu",)),
    ("'jo@umich.edu'", ("umich.edu",)),
    ("\u201cjo@umich.edu\u201d", ("umich.edu",)),
    ("jo@umich.edu.", ("umich.edu",)),
    ("jo@umich.edu;", ("umich.edu",)),
    ("jo@umich.edu, ", ("umich.edu",)),
    ("jo@umich.edu (home)", ("umich.edu",)),
    ("jo+handshake@umich.edu", ("umich.edu",)),
    ('"jo@home, or not"@umich.edu', ("umich.edu",)),
    ("\uff4a\uff4f\uff20\uff55\uff4d\uff49\uff43\uff48\uff0e\uff45\uff44\uff55", ("umich.edu",)),
    ("jo@umich\u3002edu", ("umich.edu",)),
    ("jo@b\u00fccher.example", ("xn--bcher-kva.example",)),
    ("jo@bu\u0308cher.example", ("xn--bcher-kva.example",)),
    ("jo@XN--BCHER-KVA.example", ("xn--bcher-kva.example",)),
    ("jo@stra\u00dfe.example", ("xn--strae-oqa.example",)),
    ("jo@umich.edu; jo@gmail.com", ("umich.edu", "gmail.com")),
    ("jo@umich.edu. jo@gmail.com", ("umich.edu", "gmail.com")),
    ("jo@umich.edu/jo@gmail.com", ("umich.edu", "gmail.com")),
    ("jo@umich.edu,flo@umich.edu", ("umich.edu",)),
]


@pytest.mark.parametrize("text, domains", ADDRESSES)
def test_an_address_is_read_as_people_type_it(text, domains):
    assert parse_address(text).domains == domains


PROBLEMS = [
    ("", "the cell is blank"),
    (" \t ", "the cell is blank"),
    ("umich.edu", "it has no @"),
    ("n/a", "it has no @"),
    ("@umich.edu", "nothing stands in front of the @"),
    ("mailto:@umich.edu", "nothing stands in front of the @"),
    ("jo@", "nothing stands behind the @"),
    ("jo@@umich.edu", "it has more than one @"),
    ("jo@umich", "the domain has no dot"),
    ("jo@umich,edu", "the domain has no dot"),
    ("jo@umich..edu", "two dots follow each other in the domain"),
    ("jo@u_mich.edu", "the domain has a character that no domain can have"),
    ("jo@-umich.edu", "a part of the domain begins or ends with a hyphen"),
    ("jo@xn--999999999.example", "the domain has a character that no domain can have"),
    ("jo@umich.1", "the domain's ending cannot be one"),
    ("jo@" + "m" * 64 + ".edu", "a part of the domain is too long"),
    ("jo@" + "umich." * 50 + "edu", "the domain is too long"),
    ("jo@192.168.0.1", "an IP address stands where the domain should be"),
    ("jo@[192.168.0.1]", "an IP address stands where the domain should be"),
    ("jo@[IPv6:2001:db8::1]", "an IP address stands where the domain should be"),
    ("jo@umich.edu; flo@", "it holds several addresses, and one of them is not an address"),
]


@pytest.mark.parametrize("text, problem", PROBLEMS)
def test_what_is_no_address_is_said_in_words(text, problem):
    address = parse_address(text)
    assert address.problem == problem
    assert address.domains == ()
    assert address.blank == (not text.strip())


def test_a_domain_in_its_own_letters_and_in_punycode_is_the_same():
    school = School(domains=["b\u00fccher.example"])
    assert domain_kind("jo@xn--bcher-kva.example", school) == "own-school"
    assert readable_domain(school.domains[0]) == "b\u00fccher.example"


def test_several_addresses_count_together_only_if_they_are_of_one_kind():
    assert domain_kind("jo@umich.edu; jo@med.umich.edu", MICHIGAN) == "own-school"
    assert domain_kind("jo@umich.edu; jo@gmail.com", MICHIGAN) == "ambiguous"


def test_an_address_shows_no_domain_in_its_repr():
    assert "umich" not in repr(parse_address("jo@umich.edu"))


TYPOS = [
    ("gmial.com", "gmail.com"),
    ("gmail.con", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("hotmial.com", "hotmail.com"),
    ("exmaple.edu", "example.edu"),
    ("mail.exmaple.edu", "example.edu"),
    ("example.biz", "example.edu"),
    ("example.edu", ""),
    ("mail.example.edu", ""),
    ("gmail.com", ""),
    ("mail.com", ""),
    ("outlook.edu.pl", ""),
    ("umich.edu", ""),
    ("acme.example", ""),
    ("", ""),
]


@pytest.mark.parametrize("domain, meant", TYPOS)
def test_a_likely_typo_is_pointed_out(domain, meant):
    assert likely_typo(domain, School(domains=["example.edu"])) == meant


def test_a_likely_typo_is_never_changed():
    assert domain_kind("exmaple.edu", School(domains=["example.edu"])) == "other-school"
    assert domain_kind("gmial.com", School()) == "other"


def test_short_names_have_real_neighbours_and_are_no_typos():
    assert likely_typo("uv.edu", School(domains=["uw.edu"])) == ""


def test_domains_are_kept_in_one_spelling_each():
    school = School("Example", ["@Example.EDU", "*.example.edu", " mail.example.org. "], excluded=["Old.Example.edu"])
    assert school.domains == ("example.edu", "mail.example.org")
    assert school.excluded == ("old.example.edu",)


WRONG_SETTINGS = [
    (
        {"domains": ["example"]},
        'A domain such as example.edu was expected in domains; "example" was found, but the domain has no dot. '
        "Write what stands behind the @ of your addresses.",
    ),
    (
        {"domains": "example.edu"},
        'A list of domains was expected for domains, a single text was found. Write ["example.edu"].',
    ),
    (
        {"domains": ["edu.au"]},
        "A school's domain was expected, such as example.edu; edu.au is a suffix under which many register. "
        "Add the part in front of it.",
    ),
    (
        {"domains": [7]},
        "A domain such as example.edu was expected in domains, 7 was found. Put it in quotes.",
    ),
    (
        {"overrides": {"a.example": "ours"}},
        "One of own-school, other-school, generic, other, ambiguous was expected for a.example in overrides, "
        '"ours" was found. Write one of them.',
    ),
    (
        {"domains": ["a.example"], "excluded": ["A.example"]},
        "A domain can be named once, but a.example stands in two of domains, excluded and overrides. "
        "Take it out of one.",
    ),
    (
        {"email_pattern": "{usrname}@example.edu"},
        'An e-mail pattern such as {username}@example.edu was expected; "{usrname}@example.edu" was found. '
        "Between the braces may stand: username, auth_identifier, card_id, first_name, middle_name, preferred_name, "
        "last_name.",
    ),
    (
        {"email_pattern": "{username}"},
        'An e-mail pattern such as {username}@example.edu was expected; "{username}" was found, '
        "but the domain is blank.",
    ),
    (
        {"email_pattern": "{username@example.edu"},
        'An e-mail pattern such as {username}@example.edu was expected; in "{username@example.edu" the braces do not '
        "match.",
    ),
]


@pytest.mark.parametrize("settings, message", WRONG_SETTINGS, ids=[str(settings) for settings, _ in WRONG_SETTINGS])
def test_a_setting_that_cannot_be_is_refused_in_words(settings, message):
    with pytest.raises(SettingsError) as caught:
        School(**settings)
    assert str(caught.value) == message


def test_a_school_may_own_what_the_lists_take_for_a_suffix():
    assert School(domains=["daegu.kr"]).domains == ("daegu.kr",)


def test_no_spelling_of_a_domain_raises():
    for text in ("\ud800.example", "\0.example", ".", "@", "a" * 10_000, "xn--.example", "xn--\u00e4.example"):
        domain, problem = parse_domain(text)
        assert bool(domain) != bool(problem)
        parse_address(text + "@" + text)


@pytest.mark.parametrize(
    "cell, notes",
    [
        ("jo@example.edu (Jo Doe)", ("the words beside the address were passed over",)),
        ("Jo Doe <jo@example.edu>", ("the name in front of the address was passed over",)),
        ("NA", ()),
    ],
)
def test_what_stands_beside_an_address_is_noted_and_nothing_else(cell, notes):
    assert parse_address(cell).notes == notes


@pytest.mark.parametrize("written", ["jo@Example.edu", "@example.edu", "https://www.example.edu/jobs", "*.example.edu"])
def test_a_schools_domain_may_be_written_as_an_address_or_a_web_address(written):
    assert School(domains=[written]).domains == ("example.edu",)
