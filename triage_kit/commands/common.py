"""What several commands share: the options for school and rules, and the lines that open every output."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage_kit.domains import School
    from triage_kit.reading import FailedRows
    from triage_kit.rulebook import Rules

ALL_DONE, DONE_WITH_TROUBLE, WRONG_USAGE = 0, 1, 2


def add_school_options(parser: argparse.ArgumentParser) -> None:
    """Add the options by which the school is given."""
    parser.add_argument(
        "--school-domain",
        action="append",
        default=[],
        metavar="D",
        help="your school's e-mail domain, such as example.edu; give it again for each further domain. Without it "
        "school.toml is read, if there is one; else the most likely domain is assumed, and the output says so.",
    )
    parser.add_argument(
        "--school", default="", metavar="NAME", help="your school's name; with --school-domain just for titles"
    )
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="your office's own rules, tried before ours (default: my_rules.toml beside the file or where you are)",
    )


def add_past_option(parser: argparse.ArgumentParser) -> None:
    """Add the option by which the weekly rounds' case book is looked at."""
    parser.add_argument(
        "--casebook",
        default="",
        metavar="PATH|URL",
        help="the case book of your weekly rounds (triage-kit week): then also what is new, what was here before, and "
        "what waits for whom since when. It is only read",
    )


def number_from(least: int) -> Callable[[str], int]:
    """Return what reads an option's whole number, at least ``least``."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"a whole number from {least} up was expected, found {text}")
        return number

    return read


def choose(failed: FailedRows, options: argparse.Namespace, near: Path) -> tuple[School, Rules]:
    """Return the school and the rules that the options name, or that lie beside the file."""
    from triage_kit.settings import choose_rules, choose_school

    school = choose_school(failed, domains=options.school_domain, name=options.school, near=near)
    return school, choose_rules(options.rules, near=near)


def exit_code(failed: FailedRows) -> int:
    """Return 1 where a line could not be read or a cell cannot be trusted, else 0."""
    return DONE_WITH_TROUBLE if len(failed.broken) or len(failed.untrusted) else ALL_DONE


def opening_lines(failed: FailedRows, school: School, rules: Rules) -> list[str]:
    """Return what each output begins with: the counts of the reader, its notices, school and rules."""
    from triage_kit.settings import describe_school

    broken = len(failed.broken)
    lines = [f"{count(len(failed.rows), 'row')} read, {count(broken, 'line')} could not be read."]
    lines += [f"Note: {notice}" for notice in failed.notices]
    lines += [f"Line {row.line}: {row.reason}" for row in failed.broken.head(20).itertuples()]
    if broken > 20:
        lines.append(f"… and {broken - 20:,} more lines that could not be read.")
    lines += describe_school(failed, school)
    if rules.source:
        lines.append(f"The rules of {rules.source} are tried before those of the kit.")
    return lines


def progress_line() -> Callable[[int, int], None] | None:
    """Return what shows in a line of the terminal how many rows of a workbook are written; None where nobody looks."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        text = f"workbook: {done:,} of {of:,} rows"
        print(f"\r{text}" if done < of else f"\r{' ' * len(text)}\r", end="", file=sys.stderr, flush=True)

    return show


def shown(path: Path) -> str:
    """Return a path as people should see it: relative to where they are, if it lies below."""
    path = path.resolve()
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
