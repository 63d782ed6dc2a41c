"""A page in headless Chromium that reaches this computer only, and a record of whatever it asked for beyond that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Route, WebSocketRoute

#: Chromium starts in a container, as root too, and does not look for updates, translations or accounts.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The second wall, behind the refusals below: no name but these is even looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def is_local(url: str) -> bool:
    """Return whether an address stays in the page or on this computer."""
    parts = urlsplit(url)
    return parts.scheme in ("file", "data", "blob", "about") or parts.hostname == "127.0.0.1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that ``-m "not browser"`` leaves it out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


# One browser per file of tests: Playwright keeps an event loop running, which later notebook runs should not find.
@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Return headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def refused_requests() -> list[str]:
    """Return the addresses outside this computer that the page asked for, in order; all were refused."""
    return []


@pytest.fixture
def page(browser: Browser, refused_requests: list[str]) -> Iterator[Page]:
    """Return an empty page; what it asks for beyond this computer is refused and listed in ``refused_requests``."""
    context = browser.new_context(locale="en-US", timezone_id="UTC", viewport={"width": 1280, "height": 900})

    def refuse_or_continue(route: Route, request: Request) -> None:
        if is_local(request.url):
            route.continue_()
        else:
            refused_requests.append(request.url)
            route.abort()

    def refuse_socket_or_connect(socket: WebSocketRoute) -> None:
        if is_local(socket.url):
            socket.connect_to_server()
        else:
            refused_requests.append(socket.url)
            socket.close()

    context.route("**/*", refuse_or_continue)
    context.route_web_socket("**/*", refuse_socket_or_connect)
    yield context.new_page()
    context.close()
