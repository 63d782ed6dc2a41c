"""Many reports: patterns, an index, and a second run that does only what changed, also after a run that was killed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager

from triage_kit.cli import main
from triage_kit.commands.report import expand, progress_of
from triage_kit.errors import InputError, TriageKitError
from triage_kit.report import Built, build_report, build_reports
from triage_kit.report.parameters import check_parameters
from triage_kit.report.runner import run_notebook
from triage_kit.report.shelf import Shelf, fingerprint

HEADER = "email_address,username,auth_identifier,first_name,last_name,status,response\r\n"
TAKEN = '"{""success"":false,""errors"":{""email_address"":[""has already been taken""]}}"'
DOMAINS = {"school_domains": "example.edu"}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep this user's secret in a folder of the test."""
    folder = tmp_path.parent / f"{tmp_path.name}-state"
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    return folder


def write(path: Path, rows: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    lines = [f"ada{number}@example.edu,ada{number},{number},Ada,L,failed,{TAKEN}\r\n" for number in range(rows)]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a notebook that imports nothing of ours, to be run quickly; it leaves counts as the real one does."""
    cells = [
        "failed_rows: str = ''",
        "rows = len(open(failed_rows).readlines()) - 1\n"
        "facts = {'school_name': '', 'rows': rows, 'top_problem': 'Taken', 'text': 'An answer.'}",
        "from IPython.display import display\n"
        "display({'application/vnd.triage-kit.end+json': facts, 'text/plain': ''}, raw=True)",
    ]
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    made[0].metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "tiny.ipynb")
    return tmp_path / "tiny.ipynb"


def summary_of(folder: Path) -> dict[str, int]:
    """Return each report's rows as the summary has them."""
    reports = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["reports"]
    return {one["report"]: one["rows"] for one in reports}


def test_patterns_are_expanded_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.csv", "a.csv", "odd[1].csv"):
        write(tmp_path / "in" / name, 1)
    (tmp_path / "in" / "folder.csv").mkdir()
    monkeypatch.chdir(tmp_path)
    names = [path.name for path in expand(["in/b.csv", "in/*.csv", "in/odd[1].csv"])]
    assert names == ["b.csv", "a.csv", "odd[1].csv"]
    assert expand(["in/missing.csv"]) == [Path("in/missing.csv")]  # the reader says what is wrong with it
    with pytest.raises(InputError, match=r"^No file fits “in/\*\.xlsx”\.$"):
        expand(["in/*.xlsx"])


def test_a_second_run_makes_only_what_changed(tmp_path: Path, tiny: Path) -> None:
    out = tmp_path / "out"
    files = [write(tmp_path / "in" / f"{name}.csv", rows) for name, rows in zip("bcd", (1, 2, 3), strict=True)]
    build_reports(files, out, notebook=tiny)
    assert summary_of(out) == {"report-1.html": 1, "report-2.html": 2, "report-3.html": 3}
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("report-*.html")}
    files = [write(tmp_path / "in" / "a.csv", 7), files[0], write(files[1], 5), files[2]]
    results = build_reports(files, out, notebook=tiny)
    assert [(built.report.name, built.unchanged) for built in results if built.report] == [
        ("report-2.html", False),
        ("report-1.html", True),
        ("report-4.html", False),
        ("report-3.html", True),
    ]
    assert summary_of(out) == {"report-1.html": 1, "report-2.html": 7, "report-3.html": 3, "report-4.html": 5}
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("report-*.html")}
    assert {name for name in before if before[name] == after[name]} == {"report-1.html", "report-3.html"}
    assert not any(built.unchanged for built in build_reports(files[:2], out, notebook=tiny, force=True))


def test_equal_files_have_a_report_each(tmp_path: Path, tiny: Path) -> None:
    files = [write(tmp_path / "in" / f"{name}.csv", 1) for name in "ab"]
    for _ in range(2):
        build_reports(files, tmp_path / "out", notebook=tiny)
        assert summary_of(tmp_path / "out") == {"report-1.html": 1, "report-2.html": 1}


