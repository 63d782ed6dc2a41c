"""What several commands share: the options for school and rules, and the lines that open every output."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage_kit.domains import School
    from triage_kit.reading import FailedRows

ALL_DONE, DONE_WITH_TROUBLE, WRONG_USAGE = 0, 1, 2


def add_school_options(parser: argparse.ArgumentParser) -> None:
    """Add the options by which the school is given."""
    parser.add_argument(
        "--school-domain",
        action="append",
        default=[],
        metavar="D",
        help="your school's e-mail domain, such as example.edu; give it again for each further domain. "
        "Without it the most likely one is assumed from the file, and the output says so.",
    )
    parser.add_argument("--school-name", default="", metavar="NAME", help="your school's name, for titles and texts")


def choose_school(failed: FailedRows, options: argparse.Namespace) -> School:
    """Return the school that the options name, else the likeliest one of the file."""
    from triage_kit.domains import School, likeliest_school

    if options.school_domain:
        return School(options.school_name or options.school_domain[0], options.school_domain)
    return likeliest_school(failed)


def exit_code(failed: FailedRows) -> int:
    """Return 1 where a line could not be read or a cell cannot be trusted, else 0."""
    return DONE_WITH_TROUBLE if len(failed.broken) or len(failed.untrusted) else ALL_DONE


def opening_lines(failed: FailedRows, school: School) -> list[str]:
    """Return what each output begins with: the counts of the reader, its notices, the school."""
    broken = len(failed.broken)
    lines = [f"{len(failed.rows):,} rows read, {broken:,} {'line' if broken == 1 else 'lines'} could not be read."]
    lines += [f"Note: {notice}" for notice in failed.notices]
    lines += [f"Line {row.line}: {row.reason}" for row in failed.broken.head(20).itertuples()]
    if broken > 20:
        lines.append(f"… and {broken - 20:,} more lines that could not be read.")
    lines.append(school.assumed or f"School: {school.name} ({', '.join(school.domains)}).")
    return lines


def shown(path: Path) -> str:
    """Return a path as people should see it: relative to where they are, if it lies below."""
    path = path.resolve()
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
