"""Writes the pages of this folder from the rule files: ``make docs``, or ``python docs/write_pages.py [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from triage_kit.allowed import allowed_in
from triage_kit.columns import OWNERS, STATES, STUDENT_HEADERS
from triage_kit.explain import steps_for
from triage_kit.rulebook import Entry, Rules, load_rules

HERE = Path(__file__).resolve().parent
#: What stands on the page for a whole family of problems.
FAMILIES = {
    "account": "Any about an account that exists already",
    "identifier": "Username, sign-in ID or card ID is taken",
    "value": "Any about a value",
}
PAGES = ("problems.md", "steps.md", "procedure.html")


def in_a_cell(text: str) -> str:
    """Return text as it may stand in a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def capital(text: str) -> str:
    """Return a sentence that begins with a capital, its other letters as they are."""
    return text[:1].upper() + text[1:]


def problems_of(rules: Rules, entry: Entry) -> str:
    """Return the problems, as titles, of the rows that an entry may take; blank means any."""
    named = {kind for condition in entry.when for kind in condition.values("kind")}
    families = {family for condition in entry.when for family in condition.values("family")}
    families |= {family for family in FAMILIES if named >= {kind.id for kind in rules.kinds if kind.family == family}}
    titles = [kind.title for kind in rules.kinds if kind.id in named and kind.family not in families]
    return "; ".join([*titles, *(words for family, words in FAMILIES.items() if family in families)])


def write_pages(folder: Path) -> None:
    """Write each page from the template of its name."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=select_autoescape(["html.j2"]),  # Markdown needs no escaping
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["cell"] = in_a_cell
    environment.filters["capital"] = capital
    rules = load_rules()
    columns = [(header, allowed) for header in STUDENT_HEADERS if (allowed := allowed_in(header))]
    for page in PAGES:
        text = environment.get_template(f"{page}.j2").render(
            rules=rules, owners=OWNERS, states=STATES, steps_for=steps_for, problems_of=problems_of, columns=columns
        )
        (folder / page).write_text(text.rstrip() + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
