"""The command line: finds the command, runs it, and turns errors into one plain sentence and an exit code.

Exit codes: 0 all done; 1 done, but a file failed, a line could not be read or a cell cannot be trusted; 2 wrong
usage or unreadable input.
"""

from __future__ import annotations

import argparse
import codecs
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from triage_kit import __version__
from triage_kit.commands.common import WRONG_USAGE
from triage_kit.errors import TriageKitError

__all__ = ["main"]

#: The commands in the order in which help lists them; each is a module of `triage_kit.commands`.
COMMANDS = (
    "triage",
    "report",
    "actions",
    "explore",
    "check",
    "school",
    "explain",
    "rules",
    "week",
    "compare",
    "casebook",
    "batch",
    "doctor",
)

STOPPED = 130  # what shells report for a program that Ctrl-C ended

_DESCRIPTION = """\
Turns a failed-rows CSV of Handshake's Importer into what went wrong, what to do next for each student, and a report
that is safe to forward. It runs on this computer only; nothing is sent anywhere."""

# Plain letters for a console whose code page lacks the character.
_PLAIN = {"“": '"', "”": '"', "’": "'", "‘": "'", "…": "...", "→": "->", "–": "-", "—": "-", "×": "x", "·": "-"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _print_on_any_console()
    options = _parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except TriageKitError as error:
        print(f"triage-kit: {error}", file=sys.stderr)
        return WRONG_USAGE
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        return _leave_output(0)
    except OSError as error:
        print(f"triage-kit: the output cannot be written or a file cannot be read ({error.strerror}).", file=sys.stderr)
        return _leave_output(WRONG_USAGE)
    except KeyboardInterrupt:
        print("triage-kit: stopped; nothing was left half-written.", file=sys.stderr)
        return STOPPED


def _leave_output(code: int) -> int:
    """Return the exit code, with nothing left to print that could fail again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="triage-kit",
        description=_DESCRIPTION,
        epilog="triage-kit COMMAND --help explains a command. Exit codes: 0 all done; 1 done, but a file failed or a "
        "line could not be read; 2 wrong usage or unreadable input.",
    )
    parser.add_argument("--version", action="version", version=f"triage-kit {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"triage_kit.commands.{name}")
        command = commands.add_parser(
            module.NAME, help=module.HELP, description=f"{module.HELP[:1].upper()}{module.HELP[1:]}."
        )
        module.add_options(command)
        command.set_defaults(run=module.run)
    return parser


def _print_on_any_console() -> None:
    """Let each character be printed, in plain letters where the console's code page lacks it."""
    codecs.register_error("triage-kit-plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="triage-kit-plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in characters), error.end
