"""``triage-kit report``: one HTML page per file, safe to forward unless it is asked to hold names."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from triage_kit.commands.common import ALL_DONE, DONE_WITH_TROUBLE, WRONG_USAGE, add_school_options, shown

NAME = "report"
HELP = "make an HTML report of a failed-rows file that is safe to forward"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="failed-rows CSV; several give a page each")
    add_school_options(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("reports"), help="the folder for the pages (default: reports)"
    )
    parser.add_argument(
        "--audience",
        choices=("no-names", "with-names"),
        default="no-names",
        help="no-names (default) names no student and may be forwarded; with-names lists them: do not forward",
    )
    parser.add_argument("--title", default="", help="the page's title")
    parser.add_argument("--force", action="store_true", help="replace pages even if triage-kit did not write them")


def run(options: argparse.Namespace) -> int:
    """Make the reports, a line of progress for each; say where they are."""
    from triage_kit.report import Built, build_reports

    def progress(built: Built) -> None:
        outcome = f"could not be made: {built.error}" if built.report is None else shown(built.report)
        print(
            f"{built.place} of {built.of}: {outcome}",
            file=sys.stderr if built.report is None else sys.stdout,
            flush=True,
        )

    built = build_reports(
        options.files,
        options.out,
        progress=progress,
        school_domains=options.school_domain,
        school_name=options.school,
        audience=options.audience,
        title=options.title,
        rules=options.rules,
        force=options.force,
    )
    failed = [result for result in built if result.report is None]
    if len(failed) == len(built) == 1:
        return WRONG_USAGE
    return DONE_WITH_TROUBLE if failed else ALL_DONE
