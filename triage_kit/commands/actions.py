"""``triage-kit actions``: the to-do folder, with what staff recorded so far followed."""

from __future__ import annotations

import argparse
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from triage_kit.commands.common import (
    DONE_WITH_TROUBLE,
    add_school_options,
    choose,
    exit_code,
    opening_lines,
    progress_line,
    shown,
)
from triage_kit.wording import count

if TYPE_CHECKING:
    from triage_kit.actions import ActionPack

NAME = "actions"
HELP = "make a to-do folder: a work list, files to upload, letters, and what to do in which order"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="the failed-rows CSV that Handshake's Importer gave you"
    )
    add_school_options(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="the folder to make; for the office only"
    )
    parser.add_argument(
        "--outcomes",
        metavar="FILE",
        action="append",
        type=Path,
        default=[],
        help="what staff recorded: a work list with results, a to-do folder, or any list with an e-mail address or "
        "username and a Result; give it again for each further one",
    )
    parser.add_argument(
        "--allow",
        metavar="NAME",
        action="append",
        default=[],
        help="let all rows pass that were held back for this reason, without a look at each; START-HERE.html names the "
        "reasons; recorded in manifest.json",
    )
    parser.add_argument(
        "--force", action="store_true", help="put a folder of that name aside, even if triage-kit did not make it"
    )


def run(options: argparse.Namespace) -> int:
    """Make the folder and print what is in it."""
    from triage_kit.actions import write_actions
    from triage_kit.outcomes import read_outcomes
    from triage_kit.reading import read_failed_rows
    from triage_kit.triage import triage_with_findings

    failed = read_failed_rows(options.file)
    school, rules = choose(failed, options, options.file.parent)
    outcomes = read_outcomes(*options.outcomes, rules=rules) if options.outcomes else None
    table, findings = triage_with_findings(failed, school, rules=rules, outcomes=outcomes)
    print("\n".join([failed.name, *opening_lines(failed, school, rules)]))
    pack = write_actions(
        failed,
        table,
        options.out,
        school=school,
        outcomes=outcomes,
        findings=findings,
        rules=rules,
        allow=options.allow,
        earlier=[path if path.is_dir() else path.parent for path in options.outcomes],
        force=options.force,
        progress=progress_line(),
    )
    print("\n".join(pack_lines(pack)))
    return DONE_WITH_TROUBLE if len(findings) else exit_code(failed)


def pack_lines(pack: ActionPack) -> list[str]:
    """Return what is in the folder as lines of text for a terminal."""
    from triage_kit.actions.catalogue import guard_entries

    lines = ["", f"Written: {shown(pack.folder)} (names inside: for the office only)"]
    lines += [f"{rows:>8,}  {name}" if rows else f"{'':>8}  {name}" for name, rows in pack.files]
    accounts = pack.accounts
    lines += [
        "",
        f"{count(accounts['rows'], 'row')} = {accounts['in_step_files']:,} in files + {accounts['held']:,} held back "
        f"+ {accounts['in_worklist_only']:,} in the work list only",
    ]
    lines += [f"Note: {notice}" for notice in pack.notices]
    if pack.held:
        folder = f'"{shown(pack.folder)}"' if " " in shown(pack.folder) else shown(pack.folder)
        again = f"To make the folder again: the same command with --outcomes {folder}"
        lines += ["", f"Held back until somebody decides. {again}"]
    for guard, rows in pack.held.items():
        lines.append(f"{rows:>8,}  {guard_entries()[guard].title}")
        lines += wrap(guard_entries()[guard].cure, 100, initial_indent=" " * 10, subsequent_indent=" " * 10)
    return [*lines, "", "Open START-HERE.html in that folder."]
