"""The report: parameters checked, the notebook run, the page whole; what goes wrong is said in one sentence."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
import pytest

from triage_kit.errors import InputError, OutputError, SettingsError, TriageKitError
from triage_kit.html import Fragment, table
from triage_kit.report import Built, build_report, build_reports
from triage_kit.report.export import PageFacts, end_mark
from triage_kit.report.parameters import check_parameters, split_domains
from triage_kit.report.runner import find_notebook, run_notebook

MEGABYTE = 1_000_000
HEADER = "email_address,username,auth_identifier,first_name,last_name,status,response\r\n"
TAKEN = '"{""success"":false,""errors"":{""email_address"":[""has already been taken""]}}"'
END = (
    "from triage_kit import School\nfrom triage_kit.report import page\npage.finish_report(School('', ['example.edu']))"
)
CHART_DATA = r'<script class="chart-data" type="application/json">(.*?)</script>'


class Outline(HTMLParser):
    """What a page is made of: its tags with their attributes, its headings and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open):
            self.text += data

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module")
def page(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the sample's report without names."""
    out = tmp_path_factory.mktemp("no-names")
    return build_report(sample, out, school_domains="example.edu", school_name="Example").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page_with_names(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the sample's report with names."""
    out = tmp_path_factory.mktemp("with-names")
    return build_report(sample, out, school_domains=["example.edu"], audience="with-names").read_text(encoding="utf-8")


@pytest.fixture
def notebook(tmp_path: Path) -> Any:
    """Return a function that writes a small notebook of these cells, the first tagged ``parameters``."""

    def write(*cells: str, tags: tuple[str, ...] = ("parameters",)) -> Path:
        made = [nbformat.v4.new_code_cell(cell) for cell in ("failed_rows: str = ''", *cells)]
        made[0].metadata["tags"] = list(tags)
        path = tmp_path / "small.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=made), path)
        return path

    return write


# --- parameters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"failed_row": "a.csv"}, "“failed_row” is not a parameter of the report. Did you mean “failed_rows”?"),
        (
            {"failed_rows": "a.csv", "colour": "red"},
            "“colour” is not a parameter of the report. The report knows failed_rows, school_domains, school_name, "
            "school_file, audience, title, rules, casebook, uploaded, minimum.",
        ),
        (
            {"title": "Spring"},
            "“failed_rows” is missing: give the path of the CSV that Handshake offers as failed rows.",
        ),
        (
            {"failed_rows": " "},
            "“failed_rows” is blank: give the path of the CSV that Handshake offers as failed rows.",
        ),
        ({"failed_rows": 7}, "“failed_rows” should be the path of a file, found a value of type int."),
        ({"failed_rows": "a.csv", "title": 7}, "“title” should be a text, found a value of type int."),
        (
            {"failed_rows": "a.csv", "audience": "no-name"},
            "“audience” should be one of no-names, with-names. Did you mean “no-names”?",
        ),
        (
            {"failed_rows": "a.csv", "school_domains": {"a": 1}},
            "“school_domains” should be a list of domains, or one text such as example.edu.",
        ),
        (
            {"failed_rows": "a.csv", "uploaded": "many"},
            "“uploaded” should be a whole number, found a value of type str.",
        ),
        ({"failed_rows": "a.csv", "minimum": 4}, "“minimum” should be 5 or more, found 4."),
        (
            {"failed_rows": "s3://bucket/a.csv"},
            "“failed_rows” should be a file on this computer, not an address; download it first.",
        ),
    ],
    ids=[
        "misspelt",
        "unknown",
        "missing",
        "blank",
        "path type",
        "text type",
        "audience",
        "domains",
        "number",
        "minimum",
        "address",
    ],
)
def test_a_wrong_parameter_is_an_error_with_a_hint(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(TriageKitError, match=f"^{re.escape(message)}$"):
        check_parameters(parameters)


@pytest.mark.parametrize(
    "given, expected",
    [
        ("example.edu", ("example.edu",)),
        ("example.edu, mail.example.edu;alumni.example.edu", ("example.edu", "mail.example.edu", "alumni.example.edu")),
        (["example.edu", "mail.example.edu"], ("example.edu", "mail.example.edu")),
        (("example.edu",), ("example.edu",)),
        ("", ()),
        ([], ()),
    ],
    ids=["one", "text", "list", "tuple", "blank", "none"],
)
def test_domains_come_as_list_or_text(given: object, expected: tuple[str, ...]) -> None:
    assert split_domains(given) == expected


def test_paths_reach_the_notebook_as_they_are(notebook: Any) -> None:
    paths = [r"data\new\table.csv", r"\\server\share\a.csv", "it's.csv", 'quo"te.csv', "Été.csv", "0012", "two\nlines"]
    executed = run_notebook(notebook("import json", "print(json.dumps(failed_rows), end='')"), {"failed_rows": paths})
    assert json.loads(executed.cells[-1].outputs[0].text) == paths


def test_the_offices_own_files_are_found_beside_the_failed_rows(tmp_path: Path) -> None:
    source = tmp_path / "failed.csv"
    for name in ("school.toml", "my_rules.toml"):
        (tmp_path / name).touch()
    found = check_parameters({"failed_rows": source})
    assert (found.school_file, found.rules) == (str(tmp_path / "school.toml"), str(tmp_path / "my_rules.toml"))
    assert check_parameters({"failed_rows": source, "school_domains": "example.edu"}).school_file == ""


@pytest.mark.parametrize("place", ["postgresql://office@host/casebook", ""], ids=["address", "none"])
def test_a_case_book_in_a_database_is_taken_as_it_is(place: str) -> None:
    assert check_parameters({"failed_rows": "a.csv", "casebook": place}).casebook == place


def test_a_case_book_in_a_file_is_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert check_parameters({"failed_rows": "a.csv", "casebook": "book.sqlite"}).casebook == str(
        tmp_path / "book.sqlite"
    )


def test_the_parameters_show_nothing_of_their_values() -> None:
    assert repr(check_parameters({"failed_rows": "Ada Lovelace.csv"})) == "ReportParameters(audience='no-names')"


# --- running --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", [(), ("parameter",)], ids=["no tag", "misspelt tag"])
def test_a_notebook_without_the_parameters_tag_is_refused(notebook: Any, tags: tuple[str, ...]) -> None:
    with pytest.raises(TriageKitError, match=r"^The report notebook should have one cell tagged “parameters”, found 0"):
        run_notebook(notebook(tags=tags), {})


@pytest.mark.parametrize(
    "cell, kind, message",
    [
        (
            "raise KeyError('ada@example.edu')",
            TriageKitError,
            "The report could not be made: step 2 of the notebook failed with KeyError. "
            "Open the notebook in JupyterLab and run all cells to see where.",
        ),
        (
            "from triage_kit.errors import InputError\nraise InputError('The file is empty.')",
            InputError,
            "The file is empty.",
        ),
        (
            "import os\nos._exit(1)",
            TriageKitError,
            "The report's Python process did not run (DeadKernelError); try again, then run triage-kit doctor.",
        ),
    ],
    ids=["any error", "our error", "dead process"],
)
def test_a_failing_cell_is_told_in_one_sentence(
    notebook: Any, cell: str, kind: type, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TriageKitError) as raised:
        run_notebook(notebook(cell), {"failed_rows": "a.csv"})
    assert (type(raised.value), str(raised.value)) == (kind, message)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert capfd.readouterr() == ("", "")


def test_a_notebook_that_ends_early_gives_no_page(notebook: Any, sample: Path, tmp_path: Path) -> None:
    early = notebook("import sys\nsys.exit(0)", END)
    with pytest.raises(TriageKitError, match=r"^The report is incomplete"):
        build_report(sample, tmp_path / "out", notebook=early)
    assert not (tmp_path / "out" / "report.html").exists()


def test_the_kernel_is_this_python_in_a_folder_that_is_gone_afterwards(notebook: Any) -> None:
    cell = "import json, os, sys\nprint(json.dumps([sys.executable, os.getcwd(), os.listdir()]))"
    executed = run_notebook(notebook(cell), {"failed_rows": "a.csv"})
    python, folder, _ = json.loads(executed.cells[-1].outputs[0].text)
    assert python == sys.executable
    assert Path(folder).name.startswith("triage-kit-")
    assert not Path(folder).exists()


def test_an_output_that_a_page_cannot_show_is_an_error(notebook: Any, sample: Path, tmp_path: Path) -> None:
    widget = notebook(
        "from IPython.display import display\ndisplay({'application/vnd.jupyter.widget-view+json': {}}, raw=True)",
        END,
    )
    with pytest.raises(TriageKitError, match=r"^A cell of the report notebook shows something that a page cannot show"):
        build_report(sample, tmp_path, notebook=widget)


# --- the notebook in the repository ---------------------------------------------------------------------------------


def cells() -> Iterator[Any]:
    """Yield the report notebook's code cells."""
    return (cell for cell in nbformat.read(find_notebook(), as_version=4).cells if cell.cell_type == "code")


def test_the_cells_are_short_and_hold_no_code_of_their_own() -> None:
    for cell in cells():
        longest = 10 if "parameters" in cell.metadata.get("tags", []) else 8
        assert len(cell.source.splitlines()) <= longest
        assert not re.search(
            r"^\s*(def|for|while|class)\b|sys\.path|ipywidgets|FigureWidget", cell.source, re.MULTILINE
        )


def test_its_parameters_are_those_that_are_checked() -> None:
    names = re.findall(r"^(\w+):", next(cells()).source, re.MULTILINE)
    assert names == list(check_parameters({"failed_rows": "a.csv"}).for_papermill())


def test_it_runs_as_it_is_under_plain_papermill(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = repository / "notebooks"
    executed = papermill.execute_notebook(
        str(folder / "report.ipynb"),
        None,
        {"title": "Mine"},
        cwd=str(folder),
        progress_bar=False,
        kernel_name="python3",
    )
    assert end_mark(executed) is not None
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data"}
    assert sum("application/vnd.plotly.v1+json" in output.data for output in outputs) == 3


@pytest.mark.slow
def test_the_section_of_the_readme_stands_on_the_page(repository: Path, sample: Path, tmp_path: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8").partition("**A section of your own.**")[2]
    heading, code = re.search(r"`(## .*?)`", readme), re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert heading and code
    own = nbformat.read(find_notebook(), as_version=4)
    place = [cell.source for cell in own.cells].index("## About this report")
    own.cells[place:place] = [nbformat.v4.new_markdown_cell(heading[1]), nbformat.v4.new_code_cell(code[1])]
    nbformat.write(own, tmp_path / "my_report.ipynb")
    path = build_report(sample, tmp_path, notebook=tmp_path / "my_report.ipynb", school_domains="example.edu")
    section = path.read_text(encoding="utf-8").partition("Which majors these are</h2>")[2].partition("<h2")[0]
    assert '<th scope="row">History</th><td class="number">43</td>' in section


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_says_first_how_many_rows_were_not_imported(page: str, sample: Path) -> None:
    text = Outline(page).text
    assert "240 rows were not imported." in text
    assert text.index("240 rows were not imported.") < text.index("What went wrong")
    assert "locked out" not in page.partition("<script>")[0]


@pytest.mark.parametrize(
    "file_date, when",
    [("2026-03-02", "File of 2 March 2026, report of 4 March 2026"), ("", "4 March 2026")],
    ids=["known", "not known"],
)
def test_the_page_says_of_which_day_the_file_is(file_date: str, when: str) -> None:
    assert PageFacts("Title", "School", "no-names", "2026-03-04", file_date, "1").when == when


def test_the_plan_adds_up_to_all_rows(page: str) -> None:
    plan = re.search(r'<table class="plan">.*?</table>', page, re.DOTALL)
    assert plan
    owners = re.findall(r'scope="rowgroup">.*?</th><td class="number">([\d,]+)</td>', plan[0])
    steps = re.findall(r'scope="row">.*?</th><td class="number">([\d,]+)</td>', plan[0])
    assert sum(map(int, owners)) == sum(map(int, steps[:-1])) == int(steps[-1]) == 240


def test_every_step_of_the_plan_leads_to_its_procedure_with_sources(page: str) -> None:
    outline = Outline(page)
    wanted = {str(link["href"])[1:] for link in outline.named("a") if str(link["href"]).startswith("#step-")}
    given = {str(article["id"]) for article in outline.named("article")}
    assert wanted == given != set()
    assert page.count("Handshake’s help pages:") >= len(given) - 2  # two steps of ours stand in no article


def test_the_page_shows_no_code(page: str) -> None:
    before_scripts = page.partition("<script>")[0]
    for word in ("read_failed_rows", "import draw_", "summarize(", "failed_rows:", "Run All Cells", "In&nbsp;["):
        assert word not in before_scripts


def test_the_page_holds_three_charts_and_plotly_once(page: str) -> None:
    assert len(re.findall(CHART_DATA, page)) == 3
    assert page.count("plotly.js v") == 1
    assert len(page.encode()) < 5.3 * MEGABYTE


def test_a_chart_and_its_table_hold_the_same_numbers(page: str) -> None:
    for figure in re.findall(r"<figure>.*?</figure>", page, re.DOTALL):
        found = re.search(CHART_DATA, figure, re.DOTALL)
        assert found
        drawn = json.loads(found[1])
        lengths = sum(sum(bar["x"]) for bar in drawn["data"])
        last_cells = re.findall(r'<td class="number">([\d,]+)</td></tr>', figure)
        assert lengths == sum(int(number.replace(",", "")) for number in last_cells)


def test_the_page_is_made_for_screen_readers(page: str, page_with_names: str) -> None:
    for one in (page, page_with_names):
        outline = Outline(one)
        levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert outline.named("html")[0]["lang"] == "en"
        assert len(outline.named("caption")) == len(outline.named("table"))
        assert all(cell.get("scope") for cell in outline.named("th"))
        assert all(image.get("alt") for image in outline.named("img"))
        assert len(outline.named("figcaption")) == len(outline.named("figure")) == 3
        ids = [str(attributes["id"]) for _, attributes in outline.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        anchors = {str(link["href"])[1:] for link in outline.named("a") if str(link["href"]).startswith("#")}
        assert anchors <= set(ids)


def test_nothing_on_the_page_is_fetched(page: str) -> None:
    outline = Outline(page)
    assert [attributes for _, attributes in outline.tags if "src" in attributes] == []
    assert [link["href"] for link in outline.named("link")] == ["data:,"]
    links = {str(link["href"]) for link in outline.named("a")}
    assert all(link.startswith(("#", "https://support.joinhandshake.com/hc/")) for link in links)
    styles = re.findall(r"<style>.*?</style>", page, re.DOTALL)
    assert not re.search(r"@import|url\((?!\"data:)", "".join(styles))


def test_names_are_shown_to_the_office_alone_and_marked(page: str, page_with_names: str) -> None:
    assert "Personal data: do not forward." not in page
    assert "The students behind the numbers" not in page
    assert "No student is named here." in page
    assert page_with_names.count("Personal data: do not forward.") >= 3
    assert "No student is named here." not in page_with_names
    assert "The students behind the numbers" in page_with_names
    assert "ldummel" not in page_with_names  # user names are not needed for the work
    assert "lorcan.dummelow@example.edu" in page_with_names


def test_a_file_without_failed_rows_is_good_news(tmp_path: Path) -> None:
    source = tmp_path / "failed.csv"
    source.write_text(HEADER, encoding="utf-8")
    page = build_report(source, tmp_path, school_domains="example.edu").read_text(encoding="utf-8")
    assert "The file lists no failed rows: nothing is to be done." in page
    assert "plotly.js v" not in page


def test_what_stands_in_the_file_is_shown_as_text(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "$1 & $2", "</table>", "{{ 7 * 7 }}"]
    source = tmp_path / "failed.csv"
    rows = [f'ada{name}@example.edu,ada1,1,"{name}",Lovelace,failed,{TAKEN}\r\n' for name in names]
    source.write_text(HEADER + "".join(rows), encoding="utf-8")
    title = " ".join(names)
    page = build_report(source, tmp_path, school_domains="example.edu", audience="with-names", title=title)
    outline = Outline(page.read_text(encoding="utf-8"))
    assert [name for name in names if f"{name} Lovelace" not in outline.text] == []
    assert title in outline.text.partition("rows were not imported")[0]
    assert outline.named("img") == []


def test_a_long_list_is_cut_and_says_so(tmp_path: Path) -> None:
    source = tmp_path / "failed.csv"
    lines = [f"ada{number}@example.edu,ada{number},1,Ada,L,failed,{TAKEN}\r\n" for number in range(2000)]
    source.write_text(HEADER + "".join(lines), encoding="utf-8")
    page = build_report(source, tmp_path, school_domains="example.edu", audience="with-names")
    text = page.read_text(encoding="utf-8")
    assert "The first 500 of 2,000 rows; the to-do folder holds all." in text
    assert len(text.encode()) < 5.3 * MEGABYTE


# --- writing --------------------------------------------------------------------------------------------------------


def test_an_own_report_is_replaced_and_a_foreign_file_is_not(sample: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("<title>Mine</title>", encoding="utf-8")
    with pytest.raises(OutputError, match=r"^report\.html exists and was not written by triage-kit"):
        build_report(sample, tmp_path)
    assert target.read_text(encoding="utf-8") == "<title>Mine</title>"
    build_report(sample, tmp_path, force=True, title="First")
    build_report(sample, tmp_path, title="Second")
    assert "<h1>Second</h1>" in target.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "summary.txt"]


def test_a_batch_goes_on_after_a_file_that_fails(sample: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    seen: list[Built] = []
    files = [sample, empty, tmp_path / "missing.csv", sample]
    results = build_reports(files, tmp_path / "out", progress=seen.append, school_domains="example.edu")
    assert [bool(built.error) for built in results] == [False, True, True, False]
    assert sorted(seen, key=lambda built: built.place) == list(results)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("index.html", "report-1.html", "report-4.html", "summary-1.txt", "summary-4.txt", "summary.json"),
    ]


def test_ctrl_c_leaves_nothing_behind(sample: Path, tmp_path: Path, notebook: Any) -> None:
    interrupted = notebook(
        "import _thread, os, signal\nos.kill(os.getppid(), signal.SIGINT)\nimport time; time.sleep(5)"
    )
    with pytest.raises(KeyboardInterrupt):
        build_report(sample, tmp_path / "out", notebook=interrupted)
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


# --- pieces of HTML -------------------------------------------------------------------------------------------------


def test_a_table_escapes_its_cells_columns_and_caption() -> None:
    rows = pd.DataFrame({"<a>": ["<b>&", "x"], "n": [1000, 2]})
    assert " ".join(table(rows, "<c>", total=True)._repr_html_().split()) == (
        '<div class="scroll" role="group" aria-label="&lt;c&gt;" tabindex="0"> <table> <caption>&lt;c&gt;</caption> '
        '<thead><tr> <th scope="col">&lt;a&gt;</th> <th scope="col" class="number">n</th> </tr></thead> <tbody> '
        '<tr><th scope="row">&lt;b&gt;&amp;</th><td class="number">1,000</td></tr> '
        '<tr><th scope="row">x</th><td class="number">2</td></tr> </tbody> '
        '<tfoot><tr><th scope="row">Total</th><td class="number">1,002</td></tr></tfoot> </table> </div>'
    )


def test_a_fragment_shows_nothing_of_itself() -> None:
    assert repr(Fragment("<p>ada@example.edu</p>")) == "<piece of the page>"


def test_settings_are_checked_before_anything_runs(sample: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^“audience” should be one of"):
        build_report(sample, tmp_path / "out", audience="everybody")
    assert not (tmp_path / "out").exists()
