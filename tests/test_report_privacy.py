"""A report without names names nobody: planted values are looked for wherever a run could leave them."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from triage_kit import School, read_failed_rows
from triage_kit.columns import STUDENT_HEADERS
from triage_kit.domains import likeliest_school
from triage_kit.report.page import show_notices
from triage_kit.report.runner import find_notebook
from triage_kit.week import run_week

ROOT = Path(__file__).resolve().parent.parent

#: Part of every planted text; no word of ours, of plotly's or of the lists holds it.
CANARY = "zqxwcanary"
#: Part of every planted number.
NUMBER = "73910462855"

ANSWERS = (
    '{"success":false,"errors":{"email_address":["has already been taken"]}}',
    '{"success":false,"errors":{"email_address":["@MAIL@ has already been taken by @NAME@"]}}',
    '{"success":false,"errors":{"@NAME@":["has already been taken"],"@MAIL@":["is invalid"]}}',
    "Attempted to update username from @MAIL@ to @NAME@ without setting change_sensitive_fields",
    '{"success":false,"errors":"Attempted to update username from @NAME@ to @NAME@2 without permission"}',
    "<html><title>@NAME@</title><body>Something went wrong for @MAIL@</body></html>",
    '{"success":false,"errors":{"school_year_name":["@NAME@ is not included in the list"]}',
    "@NAME@ = @NUMBER@",
)
OWN_COLUMNS = ("@NAME@_header", "sister of @NAME@")


def fill(text: str, number: int) -> str:
    """Return a text with the planted values of one student in it."""
    values = {
        "NAME": f"{CANARY}{number}",
        "MAIL": f"{CANARY}.{number}@{CANARY}mail.example",
        "NUMBER": f"{NUMBER}{number}",
    }
    return re.sub("@(NAME|MAIL|NUMBER)@", lambda found: values[found[1]], text)


def planted_row(number: int) -> list[str]:
    """Return a student whose every cell is unmistakable."""
    kinds = {"email_address": "@MAIL@", "username": "@NAME@", "card_id": "@NUMBER@", "mobile_number": "@NUMBER@"}
    kinds["school_year_name"] = f"{CANARY} year"  # of many rows: large enough to be shown, if it were a school year
    cells = [kinds.get(header, f"{header[:8]} @NAME@ @NUMBER@") for header in STUDENT_HEADERS]
    return [
        fill(cell, number) for cell in [*cells, "@NAME@", "@MAIL@", "failed @NAME@", ANSWERS[number % len(ANSWERS)]]
    ]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a failed-rows file of planted students, its name and folder planted, too."""
    folder = tmp_path_factory.mktemp("source") / f"{CANARY} folder"
    folder.mkdir()
    path = folder / f"failed_rows_{CANARY}_{NUMBER}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*STUDENT_HEADERS, *(fill(name, 0) for name in OWN_COLUMNS), "status", "response"])
        writer.writerows(planted_row(number) for number in range(40))
        file.write(f"{CANARY},a line too short {NUMBER}\r\n")
    return path


