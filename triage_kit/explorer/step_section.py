"""What to do: the steps, what unblocks most students first; choosing one narrows to its students."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets as widgets
import pandas as pd

from triage_kit.columns import OWNERS
from triage_kit.explorer.control import Control
from triage_kit.explorer.markup import fill
from triage_kit.explorer.pick_table import PickTable
from triage_kit.explorer.section import Section
from triage_kit.explorer.selection import rows_in, steps
from triage_kit.rule_entries import Source
from triage_kit.rulebook import Rules
from triage_kit.wording import count

__all__ = ["StepSection"]


class StepSection(Section):
    """The fourth section."""

    def __init__(self, control: Control) -> None:
        super().__init__(
            control, "What to do", "By Handshake’s own articles. Choose a step to see how, and its students."
        )
        self.table = PickTable(
            caption="Next steps, what unblocks most students first",
            columns=[
                {"name": "Next step"},
                {"name": "", "note": True},
                {"name": "", "note": True},
                {"name": "Who"},
                {"name": "Rows", "number": True},
                {"name": "If that does not work"},
            ],
            openable=True,
            empty="Nothing is left to do here.",
        )
        self.table.add_class("tk-tall")
        self.detail = widgets.HTML()
        self.body.children = [self.table]
        self.below.children = [self.detail]
        self.listen(self.table, "opened", lambda step: self.control.narrow(step=step))

    def show(self, what: str) -> None:
        """List the steps of the rows that are left, and the chosen one in full."""
        if what == "search":
            return
        exploration, filters = self.control.opened, self.control.chosen
        found = steps(exploration, replace(filters, step=""))
        rules = exploration.rules
        with self.setting():
            self.table.fill(
                [
                    (row.step, [row.title, row.meaning, _link(rules, row.step), row.owner, row.rows, row.if_refused])
                    for row in found.itertuples()
                ],
                note=f"{count(rows_in(found), 'row')} to do or waiting",
            )
            self.table.opened = filters.step
        self.detail.value = self._in_full(filters.step, found) if filters.step else ""

    def _in_full(self, step_id: str, found: pd.DataFrame) -> str:
        rules = self.control.opened.rules
        step = rules.step(step_id)
        refused = found.loc[found["step"] == step_id, "if_refused"].to_list()
        return fill(
            "step",
            title=step.title,
            owner=OWNERS[step.owner],
            meaning=step.meaning,
            instructions=step.instructions,
            needs=step.needs,
            contradiction=step.contradiction,
            if_refused=refused[0] if refused else rules.step(step.if_refused).title,
            sources=[(_cited(source), source.url) for source in step.sources],
        )


def _link(rules: Rules, step: str) -> dict[str, str] | str:
    """Return the first article that a step follows, as a link."""
    source = next((source for source in rules.step(step).sources if source.url), None)
    return {"text": f"Source: article {source.article}", "url": source.url} if source else ""


def _cited(source: Source) -> str:
    return f"{source.title} (article {source.article})" if source.url else source.title
