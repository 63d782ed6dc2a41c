"""The explorer in a real JupyterLab, used as a person uses it; and what the saved notebook then holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.explorer_server import EVIL, PLANTED, Panel, running, use_everything, write_file

if TYPE_CHECKING:
    from playwright.sync_api import Page

_READY = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"


def open_and_run(panel: Panel, address: str) -> None:
    """Open the notebook, and choose Run > Run All Cells once the kernel is there."""
    page = panel.page
    with page.expect_websocket(lambda socket: "/channels" in socket.url, timeout=60_000):
        page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_function(_READY)
    page.wait_for_timeout(1000)  # idle is said a moment before the first cell can be run
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def test_jupyterlab_does_everything_and_saves_nothing_personal(
    page: Page, chromium: Path, tmp_path: Path, refused_requests: list[str]
) -> None:
    office = tmp_path / "office"
    office.mkdir()
    with running(write_file(office), home=tmp_path) as address:
        panel = Panel(page)
        open_and_run(panel, address)
        assert not page.locator("#filebrowser").is_visible()  # the panel has its room
        use_everything(panel, office)
        panel.shoot("lab")
        assert panel.serious_barriers() == []
        page.keyboard.press("Control+s")
        page.get_by_text("Saving completed").first.wait_for()
        saved = (office / "explore.ipynb").read_text(encoding="utf-8")
        assert page.get_by_text("get notified about official Jupyter news").count() == 0
        page.reload()
        panel.until_drawn()
        panel.until_fitted()
        panel.choose_school("example.edu")
        panel.until_said("School: example.edu")
    assert "application/vnd.jupyter.widget-view+json" in saved
    found = [word for word in (PLANTED, EVIL, "gmail.com", "s7@", "has already been taken") if word in saved]
    assert (found, len(saved) < 50_000) == ([], True)
    assert (panel.errors, refused_requests) == ([], [])
