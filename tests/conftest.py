"""What several test files use: the sample, and what to do when a browser or a database server is not there."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Who is started in the background of a shell ignores Ctrl-C, and so would whatever the tests start and then stop by it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def skip_or_fail(reason: str, *, variable: str) -> None:
    """Skip the test for this reason, or fail it where the variable says that nothing may be skipped (CI sets it)."""
    if os.environ.get(variable, "") not in ("", "0"):
        pytest.fail(f"{reason}, and {variable} is set", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def sample() -> Path:
    """Return the invented failed-rows file that comes with the project."""
    return ROOT / "data" / "sample" / "failed_rows.csv"


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the path of Chromium; without it, or without Playwright, the test is skipped (or fails in CI)."""
    variable = "REQUIRE_BROWSER"
    try:
        import playwright.sync_api  # noqa: F401 - only to see whether it is there
    except ImportError:
        skip_or_fail("Playwright is not installed (pip install playwright)", variable=variable)
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        skip_or_fail("Chromium is not installed (Debian: apt-get install chromium)", variable=variable)
    return Path(str(found))


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's server programs; without them the test is skipped (or fails in CI)."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = debian[-1] if debian else shutil.which("initdb")
    if found is None:
        skip_or_fail("PostgreSQL is not installed (Debian: apt-get install postgresql)", variable="REQUIRE_POSTGRES")
    return Path(str(found)).parent


@pytest.fixture(scope="session")
def postgres_server(postgres_programs: Path) -> Iterator[str]:
    """Return the URL of a running PostgreSQL server, the database's name left off."""
    from tests.postgres import running_server

    with running_server(postgres_programs) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def casebook_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where an empty case book may be made, in each of the two databases."""
    if request.param == "sqlite":
        return str(tmp_path / "casebook.sqlite")
    from tests.postgres import empty_database

    return empty_database(request.getfixturevalue("postgres_server"))
