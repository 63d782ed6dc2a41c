"""How bars are drawn: colours, labels above the bars, numbers at their ends; what every chart has in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go

__all__ = [
    "CONFIG",
    "DOMAIN_KIND_COLOURS",
    "DOMAIN_KIND_PATTERNS",
    "OWNER_COLOURS",
    "PHONE_LABEL",
    "PLAIN_COLOUR",
    "Labels",
    "draw_bar",
    "share",
    "swatch",
]

#: No button that sends a chart to a public cloud (plotly.js 4 shows one unless told), no logo, no formulas in texts.
CONFIG = {
    "showSendToCloud": False,
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
    "typesetMath": False,
}

# Okabe and Ito's palette (jfly.uni-koeln.de/color), told apart by people with every common colour blindness.
DOMAIN_KIND_COLOURS = {
    "own-school": "#0072B2",
    "other-school": "#D55E00",
    "generic": "#E69F00",
    "other": "#009E73",
    "ambiguous": "#CC79A7",
    "invalid": "#56B4E9",
    "missing": "#6B7280",
}
#: Beside its colour each kind but the commonest has a pattern, as plotly calls it: pieces too small for a label too.
DOMAIN_KIND_PATTERNS = {
    "own-school": "",
    "other-school": "/",
    "generic": "\\",
    "other": "x",
    "ambiguous": "-",
    "invalid": "|",
    "missing": ".",
}
# The same patterns in CSS, for the little squares of a legend.
_INK = "rgb(0 0 0 / 45%)"
_STRIPES = {"/": (135,), "\\": (45,), "x": (45, 135), "-": (0,), "|": (90,)}
OWNER_COLOURS = {
    "career-office": "#0072B2",
    "student": "#E69F00",
    "handshake-support": "#CC79A7",
    "registrar-it": "#009E73",
}
PLAIN_COLOUR = "#3F6C8F"
_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif'
_LINE = 17  # pixels of a line of text
_BAR = 18  # pixels of a bar: room for a number inside
#: Characters of a label that fit beside each other on a phone.
PHONE_LABEL = 40


class Labels:
    """Where each bar stands, in pixels from the top, with its text above it so that long texts fit on a phone."""

    def __init__(
        self,
        texts: Iterable[object],
        *,
        groups: Sequence[str] | pd.Series = (),
        heads: dict[str, str] | None = None,
        longest: int = PHONE_LABEL,
    ) -> None:
        self.places: list[float] = []
        self.annotations: list[dict[str, Any]] = []
        self.height = 4
        previous = None
        for text, group in zip(map(str, texts), groups if len(groups) else _no_groups(), strict=False):
            if heads and group != previous:
                self.height += 8 if previous is None else 16
                self._annotate(heads[group], lines=1, size=14)
                previous = group
            lines = _balanced(text, longest)
            self._annotate("<br>".join(escape(line, quote=False) for line in lines), lines=len(lines))
            self.places.append(self.height + 3 + _BAR / 2)
            self.height += 3 + _BAR + 11

    def _annotate(self, text: str, *, lines: int, size: int = 13) -> None:
        self.height += lines * _LINE
        self.annotations.append(
            {"text": text, "x": 0, "y": self.height, "yanchor": "bottom", "font": {"size": size}, "align": "left"}
        )

    def put_on(self, figure: go.Figure, widths: list[int]) -> None:
        """Lay out the figure: labels above bars, each bar's number at its end, no axes."""
        total = sum(widths)
        ends = [
            {"text": f"{width:,} ({share(width, total)})", "x": width, "y": place, "xshift": 4, "yanchor": "middle"}
            for width, place in zip(widths, self.places, strict=True)
        ]
        common = {"showarrow": False, "xanchor": "left", "xref": "x", "yref": "y", "borderpad": 0}
        figure.update_layout(
            template="none",
            annotations=[{**common, **annotation} for annotation in [*self.annotations, *ends]],
            barmode="stack",
            height=self.height,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            font={"family": _FONT, "size": 13, "color": "#1B1F24"},
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            showlegend=False,
            dragmode=False,
            hoverlabel={"font": {"family": _FONT, "size": 13}},
            xaxis={"visible": False, "fixedrange": True, "range": [0, max(widths) * 1.3]},
            yaxis={"visible": False, "fixedrange": True, "range": [self.height, 0]},
        )


def _balanced(text: str, longest: int) -> list[str]:
    """Return a text in as few lines as it takes, none longer than that, of about the same length."""
    fewest = len(wrap(text, longest))
    lengths = range(max(1, len(text) // max(fewest, 1)), longest + 1)
    return next((lines for length in lengths if len(lines := wrap(text, length)) == fewest), [text])


def _no_groups() -> Iterable[str]:
    while True:
        yield ""


def draw_bar(
    widths: list[int],
    places: list[float],
    colour: str | list[str],
    *,
    names: Iterable[object],
    name: str = "",
    text: list[str] | None = None,
    pattern: str = "",
) -> go.Bar:
    """Return one row of bars; plain lists, so that the page holds the numbers in the open."""
    return go.Bar(
        x=widths,
        y=places,
        width=_BAR,
        orientation="h",
        name=name,
        text=text,
        textposition="inside" if text else "none",
        insidetextanchor="middle",
        constraintext="none",
        textangle=0,
        insidetextfont={"color": _text_on(colour) if isinstance(colour, str) else None, "size": 12},
        marker={
            "color": colour,
            "line": {"color": "#FFFFFF", "width": 1 if name else 0},
            "pattern": {
                "shape": pattern,
                "fillmode": "overlay",
                "fgcolor": "#000000",
                "fgopacity": 0.25,
                "size": 6,
                "solidity": 0.25,
            },
        },
        customdata=[escape(str(one), quote=False) for one in names],
        hovertemplate="%{customdata}" + (f"<br>{name}" if name else "") + ": %{x:,}<extra></extra>",
    )


def swatch(domain_kind: str) -> str:
    """Return the CSS background of the little square that stands for an e-mail kind: its colour and its pattern."""
    shape, colour = DOMAIN_KIND_PATTERNS[domain_kind], DOMAIN_KIND_COLOURS[domain_kind]
    if shape == ".":
        return f"radial-gradient({_INK} 1px, transparent 1.5px) 0 0 / 4px 4px, {colour}"
    stripes = [
        f"repeating-linear-gradient({angle}deg, {_INK} 0 1px, transparent 1px 4px)" for angle in _STRIPES.get(shape, ())
    ]
    return ", ".join([*stripes, colour])


def share(part: int, whole: int) -> str:
    """Return a part of the whole in per cent."""
    percent = 100 * part / whole
    return "under 1%" if percent < 1 else f"{percent:.0f}%"


def _text_on(colour: str) -> str:
    """Return black or white, whichever stands out more on the colour (WCAG's relative luminance)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"
