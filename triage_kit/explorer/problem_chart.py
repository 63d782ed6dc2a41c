"""The chart of problems: one FigureWidget whose bars are changed in place, never drawn anew."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import anywidget
import pandas as pd
import plotly.graph_objects as go

from triage_kit.charts import (
    CONFIG,
    DOMAIN_KIND_COLOURS,
    DOMAIN_KIND_PATTERNS,
    draw_problems_by_domain_kind,
    lead_sentence,
    swatch,
)
from triage_kit.charts.bars import draw_bar
from triage_kit.columns import DOMAIN_KINDS
from triage_kit.explorer.selection import domain_kinds

__all__ = ["ChartWidth", "ProblemChart"]

_FADED = 0.3
_LABEL = 70  # characters: the panel is wider than a phone
_PROPERTIES = ("x", "y", "customdata", "hovertemplate")


class ChartWidth(anywidget.AnyWidget):
    """Nothing to be seen; put beside the chart, it keeps the chart as wide as the room that both have."""

    _esm = Path(__file__).parent / "chart_width.js"


class ProblemChart:
    """Stacked bars, problem by e-mail kind, in the report's colours.

    ``on_pick`` gets what was clicked: the problems that the bar stands for (one, or all the rare ones), and the e-mail
    kind.
    """

    def __init__(self, on_pick: Callable[[tuple[str, ...], str], None]) -> None:
        self._on_pick = on_pick
        self._kinds: list[tuple[str, ...]] = []
        bars = [
            draw_bar(
                [],
                [],
                DOMAIN_KIND_COLOURS[kind],
                names=[],
                name=title,
                text=[""],
                pattern=DOMAIN_KIND_PATTERNS[kind],
            )
            for kind, title in DOMAIN_KINDS.items()
        ]
        with _without_grammars():
            self.figure = go.FigureWidget(bars, {"template": "none", "height": 60})
        self.figure._config = dict(CONFIG)
        for kind, trace in zip(DOMAIN_KINDS, self.figure.data, strict=True):
            trace.on_click(self._clicked(kind))
        self.sentence = ""
        self.legend: list[tuple[str, str, int]] = []
        self.numbers = pd.DataFrame()

    def show(self, counts: pd.DataFrame, *, kind: str = "", domain_kind: str = "") -> None:
        """Show these counts; bars that the chosen problem or e-mail kind leaves out are pale."""
        chart = draw_problems_by_domain_kind(counts, longest_label=_LABEL)
        self.numbers = chart.numbers
        every = chart.numbers["All"].tolist()
        self.sentence = lead_sentence(chart.numbers["Problem"], every) if every else chart.sentence
        self.legend = [(DOMAIN_KINDS[each], swatch(each), rows) for each, rows in domain_kinds(counts).items()]
        drawn = {bar.name: bar for bar in chart.figure.data} if chart.figure else {}
        ids = dict(zip(counts["title"], counts["kind"], strict=True))
        self._kinds = self._of_bars([ids[title] for title in chart.numbers["Problem"]], drawn)
        with self.figure.batch_update():  # each property is set once: of two values plotly may keep the first
            for each, trace in zip(DOMAIN_KINDS, self.figure.data, strict=True):
                bar = drawn.get(DOMAIN_KINDS[each])
                pale = [self._is_pale(each, of, kind, domain_kind) for of in self._kinds]
                for name in _PROPERTIES:
                    trace[name] = bar[name] if bar is not None else ([] if name != "hovertemplate" else None)
                texts = bar.text if bar is not None else [""] * len(pale)
                trace.text = ["" if faded else text for faded, text in zip(pale, texts, strict=True)]
                trace.marker.opacity = [_FADED if faded else 1.0 for faded in pale]
            if chart.figure:
                self.figure.layout.update(chart.figure.layout.to_plotly_json(), overwrite=True)

        # What is changed in place does not reach the widget's state; a page that is opened later begins with this.
        self.figure._widget_data = deepcopy(self.figure._data)
        self.figure._widget_layout = deepcopy(self.figure._layout)

    def _of_bars(self, kinds: list[str], drawn: dict[str, Any]) -> list[tuple[str, ...]]:
        """Return the problems of each bar; the last bar stands for all that are too rare for one of their own."""
        bars = len(next(iter(drawn.values())).x) if drawn else 0
        single = bars if bars == len(kinds) else bars - 1
        return [*((kind,) for kind in kinds[:single]), *([tuple(kinds[single:])] if single < bars else [])]

    def _is_pale(self, each: str, of: tuple[str, ...], kind: str, domain_kind: str) -> bool:
        return bool((kind and of != (kind,)) or (domain_kind and each != domain_kind))

    def _clicked(self, domain_kind: str) -> Callable[[Any, Any, Any], None]:
        def clicked(_trace: object, points: Any, _state: object) -> None:
            if points.point_inds:
                self._on_pick(self._kinds[points.point_inds[0]], domain_kind)

        return clicked


@contextmanager
def _without_grammars() -> Iterator[None]:
    """Keep plotly's widget from loading a package that takes seconds and that it does not use.

    It imports nbformat and so jsonschema, which imports rfc3987_syntax if it is there; that compiles 38 grammars.
    """
    name = "rfc3987_syntax"
    if name in sys.modules or "jsonschema" in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # Python's own way to say that a module is not there
    try:
        yield
    finally:
        del sys.modules[name]
