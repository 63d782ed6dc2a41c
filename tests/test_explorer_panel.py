"""The panel by its state: what a person does to a control, and what the sections then hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.test_explorer_selection import BLANK, HEADER, TAKEN, line
from triage_kit.charts import CONFIG, DOMAIN_KIND_COLOURS
from triage_kit.columns import DOMAIN_KINDS
from triage_kit.explorer import Explorer

EVIL = "<script>alert(1)</script>$x$<img src=x onerror=alert(2)>"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "failed_rows.csv"
    evil = f'u9,s9@gmail.com,"{EVIL}",Example,"{EVIL}",,failed,"{TAKEN}"\n'
    unknown = f'u8,s8@gmail.com,Ada,Example,Senior,,failed,"{EVIL}"\n'
    lines = [line(1, "example.edu"), line(2, "alumni.example.edu"), line(3, "gmail.com"), line(4, "example.edu", BLANK)]
    path.write_text(HEADER + "".join(lines) + evil + unknown, encoding="utf-8")
    return path


@pytest.fixture
def panel(file: Path) -> Explorer:
    return Explorer(file, school_domains=["example.edu"])


def messages(panel: Explorer) -> str:
    sections = (panel.file, panel.school, panel.problems, panel.steps, panel.students, panel.writing)
    return "".join(section.message.value for section in sections)


def test_the_text_form_is_empty_and_the_view_is_shown(panel: Explorer) -> None:
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"] == ""
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Ada" not in json.dumps(bundle) and repr(panel) == "<Explorer>"


def test_the_file_is_open_and_nothing_went_wrong(panel: Explorer) -> None:
    assert "6 rows read, 0 lines could not be read." in panel.file.answer.value
    assert panel.students.table.note == "All 6 rows shown"
    assert messages(panel) == ""


def test_the_chart_keeps_its_figure_and_its_colours_and_has_no_button_that_sends_it_away(panel: Explorer) -> None:
    figure = panel.problems.chart.figure
    panel.school.name.value = "other.edu"
    panel.school.use.click()
    assert panel.problems.chart.figure is figure
    assert {bar.name: bar.marker.color for bar in figure.data} == {
        title: DOMAIN_KIND_COLOURS[kind] for kind, title in DOMAIN_KINDS.items()
    }
    assert figure._config == CONFIG and figure._config["showSendToCloud"] is False


def test_fewer_bars_leave_no_labels_behind(panel: Explorer) -> None:
    panel.problems.header.value = "school_year_name"
    panel.problems.value.value = panel.problems.value.options[-1][1]
    figure = panel.problems.chart.figure
    bars = len(panel.problems.chart._kinds)
    assert len(figure.layout.annotations) == 2 * bars == len(figure._widget_layout["annotations"])


def test_changing_the_school_changes_the_counts(panel: Explorer) -> None:
    assert "our school" in panel.problems.legend.value
    panel.school.name.value = "other.edu"
    panel.school.use.click()
    assert "our school" not in panel.problems.legend.value
    assert [each["cells"][2] for each in panel.school.domains.lines] == ["personal", "another school", "another school"]


def test_the_same_school_typed_again_keeps_what_else_is_known_of_it(file: Path) -> None:
    (file.parent / "school.toml").write_text(
        'name = "Ours"\ndomains = ["example.edu"]\nsignature = "The office"\n', encoding="utf-8"
    )
    panel = Explorer(file)
    for typed in ("Ours", "example.edu"):
        panel.school.name.value = typed
        panel.school.use.click()
        assert panel.control.opened.school.signature == "The office" and panel.school.name.value == "Ours"


def test_unticking_a_domain_triages_again(panel: Explorer) -> None:
    panel.school.domains.ticked = ["example.edu"]
    assert panel.control.opened.school.excluded == ("alumni.example.edu",)


class Points:
    """What plotly hands to a click's handler, as far as it is looked at."""

    def __init__(self, *places: int) -> None:
        self.point_inds = list(places)


def test_a_click_on_a_bar_narrows_everything_below_and_a_second_click_widens_again(panel: Explorer) -> None:
    chart = panel.problems.chart
    place = chart._kinds.index(("email-taken",))
    chart._clicked("generic")(None, Points(place), None)
    assert panel.students.table.note == "All 2 rows shown"
    assert panel.problems.kind.value == "email-taken" and panel.problems.domain_kind.value == "generic"
    chart._clicked("generic")(None, Points(place), None)
    assert panel.students.table.note == "All 6 rows shown"


