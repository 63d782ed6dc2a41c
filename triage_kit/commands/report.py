"""``triage-kit report``: one HTML page per file, safe to forward unless it is asked to hold names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import (
    ALL_DONE,
    DONE_WITH_TROUBLE,
    WRONG_USAGE,
    add_past_option,
    add_school_options,
    number_from,
    shown,
)
from triage_kit.small_counts import LEAST_MINIMUM, MINIMUM
from triage_kit.wording import count

if TYPE_CHECKING:
    from triage_kit.report import Built

NAME = "report"
_BAR = "{n} of {total} |{bar:30}| {elapsed}, {remaining} to go"
HELP = "make HTML reports of failed-rows files that are safe to forward"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="failed-rows CSV, or a pattern such as 'imports/*.csv'; a page each"
    )
    add_school_options(parser)
    add_past_option(parser)
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
    parser.add_argument(
        "--uploaded",
        metavar="N",
        type=number_from(1),
        default=0,
        help="how many rows the whole upload had; the page says the share",
    )
    parser.add_argument(
        "--minimum",
        metavar="N",
        type=number_from(LEAST_MINIMUM),
        default=MINIMUM,
        help="hide counts below N in breakdowns by domain, school year and so on (default: 10; never under 5)",
    )
    parser.add_argument(
        "--jobs", metavar="N", type=number_from(1), default=2, help="reports made at a time (default: 2, at most 4)"
    )
    parser.add_argument(
        "--keep-notebook", action="store_true", help="also keep each notebook, without parameters and paths"
    )
    parser.add_argument(
        "--force", action="store_true", help="make all anew, and replace files even if triage-kit did not write them"
    )


def run(options: argparse.Namespace) -> int:
    """Make the reports, a line of progress for each; say at the end which could not be made."""
    from triage_kit.errors import SettingsError
    from triage_kit.report import build_reports

    files = expand(options.files)
    if options.uploaded and len(files) > 1:
        raise SettingsError("--uploaded is the size of one upload; make the reports one by one to give it.")
    with progress_of(len(files)) as show:
        built = build_reports(
            files,
            options.out,
            jobs=options.jobs,
            progress=show,
            school_domains=options.school_domain,
            school_name=options.school,
            audience=options.audience,
            title=options.title,
            rules=options.rules,
            casebook=options.casebook,
            uploaded=options.uploaded,
            minimum=options.minimum,
            keep_notebook=options.keep_notebook,
            force=options.force,
        )
    if len(built) > 1:
        _print_end(built, options.out)
    return _exit_code(built)


def expand(patterns: list[str]) -> list[Path]:
    """Return the files that names and patterns mean, each once, those of a pattern in order of their names.

    A shell on Windows leaves patterns as they are. A file whose own name holds ``*``, ``?`` or ``[`` is taken as it is.
    """
    from glob import glob

    from triage_kit.errors import InputError

    files: dict[Path, None] = {}
    for pattern in patterns:
        is_pattern = any(sign in pattern for sign in "*?[") and not Path(pattern).exists()
        # Path.glob takes no pattern that begins at the root or with "..".
        found = sorted(glob(pattern, recursive=True)) if is_pattern else [pattern]  # noqa: PTH207
        if not found:
            raise InputError(f"No file fits “{pattern}”.")
        files.update(dict.fromkeys(Path(name) for name in found if not is_pattern or Path(name).is_file()))
    return list(files)


@contextmanager
def progress_of(files: int) -> Iterator[Callable[[Built], None]]:
    """Give what prints a line for each file that is done, with a bar below the lines of several on a terminal."""
    from tqdm import tqdm

    alone = files == 1
    # disable=None: no bar, and so no control characters, where the output is no terminal.
    with tqdm(total=files, disable=alone or None, file=sys.stderr, leave=False, mininterval=0, bar_format=_BAR) as bar:

        def show(built: Built) -> None:
            with bar.external_write_mode():
                print(_line(built), file=sys.stdout if built.report else sys.stderr, flush=True)
                if built.doubt:
                    print(f"{built.place} of {built.of}: {built.doubt}", file=sys.stderr, flush=True)
            bar.update()

        yield show


def _line(built: Built) -> str:
    opening = f"{built.place} of {built.of}: "
    if built.report is None:
        return f"{opening}could not be made: {built.error}" if built.of > 1 else f"triage-kit: {built.error}"
    doubts = f", {count(built.untrusted, 'cell')} not to be trusted" if built.untrusted else ""
    unread = f", {count(built.broken, 'line')} could not be read" if built.broken else ""
    kept = ", unchanged" if built.unchanged else ""
    return f"{opening}{shown(built.report)}, {count(built.rows, 'row')}{unread}{doubts}{kept}"


def _print_end(built: tuple[Built, ...], folder: Path) -> None:
    failed = [result for result in built if result.report is None]
    print(f"{count(len(built) - len(failed), 'report')}; the list of them: {shown(folder / 'index.html')}")
    if failed:
        names = ", ".join(str(result.failed_rows) for result in failed)
        print(f"Without a report: {names}", file=sys.stderr)


def _exit_code(built: tuple[Built, ...]) -> int:
    failed = [result for result in built if result.report is None]
    if len(failed) == len(built) == 1:
        return WRONG_USAGE
    return DONE_WITH_TROUBLE if failed or any(one.broken or one.untrusted for one in built) else ALL_DONE
