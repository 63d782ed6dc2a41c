"""The page of the week that may be forwarded: what changed, in totals; no names, and no domains.

It names no domains because it tells what changed: see `triage_kit.compare`. Two weeks that differ in nothing but
which domains of one kind their addresses have give the same pages; a test holds it to that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage_kit.columns import DOMAIN_KINDS, OWNERS
from triage_kit.compare import share_of
from triage_kit.output import whole_file
from triage_kit.past import WeekState, gone_sentences
from triage_kit.rulebook import Rules
from triage_kit.summarize import Summary, summarize

if TYPE_CHECKING:
    from triage_kit.domains import School

__all__ = ["overview_page", "write_overview"]

_TEMPLATES = Path(__file__).parent.parent / "templates" / "week"
#: How many weeks the page looks back.
_WEEKS = 12


def write_overview(state: WeekState, path: Path, *, school: School, rules: Rules) -> None:
    """Write the page."""
    page = overview_page(state, school=school, rules=rules)
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def overview_page(state: WeekState, *, school: School, rules: Rules) -> str:
    """Return the page as HTML; every value is escaped."""
    summary = summarize(state.table, rules=rules)
    rows = len(state.table)
    weeks = [(line.date, line.rows, share_of(line.rows, line.uploaded)) for line in state.weeks[-_WEEKS:]]
    page: str = _template().render(
        title=f"Students whom Handshake did not import: {state.date}",
        school=school.name,
        date=state.date,
        rows=rows,
        uploaded=state.uploaded,
        share=share_of(rows, state.uploaded),
        last_date=state.last_date,
        changes=list(zip(state.changes["title"], state.changes["rows"], strict=True)),
        gone=gone_sentences(state.gone),
        suggested=int((state.rows["suggestion"] != "").sum()),
        weeks=[*weeks, (state.date, rows, share_of(rows, state.uploaded))],
        **_totals(summary),
    )
    return page


def _totals(summary: Summary) -> dict[str, Any]:
    waiting = summary.steps[summary.steps["state"] == "waiting"].groupby("owner")["rows"].sum()
    kinds = summary.problems_by_domain_kind.groupby("domain_kind")["rows"].sum()
    steps = summary.steps[summary.steps["state"] == "open"]
    return {
        "problems": list(zip(summary.problems["title"], summary.problems["rows"], strict=True)),
        "states": list(zip(summary.states["title"], summary.states["rows"], strict=True)),
        "steps": list(zip(steps["title"], steps["owner_title"], steps["rows"], strict=True)),
        "waiting": [(OWNERS[owner], int(waiting[owner])) for owner in OWNERS if owner in waiting],
        "kinds": [(title, int(kinds[kind])) for kind, title in DOMAIN_KINDS.items() if kind in kinds],
    }


def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["thousands"] = "{:,}".format
    return environment.get_template("overview.html.j2")
