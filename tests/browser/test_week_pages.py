"""The pages of the to-do folder and of the week in a browser: they fit, keep nobody out, and ask for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from triage_kit import School, read_failed_rows
from triage_kit.week import run_week

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = {"overview": "overview.html", "start-here": "to-do/START-HERE.html"}


@pytest.fixture(scope="module")
def week(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the sample's second week."""
    folder = tmp_path_factory.mktemp("weeks")
    school = School("Example University", ["example.edu"])
    lines = sample.read_bytes().splitlines(keepends=True)
    for day, rows in (("2026-03-02", lines[:200]), ("2026-03-09", [lines[0], *lines[40:]])):
        path = folder / f"failed_rows_{day}.csv"
        path.write_bytes(b"".join(rows))
        made = run_week(read_failed_rows(path), path, school, casebook=folder / "casebook.sqlite", out=folder / "weeks")
    return made.folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_the_pages_keep_nobody_out(page: Page, week: Path, refused_requests: list[str], name: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    page.goto((week / PAGES[name]).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    found = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"][:3]] == []
    assert refused_requests == []


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_hangs_over_the_edge(page: Page, week: Path, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((week / PAGES[name]).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
