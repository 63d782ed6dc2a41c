"""``triage-kit school``: write ``school.toml``, from options or by asking three questions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from triage_kit.commands.common import ALL_DONE, shown

NAME = "school"
HELP = "write school.toml, so that your school need not be named each time"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--name", help="the school's name, for titles and letters")
    parser.add_argument(
        "--domain",
        action="append",
        metavar="D",
        help="an e-mail domain of the school; give it again for each further one",
    )
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="D", help="a sub-domain that is not the school's after all"
    )
    parser.add_argument(
        "--email-pattern",
        metavar="P",
        help="how new accounts' addresses are made from the file's columns, such as {username}@example.edu",
    )
    parser.add_argument("--signature", metavar="TEXT", help="what stands below the office's letters")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("school.toml"), help="where to (default: school.toml)"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")


def run(options: argparse.Namespace) -> int:
    """Ask for what was not given, where somebody can answer; write the file."""
    from triage_kit.domains import School, find_schools, write_school
    from triage_kit.errors import SettingsError

    asked = sys.stdin.isatty() and not (options.name and options.domain)
    name = options.name or (_ask("The school's name: ") if asked else "")
    domains = options.domain or []
    if not domains and asked:
        hits = [hit.domain for hit in find_schools(name)[:5]] if name else []
        hint = f" (on the list of schools: {', '.join(hits)})" if hits else ""
        domains = _ask(f"Its e-mail domains, separated by spaces{hint}: ").replace(",", " ").split()
    if not domains:
        raise SettingsError("The school's e-mail domain is missing; give it: --domain example.edu.")
    pattern = options.email_pattern
    if pattern is None and asked:
        pattern = (
            _ask("How new accounts' addresses are made, such as {username}@example.edu (may stay blank): ") or None
        )
    school = School(name, domains, excluded=options.exclude, email_pattern=pattern, signature=options.signature)
    path = write_school(school, options.output, overwrite=options.force)
    print(f"Written: {shown(path)}. The kit finds it when it lies beside a failed-rows file or where you are.")
    return ALL_DONE


def _ask(question: str) -> str:
    from triage_kit.errors import SettingsError

    try:
        return input(question).strip()
    except EOFError:
        raise SettingsError("No answer came; give --name and --domain as options.") from None
