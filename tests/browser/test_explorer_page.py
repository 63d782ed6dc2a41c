"""The explorer as a page without code (Voila), used as a person uses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.explorer_server import Keyboard, Panel, running, use_everything, write_file

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("voila")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a failed-rows file."""
    folder = tmp_path_factory.mktemp("office")
    write_file(folder)
    return folder


@pytest.fixture(scope="module")
def address(chromium: Path, office: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the page's address."""
    with running(office / "failed_rows.csv", "--app", home=tmp_path_factory.mktemp("home")) as address:
        yield address


def test_the_page_does_everything_without_code_or_another_host(
    page: Page, address: str, office: Path, refused_requests: list[str]
) -> None:
    panel = Panel(page)
    page.goto(address)
    use_everything(panel, office)
    panel.shoot("page")
    assert panel.serious_barriers() == []
    assert page.title() == "triage-kit: failed rows"
    assert "Explorer(" not in page.content()
    with page.expect_request("**/voila/api/shutdown/*") as ending:
        page.reload()
    panel.until_drawn()
    panel.until_said("200 of 260 rows shown")
    left = ending.value.url.rpartition("/")[2]  # each reload would leave a kernel behind, with the file in its memory
    assert answer_of(address, f"/api/kernels/{left}", token=token_of(address))[0] == 404
    assert (panel.errors, refused_requests) == ([], [])


def answer_of(address: str, path: str, *, token: str = "") -> tuple[int, str]:
    """Return the status of a request, and where it sends the browser."""
    host = urlsplit(address).netloc
    with closing(HTTPConnection(host, timeout=10)) as connection:
        connection.request("GET", path, headers={"Authorization": f"token {token}"} if token else {})
        with connection.getresponse() as response:
            return response.status, (response.getheader("Location") or "").partition("?")[0]


def test_a_page_whose_program_was_stopped_says_so(page: Page, address: str) -> None:
    panel = Panel(page)
    page.goto(address)
    panel.until_drawn()
    lost = page.get_by_text("The program behind this page was stopped")
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.wait_for_load_state("networkidle")
    assert not lost.is_visible()
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('focus'))")
    lost.wait_for()


def token_of(address: str) -> str:
    """Return the token in an address."""
    return address.partition("?token=")[2]


@pytest.mark.parametrize("path", ["/", "/voila/files/failed_rows.csv", "/voila/files/explore.ipynb", "/api/kernels"])
def test_without_the_token_nothing_is_given(address: str, path: str) -> None:
    assert answer_of(address, path) in [(302, "/login"), (403, ""), (404, "")]


@pytest.mark.parametrize("name", ["failed_rows.csv", "explore.ipynb", "results.csv", "..%2Fvoila.json"])
def test_with_the_token_no_file_can_be_downloaded(address: str, name: str) -> None:
    status, _ = answer_of(address, f"/voila/files/{name}", token=token_of(address))
    assert status in (403, 404)


def test_the_whole_way_can_be_gone_by_keyboard_alone(page: Page, address: str, office: Path) -> None:
    panel = Panel(page)
    page.goto(address)
    panel.until_drawn()
    keys = Keyboard(page)
    keys.go_to("School")
    keys.replace("sample.edu", "Enter")
    panel.until_said("School: sample.edu")
    keys.go_to("Problem")
    keys.press("ArrowDown")
    page.wait_for_selector(".tk-chip")
    keys.go_to("Clear the filter", "Enter")
    panel.until_said("260 of 260 rows below")
    keys.go_to("E-mail")  # from where filters are chosen, though the chip that had the focus is gone
    keys.press("ArrowDown")
    keys.go_to("Upload again with permission", "Enter")
    panel.until_said("If that does not work:")
    keys.go_to("Search")
    keys.type("s103@")
    panel.until_said("1 row shown")
    keys.go_to("Tick 105", "Space")
    panel.until_said("Record for 1 student")
    keys.go_to("105", "Enter")
    panel.until_said("Why this step")
    keys.go_to("Result")
    keys.press("ArrowDown")
    keys.go_to("Record for 1 student", "Enter")
    panel.until_said("Recorded for 1 student in results.csv.")
    keys.go_to("Write to-do folder", "Enter")
    panel.until_said(f"Written: {office.name}/to-do")
    assert keys.focused() == "Write to-do folder"
    assert keys.unseen == []
