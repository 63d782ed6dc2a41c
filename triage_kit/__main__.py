"""``python -m triage_kit``: the command line."""

import os
import sys

if __name__ == "__main__":
    # Python looks for every module where the user is first. A file of theirs called pandas.py shall not be ours.
    if sys.path and sys.path[0] == os.getcwd():  # noqa: PTH109 - as Python itself writes it
        sys.path.append(sys.path.pop(0))

    from triage_kit.cli import main

    sys.exit(main())
