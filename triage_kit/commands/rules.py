"""``triage-kit rules``: the messages that no rule knows, made into work; or a check of the office's own rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import ALL_DONE, WRONG_USAGE, exit_code, shown
from triage_kit.wording import count

if TYPE_CHECKING:
    import pandas as pd

NAME = "rules"
HELP = "list the messages that the kit does not know, with a rule for each, or check your own rules"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="the failed-rows CSV with unknown messages")
    parser.add_argument(
        "--check", metavar="RULES", type=Path, help="check this rules file and run its examples, nothing else"
    )
    parser.add_argument(
        "--rules", metavar="RULES", type=Path, help="your office's own rules (default: my_rules.toml beside the file)"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT.toml", type=Path, help="also write the rules to this new file, to be completed"
    )


def run(options: argparse.Namespace) -> int:
    """Check a rules file, or list the unknown messages of a failed-rows file."""
    from triage_kit.errors import SettingsError

    if options.check:
        return _check(options.check)
    if not options.file:
        raise SettingsError("Give a failed-rows file, or --check with a rules file.")
    return _list(options)


def _check(path: Path) -> int:
    from triage_kit.rule_check import check_rules_file

    report = check_rules_file(path)
    entries = (count(rows, f"{name} entry", f"{name} entries") for name, rows in report.entries.items())
    print(f"{path.name}: {', '.join(entries)}.")
    print("\n".join(report.remarks or ("Every example is recognised by its own entry.",)))
    return WRONG_USAGE if report.refused else ALL_DONE


def _list(options: argparse.Namespace) -> int:
    from triage_kit.reading import read_failed_rows
    from triage_kit.settings import choose_rules
    from triage_kit.unknown import rules_text, unrecognised

    failed = read_failed_rows(options.file)
    rules = choose_rules(options.rules, near=options.file)
    unknown = unrecognised(failed, rules)
    print(f"{failed.name}: {count(len(failed.rows), 'row')}, {count(len(unknown), 'unknown message')}.")
    if rules.source:
        print(f"The rules of {rules.source} are tried before those of the kit.")
    for line in unknown.itertuples():
        print("\n".join(_described(line)))
    if options.output and len(unknown):
        _write_new(options.output, rules_text(unknown))
        print(f"\nWritten: {shown(options.output)}. Complete titles and meanings, save it as my_rules.toml, check it.")
    return exit_code(failed)


def _described(line: pd.Series[str]) -> list[str]:
    numbers = ", ".join(map(str, line.row_numbers[:10])) + (", …" if line.rows > 10 else "")
    named = line.field or "Handshake names no field"
    return [
        "",
        f"{named}: {line.template}",
        f"  {count(line.rows, 'row')}: {numbers}",
        "",
        "For Handshake Support:",
        *(f"  {text}" for text in line.support_text.splitlines()),
        "",
        "For your own rules file:",
        *(f"  {text}" for text in (line.rule or "No rule: it would claim every message.").splitlines()),
    ]


def _write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet: what an office has completed by hand is never replaced."""
    from triage_kit.errors import OutputError
    from triage_kit.output import whole_file

    if path.exists():
        raise OutputError(f"{shown(path)} exists already; give the new rules another name with -o.")
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
