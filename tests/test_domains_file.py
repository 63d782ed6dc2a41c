"""`school.toml`: written once, found by itself, read with care."""

import pytest

from triage_kit.domains import School, find_school_file, load_school, write_school
from triage_kit.errors import OutputError, SettingsError

WHOLE = School(
    'University "Quoted" of B\u00fccher',
    ["example.edu", "b\u00fccher.example"],
    include_subdomains=False,
    excluded=["alumni.example.edu"],
    overrides={"partnercollege.edu": "own-school"},
    email_pattern="{username}@example.edu",
    signature="Career Services\nTel. 555-0100\\\x7f",
    source="school.toml",
)


@pytest.mark.parametrize(
    "school", [WHOLE, School("", ["example.edu"], source="school.toml")], ids=["whole", "smallest"]
)
def test_a_school_that_was_written_is_read_back_the_same(school, tmp_path):
    assert load_school(write_school(school, tmp_path / "school.toml")) == school


def test_a_written_file_holds_domains_as_people_know_them(tmp_path):
    text = write_school(WHOLE, tmp_path / "school.toml").read_text(encoding="utf-8")
    assert 'domains = ["example.edu", "b\u00fccher.example"]' in text


def test_an_existing_file_is_overwritten_only_on_request(tmp_path):
    path = tmp_path / "school.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"^school\.toml exists already, perhaps edited by hand; give another name"):
        write_school(WHOLE, path)
    assert path.read_text(encoding="utf-8") == "mine"
    write_school(WHOLE, path, overwrite=True)
    assert load_school(path) == WHOLE


def test_the_file_beside_the_rows_is_found_before_the_one_in_the_working_folder(tmp_path, monkeypatch):
    beside, working = tmp_path / "beside", tmp_path / "working"
    for folder in (beside, working):
        folder.mkdir()
    monkeypatch.chdir(working)
    rows = beside / "failed_rows.csv"
    assert find_school_file(rows) is None
    (working / "school.toml").touch()
    assert find_school_file(rows) == working / "school.toml" == find_school_file()
    (beside / "school.toml").touch()
    assert find_school_file(rows) == beside / "school.toml" == find_school_file(beside)


WRONG_FILES = [
    ("name = 'X'", 'school.toml: the school\'s e-mail domains were expected. Add domains = ["example.edu"].'),
    ("domains = []", 'school.toml: the school\'s e-mail domains were expected. Add domains = ["example.edu"].'),
    (
        "domains = 'example.edu'",
        "school.toml: a list of domains in square brackets was expected for domains, str was found. Change it.",
    ),
    ("domain = ['example.edu']", "school.toml: there is no setting domain. Did you mean domains?"),
    (
        "colour = 'blue'",
        "school.toml: there is no setting colour. Known are: name, domains, include_subdomains, excluded, overrides, "
        "email_pattern, signature.",
    ),
    (
        "domains = ['example']",
        'school.toml: A domain such as example.edu was expected in domains; "example" was found, but the domain has no '
        "dot. Write what stands behind the @ of your addresses.",
    ),
    (
        "domains = ",
        "school.toml is not TOML: Invalid value (at end of document). Write each setting as name = value, texts in "
        "quotes.",
    ),
]


@pytest.mark.parametrize("text, message", WRONG_FILES)
def test_a_mistake_in_the_file_is_said_with_the_file_name(text, message, tmp_path):
    path = tmp_path / "school.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_school(path)
    assert str(caught.value) == message


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"^none\.toml cannot be read: No such file"):
        load_school(tmp_path / "none.toml")
    path = tmp_path / "school.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(SettingsError, match=r"^school\.toml is not UTF-8 text\. Save it as UTF-8\.$"):
        load_school(path)


def test_a_file_saved_by_notepad_with_a_mark_in_front_is_read(tmp_path):
    path = tmp_path / "school.toml"
    path.write_bytes(b"\xef\xbb\xbfdomains = ['example.edu']\r\n")
    assert load_school(path).domains == ("example.edu",)
