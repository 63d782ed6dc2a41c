"""What went wrong: causes and unknown messages first, the chart of problems, the filters beside it, breakdowns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets as widgets

from triage_kit.causes import causes
from triage_kit.explorer.control import Control
from triage_kit.explorer.filters import Filters, chips, count_left, counts_of
from triage_kit.explorer.markup import fill
from triage_kit.explorer.problem_chart import ChartWidth, ProblemChart
from triage_kit.explorer.section import Section, row_of
from triage_kit.explorer.selection import breakdown, breakdowns, problems
from triage_kit.wording import count

__all__ = ["ProblemSection"]

_TOP = 6
_BLANK = "(blank)"


class ProblemSection(Section):
    """The third section: everything below it follows its filters."""

    def __init__(self, control: Control) -> None:
        super().__init__(control, "What went wrong", "Click a bar, or choose beside it, to narrow everything below.")
        self.first = widgets.VBox()
        self.chart = ProblemChart(lambda kind, domain_kind: self.attempt(partial(self._pick, kind, domain_kind)))
        self.sentence, self.legend, self.numbers = widgets.HTML(), widgets.HTML(), widgets.HTML()
        narrow = widgets.HTML(fill("subheading", text="Narrow to", note=""))
        self.kind = widgets.Dropdown(description="Problem")
        self.domain_kind = widgets.Dropdown(description="E-mail")
        self.owner = widgets.Dropdown(description="Who")
        self.state = widgets.Dropdown(description="State")
        self.change = widgets.Dropdown(description="Last time")
        self.header = widgets.Dropdown(description="Break down by")
        self.value = widgets.Dropdown(description="Only")
        self.bars = widgets.HTML()
        self.chips = widgets.Box()
        self.chips.add_class("tk-chips")
        self.chips.layout.width = "100%"
        self.drawing = widgets.VBox([self.legend, ChartWidth(), self.chart.figure, self.numbers])
        left = widgets.VBox([self.sentence, self.drawing])
        left.add_class("tk-wide")
        narrowing = {"kind": self.kind, "domain_kind": self.domain_kind, "owner": self.owner, "state": self.state}
        self._narrowing = narrowing | {"change": self.change}
        right = widgets.VBox([narrow, *self._narrowing.values(), self.header, self.value, self.bars])
        right.add_class("tk-side")
        self.body.children = [self.first, row_of(left, right), self.chips]
        for name, widget in self._narrowing.items():
            self.listen(widget, "value", partial(self._narrow, name))
        self.listen(self.header, "value", self._break_down)
        self.listen(self.value, "value", self._only)

    def show(self, what: str) -> None:
        """Draw the chart, then the rest: the causes come last, since they take longest to find."""
        if what == "search":
            return
        exploration, filters = self.control.opened, self.control.chosen
        around = replace(filters, kind="", domain_kind="", step="")  # the chart stands above the steps
        counts = problems(exploration, around)
        self.chart.show(counts, kind=filters.kind, domain_kind=filters.domain_kind)
        self.drawing.layout.display = "" if len(counts) else "none"
        nothing = "No row fits; clear a filter below."
        text = nothing if not len(counts) and around != Filters() else self.chart.sentence
        self.sentence.value = fill("paragraph", text=text)
        self.legend.value = fill("legend", entries=self.chart.legend)
        numbers = self.chart.numbers
        self.numbers.value = fill(
            "numbers",
            caption="Rows by problem and kind of e-mail address",
            columns=list(numbers.columns),
            lines=numbers.values.tolist(),
        )
        self._set_filters(what)
        self._show_chips()

    def show_first(self) -> None:
        """Show what many rows have in common, and the messages that no rule knows."""
        exploration = self.control.opened
        shared = causes(exploration.failed, exploration.table, exploration.rules)
        cards = [
            _card(
                cause.office_sentence,
                f"What to do: {cause.fix}",
                partial(self._only_rows, cause.row_numbers, "Rows of a shared cause"),
            )
            for cause in shared.itertuples()
        ]
        cards += [
            _card(
                f"A message that the kit does not know: “{line.template}” ({count(line.rows, 'row')})",
                "Look at one of the rows; the to-do folder holds a text for Handshake Support.",
                partial(self._only_rows, line.row_numbers, "Rows of a message that the kit does not know"),
            )
            for line in exploration.unknown.head(_TOP).itertuples()
        ]
        for card, button in cards:
            self.on_click(button, card.narrow)
        _replace(self.first, [card for card, _ in cards])

    def _set_filters(self, what: str) -> None:
        exploration, filters = self.control.opened, self.control.chosen
        self.change.layout.display = "none" if exploration.past is None else ""
        with self.setting():
            for name, widget in self._narrowing.items():
                found = counts_of(exploration, filters, name)
                options = [(f"{row.title} ({row.rows:,})", row.value) for row in found.itertuples()]
                _offer(widget, options, getattr(filters, name))
            if what == "file":
                _offer(
                    self.header, [(title, header) for header, title in breakdowns(exploration).items()], "", "(choose)"
                )
            self._set_breakdown(exploration, filters)

    def _set_breakdown(self, exploration: Any, filters: Filters) -> None:
        header = self.header.value
        self.header.layout.display = "" if len(self.header.options) > 1 else "none"
        self.value.layout.display = "" if header else "none"
        if not header:
            self.bars.value = ""
            _offer(self.value, [], "")
            return
        found = breakdown(exploration, filters.without("header"), header)
        _offer(
            self.value,
            [(f"{row.value or _BLANK} ({row.rows:,})", "=" + row.value) for row in found.itertuples()],
            "=" + filters.value if filters.header == header else "",
        )
        widest = max(found["rows"], default=1)
        lines = [
            (row.value or _BLANK, row.rows, round(100 * row.rows / widest)) for row in found.head(_TOP).itertuples()
        ]
        more = f"and {len(found) - _TOP:,} more" if len(found) > _TOP else ""
        self.bars.value = fill("breakdown", title=dict(breakdowns(exploration))[header], lines=lines, more=more)

    def _show_chips(self) -> None:
        exploration, filters = self.control.opened, self.control.chosen
        left = count_left(exploration, filters)
        said = widgets.HTML(fill("paragraph", text=f"{left:,} of {count(len(exploration.table), 'row')} below"))
        buttons = []
        for name, text in chips(exploration, filters).items():
            button = widgets.Button(description=f"{text}  ✕", tooltip=f"Clear the filter “{text}”")
            button.add_class("tk-chip")
            self.on_click(button, partial(self._clear, name))
            buttons.append(button)
        if len(buttons) > 1:
            every = widgets.Button(description="Clear all filters")
            self.on_click(every, self._clear)
            buttons.append(every)
        _replace(self.chips, [said, *buttons])

    def _clear(self, name: str = "") -> None:
        """Clear a filter, or all; the chip is gone then, so the focus goes where filters are chosen."""
        self.control.clear(name)
        self.kind.focus()

    def _pick(self, kinds: tuple[str, ...], domain_kind: str) -> None:
        if len(kinds) > 1:  # the rare problems: the chart then shows them alone
            self.control.narrow(kind="", kinds=kinds, domain_kind="")
            return
        same = self.control.chosen.kind == kinds[0] and self.control.chosen.domain_kind == domain_kind
        self.control.narrow(kind="" if same else kinds[0], domain_kind="" if same else domain_kind)

    def _narrow(self, name: str, value: str) -> None:
        self.control.narrow(**{name: value})

    def _only_rows(self, rows: Sequence[int], text: str) -> None:
        self.control.narrow(rows=tuple(rows), rows_of=text)

    def _break_down(self, header: str) -> None:
        if self.control.chosen.header and self.control.chosen.header != header:
            self.control.clear("header")
        else:
            with self.setting():
                self._set_breakdown(self.control.opened, self.control.chosen)

    def _only(self, value: str) -> None:
        header = self.header.value if value else ""
        self.control.narrow(header=header, value=value.removeprefix("="))


class _Card(widgets.HBox):  # type: ignore[misc]
    """A finding, and what its button does."""

    narrow: Callable[[], None]


def _card(text: str, advice: str, narrow: Callable[[], None]) -> tuple[_Card, widgets.Button]:
    button = widgets.Button(description="Show these rows")
    card = _Card([widgets.HTML(fill("answer", sentence=text, notices=[advice])), button])
    card.add_class("tk-card")
    card.narrow = narrow
    return card, button


def _replace(box: widgets.Box, children: Sequence[widgets.Widget]) -> None:
    """Put other widgets into a box; those that were in it are closed, so that the page forgets them."""
    before, box.children = box.children, children
    for child in before:
        for each in (*getattr(child, "children", ()), child):
            each.close()


def _offer(widget: widgets.Dropdown, options: list[tuple[str, str]], value: str, every: str = "(all)") -> None:
    """Set a drop-down's options and value together; a value that is no longer there stays on offer."""
    values = [each for _, each in options]
    missing = [] if not value or value in values else [(f"{value.removeprefix('=')} (0)", value)]
    wanted = ((every, ""), *options, *missing)
    if tuple(widget.options) != wanted:
        widget.options = wanted
    if widget.value != value:
        widget.value = value
