"""Charts: what they draw is what their tables and sentences say."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from triage_kit.charts import (
    CONFIG,
    DOMAIN_KIND_COLOURS,
    DOMAIN_KIND_PATTERNS,
    OWNER_COLOURS,
    Chart,
    draw_problems,
    draw_problems_by_domain_kind,
    draw_steps_by_owner,
    swatch,
)
from triage_kit.columns import DOMAIN_KINDS, OWNERS

PROBLEMS = pd.DataFrame({"title": ["Name is too long", "E-mail is taken"], "rows": [1, 1239]})
BY_DOMAIN_KIND = pd.DataFrame(
    {
        "title": ["E-mail is taken", "E-mail is taken", "Name is too long"],
        "domain_kind": ["generic", "own-school", "own-school"],
        "rows": [40, 60, 3],
    }
)
STEPS = pd.DataFrame(
    {
        "title": ["Correct the value", "Add by e-mail", "Look at it"],
        "owner": ["registrar-it", "career-office", "career-office"],
        "rows": [30, 20, 25],
    }
)
CHARTS = {
    "problems": draw_problems(PROBLEMS),
    "by e-mail kind": draw_problems_by_domain_kind(BY_DOMAIN_KIND),
    "by owner": draw_steps_by_owner(STEPS),
}
each_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)


def bars(chart: Chart) -> list[list[int]]:
    """Return the lengths of a figure's bars, a list for each colour."""
    assert chart.figure is not None
    return [list(bar.x) for bar in chart.figure.data]


def texts(chart: Chart) -> list[str]:
    """Return the texts that stand beside a figure's bars."""
    assert chart.figure is not None
    return [annotation.text for annotation in chart.figure.layout.annotations]


