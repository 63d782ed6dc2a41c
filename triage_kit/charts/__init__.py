"""Charts of the summary's count tables, each with a caption, a sentence written from its data, and its numbers.

A chart is drawn from counts alone, never from a student's row. One colour stands for one e-mail kind or owner, the
same in every chart; no meaning hangs on colour alone: pieces of bars have patterns too, and labels and numbers stand
beside the bars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from triage_kit.charts.bars import (
    CONFIG,
    DOMAIN_KIND_COLOURS,
    DOMAIN_KIND_PATTERNS,
    OWNER_COLOURS,
    PHONE_LABEL,
    PLAIN_COLOUR,
    Labels,
    draw_bar,
    share,
    swatch,
)
from triage_kit.columns import DOMAIN_KINDS, OWNERS
from triage_kit.html import Fragment, render, table
from triage_kit.wording import capital, count

__all__ = [
    "CONFIG",
    "DOMAIN_KIND_COLOURS",
    "DOMAIN_KIND_PATTERNS",
    "OWNER_COLOURS",
    "Chart",
    "draw_problems",
    "draw_problems_by_domain_kind",
    "draw_steps_by_owner",
    "lead_sentence",
    "swatch",
]

_DRAWN = 10  # bars in one chart; what is rarer is drawn as one


@dataclass(frozen=True)
class Chart:
    """A figure with what it needs to be understood without being seen.

    A notebook shows it as a live chart; on the report's page it becomes a figure with caption, sentence and table.
    """

    figure: go.Figure | None
    caption: str
    sentence: str
    numbers: pd.DataFrame
    legend: tuple[tuple[str, str], ...] = ()

    def to_html(self) -> Fragment:
        """Return the figure for a page that draws charts itself (``draw.js`` of the report's template)."""
        return render(
            "figure",
            caption=self.caption,
            sentence=self.sentence,
            summary="The numbers as a table",
            legend=self.legend,
            spec=self._specification(),
            height=int(self.figure.layout.height) if self.figure else 0,
            numbers=table(self.numbers, f"{self.caption}: the numbers"),
        )

    def _specification(self) -> dict[str, Any]:
        return {**self.figure.to_plotly_json(), "config": CONFIG} if self.figure else {}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self.sentence, "text/html": self.to_html()._repr_html_()}
        if self.figure:
            specification = self._specification()
            specification["layout"] = {**specification["layout"], "title": self.caption, "showlegend": True}
            bundle["application/vnd.plotly.v1+json"] = specification
        return bundle


def draw_problems(problems: pd.DataFrame) -> Chart:
    """Return how many rows each problem refused, the most frequent on top.

    Parameters
    ----------
    problems
        ``title`` and ``rows``, as `Summary.problems` has them.
    """
    problems = problems.sort_values("rows", ascending=False, kind="stable")
    caption = "Rows by problem"
    numbers = problems[["title", "rows"]].set_axis(["Problem", "Rows"], axis=1)
    if not len(problems):
        return Chart(None, caption, "No row was refused.", numbers)
    drawn = _merge_rare(problems.set_index("title")[["rows"]])
    labels, widths = Labels(drawn.index), drawn["rows"].tolist()
    figure = go.Figure(draw_bar(widths, labels.places, PLAIN_COLOUR, names=drawn.index))
    labels.put_on(figure, widths)
    return Chart(figure, caption, lead_sentence(problems["title"], problems["rows"].tolist()), numbers)


def draw_problems_by_domain_kind(counts: pd.DataFrame, *, longest_label: int = PHONE_LABEL) -> Chart:
    """Return each problem's rows split by the kind of e-mail address.

    Parameters
    ----------
    counts
        ``title``, ``domain_kind`` and ``rows``, as `Summary.problems_by_domain_kind` has them.
    longest_label
        Characters of a problem's title that stand in one line.
    """
    caption = "Rows by problem and kind of e-mail address"
    wide = _cross(counts)
    numbers = wide.rename(columns=DOMAIN_KINDS).assign(All=wide.sum(axis=1)).reset_index(names="Problem")
    if wide.empty:
        return Chart(None, caption, "No row was refused.", numbers)
    drawn = _merge_rare(wide)
    labels, widths = Labels(drawn.index, longest=longest_label), drawn.sum(axis=1).tolist()
    bars = []
    for kind in wide.columns:
        name, colour = DOMAIN_KINDS[kind], DOMAIN_KIND_COLOURS[kind]
        inside = [_inside(name, value, max(widths)) for value in drawn[kind]]
        bars.append(
            draw_bar(
                drawn[kind].tolist(),
                labels.places,
                colour,
                names=drawn.index,
                name=name,
                text=inside,
                pattern=DOMAIN_KIND_PATTERNS[kind],
            )
        )
    figure = go.Figure(bars)
    labels.put_on(figure, widths)
    legend = tuple((DOMAIN_KINDS[kind], swatch(kind)) for kind in wide.columns)
    return Chart(figure, caption, _kind_sentence(wide), numbers, legend)


