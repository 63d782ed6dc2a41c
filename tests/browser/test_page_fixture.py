"""The wall around the browser itself: a test of offline pages is worth as much as what it would notice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUTSIDE = "https://outside.invalid"


def test_requests_to_other_computers_are_refused_and_listed(
    page: Page, refused_requests: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        f"""<title>Page</title><img src="{OUTSIDE}/image.png"><script src="{OUTSIDE}/script.js"></script>
        <script>fetch("{OUTSIDE}/data").catch(() => 0); new WebSocket("wss://outside.invalid/socket");</script>""",
        encoding="utf-8",
    )
    page.goto(file.as_uri())
    page.wait_for_load_state("networkidle")
    assert page.title() == "Page"
    assert sorted(refused_requests) == [
        f"{OUTSIDE}/data",
        f"{OUTSIDE}/image.png",
        f"{OUTSIDE}/script.js",
        "wss://outside.invalid/socket",
    ]


def test_files_and_data_addresses_are_not_refused(page: Page, refused_requests: list[str], tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("body { color: rgb(1, 2, 3) }", encoding="utf-8")
    file = tmp_path / "page.html"
    file.write_text(
        '<link rel="stylesheet" href="style.css"><img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
        encoding="utf-8",
    )
    page.goto(file.as_uri())
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(1, 2, 3)"
    assert refused_requests == []
