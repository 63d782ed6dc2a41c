"""``triage-kit explore``: the explorer in JupyterLab, or as a page without code."""

from __future__ import annotations

import argparse
from pathlib import Path

from triage_kit.commands.common import shown
from triage_kit.errors import InputError

NAME = "explore"
HELP = "explore a failed-rows file by mouse: in JupyterLab, or as a page without code"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help="failed-rows CSV to open first; others can be chosen there"
    )
    parser.add_argument("--app", action="store_true", help="a page without code in place of JupyterLab (needs Voila)")
    parser.add_argument(
        "--school-domain",
        action="append",
        default=[],
        metavar="D",
        help="your school's e-mail domain, such as example.edu; give it again for each further domain",
    )
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="your office's own rules, tried before ours (default: my_rules.toml beside the file or where you are)",
    )
    parser.add_argument(
        "--casebook",
        default="",
        metavar="PATH|URL",
        help="the case book of your weekly rounds (triage-kit week): then you see what changed since last time, and "
        "results are recorded there (default: casebook.sqlite beside the file, if there is one)",
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only; open no browser")


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from triage_kit.explorer.copies import app_notebook, copy_notebook
    from triage_kit.explorer.servers import app_server, lab_server, serve
    from triage_kit.output import private_folder

    file, rules = _existing(options.file), _existing(options.rules)
    folder = file.parent if file else Path.cwd()
    casebook = _casebook(options.casebook)
    settings = {"school_domains": options.school_domain, "rules": rules, "casebook": casebook}
    with private_folder() as private:
        if options.app:
            (private / "page").mkdir()
            notebook = app_notebook(private / "page", file, near=folder, **settings)
            server = app_server(notebook, private, browser=not options.no_browser)
        else:
            notebook = copy_notebook(folder, file, **settings)
            server = lab_server(notebook, private, browser=not options.no_browser)
            print(f"Notebook: {shown(notebook)}")
        print(f"Results, to-do folder and reports are written into: {folder}")
        print("Starting …", flush=True)
        code = serve(server, private / "server.log", ready=_announce)
    print("Stopped.")
    return code


def _announce(address: str) -> None:
    print(f"Open in your browser: {address}")
    print("Only this computer can open it. Stop it here with Ctrl-C.", flush=True)


def _casebook(place: str) -> str:
    return place if "://" in place or not place else str(_existing(Path(place)))


def _existing(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise InputError(f"{path} is not there, or is not a file; check the name.")
    return path.expanduser().resolve() if path else None