@pytest.mark.parametrize(
    "changed", [{"title": "Spring"}, {"audience": "with-names"}, {"uploaded": 50}, {"minimum": 5}], ids=str
)
def test_other_settings_are_another_report(tmp_path: Path, changed: dict[str, object]) -> None:
    given = {"failed_rows": write(tmp_path / "a.csv", 1)}
    first, same, other = (
        fingerprint(check_parameters(parameters), None, keep_notebook=False)
        for parameters in (given, given, {**given, **changed})
    )
    assert first == same != other


def test_another_state_of_the_case_book_is_another_report(tmp_path: Path) -> None:
    book = tmp_path / "book.sqlite"
    book.write_bytes(b"one")
    parameters = check_parameters({"failed_rows": write(tmp_path / "a.csv", 1), "casebook": book})
    first = fingerprint(parameters, None, keep_notebook=False)
    book.write_bytes(b"two")
    assert first != fingerprint(parameters, None, keep_notebook=False) != ""


def test_a_database_may_have_changed_at_any_time(tmp_path: Path) -> None:
    parameters = check_parameters({"failed_rows": write(tmp_path / "a.csv", 1), "casebook": "postgresql://host/book"})
    assert fingerprint(parameters, None, keep_notebook=False) == ""


def test_nobody_else_can_compare_a_fingerprint_with_a_file(tmp_path: Path, state: Path) -> None:
    parameters = check_parameters({"failed_rows": write(tmp_path / "a.csv", 1)})
    first = fingerprint(parameters, None, keep_notebook=False)
    secret = state / "triage-kit" / "secret"
    assert len(secret.read_bytes()) == 32
    secret.unlink()
    assert fingerprint(parameters, None, keep_notebook=False) != first


def test_a_killed_run_is_completed_by_the_next(tmp_path: Path, tiny: Path) -> None:
    out, folder = tmp_path / "out", tmp_path / "in"
    files = [write(folder / f"{number}.csv", number) for number in range(1, 5)]
    code = (
        "import sys\nfrom triage_kit.report import build_reports\n"
        "build_reports(sys.argv[3:], sys.argv[1], notebook=sys.argv[2])"
    )
    running = subprocess.Popen([sys.executable, "-c", code, str(out), str(tiny), *map(str, files)])
    limit = time.monotonic() + 60
    while not (out / "summary.json").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    running.kill()
    running.wait()
    (out / ".report-4.1.part.html").write_text("half", encoding="utf-8")
    os.utime(out / ".report-4.1.part.html", (0, 0))
    results = build_reports(files, out, notebook=tiny)
    assert any(built.unchanged for built in results)
    assert summary_of(out) == {f"report-{number}.html": number for number in range(1, 5)}
    assert len([*out.iterdir()]) == 4 + 4 + 2
    assert (out / "index.html").read_text(encoding="utf-8").count('<a href="report-') == 4


