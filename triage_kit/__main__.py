"""``python -m triage_kit``: the command line."""

import sys

from triage_kit.cli import main

if __name__ == "__main__":
    sys.exit(main())
