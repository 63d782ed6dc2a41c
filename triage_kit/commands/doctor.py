"""``triage-kit doctor``: is everything there that the kit needs, and what mends it if not."""

from __future__ import annotations

import argparse
from pathlib import Path

from triage_kit.commands.common import ALL_DONE, DONE_WITH_TROUBLE

NAME = "doctor"
HELP = "check the installation and the folder, and say how to mend what is wrong"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=Path(),
        help="where your student files lie (default: where you are)",
    )


def run(options: argparse.Namespace) -> int:
    """Print each finding; 1 if something should be mended."""
    from triage_kit.doctor import examine

    wrong = 0
    for finding in examine(options.folder.absolute()):
        wrong += not finding.is_well
        print(f"{'ok   ' if finding.is_well else 'MEND '} {finding.subject}: {finding.found}")
        if not finding.is_well:
            print(f"      {finding.remedy}")
    print("\nAll is well." if not wrong else f"\n{wrong} to mend.")
    return DONE_WITH_TROUBLE if wrong else ALL_DONE
