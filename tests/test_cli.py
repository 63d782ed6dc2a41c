"""The command line as people use it: what it prints, what it writes, how it ends."""

import os
import signal
import subprocess
import sys

import pytest

from triage_kit.cli import COMMANDS, main

HEADER = "username,email_address,first_name,status,response\r\n"
ANSWER = '"{""success"":false,""errors"":{""email_address"":[""has already been taken""]}"'
UNKNOWN = (
    '"{""success"":false,""errors"":{""shoe_size"":[""is unheard of in all of the land, and in every other one""]}}"'
)
ROW = f"s1,sample.01@example.edu,Null,422,{ANSWER}\r\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "failed rows für Jürgen.csv"
    path.write_text(HEADER + ROW, encoding="utf-8", newline="")
    return path


def _run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "triage_kit", *map(str, arguments)], capture_output=True, check=False, **options
    )


def test_triage_prints_what_a_person_can_read(file, capsys):
    assert main(["triage", str(file), "--school-domain", "example.edu"]) == 0
    printed = capsys.readouterr().out
    assert "1 row was not imported." in printed
    assert "1 row read, 0 lines could not be read." in printed
    assert "add the student by e-mail" in printed.lower()
    assert "email-taken" not in printed and "add-by-email" not in printed


def test_the_summary_names_no_student(file, capsys):
    main(["triage", str(file)])
    printed = capsys.readouterr().out
    assert not [text for text in ("sample.01", "Null", "s1,") if text in printed]


def test_triage_says_when_the_school_was_assumed(file, capsys):
    main(["triage", str(file)])
    assert "assum" in capsys.readouterr().out.lower()


def test_the_table_is_written_and_replaced(file, tmp_path, capsys):
    out = tmp_path / "out.csv"
    for _ in range(2):
        assert main(["triage", str(file), "--school-domain", "example.edu", "-o", str(out)]) == 0
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("row_number,kind,field") and len(lines) == 2
    assert "sample.01" not in lines[1]


def test_names_stand_in_the_table_only_on_request(file, tmp_path):
    out = tmp_path / "out.csv"
    assert main(["triage", str(file), "--school-domain", "example.edu", "-o", str(out), "--with-names"]) == 0
    assert "sample.01@example.edu" in out.read_text(encoding="utf-8-sig")


