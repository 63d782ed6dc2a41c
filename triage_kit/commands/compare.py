"""``triage-kit compare``: several failed-rows files side by side, without a case book."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import ALL_DONE, add_school_options, choose, exit_code
from triage_kit.wording import count

if TYPE_CHECKING:
    from triage_kit.compare import Comparison
    from triage_kit.rulebook import Rules

NAME = "compare"
HELP = "say what is new, what stayed and what is gone between failed-rows files"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="failed-rows CSVs, the oldest first")
    add_school_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print how each file relates to those before it."""
    from triage_kit.compare import compare_files
    from triage_kit.errors import SettingsError
    from triage_kit.reading import read_failed_rows

    if len(options.files) < 2:
        raise SettingsError("Two files at least are needed to compare; name the oldest first.")
    files = [read_failed_rows(path) for path in options.files]
    school, rules = choose(files[-1], options, options.files[-1].parent)
    if school.assumed:
        print(school.assumed)
    print("\n".join(comparison_lines(compare_files(files, school, rules=rules), [file.name for file in files], rules)))
    for failed in files:
        if len(failed.broken):
            unread = count(len(failed.broken), "line")
            print(f"{failed.name}: {unread} could not be read; those students may be among the ones no longer listed.")
    return max(map(exit_code, files), default=ALL_DONE)


def comparison_lines(comparison: Comparison, names: list[str], rules: Rules) -> list[str]:
    """Return the comparison as lines of text for a terminal: totals, without names or domains."""
    from triage_kit.compare import CHANGES

    lines = []
    for place, (name, week) in enumerate(zip(names, comparison.weeks.to_dict("records"), strict=True)):
        lines += ["", f"{name}: {week['rows']:,} {'row' if week['rows'] == 1 else 'rows'}"]
        if place:
            lines += [f"{week[change]:>8,}  {title}" for change, title in CHANGES.items() if week[change]]
    if len(comparison.moves):
        lines += ["", f"Moved to another problem, in {names[-1]}"]
    for move in comparison.moves.itertuples():
        before = " / ".join(rules.kind(kind).title for kind in str(move.before).split(";"))
        lines.append(f"{move.rows:>8,}  {before} → {rules.kind(str(move.now)).title}")
    return [*lines, "", "“No longer listed” is no proof of being fixed: a student who left the upload vanishes too."]
