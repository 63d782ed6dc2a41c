"""The explorer's servers for tests in a browser: started by the command, stopped as Ctrl-C stops them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = Path(__file__).parent / "screenshots"
EVIL = "<script>window.broken=1</script>$x$"
PLANTED = "Plantedname"

_TAKEN = '{""success"":false,""errors"":{""email_address"":[""has already been taken""]}}'
_BLANK = '{""success"":false,""errors"":{""last_name"":[""can\'t be blank""]}}'


def write_file(folder: Path) -> Path:
    """Return a failed-rows file of 260 rows of two schools; one row holds a name that must not be run."""
    lines = ["username,email_address,first_name,last_name,school_year_name,status,response"]
    for number in range(260):
        domain = ("example.edu", "sample.edu", "gmail.com")[number % 3]
        name = EVIL if number == 7 else f"{PLANTED}{number}"
        answer = _BLANK if number % 5 == 0 else _TAKEN
        year = ("Senior", "Junior")[number % 2]
        lines.append(f'u{number:03},s{number}@{domain},"{name}",Example,{year},failed,"{answer}"')
    path = folder / "failed_rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def running(file: Path, *options: str, home: Path) -> Iterator[str]:
    """Give the address at which the explorer answers; on leaving it is stopped, and must say so."""
    command = [sys.executable, "-m", "triage_kit", "explore", str(file), "--no-browser", *options]
    apart = {name: str(home / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    environment = {**os.environ, **apart, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    try:
        said = ""
        for said in process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\S+", said)
            if found:
                break
        else:
            raise AssertionError(f"the explorer did not start: {said}")
        yield found.group()
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert (process.returncode, rest.splitlines()[-1]) == (0, "Stopped.")


class Panel:
    """The panel as a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".tk-panel")
        self.errors: list[str] = []
        page.set_default_timeout(40_000)
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def until_drawn(self) -> None:
        """Wait until chart and tables are there."""
        self.page.wait_for_selector(".tk-panel .bars .point", timeout=60_000)
        self.page.wait_for_selector(".tk-panel .tk-pick tbody tr")

    def until_said(self, text: str) -> None:
        """Wait until the panel says this somewhere."""
        self.root.get_by_text(text, exact=False).first.wait_for()

    def choose_school(self, typed: str) -> None:
        """Type a school and press Enter."""
        field = self.root.get_by_label("School", exact=True)
        field.fill(typed)
        field.press("Enter")

    def click_bar(self) -> None:
        """Click the first piece of a bar that is wide enough to be hit."""
        self.page.locator(".tk-panel .js-plotly-plot").scroll_into_view_if_needed()
        boxes = [each.bounding_box() for each in self.page.locator(".tk-panel .bars .point path").all()]
        box = next(box for box in boxes if box and box["width"] > 12)
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def wide_bars(self) -> list[float]:
        """Return the widths of the chart's bars."""
        boxes = [each.bounding_box() for each in self.page.locator(".tk-panel .bars .point path").all()]
        return [round(box["width"]) for box in boxes if box]

    def until_in_sight(self, text: str) -> None:
        """Wait until the panel says this in a message of which all can be seen without scrolling."""
        from playwright.sync_api import expect

        self.until_said(text)
        expect(self.root.locator(".tk-done", has_text=text)).to_be_in_viewport(ratio=0.99)

    def until_fitted(self) -> None:
        """Wait until the chart is as wide as the room that it has."""
        self.page.wait_for_function(
            """() => {
              const chart = document.querySelector(".tk-panel .svg-container");
              const room = chart.closest(".tk-wide").clientWidth;
              return room > 200 && Math.abs(chart.clientWidth - room) <= 2;
            }"""
        )

    def shoot(self, name: str) -> None:
        """Keep pictures of the whole panel, wide and narrow, to be looked at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        for width in (1280, 800):
            height = int(self.page.evaluate("document.querySelector('.tk-panel').scrollHeight")) + 400
            self.page.set_viewport_size({"width": width, "height": min(height, 6000)})
            self.page.wait_for_timeout(700)  # the chart fits itself to the new width
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png")
        self.page.set_viewport_size({"width": 1280, "height": 900})

    def serious_barriers(self) -> list[str]:
        """Return what axe finds in the panel that keeps people out."""
        from axe_playwright_python.sync_playwright import Axe

        found: list[dict[str, Any]] = Axe().run(self.page, context=".tk-panel").response["violations"]
        return [
            f"{each['id']}: {node['html'][:160]}"
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"][:3]
        ]


_FOCUSED = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return ["", true];
  const name = focused.ariaLabel || focused.title || focused.labels?.[0]?.textContent || focused.textContent;
  const style = getComputedStyle(focused);
  const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [name.trim() || focused.outerHTML.slice(0, 80), isSeen];
}"""