def test_the_bar_of_all_rare_problems_shows_them_alone_when_it_is_clicked(sample: Path, tmp_path: Path) -> None:
    panel = Explorer(sample, folder=tmp_path, school_domains=["example.edu"])
    chart, rows = panel.problems.chart, len(panel.control.opened.table)
    rare = chart._kinds[-1]
    chart._clicked("own-school")(None, Points(len(chart._kinds) - 1), None)
    assert set(chart.numbers["Problem"]) == {panel.control.opened.rules.kind(kind).title for kind in rare}
    chip = panel.problems.chips.children[1]
    assert chip.description == f"{len(rare)} rarer problems  ✕"
    chip.click()
    assert panel.students.table.note == f"200 of {rows} rows shown"


def test_a_pale_bar_holds_no_number_however_often_it_is_drawn(panel: Explorer) -> None:
    panel.problems.kind.value = "email-taken"
    panel.steps.table.opened = panel.steps.table.lines[0]["id"]
    kinds = panel.problems.chart._kinds
    for bar in panel.problems.chart.figure.data:
        pale = [number for kind, number in zip(kinds, bar.text, strict=True) if kind != ("email-taken",)]
        assert set(pale) <= {""}


def test_a_chip_clears_its_filter(panel: Explorer) -> None:
    panel.problems.kind.value = "email-taken"
    chip = panel.problems.chips.children[1]
    assert chip.description == "Problem: E-mail address is taken  ✕"
    chip.click()
    assert len(panel.problems.chips.children) == 1 and panel.problems.kind.value == ""


def test_a_breakdown_shows_bars_and_narrows(panel: Explorer) -> None:
    panel.problems.header.value = "school_year_name"
    assert "Senior" in panel.problems.bars.value
    panel.problems.value.value = "=Senior"
    assert panel.students.table.note == "All 5 rows shown"
    panel.problems.header.value = ""
    assert panel.students.table.note == "All 6 rows shown"


def test_a_chosen_step_is_explained_and_narrows_to_its_students(panel: Explorer) -> None:
    first = panel.steps.table.lines[0]
    assert first["cells"][2]["url"].startswith("https://support.joinhandshake.com/")
    panel.steps.table.opened = first["id"]
    assert f"If that does not work:</b> {first['cells'][5]}" in panel.steps.detail.value
    assert "6 rows" in panel.problems.sentence.value
    assert "https://" in panel.steps.detail.value
    assert panel.students.table.note == f"All {first['cells'][4]} rows shown"


def test_a_search_and_a_sort_reach_the_students(panel: Explorer) -> None:
    panel.students.table.query = "ada"
    panel.students.table.sort = ["E-mail", "down"]
    assert [each["cells"][2] for each in panel.students.table.lines][:2] == ["s8@gmail.com", "s4@example.edu"]


def test_an_opened_row_shows_the_answer_in_full_and_why(panel: Explorer) -> None:
    panel.students.table.opened = "1"
    shown = panel.students.detail.value
    assert "<h3>Example, Ada 1</h3>" in shown and "Row 1 (line 2 in Excel)" in shown
    assert "has already been taken" in shown and "Why this step" in shown and "Rule “" in shown


def test_a_search_is_for_the_students_alone_and_clearing_all_clears_it(panel: Explorer) -> None:
    panel.students.table.query = "no such name"
    assert panel.students.table.note == "0 rows shown"
    assert "6" in panel.steps.table.note and len(panel.problems.chips.children) == 1


def test_text_of_the_file_is_escaped_wherever_it_becomes_markup(panel: Explorer) -> None:
    panel.problems.header.value = "school_year_name"
    panel.students.table.opened = "6"
    boxes = [box for box in _all(panel.view) if type(box).__name__ in ("HTML", "Message")]
    markup = "".join(box.value for box in boxes)
    assert "&lt;script&gt;" in markup
    assert "<script" not in markup and "<img" not in markup


def _all(widget: Any) -> list[Any]:
    return [widget, *(each for child in getattr(widget, "children", ()) for each in _all(child))]


def test_a_broken_file_is_said_in_words_and_the_panel_stays_usable(panel: Explorer, tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_bytes(b"")
    panel.file.path.value = str(tmp_path / "broken.csv")
    panel.file.open.click()
    assert 'role="alert"' in panel.file.message.value and "broken.csv" in panel.file.message.value
    assert "failed_rows.csv stays open until then." in panel.file.message.value
    panel.problems.kind.value = "email-taken"
    assert panel.students.table.note == "All 4 rows shown"


def test_where_there_is_nothing_it_is_said_and_no_chart_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "failed_rows.csv").write_text(HEADER, encoding="utf-8")
    panel = Explorer(tmp_path / "failed_rows.csv")
    assert "0 rows read" in panel.file.answer.value and "No row was refused." in panel.problems.sentence.value
    assert panel.problems.drawing.layout.display == "none"
    assert "type or tick yours here" in panel.school.answer.value and "--school-domain" not in panel.school.answer.value
    panel.control.narrow(state="done")
    assert "No row fits; clear a filter below." in panel.problems.sentence.value


