"""The pieces of the report's page, each made from the summary; the notebook puts them in order.

Only `show_work_list` joins the file's columns to the triage table, and it shows nothing unless the audience is
``with-names``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING

import pandas as pd

from triage_kit.charts import OWNER_COLOURS
from triage_kit.columns import OWNERS, STATES
from triage_kit.domains import NAME_YOURS, list_versions, readable_domain, subdomain_notice
from triage_kit.domains.subdomains import SUBDOMAINS_ASSUMED
from triage_kit.errors import SettingsError
from triage_kit.html import Fragment, render, table
from triage_kit.report.answer import TODO, Answer, find_answer
from triage_kit.report.breakdowns import show_breakdowns
from triage_kit.report.parameters import split_domains
from triage_kit.report.since import show_weeks
from triage_kit.small_counts import MINIMUM
from triage_kit.wording import count, day

if TYPE_CHECKING:
    from triage_kit.domains import School
    from triage_kit.past import WeekState
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules, Step
    from triage_kit.summarize import Summary

__all__ = [
    "AUDIENCES",
    "END_OF_REPORT",
    "find_answer",
    "finish_report",
    "show_about",
    "show_accounting",
    "show_answer",
    "show_breakdowns",
    "show_meanings",
    "show_notices",
    "show_plan",
    "show_procedure",
    "show_weeks",
    "show_work_list",
    "split_domains",
]

#: Who may see a report: the id, and what stands on the page.
AUDIENCES = {"no-names": "No student is named in this report.", "with-names": "Personal data: do not forward."}

#: The type of the mark that the notebook's last cell leaves: without it a run is not complete.
END_OF_REPORT = "application/vnd.triage-kit.end+json"

#: So many students stand on the page; the to-do folder holds all of them.
_LISTED = 500
_LINES = 20
_NO_GROUPS = "No breakdowns by domain or by a student's attribute, because this page tells what changed."


@dataclass(frozen=True)
class EndOfReport:
    """The mark by which the runner knows that the notebook ran to its end, with what stands beside the page."""

    facts: dict[str, object]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {END_OF_REPORT: self.facts, "text/plain": "The report is complete."}


def show_answer(answer: Answer) -> Fragment:
    """Return the answer: how many rows, what changed, what many of them have in common, and the sentences."""
    return render("answer", answer=answer)


def show_plan(answer: Answer) -> Fragment:
    """Return the table of what is done next and whom it waits on, which adds up to all rows; then what others do."""
    owners = [{**vars(owner), "colour": OWNER_COLOURS.get(owner.id, "var(--line)")} for owner in answer.owners]
    caption = "What we do next, and whom it waits on"
    return render("plan", caption=caption, owners=owners, total=answer.rows, needs=answer.needs)


def show_meanings(summary: Summary) -> Fragment:
    """Return each problem that occurs with its meaning in plain words."""
    kinds = [{"title": row.title, "meaning": row.meaning} for row in summary.problems.itertuples()]
    return render("meanings", kinds=kinds)


def show_procedure(summary: Summary, rules: Rules) -> Fragment:
    """Return the documented procedure of each step that is to do or waits, with its sources."""
    steps = []
    for step_id, lines in summary.steps[summary.steps["state"].isin(TODO)].groupby("step", sort=False):
        step = rules.step(str(step_id))
        steps.append({**vars(step), **_facts_of(step, lines), "sources": step.sources})
    return render("procedure", steps=steps)


def show_accounting(summary: Summary) -> Fragment:
    """Return how the file's records add up: those with a next step, those settled, those that cannot be read.

    Raises
    ------
    AssertionError
        If they do not add up: then the kit is at fault, and no report is better than a wrong one.
    """
    by_state = dict(zip(summary.states["state"], summary.states["rows"], strict=True))
    lines = {f"Rows {STATES[state]}": int(rows) for state, rows in by_state.items()}
    lines["Lines that could not be read as a row"] = summary.broken
    total = summary.rows + summary.broken
    if sum(lines.values()) != total or int(summary.problems["rows"].sum()) != summary.rows:
        raise AssertionError("the rows do not add up")
    counted = pd.DataFrame({"What became of it": list(lines), "Rows": list(lines.values())})
    return table(counted, f"{count(total, 'row')} in the file, {count(total, 'row')} accounted for", total=True)


def show_notices(failed: FailedRows, school: School, audience: str = "no-names") -> Fragment:
    """Return what the choice of the school and the reader have to report; no notice holds a value of a row."""
    subdomains = subdomain_notice(failed, school)
    told = [school.assumed, subdomains]
    if audience != "with-names":  # how many rows have which domain is a breakdown with small ones in it
        told = [_assumption(school), SUBDOMAINS_ASSUMED if subdomains else ""]
    notices = [notice for notice in told if notice]
    notices += failed.notices
    notices += [f"Line {line.line}: {line.reason}" for line in failed.broken.head(_LINES).itertuples()]
    if len(failed.broken) > _LINES:
        notices.append(f"{count(len(failed.broken) - _LINES, 'more line')} could not be read.")
    if not notices:
        return render("note", text="The file was read without anything to report.", kind="plain")
    return render("notices", notices=notices)


def _assumption(school: School) -> str:
    """Return that the school was assumed, without the counts that speak for it; blank if somebody named it."""
    if not school.assumed:
        return ""
    if not school.domains:
        return f"No school was named, and the file does not tell which it is: {NAME_YOURS}."
    domains = ", ".join(map(readable_domain, school.domains))
    return f"No school was named, so {domains} was assumed to be yours. If that is wrong, {NAME_YOURS}."


def show_work_list(failed: FailedRows, triaged: pd.DataFrame, rules: Rules, audience: str) -> Fragment:
    """Return the students who are not settled, step by step with their problem; for the office alone, else nothing."""
    todo = triaged["state"].isin(TODO)
    if check_audience(audience) != "with-names" or not todo.any():
        return Fragment("")
    work = _work(failed, triaged, rules)
    order = triaged["step"][todo].astype("str").value_counts().index
    steps = [(rules.step(step), work[(todo & (triaged["step"] == step)).to_numpy()]) for step in order]
    left, lists = _LISTED, []
    for step, lines in steps:
        caption = f"{step.title}: {count(len(lines), 'row')} ({OWNERS[step.owner]})"
        shown = lines.head(left)
        left -= len(shown)
        if len(shown):
            lists.append(table(shown, caption))
    cut = f"The first {_LISTED} of {todo.sum():,} rows; the to-do folder holds all." if todo.sum() > _LISTED else ""
    return render("work", lists=lists, cut=cut)


def _work(failed: FailedRows, triaged: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return line, name, address and problem of each row: the one place of the report that joins the two tables."""
    names = failed.column("first_name").str.cat(failed.column("last_name"), sep=" ").str.strip()
    titles = {kind.id: kind.title for kind in reversed(rules.kinds)}
    return pd.DataFrame(
        {
            "Line in Excel": failed.line_numbers.astype(str).to_numpy(),
            "Name": names.to_numpy(),
            "E-mail": failed.column("email_address").to_numpy(),
            "Problem": triaged["kind"].astype(str).map(titles).to_numpy(),
        }
    )


