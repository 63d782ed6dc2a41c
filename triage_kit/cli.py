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
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from traceback import extract_tb
from typing import NoReturn

from triage_kit import __version__
from triage_kit.commands.common import WRONG_USAGE
from triage_kit.errors import TriageKitError
from triage_kit.stopping import Ended, taken_like_ctrl_c

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
SIGNALLED = 128  # and, with the signal's number added, for one that was asked to end

_PACKAGE = Path(__file__).resolve().parent

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
        with taken_like_ctrl_c():
            code = int(options.run(options))
            sys.stdout.flush()
        return code
    except KeyboardInterrupt as request:
        _tell("stopped; nothing was left half-written.")
        return SIGNALLED + request.signal if isinstance(request, Ended) else STOPPED
    except TriageKitError as error:
        _tell(str(error))
        return WRONG_USAGE
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        return _leave_output(0)
    except OSError as error:
        _tell(_of_the_system(error))
        return _leave_output(WRONG_USAGE)
    except Exception as error:  # its text and a traceback could hold a student's value
        _tell(f"an error that should not occur ({_kind_and_place(error)}). Please report that, without your file.")
        return WRONG_USAGE


def _tell(sentence: str) -> None:
    with suppress(OSError):  # nobody can be told, and the exit code says it too
        print(f"triage-kit: {sentence}", file=sys.stderr, flush=True)


def _of_the_system(error: OSError) -> str:
    if error.filename:
        return f"{Path(os.fsdecode(error.filename)).name} cannot be read or written ({error.strerror})."
    return f"the output cannot be written or a file cannot be read ({error.strerror})."


def _kind_and_place(error: Exception) -> str:
    """Return the error's type, and where in our own code it came up: enough to find it, and no value of the file."""
    places = [frame for frame in extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_PACKAGE)]
    return f"{type(error).__name__} at {Path(places[-1].filename).relative_to(_PACKAGE)}, line {places[-1].lineno}"


def _leave_output(code: int) -> int:
    """Return the exit code, with nothing left to print that could fail again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


class _Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        """End with the exit code for wrong usage."""
        message = message[:1].upper() + message[1:].rstrip(".")
        self.exit(WRONG_USAGE, f"triage-kit: {message}. “{self.prog} --help” explains.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
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
    """Let each character be printed, in plain letters where the console's code page lacks it.

    Where a window-less start or a shell's ``>&-`` left no output at all, there is one that nobody sees.
    """
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for the whole run
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    codecs.register_error("triage-kit-plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="triage-kit-plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in characters), error.end
