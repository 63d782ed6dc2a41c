"""``triage-kit explain``: what one answer of the Importer means, pasted as it is; or one row of a file."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import ALL_DONE, add_school_options, choose, number_from

if TYPE_CHECKING:
    from triage_kit.domains import School

NAME = "explain"
HELP = "explain one answer of the Importer, one e-mail address or domain, or one row of a failed-rows file"

_NAMED_ADDRESS = re.compile(r"[^<>@]*<[^<>@\s]+@[^<>@\s]+>\s*")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "answer",
        metavar="ANSWER",
        nargs="+",
        help="the answer, pasted in single quotes ('{\"success\":false,…}'); - reads it from standard input. "
        "With --row: the failed-rows file",
    )
    parser.add_argument("--row", metavar="N", type=number_from(1), help="explain this row of the file, counted from 1")
    add_school_options(parser)


def run(options: argparse.Namespace) -> int:
    """Explain an answer, or a row."""
    if options.row is None:
        return _explain_answer(options)
    from triage_kit.explain import explain_row
    from triage_kit.reading import read_failed_rows
    from triage_kit.triage import triage

    path = Path(" ".join(options.answer))
    failed = read_failed_rows(path)
    school, rules = choose(failed, options, path)
    table = triage(failed, school, rules=rules)
    print(explain_row(failed, table, options.row, school=school, rules=rules))
    return ALL_DONE


def _given_school(options: argparse.Namespace) -> School:
    """Return the school that was given or lies where we are; there is no file to guess one from."""
    from triage_kit.domains import School, find_school_file, load_school, school_by_name

    if options.school_domain:
        return School(options.school, options.school_domain)
    if options.school:
        return school_by_name(options.school)
    found = find_school_file()
    return load_school(found) if found else School()


def _is_address(text: str) -> bool:
    """Return whether a text is an e-mail address, with or without a name in front of it, or a domain, and no answer."""
    from triage_kit.domains import parse_domain, registered_domain

    if set(text) & set("{}[]"):
        return False
    if "@" in text:
        return not set(text.strip()) & set('" ') or bool(_NAMED_ADDRESS.fullmatch(text))
    return bool(registered_domain(parse_domain(text)[0]))


def _explain_answer(options: argparse.Namespace) -> int:
    from triage_kit.domains import explain_domain
    from triage_kit.errors import SettingsError
    from triage_kit.explain import explain_answer
    from triage_kit.settings import choose_rules

    # A console that takes the quotes apart passes the answer in pieces.
    text = " ".join(options.answer)
    if Path(text).is_file():
        raise SettingsError(f"{Path(text).name} is a file; say which of its rows is to be explained: --row 1.")
    if _is_address(text):
        print(explain_domain(text, _given_school(options)))
        return ALL_DONE
    print(explain_answer(sys.stdin.read() if text == "-" else text, rules=choose_rules(options.rules)))
    return ALL_DONE
