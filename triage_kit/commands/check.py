"""``triage-kit check``: what the Importer would refuse, skip or take amiss, before the upload."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import ALL_DONE, DONE_WITH_TROUBLE
from triage_kit.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage_kit.domains import School
    from triage_kit.upload_check import Finding

NAME = "check"
HELP = "look at a student upload before it goes to the Importer: each finding with line, column and cure"

_SHOWN_LINES = 10


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="the CSV that you are about to upload; any student upload will do"
    )
    parser.add_argument(
        "--school-domain",
        action="append",
        default=[],
        metavar="D",
        help="your school's e-mail domain, such as example.edu; then addresses of other schools are found too. Without "
        "it school.toml is read, if there is one",
    )


def run(options: argparse.Namespace) -> int:
    """Print the findings; 0 if there are none that the Importer would mind."""
    from triage_kit.domains import School, find_school_file, load_school
    from triage_kit.upload_check import check_upload, origin_of

    file = find_school_file(options.file)
    school = School("", options.school_domain) if options.school_domain else load_school(file) if file else None
    findings = check_upload(options.file, school)
    print(origin_of(options.file))
    print(_of_school(school))
    print("\n".join(finding_lines(findings)))
    return DONE_WITH_TROUBLE if any(finding.grave for finding in findings) else ALL_DONE


def _of_school(school: School | None) -> str:
    """Return in a sentence by whose domains the addresses were looked at."""
    if school is None:
        return "No school was named, so other schools' addresses were not looked for; name yours with --school-domain."
    source = f", from {school.source}" if school.source else ""
    return f"School: {', '.join(school.domains)}{source}."


def finding_lines(findings: Iterable[Finding]) -> list[str]:
    """Return the findings as lines of text, those of one column and problem together, grave ones first."""
    groups: dict[tuple[bool, str, str, str], list[int]] = {}
    for finding in findings:
        groups.setdefault((not finding.grave, finding.column, finding.problem, finding.cure), []).append(finding.line)
    if not groups:
        return ["Nothing was found that the Importer would refuse, skip or take amiss."]
    lines = []
    for (light, column, problem, cure), found in sorted(groups.items(), key=lambda group: group[0][0]):
        where = f"{column}: " if column else ""
        lines += ["", f"{'Note' if light else 'Wrong'}: {where}{problem}", f"  {_places(found)}{cure}"]
    return lines


def _places(lines: list[int]) -> str:
    if lines == [0]:
        return ""
    shown = ", ".join(map(str, lines[:_SHOWN_LINES]))
    more = f" and {len(lines) - _SHOWN_LINES:,} more" if len(lines) > _SHOWN_LINES else ""
    if len(lines) == 1:
        return f"Line {shown}. "
    return f"{count(len(lines), 'cell')}, lines {shown}{more}. "