def draw_steps_by_owner(steps: pd.DataFrame) -> Chart:
    """Return how many rows wait on whom, and for which step.

    Parameters
    ----------
    steps
        ``title``, ``owner`` and ``rows``, as `Summary.steps_by_owner` has them.
    """
    caption = "Rows by whom they wait on, and next step"
    totals = steps.groupby("owner", observed=True)["rows"].sum()
    owners = sorted((owner for owner in OWNERS if totals.get(owner, 0)), key=lambda owner: -totals[owner])
    ordered = _by_owner(steps, owners)
    numbers = ordered.assign(owner=ordered["owner"].astype(str).map(OWNERS))[["title", "owner", "rows"]]
    numbers = numbers.set_axis(["Next step", "Who", "Rows"], axis=1)
    if not owners:
        return Chart(None, caption, "Nothing is left to do.", numbers)
    heads = {owner: f"<b>{capital(OWNERS[owner])}: {totals[owner]:,}</b>" for owner in owners}
    labels, widths = Labels(ordered["title"], groups=ordered["owner"], heads=heads), ordered["rows"].tolist()
    colours = [OWNER_COLOURS[owner] for owner in ordered["owner"]]
    figure = go.Figure(draw_bar(widths, labels.places, colours, names=ordered["title"]))
    labels.put_on(figure, widths)
    return Chart(figure, caption, _owner_sentence(totals, owners), numbers)


def _cross(counts: pd.DataFrame) -> pd.DataFrame:
    """Return problems down, e-mail kinds across in their fixed order, the most frequent problem on top."""
    plain = counts.astype({"title": str, "domain_kind": str})
    wide = plain.pivot_table(index="title", columns="domain_kind", values="rows", aggfunc="sum", fill_value=0)
    wide = wide[[kind for kind in DOMAIN_KINDS if kind in wide.columns and wide[kind].sum()]].astype(int)
    return wide.loc[wide.sum(axis=1).sort_values(ascending=False, kind="stable").index].rename_axis(columns=None)


def _merge_rare(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the most frequent lines and one for all others: a chart is for the shape, the table has every line."""
    if len(counts) <= _DRAWN:
        return counts
    others = counts.iloc[_DRAWN - 1 :]
    merged = others.sum().to_frame(f"{len(others)} other problems").T
    return pd.concat([counts.iloc[: _DRAWN - 1], merged])


def _by_owner(steps: pd.DataFrame, owners: list[str]) -> pd.DataFrame:
    place = {owner: number for number, owner in enumerate(owners)}
    kept = steps[steps["owner"].isin(owners) & (steps["rows"] > 0)]
    kept = kept.astype({"owner": "str"}).groupby(["owner", "title"], sort=False, as_index=False)["rows"].sum()
    return kept.assign(_place=kept["owner"].map(place)).sort_values(
        ["_place", "rows"], ascending=[True, False], kind="stable"
    )


def _inside(name: str, value: int, widest: int) -> str:
    """Return what fits inside a piece of a bar: name and number, the number, or nothing."""
    if value >= 0.36 * widest:
        return f"{name} {value:,}"
    return f"{value:,}" if value >= 0.06 * widest else ""


def lead_sentence(titles: pd.Series, widths: list[int]) -> str:
    """Return which of these problems, the most frequent in front, refused most rows."""
    total = sum(widths)
    if total == 1:
        return f"1 row was refused: {titles.iloc[0]}."
    if len(widths) == 1:
        return f"All {count(total, 'row')} were refused for one reason: {titles.iloc[0]}."
    part = f"{widths[0]:,} of {count(total, 'row')} ({share(widths[0], total)})"
    return f"The most frequent problem is “{titles.iloc[0]}”: {part}."


def _kind_sentence(wide: pd.DataFrame) -> str:
    total, sums = int(wide.to_numpy().sum()), wide.sum().sort_values(ascending=False, kind="stable")
    parts = [f"{DOMAIN_KINDS[kind]} {int(rows):,}" for kind, rows in sums.items()]
    return f"The e-mail addresses of the {count(total, 'row')}, by kind: {_listed(parts)}."


def _owner_sentence(totals: pd.Series, owners: list[str]) -> str:
    parts = [f"{int(totals[owner]):,} on the {OWNERS[owner]}" for owner in owners]
    said = _listed(parts).replace("the Handshake Support", "Handshake Support")
    return f"Of {count(int(totals.sum()), 'row')}, the next step waits for {said}."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
