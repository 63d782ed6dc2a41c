"""The page of the week that may be forwarded: what changed, in totals; no names, and no domains.

It names no domains because it tells what changed: see `triage_kit.compare`. Two weeks that differ in nothing but
which domains of one kind their addresses have give the same pages; a test holds it to that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from triage_kit.columns import DOMAIN_KINDS, OWNERS
from triage_kit.compare import share_of
from triage_kit.html import Fragment, render, render_page, table
from triage_kit.output import whole_file
from triage_kit.past import WeekState, gone_sentences, suggestion_sentence, waiting_of, weeks_of
from triage_kit.report.since import changes_of, show_ages
from triage_kit.rulebook import Rules
from triage_kit.summarize import Summary, summarize
from triage_kit.wording import capital, count, day

if TYPE_CHECKING:
    from triage_kit.domains import School

__all__ = ["overview_page", "write_overview"]


def write_overview(state: WeekState, path: Path, *, school: School, rules: Rules) -> None:
    """Write the page."""
    page = overview_page(state, school=school, rules=rules)
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def overview_page(state: WeekState, *, school: School, rules: Rules) -> str:
    """Return the page as HTML; every value is escaped."""
    summary = summarize(state.table, rules=rules)
    return render_page(
        "week.html.j2",
        title="Students whom Handshake did not import",
        school=school.name,
        date=state.date,
        answer=_answer(state),
        stands=_stands(summary, state),
        ages=show_ages(state),
        weeks=render("weeks", sentences=[], ages=None, weeks=weeks_of(state)),
        **_totals(summary),
    )


def _answer(state: WeekState) -> Fragment:
    """Return how many rows there are, what changed, and what became of those no longer listed."""
    rows, share = len(state.table), share_of(len(state.table), state.uploaded)
    sentences = [*gone_sentences(state.gone), suggestion_sentence(state)]
    answer = {
        "lead": f"{count(rows, 'row')} {'was' if rows == 1 else 'were'} not imported.",
        "share": f"{share} of the {count(state.uploaded or 0, 'row')} that were uploaded." if share else "",
        "changes": changes_of(state),
        "causes": (),
        "sentences": [sentence for sentence in sentences if sentence],
    }
    return render("answer", answer=answer)


def _stands(summary: Summary, state: WeekState) -> Fragment:
    """Return whose turn it is: what is to do by whom, what waits for whom since when, what is settled."""
    todo = summary.steps[summary.steps["state"] == "open"].groupby("owner")["rows"].sum()
    settled = summary.states[summary.states["state"].isin(["done", "dropped"])]
    lines = [
        *((f"To do: {OWNERS[owner]}", "", int(todo[owner])) for owner in OWNERS if owner in todo),
        *((f"Waiting for: {OWNERS[owner]}", day(since), rows) for owner, rows, since in waiting_of(state)),
        *((capital(title), "", int(rows)) for title, rows in zip(settled["title"], settled["rows"], strict=True)),
    ]
    columns = ["Where it stands", "The longest waits since", "Rows"]
    stands = pd.DataFrame(lines, columns=columns).astype({"Rows": "int64"})
    if not stands[columns[1]].any():
        stands = stands.drop(columns=columns[1])
    return table(stands, "Rows by where they stand", total=True)


def _totals(summary: Summary) -> dict[str, Fragment | None]:
    steps = summary.steps.loc[summary.steps["state"] == "open", ["title", "owner_title", "rows"]]
    steps = steps.assign(owner_title=steps["owner_title"].map(capital))
    kinds = summary.problems_by_domain_kind.groupby("domain_kind")["rows"].sum()
    by_kind = [(capital(title), int(kinds[kind])) for kind, title in DOMAIN_KINDS.items() if kind in kinds]
    addresses = pd.DataFrame(by_kind, columns=["E-mail address", "Rows"]).astype({"Rows": "int64"})
    problems = summary.problems[["title", "rows"]].set_axis(["Problem", "Rows"], axis=1)
    return {
        "steps": table(steps.set_axis(["Next step", "Who", "Rows"], axis=1), "Next steps", total=True)
        if len(steps)
        else None,
        "problems": table(problems, "Rows by problem", total=True),
        "kinds": table(addresses, "Rows by whose e-mail address it is", total=True),
    }