def test_without_a_path_the_field_says_what_belongs_there(panel: Explorer) -> None:
    panel.file.open.click()
    assert "Write the file’s path into the field first" in panel.file.message.value


def test_new_files_are_listed_when_the_folder_is_looked_at_again(panel: Explorer, file: Path) -> None:
    (file.parent / "newer.csv").write_bytes(file.read_bytes())
    panel.file.again.click()
    assert str(file.parent / "newer.csv") in [value for _, value in panel.file.files.options]
    assert panel.file.files.value == str(file)


def test_without_a_file_there_is_only_the_choice_of_one_until_it_is_made(file: Path) -> None:
    panel = Explorer(folder=file.parent)
    assert len(panel._rest.children) == 0
    panel.file.files.value = str(file)
    assert len(panel._rest.children) == 6 and panel.students.table.note == "All 6 rows shown"
    assert panel.past.view.layout.display == "none"  # there is no case book


def test_a_file_that_is_not_there_gives_a_panel_with_a_message(tmp_path: Path) -> None:
    panel = Explorer(tmp_path / "missing.csv")
    assert 'role="alert"' in panel.file.message.value


def test_something_unexpected_is_said_without_its_text(panel: Explorer) -> None:
    def fail() -> None:
        raise ValueError("Ada Example")

    panel.students.attempt(fail)
    assert "ValueError" in panel.students.message.value and "Ada" not in panel.students.message.value


def test_a_wrong_school_is_said_beside_the_field(panel: Explorer) -> None:
    panel.school.name.value = "no such school anywhere"
    panel.school.use.click()
    assert "No school on the list" in panel.school.message.value


def test_results_are_recorded_for_the_ticked_students(panel: Explorer) -> None:
    section = panel.students
    section.table.ticked = ["3"]
    form = section.form
    form.result.value = form.result.options[1][1]
    assert form.record.description == "Record for 1 student" and not form.record.disabled
    form.record.click()
    assert "Recorded for 1 student in results.csv." in section.message.value
    assert panel.control.memory.results.is_file() and section.table.ticked == []


def test_a_result_can_be_recorded_for_more_rows_than_are_shown(tmp_path: Path) -> None:
    many = tmp_path / "failed_rows.csv"
    many.write_text(HEADER + "".join(line(number, "gmail.com") for number in range(205)), encoding="utf-8")
    section = Explorer(many, school_domains=["example.edu"]).students
    section.table.ticked = [each["id"] for each in section.table.lines]
    assert section.form.every.description == "Also the other 5 rows that fit and are not shown"
    section.form.every.value = True
    section.form.result.value = section.form.result.options[1][1]
    assert section.form.record.description == "Record for 205 students"
    section.form.record.click()
    assert "Recorded for 205 students" in section.message.value and not section.form.every.value


def test_long_work_says_how_far_it_is(panel: Explorer) -> None:
    said: list[str] = []
    for section in (panel.file, panel.writing):
        section.message.observe(lambda change: said.append(change["new"]), names="value")
    panel.file.read(str(panel.control.path))
    panel.writing.to_do.click()
    panel.writing._tell("Writing …", 1000, 2000)
    assert "Reading failed_rows.csv …" in said[0] and "<progress" in said[0]
    assert any("Writing the to-do folder …" in text for text in said)
    assert said[-1].endswith('<progress aria-label="Writing …" max="2000" value="1000"></progress></div>')


@pytest.mark.parametrize("name", ["to_do", "report"])
def test_nothing_is_written_about_a_file_that_changed_since_it_was_opened(
    panel: Explorer, file: Path, name: str
) -> None:
    file.write_text(file.read_text(encoding="utf-8") + line(7, "example.edu"), encoding="utf-8")
    getattr(panel.writing, name).click()
    assert "choose it again at the top" in panel.writing.message.value
    assert not (file.parent / "to-do").exists() and not (file.parent / "reports").exists()


def test_the_to_do_folder_is_written_and_named_with_its_counts(panel: Explorer, tmp_path: Path) -> None:
    panel.writing.to_do.click()
    assert (tmp_path / "to-do" / "START-HERE.html").is_file()
    assert "6 rows =" in panel.writing.written.value and f"{tmp_path.name}/to-do" in panel.writing.written.value


def test_the_report_is_written_for_its_audience(panel: Explorer, tmp_path: Path) -> None:
    panel.writing.report.click()
    page = (tmp_path / "reports" / "report.html").read_text(encoding="utf-8")
    assert "may be forwarded" in panel.writing.written.value
    assert "s3@gmail.com" not in page