BAD_INPUT = {
    "missing": (None, "nowhere.csv"),
    "empty": (b"", "empty.csv"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4, "photo.csv"),
    "no answers": (b"username,email_address\r\ns1,sample.01@example.edu\r\n", "students.csv"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_input_that_cannot_be_read_gets_one_sentence_and_exit_code_2(case, tmp_path, capsys):
    content, name = BAD_INPUT[case]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["triage", str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert name in error and error.count("\n") == 1 and "Traceback" not in error


def test_a_folder_is_refused(tmp_path, capsys):
    assert main(["triage", str(tmp_path)]) == 2
    assert "folder" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows may read every file")
def test_a_file_without_permission_is_refused(file, capsys):
    file.chmod(0)
    assert main(["triage", str(file)]) == 2
    assert "permission" in capsys.readouterr().err.lower()


def test_a_header_alone_is_good_news(tmp_path, capsys):
    path = tmp_path / "failed_rows.csv"
    path.write_text(HEADER, encoding="utf-8", newline="")
    assert main(["triage", str(path)]) == 0
    assert "no failed rows" in capsys.readouterr().out


def test_of_two_pairs_the_right_most_counts(tmp_path, capsys):
    path = tmp_path / "failed_rows.csv"
    old = '"{""errors"":{""card_id"":[""has already been taken""]}}"'
    text = HEADER.strip() + ",status,response\r\n" + f"s1,sample.01@example.edu,Null,422,{old}," + ROW.split("Null,")[1]
    path.write_text(text, encoding="utf-8", newline="")
    assert main(["triage", str(path), "--school-domain", "example.edu"]) == 0
    assert "by e-mail" in capsys.readouterr().out


def test_a_line_that_cannot_be_read_is_named_and_gives_exit_code_1(tmp_path, capsys):
    path = tmp_path / "failed_rows.csv"
    path.write_text(HEADER + "s1,too,few\r\n" + ROW, encoding="utf-8", newline="")
    assert main(["triage", str(path), "--school-domain", "example.edu"]) == 1
    printed = capsys.readouterr().out
    assert "1 row read, 1 line could not be read." in printed and "Line 2" in printed
    assert "too,few" not in printed


@pytest.mark.parametrize("domain", ["not a domain", "https://", "@", "example", "exa_mple.edu/x"])
def test_a_school_domain_that_cannot_be_one_is_refused(file, capsys, domain):
    assert main(["triage", str(file), "--school-domain", domain]) == 2
    assert "domain" in capsys.readouterr().err


def test_an_output_that_is_not_ours_is_kept(file, tmp_path, capsys):
    out = tmp_path / "out.csv"
    out.write_text("mine\n", encoding="utf-8")
    assert main(["triage", str(file), "--school-domain", "example.edu", "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii"])
def test_a_console_of_any_code_page_shows_it(file, encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = _run("triage", file, "--school-domain", "example.edu", env=environment)
    assert done.returncode == 0, done.stderr
    assert b"1 row was not imported." in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert len(capsys.readouterr().out) > 100


def test_help_loads_neither_pandas_nor_a_notebook_library():
    probe = (
        "import sys, contextlib, io\nfrom triage_kit.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main(['--help'])\n"
        "print([name for name in ('pandas', 'numpy', 'plotly', 'papermill', 'nbconvert') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wrong_usage_gives_exit_code_2():
    assert _run("triage").returncode == 2


def test_ctrl_c_ends_without_a_traceback(monkeypatch, file, capsys):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("triage_kit.reading.read_failed_rows", interrupted)
    assert main(["triage", str(file)]) == 130
    assert capsys.readouterr().err.strip() == "triage-kit: stopped; nothing was left half-written."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")
@pytest.mark.parametrize("name, code", [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_request_to_end_is_taken_like_ctrl_c(monkeypatch, file, capsys, name, code):
    request = getattr(signal, name)
    monkeypatch.setattr("triage_kit.reading.read_failed_rows", lambda path: signal.raise_signal(request))
    before = signal.signal(request, signal.SIG_DFL)  # under nohup it is ignored
    try:
        assert main(["triage", str(file)]) == code
        assert capsys.readouterr().err.strip() == "triage-kit: stopped; nothing was left half-written."
        assert signal.getsignal(request) == signal.SIG_DFL
    finally:
        signal.signal(request, before)


def test_an_error_that_should_not_occur_quotes_no_value_and_says_where(monkeypatch, file, capsys):
    def broken(failed, **options):
        raise KeyError("jane.doe@example.edu")

    monkeypatch.setattr("triage_kit.settings.choose_school", broken)
    assert main(["triage", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("triage-kit: an error that should not occur (KeyError at commands/common.py, line ")
    assert said.count("\n") == 1 and "jane" not in said


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["triage"], "The following arguments are required: FILE. “triage-kit triage --help” explains."),
        (
            ["report", "a.csv", "--minimum", "4"],
            "Argument --minimum: a whole number from 5 up was expected, found 4. “triage-kit report --help” explains.",
        ),
        (
            ["batch", "a.csv", "--out", "b", "--jobs", "many"],
            "Argument --jobs: a whole number from 1 up was expected, found many. “triage-kit batch --help” explains.",
        ),
    ],
    ids=["missing", "too-small", "no-number"],
)
def test_wrong_usage_gets_one_sentence(arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"triage-kit: {said}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes an output")
def test_a_closed_output_is_no_error(file):
    command = f'"{sys.executable}" -m triage_kit triage "{file}" >&-'
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0 and done.stderr == b""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that limits how large files may be")
@pytest.mark.parametrize(
    "arguments, named",
    [
        ("triage '{file}' -o out.csv", "out.csv cannot be written (File too large)"),
        ("actions '{file}' --out to-do", "worklist.xlsx cannot be written (File too large)"),
        ("rules '{file}' -o new.toml", "new.toml cannot be written (File too large)"),
        ("batch '{file}' --out counts", "summary-1.json cannot be written (File too large)"),
    ],
    ids=["triage", "actions", "rules", "batch"],
)
def test_a_disk_that_is_full_gets_a_sentence_and_nothing_half_written(tmp_path, arguments, named):
    sample = tmp_path / "sample.csv"
    many = "".join(f"u{n},u{n}@example.edu,Null,422,{UNKNOWN}\r\n" for n in range(300))
    sample.write_text(HEADER + many, encoding="utf-8", newline="")
    command = f'ulimit -f 1; exec "{sys.executable}" -m triage_kit {arguments.format(file=sample)}'
    # No bytecode: Python would leave it cut off, and fail at the next import.
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}  # noqa: PTH109
    place = {"cwd": tmp_path, "env": environment}
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, **place)
    assert done.returncode == 2 and done.stderr.startswith(f"triage-kit: {named}") and done.stderr.count("\n") == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [sample]


def test_a_file_of_the_users_own_called_pandas_is_not_taken_for_pandas(file):
    (file.parent / "pandas.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    done = _run("triage", file, cwd=file.parent, env={**os.environ, "PYTHONPATH": os.getcwd()})  # noqa: PTH109
    assert done.returncode == 0 and b"1 row was not imported" in done.stdout


def test_explain_takes_an_address(capsys):
    assert main(["explain", "x@med.umich.edu", "--school-domain", "umich.edu"]) == 0
    assert "So the e-mail counts as: our school." in capsys.readouterr().out


@pytest.mark.parametrize("text", ["Jo Doe <x@med.umich.edu>", "med.umich.edu"])
def test_explain_takes_an_address_with_a_name_and_a_domain_alone(text, capsys):
    assert main(["explain", text, "--school-domain", "umich.edu"]) == 0
    assert "Read as the domain med.umich.edu." in capsys.readouterr().out


def test_explain_of_a_file_asks_for_the_row(file, capsys):
    assert main(["explain", str(file)]) == 2
    assert "--row 1" in capsys.readouterr().err


def test_compare_names_the_lines_that_could_not_be_read(file, tmp_path, capsys):
    newer = tmp_path / "newer.csv"
    newer.write_text(HEADER + "s1,too,few\r\n", encoding="utf-8", newline="")
    assert main(["compare", str(file), str(newer), "--school-domain", "example.edu"]) == 1
    assert "newer.csv: 1 line could not be read" in capsys.readouterr().out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")  # noqa: PTH110
def test_an_output_that_is_full_gets_a_sentence(file):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "triage_kit", "triage", str(file), "--school-domain", "example.edu"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("triage-kit: the output cannot be written") and "Traceback" not in done.stderr