class Run:
    """A run of build_report in a process of its own, with a home and a temporary folder that can be searched."""

    def __init__(
        self,
        folder: Path,
        source: Path,
        *,
        notebook: Path | None = None,
        out: Path | None = None,
        build: str = "build_report(sys.argv[2], sys.argv[3], notebook=sys.argv[4] or None)",
        casebook: Path | None = None,
    ) -> None:
        self.home, self.temporary = folder / f"{CANARY}-home", folder / "temporary"
        self.out = out or folder / "out"
        for one in (self.home, self.temporary):
            one.mkdir()
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from triage_kit.errors import TriageKitError\nfrom triage_kit.report import build_report, build_reports\n"
            f"try: {build}\n"
            "except TriageKitError as error: sys.exit(str(error))\n"
        )
        arguments = [sys.executable, "-c", code, str(ROOT), str(source), str(self.out), str(notebook or "")]
        arguments.append(str(casebook or ""))
        # Whatever Python and Jupyter write goes where it can be searched.
        places = {"HOME": self.home, "USERPROFILE": self.home, "TMPDIR": self.temporary, "TEMP": self.temporary}
        environment = {**os.environ, **{name: str(path) for name, path in places.items()}, "USER": CANARY}
        done = subprocess.run(arguments, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr

    def files(self) -> list[Path]:
        """Return every file that the run left behind."""
        folders = [self.home, self.temporary, self.out] if self.out.is_dir() else [self.home, self.temporary]
        return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def readings(text: str) -> list[str]:
    """Return a text in every form in which it can be read: escapes undone, base64 decoded, capitals made small."""
    packed = [*re.findall(r'"bdata":\s*"([^"]+)"', text), *re.findall(r"base64,([A-Za-z0-9+/=]+)", text)]
    whole = [piece.rstrip("=") for piece in packed]
    decoded = [base64.b64decode(piece[: len(piece) // 4 * 4]).decode("latin-1") for piece in whole]
    unicode_escapes = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return [one.lower() for one in (text, unescape(text), unquote(text), unicode_escapes, *decoded)]


def assert_clean(text: str) -> None:
    """Assert that nothing planted can be read in a text."""
    for reading in readings(text):
        for secret in (CANARY, NUMBER):
            place = reading.find(secret)
            assert place < 0, reading[max(0, place - 200) : place + 50]


@pytest.fixture(scope="module")
def run(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run that went well."""
    return Run(tmp_path_factory.mktemp("well"), planted)


def test_what_is_searched_for_would_be_found(planted: Path) -> None:
    source = planted.read_text(encoding="utf-8")
    assert source.count(CANARY) > 40 * len(STUDENT_HEADERS) / 2
    for hidden in (
        json.dumps({"bdata": base64.b64encode(f"..{CANARY}..".encode()).decode()}),
        "".join(f"\\u{ord(letter):04x}" for letter in CANARY),
        "".join(f"&#{ord(letter)};" for letter in CANARY),
        "".join(f"%{ord(letter):02x}" for letter in CANARY),
        CANARY.upper(),
    ):
        with pytest.raises(AssertionError):
            assert_clean(hidden)


def test_the_page_names_nobody(run: Run) -> None:
    assert run.code == 0, run.stderr
    page = (run.out / "report.html").read_text(encoding="utf-8")
    assert "40 rows were not imported." in page
    assert "The e-mail addresses of the 40 rows" in page
    assert_clean(page)


def test_many_reports_with_index_summary_and_notebooks_name_nobody(planted: Path, tmp_path: Path) -> None:
    build = "build_reports([sys.argv[2], sys.argv[2]], sys.argv[3], keep_notebook=True)"
    run = Run(tmp_path, planted, build=build)
    assert (run.code, run.stdout, run.stderr) == (0, "", "")
    kinds = ("report-{}.html", "report-{}.ipynb", "summary-{}.txt")
    expected = [kind.format(number) for kind in kinds for number in (1, 2)]
    assert sorted(path.name for path in run.out.iterdir()) == sorted([*expected, "index.html", "summary.json"])
    assert list(run.temporary.iterdir()) == []
    for path in run.files():
        assert_clean(path.name + path.read_bytes().decode("latin-1"))


@pytest.fixture(scope="module")
def casebook(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a case book that knows half of the planted students from a week before."""
    folder = tmp_path_factory.mktemp("casebook") / CANARY
    folder.mkdir()
    before = folder / "failed_rows_2026-01-05.csv"
    lines = planted.read_text(encoding="utf-8").splitlines(keepends=True)
    before.write_text("".join(lines[:21]), encoding="utf-8")
    school = School("Example University", ["example.edu"])
    run_week(read_failed_rows(before), before, school, casebook=folder / f"{CANARY}.sqlite", out=folder / "weeks")
    return folder / f"{CANARY}.sqlite"


WITH_THE_PAST = (
    "build_report(sys.argv[2], sys.argv[3], casebook=sys.argv[5], notebook=sys.argv[4] or None, keep_notebook=True)"
)


def test_the_past_is_told_without_names(planted: Path, casebook: Path, tmp_path: Path) -> None:
    run = Run(tmp_path, planted, build=WITH_THE_PAST, casebook=casebook)
    assert (run.code, run.stdout, run.stderr) == (0, "", "")
    assert "failed last time too" in (run.out / "report.html").read_text(encoding="utf-8")
    assert list(run.temporary.iterdir()) == []
    for path in run.files():
        assert_clean(path.name + path.read_bytes().decode("latin-1"))


@pytest.mark.slow
def test_a_failure_in_the_case_book_tells_and_leaves_nothing(planted: Path, casebook: Path, tmp_path: Path) -> None:
    notebook = broken_notebook(tmp_path, "past", "raise KeyError(past.gone, past.recorded, failed.rows.iloc[0, 0])")
    run = Run(tmp_path, planted, build=WITH_THE_PAST, casebook=casebook, notebook=notebook)
    assert run.code == 1
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert_clean(run.stdout + run.stderr)
    assert [path for path in run.files() if run.out in path.parents] == list(run.temporary.iterdir()) == []


def test_names_of_files_and_folders_are_neutral(run: Run) -> None:
    assert [path.name for path in run.files() if run.out in path.parents] == ["report.html", "summary.txt"]


def test_a_run_says_nothing_and_leaves_nothing_behind(run: Run) -> None:
    assert (run.stdout, run.stderr) == ("", "")
    assert list(run.temporary.iterdir()) == []
    for path in run.files():
        assert_clean(path.name + path.read_bytes().decode("latin-1"))


def broken_notebook(folder: Path, after: str, cell: str) -> Path:
    """Return a copy of the report notebook with a cell put in behind another."""
    notebook = nbformat.read(find_notebook(), as_version=4)
    ids = [one["id"] for one in notebook.cells]
    notebook.cells.insert(ids.index(after) + 1, nbformat.v4.new_code_cell(cell))
    path = folder / "broken.ipynb"
    nbformat.write(notebook, path)
    return path


FAILURES = {
    "reading": ("imports", "open(failed_rows + ' is not there')"),
    "after reading": ("read", "failed.rows.set_index('email_address').loc[failed.rows['username'].iloc[0]]"),
    "with a name in the error": ("triage", "raise ValueError(failed.rows['last_name'].iloc[0])"),
    "with a name in the error's kind": ("triage", "raise type(failed.rows['username'].iloc[0], (Exception,), {})"),
    "in a chart": ("problems", "draw_problems(failed.rows)"),
    "on the way to the page": ("about", "import ipywidgets; ipywidgets.Text(failed.rows['last_name'].iloc[0])"),
    "at the end": ("about", "import sys; sys.exit(failed.rows['last_name'].iloc[0])"),
    "by a dead process": ("read", "import os; print(failed.rows); os._exit(3)"),
}


@pytest.mark.slow
@pytest.mark.parametrize("after, cell", FAILURES.values(), ids=FAILURES)
def test_a_failed_run_tells_and_leaves_nothing(planted: Path, tmp_path: Path, after: str, cell: str) -> None:
    run = Run(tmp_path, planted, notebook=broken_notebook(tmp_path, after, cell))
    assert run.code == 1
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert_clean(run.stdout + run.stderr)
    assert list(run.temporary.iterdir()) == []
    for path in run.files():
        assert_clean(path.name + path.read_bytes().decode("latin-1"))
    assert not (run.out / "report.html").exists()


def test_a_page_that_cannot_be_written_leaves_nothing(planted: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "out"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    run = Run(tmp_path, planted, out=blocked)
    assert run.code == 1
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert_clean(run.stderr)
    assert list(run.temporary.iterdir()) == []


def test_warnings_and_prints_of_a_cell_stay_off_the_page(planted: Path, tmp_path: Path) -> None:
    cell = "import sys, warnings; warnings.warn(failed.rows['last_name'].iloc[0]); print('here', file=sys.stderr)"
    run = Run(tmp_path, planted, notebook=broken_notebook(tmp_path, "about", cell))
    assert run.code == 0, run.stderr
    assert run.stderr == ""
    assert_clean((run.out / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "domains, said",
    [
        (["umich.edu"] * 3 + ["x.umich.edu"], "No school was named, so umich.edu was assumed to be yours. If that is"),
        (["umich.edu"] * 3 + ["msu.edu"] * 3, "No school was named, and the file does not tell which it is"),
    ],
    ids=["one school", "two schools level"],
)
def test_an_assumed_school_is_named_without_the_rows_at_its_domains(tmp_path, domains, said):
    file = tmp_path / "failed_rows.csv"
    lines = [f"s{number},s{number}@{domain},bad" for number, domain in enumerate(domains)]
    file.write_text("\n".join(["username,email_address,response", *lines, ""]), encoding="utf-8")
    failed = read_failed_rows(file)
    school = likeliest_school(failed)
    assert "3" in school.assumed
    forwarded = show_notices(failed, school)._repr_html_()
    assert said in forwarded and not re.search(r"\d", forwarded)
    assert school.assumed in show_notices(failed, school, "with-names")._repr_html_()
