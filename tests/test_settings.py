"""Which school and which rules are taken: what was given, else what lies there, else what the file says."""

import pytest

from triage_kit import read_failed_rows
from triage_kit.cli import main
from triage_kit.domains import SUBDOMAINS_ASSUMED, load_school, school_by_name
from triage_kit.errors import SettingsError
from triage_kit.settings import choose_rules, choose_school, describe_school


@pytest.fixture
def office(tmp_path, monkeypatch, sample):
    """A folder with the sample in it, somewhere else than where we are."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "imports"
    folder.mkdir()
    (folder / "failed_rows.csv").write_bytes(sample.read_bytes())
    return folder / "failed_rows.csv"


def test_domains_given_win_over_a_file_that_lies_there(office):
    (office.parent / "school.toml").write_text('domains = ["umich.edu"]\n', encoding="utf-8")
    school = choose_school(read_failed_rows(office), domains=["example.edu"], name="Example", near=office)
    assert (school.name, school.domains) == ("Example", ("example.edu",))


@pytest.mark.parametrize("place", ["imports", "."])
def test_school_toml_is_found_beside_the_file_or_where_one_is(office, place, tmp_path):
    (tmp_path / place / "school.toml").write_text('name = "Ours"\ndomains = ["example.edu"]\n', encoding="utf-8")
    failed = read_failed_rows(office)
    school = choose_school(failed, near=office)
    assert school.domains == ("example.edu",)
    assert describe_school(failed, school) == [
        "School: Ours (example.edu, from school.toml).",
        f"Counted as your school's: 10 rows at alumni.example.edu. {SUBDOMAINS_ASSUMED}",
    ]


def test_without_any_the_likeliest_is_assumed_and_said(office):
    failed = read_failed_rows(office)
    (sentence,) = describe_school(failed, choose_school(failed, near=office))
    assert sentence.startswith("No school was named, so example.edu was assumed to be yours: 179 of 240 rows")


def test_domains_that_look_mistyped_are_named_and_the_commonest_comes_first(tmp_path):
    file = tmp_path / "failed_rows.csv"
    cells = ["a@gmial.com", "b@exmaple.edu", "c@gmial.com", "d@example.edu", "e@gmail.com"]
    file.write_text("email_address,response\n" + "".join(f"{cell},x\n" for cell in cells), encoding="utf-8")
    failed = read_failed_rows(file)
    assert describe_school(failed, choose_school(failed, domains=["example.edu"]))[-1] == (
        "Perhaps mistyped: 2 rows at gmial.com (gmail.com?), 1 row at exmaple.edu (example.edu?). Ask the student or "
        "the registrar; nothing was changed."
    )


def test_a_file_of_people_without_usernames_may_be_no_students_upload(tmp_path):
    file = tmp_path / "contacts.csv"
    file.write_text("email_address,first_name,employer_name,response\na@example.edu,Jo,Acme,x\n", encoding="utf-8")
    failed = read_failed_rows(file)
    assert describe_school(failed, choose_school(failed, domains=["example.edu"])) == [
        "School: example.edu.",
        "The file has no column username. If it is no Students upload, the steps about accounts do not hold for it.",
    ]


def test_an_own_domain_of_a_free_mail_provider_is_pointed_out(office):
    failed = read_failed_rows(office)
    assert describe_school(failed, choose_school(failed, domains=["example.edu", "gmail.com"]))[-1] == (
        "By the public list gmail.com belongs to a free-mail provider; all the same everybody with an address there "
        "counts as yours."
    )


def test_a_name_that_fits_one_school_finds_its_domain():
    assert school_by_name("Stanford University").domains == ("stanford.edu",)


def test_a_name_that_fits_several_lists_them_and_guesses_nothing():
    with pytest.raises(SettingsError, match=r"washington\.edu"):
        school_by_name("University of Washington")


def test_a_name_on_no_list_asks_for_the_domain():
    with pytest.raises(SettingsError, match="Give its e-mail domain instead"):
        school_by_name("Nowhere Institute of Nothing")


def test_an_offices_rules_are_found_beside_the_file_and_named(office, capsys):
    (office.parent / "my_rules.toml").write_text("# none yet\n", encoding="utf-8")
    assert choose_rules(near=office).source == "my_rules.toml"
    main(["triage", str(office), "--school-domain", "example.edu"])
    assert "The rules of my_rules.toml are tried before those of the kit." in capsys.readouterr().out


def test_the_school_command_writes_what_the_kit_reads(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = ["--name", "Example University", "--domain", "example.edu", "--exclude", "alumni.example.edu"]
    assert main(["school", *options]) == 0
    school = load_school(tmp_path / "school.toml")
    assert (school.name, school.domains, school.excluded) == (
        "Example University",
        ("example.edu",),
        ("alumni.example.edu",),
    )
    assert main(["school", *options]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_school_command_asks_three_questions(tmp_path, monkeypatch):
    answers = iter(["Example University", "example.edu, mail.example.org", "{username}@example.edu"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    assert main(["school"]) == 0
    school = load_school(tmp_path / "school.toml")
    assert (school.domains, school.email_pattern) == (
        ("example.edu", "mail.example.org"),
        "{username}@example.edu",
    )


def test_nobody_to_ask_and_no_domain_is_wrong_usage(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert main(["school", "--name", "Example University"]) == 2
    assert "--domain example.edu" in capsys.readouterr().err
