"""The explorer in a real JupyterLab, used as a person uses it; and what the saved notebook then holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.explorer_server import EVIL, PLANTED, Panel, running, use_everything, write_file

if TYPE_CHECKING:
    from playwright.sync_api import Page

_READY = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"


def run_all_cells(panel: Panel) -> None:
    """Choose Run > Run All Cells once the kernel is there."""
    page = panel.page
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_function(_READY)
    for _ in range(3):  # JupyterLab forgets the wish if the kernel has only just come
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.wait_for_timeout(1500)
        if page.locator(".jp-InputPrompt", has_text="[ ]").count() == 0:
            return


def test_jupyterlab_does_everything_and_saves_nothing_personal(
    page: Page, chromium: Path, tmp_path: Path, refused_requests: list[str]
) -> None:
    office = tmp_path / "office"
    office.mkdir()
    with running(write_file(office), home=tmp_path) as address:
        panel = Panel(page)
        page.goto(address)
        run_all_cells(panel)
        use_everything(panel, office)
        panel.shoot("lab")
        assert panel.serious_barriers() == []
        page.keyboard.press("Control+s")
        page.get_by_text("Saving completed").first.wait_for()
        saved = (office / "explore.ipynb").read_text(encoding="utf-8")
        assert page.get_by_text("get notified about official Jupyter news").count() == 0
    assert "application/vnd.jupyter.widget-view+json" in saved
    found = [word for word in (PLANTED, EVIL, "gmail.com", "s7@", "has already been taken") if word in saved]
    assert (found, len(saved) < 50_000) == ([], True)
    assert (panel.errors, refused_requests) == ([], [])