def luminance(colour: str) -> float:
    """Return a colour's relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2.2 defines it."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


# --- what is drawn --------------------------------------------------------------------------------------------------


def test_problems_are_drawn_most_frequent_first() -> None:
    chart = draw_problems(PROBLEMS)
    assert bars(chart) == [[1239, 1]]
    assert texts(chart) == ["E-mail is taken", "Name is too long", "1,239 (100%)", "1 (under 1%)"]
    assert chart.numbers.to_dict("split")["data"] == [["E-mail is taken", 1239], ["Name is too long", 1]]
    assert chart.sentence == "The most frequent problem is “E-mail is taken”: 1,239 of 1,240 rows (100%)."


def test_problems_are_split_by_e_mail_kind_in_its_fixed_order() -> None:
    chart = draw_problems_by_domain_kind(BY_DOMAIN_KIND)
    assert bars(chart) == [[60, 3], [40, 0]]
    assert [bar.name for bar in chart.figure.data] == ["our school", "personal"]
    assert [list(bar.text) for bar in chart.figure.data] == [["our school 60", ""], ["personal 40", ""]]
    assert list(chart.numbers.columns) == ["Problem", "our school", "personal", "All"]
    assert chart.numbers.to_dict("split")["data"] == [["E-mail is taken", 60, 40, 100], ["Name is too long", 3, 0, 3]]
    assert chart.sentence == "The e-mail addresses of the 103 rows, by kind: our school 63 and personal 40."


def test_steps_stand_under_their_owner() -> None:
    chart = draw_steps_by_owner(STEPS)
    assert bars(chart) == [[25, 20, 30]]
    assert texts(chart)[:5] == [
        "<b>Career office: 45</b>",
        "Look at it",
        "Add by e-mail",
        "<b>Registrar or IT: 30</b>",
        "Correct the value",
    ]
    assert list(chart.figure.data[0].marker.color) == [OWNER_COLOURS["career-office"]] * 2 + [
        OWNER_COLOURS["registrar-it"]
    ]
    assert (
        chart.sentence == "Of 75 rows, the next step waits for 45 on the career office and 30 on the registrar or IT."
    )


@pytest.mark.parametrize(
    "draw, columns",
    [
        (draw_problems, ["title", "rows"]),
        (draw_problems_by_domain_kind, ["title", "domain_kind", "rows"]),
        (draw_steps_by_owner, ["title", "owner", "rows"]),
    ],
    ids=["problems", "by e-mail kind", "by owner"],
)
def test_nothing_to_draw_is_said_in_words(draw: Any, columns: list[str]) -> None:
    empty = pd.DataFrame({column: pd.Series(dtype="int64" if column == "rows" else "str") for column in columns})
    chart = draw(empty)
    assert chart.figure is None
    assert chart.sentence in ("No row was refused.", "Nothing is left to do.")
    assert "chart-data" not in str(chart.to_html()._repr_html_())


def test_one_problem_alone_is_no_ranking() -> None:
    assert draw_problems(PROBLEMS.tail(1)).sentence == "All 1,239 rows were refused for one reason: E-mail is taken."
    assert draw_problems(PROBLEMS.tail(1).assign(rows=1)).sentence == "1 row was refused: E-mail is taken."


def test_the_tables_given_are_not_changed() -> None:
    before = STEPS.copy(deep=True)
    draw_steps_by_owner(STEPS)
    pd.testing.assert_frame_equal(STEPS, before)


# --- what every chart holds -----------------------------------------------------------------------------------------


@each_chart
def test_a_chart_adds_up_to_its_table(chart: Chart) -> None:
    column = "All" if "All" in chart.numbers else "Rows"
    assert sum(map(sum, bars(chart))) == chart.numbers[column].sum()


@each_chart
def test_no_chart_can_be_sent_to_a_cloud(chart: Chart) -> None:
    shown = chart._repr_mimebundle_()
    assert shown["application/vnd.plotly.v1+json"]["config"] == CONFIG
    assert CONFIG["showSendToCloud"] is False
    assert '"showSendToCloud": false' in shown["text/html"]


@each_chart
def test_a_chart_holds_its_numbers_in_the_open(chart: Chart) -> None:
    assert "bdata" not in json.dumps(chart._repr_mimebundle_(), default=str)


@each_chart
def test_a_chart_has_caption_sentence_and_table(chart: Chart) -> None:
    markup = chart.to_html()._repr_html_()
    for piece in ("<figcaption>", chart.sentence, "<caption>", 'scope="col"', 'scope="row"'):
        assert piece in markup


@each_chart
def test_only_bars_are_drawn(chart: Chart) -> None:
    assert chart.figure is not None
    assert {bar.type for bar in chart.figure.data} == {"bar"}


def test_titles_are_shown_as_they_are_written() -> None:
    nasty = "<script>alert(1)</script> & <b>$x$</b>"
    chart = draw_problems(pd.DataFrame({"title": [nasty], "rows": [5]}))
    markup = chart.to_html()._repr_html_()
    assert "<script>alert" not in markup
    assert "<b>$x$" not in markup
    assert texts(chart)[0] == "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;$x$&lt;/b&gt;"
    assert CONFIG["typesetMath"] is False


def test_long_titles_are_broken_to_fit_a_phone() -> None:
    chart = draw_problems(pd.DataFrame({"title": ["word " * 20], "rows": [5]}))
    assert max(map(len, texts(chart)[0].split("<br>"))) <= 40


# --- colours --------------------------------------------------------------------------------------------------------


def test_every_e_mail_kind_and_owner_has_a_colour_of_its_own() -> None:
    assert list(DOMAIN_KIND_COLOURS) == list(DOMAIN_KINDS)
    assert list(OWNER_COLOURS) == list(OWNERS)
    assert len(set(DOMAIN_KIND_COLOURS.values())) == len(DOMAIN_KINDS)
    assert len(set(OWNER_COLOURS.values())) == len(OWNERS)


def test_every_e_mail_kind_has_a_pattern_too_in_the_bars_and_in_the_legend() -> None:
    assert list(DOMAIN_KIND_PATTERNS) == list(DOMAIN_KINDS)
    assert len(set(DOMAIN_KIND_PATTERNS.values())) == len({swatch(kind) for kind in DOMAIN_KINDS}) == len(DOMAIN_KINDS)
    counts = pd.DataFrame({"title": ["A", "A"], "domain_kind": ["other-school", "generic"], "rows": [9, 1]})
    chart = draw_problems_by_domain_kind(counts)
    assert [bar.marker.pattern.shape for bar in chart.figure.data] == ["/", "\\"]
    assert chart.legend[0] == (
        "another school",
        "repeating-linear-gradient(135deg, rgb(0 0 0 / 45%) 0 1px, transparent 1px 4px), #D55E00",
    )


@pytest.mark.parametrize("kind", DOMAIN_KINDS)
def test_numbers_inside_a_bar_can_be_read(kind: str) -> None:
    counts = pd.DataFrame({"title": ["A"], "domain_kind": [kind], "rows": [9]})
    bar = draw_problems_by_domain_kind(counts).figure.data[0]
    assert contrast(bar.insidetextfont.color, bar.marker.color) >= 4.5
