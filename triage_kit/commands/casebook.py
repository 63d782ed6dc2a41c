"""``triage-kit casebook``: the case book out as a table, students forgotten, checked for soundness."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import ALL_DONE, DONE_WITH_TROUBLE, shown
from triage_kit.commands.week import add_casebook_option
from triage_kit.wording import count

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from triage_kit.casebook import Keys

NAME = "casebook"
HELP = "look after the case book: export it, forget students, check it"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "action",
        choices=("export", "forget", "check"),
        help="export: all cases as a CSV (names inside); forget: take students out for good; check: is it sound?",
    )
    add_casebook_option(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUT.csv", type=Path, help="export: the file to write (default: casebook.csv)"
    )
    parser.add_argument(
        "--student", metavar="ID", action="append", default=[], help="forget: a username, e-mail address or card ID"
    )
    parser.add_argument(
        "--before", metavar="DAY", default="", help="forget: everybody of whom nothing was heard since: 2025-09-01"
    )
    parser.add_argument("--yes", action="store_true", help="forget: do it; without this it only says how many")
    parser.add_argument("--mend", action="store_true", help="check: compute all cases anew from what was recorded")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="your office's own rules")
    parser.add_argument("--force", action="store_true", help="export: replace a file that triage-kit did not write")


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    from triage_kit.casebook import looking, open_database, transaction
    from triage_kit.errors import InputError

    if "://" not in options.casebook and not Path(options.casebook).is_file():
        raise InputError(f"There is no case book {Path(options.casebook).name} here; name it with --casebook.")
    actions = {"export": _export, "forget": _forget, "check": _check}
    writes = options.mend or options.yes
    with transaction(open_database(options.casebook)) if writes else looking(options.casebook) as connection:
        return actions[options.action](connection, options)


def _export(connection: Connection, options: argparse.Namespace) -> int:
    from triage_kit.casebook.keeping import export_cases
    from triage_kit.output import write_people_csv
    from triage_kit.rulebook import load_rules

    table = export_cases(connection, load_rules(options.rules))
    output = options.output or Path("casebook.csv")
    write_people_csv(table, output, force=options.force)
    print(f"Written: {shown(output)} ({count(len(table), 'case')}; names inside: for the office only)")
    return ALL_DONE


def _forget(connection: Connection, options: argparse.Namespace) -> int:
    from triage_kit.casebook.keeping import forget, last_known_dates, students_of
    from triage_kit.errors import SettingsError
    from triage_kit.past import checked_date

    if not options.student and not options.before:
        raise SettingsError("Say whom to forget: --student USERNAME, or --before 2025-09-01.")
    gone: set[int] = set()
    if options.before:
        day = checked_date(options.before)
        gone |= {student for student, date in last_known_dates(connection).items() if date < day}
    found = [students_of(connection, _any_key(name)) for name in options.student]
    gone = gone.union(*found)
    if unknown := sum(not students for students in found):
        fit = "fits" if unknown == 1 else "fit"
        print(f"{count(unknown, 'ID')} {fit} nobody in the case book: check the spelling.")
    if not options.yes:
        print(f"{count(len(gone), 'student')} would be forgotten. Nothing was changed; add --yes to do it.")
        return ALL_DONE
    print(
        f"Forgotten: {count(forget(connection, gone), 'student')}. Folders and files of earlier weeks still name them."
    )
    return ALL_DONE


def _check(connection: Connection, options: argparse.Namespace) -> int:
    from triage_kit.casebook.keeping import check, count_lines, mend
    from triage_kit.rulebook import load_rules

    rules = load_rules(options.rules)
    if options.mend:
        mend(connection, rules)
    findings = check(connection, rules)
    counts = count_lines(connection)
    print(
        f"{count(counts['students'], 'student')}, {count(counts['cases'], 'case')}, "
        f"{count(counts['imports'], 'file')}, {count(counts['results'], 'result')}."
    )
    print("\n".join(findings) or "The case book is sound.")
    return DONE_WITH_TROUBLE if findings else ALL_DONE


def _any_key(name: str) -> list[Keys]:
    import pandas as pd

    from triage_kit.casebook import Keys, plain_key

    key = str(plain_key(pd.Series([name], dtype="str")).iloc[0])
    return [Keys(username=key), Keys(email=key), Keys(card=key)]