def test_the_command_tells_each_file_and_names_at_the_end_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "in" / "a.csv", 2)
    (tmp_path / "in" / "b.csv").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert main(["report", "in/*.csv", "--out", "out", "--school-domain", "example.edu"]) == 1
    said = capsys.readouterr()
    assert not re.search(r"[\r\x1b]", said.out + said.err)
    assert said.out.splitlines() == [
        f"1 of 2: {Path('out/report-1.html')}, 2 rows",
        f"1 report; the list of them: {Path('out/index.html')}",
    ]
    assert said.err.splitlines()[0].startswith("2 of 2: could not be made: b.csv is empty")
    assert said.err.splitlines()[1] == f"Without a report: {Path('in/b.csv')}"
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "2 rows in 1 report were not imported." in index
    assert "For 1 file there is no report" in index
    for path in (tmp_path / "out").glob("*.[jit]*"):
        assert not re.search(r"a\.csv|b\.csv|ada", path.read_text(encoding="utf-8"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_shows_a_bar_below_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    import pty
    import termios

    reader, writer = pty.openpty()
    termios.tcsetwinsize(writer, (24, 80))
    with open(writer, "w") as terminal:  # noqa: PTH123 - a number and no path
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setattr(sys, "stderr", terminal)
        with progress_of(2) as show:
            show(Built(2, 2, Path("b.csv"), Path("out/report-2.html"), rows=7))
        seen = os.read(reader, 65_536).decode()
    os.close(reader)
    assert "2 of 2: out/report-2.html, 7 rows\r\n" in seen
    assert "1 of 2 |" in seen


def test_uploaded_is_for_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(write(tmp_path / "in" / f"{name}.csv", 2)) for name in "ab"]
    assert main(["report", *files, "--uploaded", "9", "--out", str(tmp_path / "out")]) == 2
    assert "--uploaded is the size of one upload" in capsys.readouterr().err


def test_a_line_that_could_not_be_read_is_said_and_is_trouble(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "a.csv", 2)
    with source.open("a", encoding="utf-8") as file:
        file.write("too short,line\r\n")
    code = main(["report", str(source), "--out", str(tmp_path / "out"), "--school-domain", "example.edu"])
    assert (code, capsys.readouterr().out.strip().rpartition("html")[2]) == (1, ", 2 rows, 1 line could not be read")


def test_a_doubt_about_the_school_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "a.csv", 2)
    assert main(["report", str(source), "--out", str(tmp_path / "out"), "--school-domain", "myschool.edu"]) == 0
    assert capsys.readouterr().err == (
        "1 of 1: No row has an e-mail address of our school, most have another school’s: is our school named right?\n"
    )


def test_what_is_not_ours_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>Mine</title>", encoding="utf-8")
    with pytest.raises(TriageKitError, match=r"^index\.html exists and was not written by triage-kit"):
        Shelf(tmp_path, "no-names")


@pytest.mark.parametrize("fails, runs", [(1, True), (3, False)])
def test_a_kernel_that_does_not_start_is_started_again(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int, runs: bool
) -> None:
    starts: list[int] = []
    start = AsyncKernelManager.start_kernel

    async def start_late(self: AsyncKernelManager, **options: object) -> None:
        starts.append(1)
        if len(starts) <= fails:
            raise OSError("Address already in use")
        await start(self, **options)

    monkeypatch.setattr(AsyncKernelManager, "start_kernel", start_late)
    source = str(write(tmp_path / "a.csv", 1))
    if runs:
        assert run_notebook(tiny, {"failed_rows": source}).cells[-1].outputs
    else:
        with pytest.raises(TriageKitError, match=r"^The report's Python process did not run \(OSError\)"):
            run_notebook(tiny, {"failed_rows": source})
    assert len(starts) == min(fails + 1, 3)


def test_a_kernel_that_dies_later_is_not_started_again(tiny: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(tiny, as_version=4)
    trace = tmp_path / "starts"
    notebook.cells[1].source = f"open({str(trace)!r}, 'a').write('x')\nimport os; os._exit(1)"
    nbformat.write(notebook, tiny)
    with pytest.raises(TriageKitError, match="did not run"):
        run_notebook(tiny, {"failed_rows": "a.csv"})
    assert trace.read_text(encoding="utf-8") == "x"


def test_text_and_kept_notebook_stand_beside_the_page(sample: Path, tmp_path: Path) -> None:
    build_report(sample, tmp_path, uploaded=7500, title="Spring", keep_notebook=True, **DOMAINS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.ipynb", "summary.txt"]
    text = (tmp_path / "summary.txt").read_text(encoding="utf-8")
    assert text.startswith("Spring\n")
    assert "240 rows were not imported: 3.2% of the 7,500 rows that were uploaded." in text
    assert "All rows that were not imported: 240" in text
    kept = (tmp_path / "report.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(kept, as_version=4)
    nbformat.validate(notebook)
    assert "failed_rows.csv" not in kept and str(sample.parent) not in kept
    assert not any(cell.metadata for cell in notebook.cells)
    assert set(notebook.metadata) == {"triage_kit"}
    assert notebook.cells[0].source == "No student is named here."
    assert "lorcan.dummelow" not in kept + text


def test_results_show_no_path() -> None:
    assert repr(Built(1, 2, Path("ada.csv"))) == "Built(1 of 2, no report)"