class Keyboard:
    """A person without a mouse; ``unseen`` collects where the focus could not be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []

    def focused(self) -> str:
        """Return the name of what has the focus; empty if nothing has."""
        name, is_seen = self.page.evaluate(_FOCUSED)
        if not is_seen:
            self.unseen.append(name)
        return str(name)

    def go_to(self, name: str, *then: str) -> None:
        """Press Tab until what is called so, or begins so, has the focus; then press more keys."""
        passed = []
        for _ in range(400):
            self.page.keyboard.press("Tab")
            passed.append(self.focused())
            if passed[-1] == name or (len(name) > 6 and passed[-1].startswith(name)):
                return self.press(*then)
        raise AssertionError(f"{name} cannot be reached; passed: {list(dict.fromkeys(passed))}")

    def press(self, *names: str) -> None:
        """Press keys one after the other."""
        for name in names:
            self.page.keyboard.press(name)

    def replace(self, text: str, *then: str) -> None:
        """Type over what stands in a field."""
        self.press("Control+a")
        self.type(text)
        self.press(*then)

    def type(self, text: str) -> None:
        """Type a text."""
        self.page.keyboard.type(text)


def use_everything(panel: Panel, folder: Path) -> None:
    """Do what a person does, from the school to the to-do folder, and look at what comes of it."""
    page = panel.page
    panel.until_drawn()
    panel.until_fitted()
    before = panel.wide_bars()
    panel.choose_school("sample.edu")
    panel.until_said("School: sample.edu")
    panel.until_said("200 of 260 rows shown")
    assert panel.wide_bars() != before
    ticked = {name: panel.root.get_by_label(f"Tick {name}").is_checked() for name in ("sample.edu", "example.edu")}
    assert ticked == {"sample.edu": True, "example.edu": False}
    panel.click_bar()
    page.wait_for_selector(".tk-chip")
    panel.root.get_by_role("button", name=re.compile("Clear all filters")).click()
    panel.until_said("260 of 260 rows below")
    _search_and_record(panel)
    panel.root.get_by_role("button", name="Write to-do folder").click()
    panel.until_in_sight(f"Written: {folder.name}/to-do")
    panel.root.get_by_role("button", name="Write report").click()
    panel.until_in_sight(f"Written: {folder.name}/reports/report.html")
    assert (folder / "results.csv").is_file() and (folder / "to-do" / "START-HERE.html").is_file()
    assert page.evaluate("window.broken") is None


def _search_and_record(panel: Panel) -> None:
    panel.root.get_by_role("searchbox", name="Search").fill("<script>")
    panel.until_said("1 row shown")
    assert panel.root.get_by_role("cell", name=EVIL).or_(panel.root.get_by_text(EVIL)).count() > 0
    panel.root.get_by_role("button", name="9", exact=True).click()
    panel.until_said("has already been taken")
    panel.root.get_by_label("Tick 9", exact=True).check()
    panel.root.get_by_label("Result", exact=True).select_option(index=1)
    panel.root.get_by_role("button", name="Record for 1 student").click()
    panel.until_said("Recorded for 1 student in results.csv.")
