"""``triage-kit week``: this week's failed rows and last week's results in, the week's folder out."""

from __future__ import annotations

import argparse
from pathlib import Path

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

NAME = "week"
HELP = "do the weekly round: what is new, what moved, what waits for whom, and this week's to-do folder"
CASEBOOK = "casebook.sqlite"
#: No upload has a thousand million rows, and no database of a case book keeps many more.
_MOST_DIGITS = 9


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="this week's failed-rows CSV")
    add_school_options(parser)
    add_casebook_option(parser)
    parser.add_argument(
        "--outcomes",
        metavar="FILE",
        action="append",
        type=Path,
        default=[],
        help="what staff recorded: a work list, a to-do folder, or any list with a username or e-mail address and a "
        "Result; give it again for each further one. Without it the work lists of the last weeks' folders are read",
    )
    parser.add_argument(
        "--reupload",
        metavar="FILE",
        action="append",
        type=Path,
        default=[],
        help="failed rows of an upload that the office made itself; give it again for each further one",
    )
    parser.add_argument(
        "--uploaded", metavar="N|FILE", default="", help="how many rows the school uploaded, or the uploaded file"
    )
    parser.add_argument("--date", metavar="DAY", default="", help="the day of FILE, if its name does not say")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("weeks"), help="where each week's folder goes (default: weeks)"
    )
    parser.add_argument(
        "--allow",
        metavar="NAME",
        action="append",
        default=[],
        help="let all rows pass that were held back for this reason, without a look at each",
    )
    parser.add_argument(
        "--anyway", action="store_true", help="go on although the file looks older, smaller or another school's"
    )


def add_casebook_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where the case book is."""
    parser.add_argument(
        "--casebook",
        metavar="PATH|URL",
        default=CASEBOOK,
        help=f"the case book: a file (default: {CASEBOOK}), or postgresql://user@host/database for a team",
    )


def run(options: argparse.Namespace) -> int:
    """Bring the case book up to date, write the folder, print the week."""
    from triage_kit.reading import read_failed_rows
    from triage_kit.week import run_week

    uploaded = _uploaded(options.uploaded)
    failed = read_failed_rows(options.file)
    school, rules = choose(failed, options, options.file.parent)
    week = run_week(
        failed,
        options.file,
        school,
        casebook=options.casebook,
        out=options.out,
        outcomes=options.outcomes,
        reuploads=[(read_failed_rows(path), path) for path in options.reupload],
        uploaded=uploaded,
        date=options.date,
        anyway=options.anyway,
        allow=options.allow,
        rules=rules,
        progress=progress_line(),
    )
    print("\n".join([failed.name, *opening_lines(failed, school, rules), "", *week.lines]))
    if week.unread:
        print("\n".join(["", "Results that moved nobody", *(f"  {sentence}" for sentence in week.unread)]))
    print(f"\n{'Written' if week.is_new else 'Nothing new since'}: {shown(week.folder)}")
    print("  to-do/START-HERE.html  what to do, in order (names inside: for the office only)")
    if week.held:
        verb = "is" if week.held == 1 else "are"
        print(f"{'':25}{count(week.held, 'row')} {verb} held back until somebody decides: it says why")
    print("  changes.csv            what changed for whom (names inside: for the office only)")
    print("  overview.html          the week in totals, no names: may be forwarded")
    return DONE_WITH_TROUBLE if week.unread else exit_code(failed)


def _uploaded(given: str) -> int | None:
    """Return how many rows were uploaded: the number given, or the rows of the file given."""
    from triage_kit.errors import SettingsError
    from triage_kit.reading import read_records

    if not given:
        return None
    number = given.replace(",", "")
    if number.isdecimal():
        if not number.strip("0") or len(number) > _MOST_DIGITS:
            how_many = "far too many" if number.strip("0") else "0"
            raise SettingsError(
                f"--uploaded is {how_many}; give how many rows the school uploaded, or the uploaded file."
            )
        return int(number)
    if not Path(given).is_file():
        raise SettingsError(f"--uploaded {given}: neither a number nor a file; give how many rows were uploaded.")
    return len(read_records(Path(given)).rows)
