"""``triage-kit batch``: many files at once, on this computer's cores or on a cluster; counts of each, and of all."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import ALL_DONE, DONE_WITH_TROUBLE, WRONG_USAGE, number_from, shown
from triage_kit.wording import count

if TYPE_CHECKING:
    from triage_kit.batch import FileResult
    from triage_kit.domains import School

NAME = "batch"
HELP = "count what went wrong in many failed-rows files at once"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="the failed-rows files")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="the folder for batch.csv and a summary of each file"
    )
    parser.add_argument(
        "--school-domain",
        action="append",
        default=[],
        metavar="D",
        help="the e-mail domain of the school that all files are of; give it again for each further domain. Without it "
        "the school.toml beside each file is read, if there is one; else the most likely domain is assumed",
    )
    parser.add_argument("--school", default="", metavar="NAME", help="the school's name")
    parser.add_argument(
        "--rules", type=Path, metavar="FILE", help="your own rules for all files (default: my_rules.toml beside each)"
    )
    parser.add_argument(
        "--jobs", type=number_from(1), metavar="N", help="how many files at a time (default: one for each processor)"
    )
    parser.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="let a Dask cluster do it: its scheduler's address, such as tcp://10.0.0.1:8786",
    )
    parser.add_argument("--force", action="store_true", help="replace files even if triage-kit did not write them")


def run(options: argparse.Namespace) -> int:
    """Triage the files, a line of progress for each; write the counts of each as it comes, then the overall table."""
    from triage_kit.batch import triage_files
    from triage_kit.batch_output import check_folder, write_overview, write_summary
    from triage_kit.settings import choose_rules

    check_folder(options.out, len(options.files), force=options.force)

    def progress(result: FileResult) -> None:
        write_summary(result, options.out, force=options.force)
        _print_progress(result)

    results = triage_files(
        options.files,
        school=_school(options),
        rules=choose_rules(options.rules) if options.rules else None,
        jobs=options.jobs,
        scheduler=options.scheduler,
        progress=progress,
    )
    print(f"Written: {shown(write_overview(results, options.out, force=options.force))}")
    return _exit_code(results)


def _school(options: argparse.Namespace) -> School | None:
    from triage_kit.domains import School, school_by_name

    if options.school_domain:
        return School(options.school, options.school_domain)
    return school_by_name(options.school) if options.school else None


def _print_progress(result: FileResult) -> None:
    opening = f"File {result.place} of {result.of}, {result.path.name}"
    if result.summary is None:
        print(f"{opening}: could not be read. {result.problem}", file=sys.stderr, flush=True)
        return
    doubts = f", {count(result.untrusted, 'cell')} not to be trusted" if result.untrusted else ""
    unread = f", {count(result.summary.broken, 'line')} could not be read" if result.summary.broken else ""
    print(f"{opening}: {count(result.summary.rows, 'row')}{unread}{doubts}. {result.assumed}".rstrip(), flush=True)


def _exit_code(results: tuple[FileResult, ...]) -> int:
    failed = [result for result in results if result.summary is None]
    if len(failed) == len(results) == 1:
        return WRONG_USAGE
    doubtful = [result for result in results if result.summary and (result.summary.broken or result.untrusted)]
    return DONE_WITH_TROUBLE if failed or doubtful else ALL_DONE