def show_about(
    summary: Summary,
    school: School,
    rules: Rules,
    audience: str,
    minimum: int = MINIMUM,
    *,
    uploaded: int = 0,
    past: WeekState | None = None,
) -> Fragment:
    """Return what this report was made from and with, and what a failed-rows file cannot tell."""
    domains = ", ".join(school.domains) or "none"
    uploaded = uploaded or (past.uploaded if past else None) or 0
    facts = {
        "Made on": day(date.today().isoformat()),
        "Made with": f"triage-kit {import_module('triage_kit').__version__}",
        "Rows in the file": f"{summary.rows + summary.broken:,}, each accounted for",
        "Rows uploaded": f"{uploaded:,}" if uploaded else "not given: the share is not told",
        "Case book": f"as it stands for the file of {day(past.date)}" if past else "not used: the past is not told",
        "E-mail domains taken for our school's": domains + (" (assumed from the file)" if school.assumed else ""),
        "Rules": "triage-kit's own" + (", with the office's in front" if rules.source else ""),
        "Audience": AUDIENCES[check_audience(audience)],
        "Small groups": _small_groups(minimum) if past is None or audience == "with-names" else _NO_GROUPS,
        **{f"List of {name}": str(version) for name, version in list_versions().items()},
        "Not in such a file": "Rows that Handshake skipped rather than refused, and where an account is connected.",
    }
    return table(pd.DataFrame({"What": list(facts), "Value": list(facts.values())}), "How this report was made")


def _small_groups(minimum: int) -> str:
    return (
        f"Counts under {minimum} by domain or by a student's attribute are put together with others; two reports of "
        "different days, or with other domains given for our school, may still tell more than one. This is not legal "
        "advice."
    )


def finish_report(school: School, answer: Answer | None = None) -> EndOfReport:
    """Return the mark that the run is complete, with the answer for summary and index; the last cell shows it."""
    facts: dict[str, object] = {"school_name": "" if school.assumed else school.name}
    if answer:
        facts |= {name: getattr(answer, name) for name in ("rows", "broken", "untrusted", "top_problem", "doubt")}
        facts["text"] = answer.to_text()
    return EndOfReport(facts)


def check_audience(audience: str) -> str:
    """Return the audience if it is one, else raise SettingsError."""
    if audience not in AUDIENCES:
        raise SettingsError(f"audience is {audience!r}; expected one of {', '.join(AUDIENCES)}.")
    return audience


def _facts_of(step: Step, lines: pd.DataFrame) -> dict[str, object]:
    """Return what the counts say of a step: whom it waits on, for how many rows, and what comes if it fails."""
    titles = [title for joined in lines["if_refused_title"] for title in joined.split(" / ") if title]
    refused = [] if step.id == "needs-a-person" else [title for title in dict.fromkeys(titles) if title != step.title]
    return {
        "owner": " / ".join(dict.fromkeys(lines["owner_title"])),
        "colour": OWNER_COLOURS[step.owner],
        "rows": count(int(lines["rows"].sum()), "row"),
        "if_refused": " or ".join(f"“{title}”" for title in refused),
        "alternatives": " ".join(filter(None, dict.fromkeys(lines["alternative"]))),
    }
