"""The report in a browser without a network: charts stand, nothing is asked for, every size and taste is served."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from triage_kit import School, read_failed_rows
from triage_kit.report import build_report
from triage_kit.report.shelf import Entry, Shelf
from triage_kit.week import run_week

if TYPE_CHECKING:
    from playwright.sync_api import Page

AUDIENCES = ("no-names", "with-names")

#: Returns every piece of text whose contrast with what lies behind it is below WCAG's AA (4.5, large text 3).
LOW_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((one) => one / 255)
      .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, style, .bartext"))
      continue;
    const style = getComputedStyle(element);
    const ink = luminance(rgba(element.closest("svg") ? style.fill : style.color)), ground = luminance(behind(element));
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (contrast < (large ? 3 : 4.5)) low.push(`${walker.currentNode.data.trim()}: ${contrast.toFixed(2)}`);
  }
  return low;
}"""


# Made before the browser starts: Playwright keeps an event loop running, and so would the notebook's run.
@pytest.fixture(scope="module", autouse=True)
def reports(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the addresses of the sample's reports: one for each audience, one that tells the past, and an index."""
    out = {audience: tmp_path_factory.mktemp(audience) for audience in AUDIENCES}
    made = {
        audience: build_report(sample, folder, school_domains="example.edu", audience=audience).as_uri()
        for audience, folder in out.items()
    }
    folder, school = tmp_path_factory.mktemp("weeks"), School("Example University", ["example.edu"])
    lines = sample.read_bytes().splitlines(keepends=True)
    for day, rows in (("2026-03-02", lines[:200]), ("2026-03-09", [lines[0], *lines[40:]])):
        week = folder / f"failed_rows_{day}.csv"
        week.write_bytes(b"".join(rows))
        run_week(read_failed_rows(week), week, school, casebook=folder / "book.sqlite", out=folder, uploaded=7500)
    made["past"] = build_report(week, folder, school_domains="example.edu", casebook=folder / "book.sqlite").as_uri()
    shelf = Shelf(out["no-names"], "no-names")
    for number, rows in ((1, 240), (2, 1), (3, 0)):
        shelf.add(Entry(number, "2026-01-15", rows, 0, 0, "E-mail address is taken" if rows else "", ""))
    shelf.write_index(4)
    return {**made, "index": (out["no-names"] / "index.html").as_uri()}


def opened(page: Page, address: str) -> list[str]:
    """Open a report, wait for its charts, and return what went wrong in it."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(address)
    if "index.html" not in address:
        page.wait_for_function("document.querySelectorAll('.chart .main-svg .point').length > 10")
    return troubles


@pytest.mark.parametrize("audience", AUDIENCES)
def test_all_charts_stand_and_nothing_is_asked_for(
    page: Page, reports: dict[str, str], refused_requests: list[str], audience: str
) -> None:
    assert opened(page, reports[audience]) == []
    page.wait_for_load_state("networkidle")
    assert page.locator("figure .chart > .plot-container").count() == 3
    assert refused_requests == []


def test_no_chart_offers_to_send_itself(page: Page, reports: dict[str, str]) -> None:
    opened(page, reports["no-names"])
    page.locator(".chart").first.hover()
    assert page.locator(".modebar-btn").count() == 0
    assert page.get_by_text("Share chart").count() == 0


@pytest.mark.parametrize("width", [320, 400, 768, 1280])
@pytest.mark.parametrize("audience", [*AUDIENCES, "past"])
def test_nothing_hangs_over_the_edge(page: Page, reports: dict[str, str], audience: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, reports[audience])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        """(width) => [...document.querySelectorAll("main text, main p, main h1, main h2, main li")]
        .filter((one) => one.checkVisibility() && !one.closest(".scroll") && one.getBoundingClientRect().right > width)
        .map((one) => one.textContent)""",
        width,
    )
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_text_stands_out(page: Page, reports: dict[str, str], audience: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    opened(page, reports[audience])
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*AUDIENCES, "past", "index"])
def test_nothing_keeps_people_out(page: Page, reports: dict[str, str], name: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    assert opened(page, reports[name]) == []
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    found = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"][:3]] == []


@pytest.mark.parametrize("width", [320, 1280])
def test_the_index_fits_and_leads_to_each_report(page: Page, reports: dict[str, str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, reports["index"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    links = [link.get_attribute("href") for link in page.locator("main a").all()]
    assert links == ["report-1.html", "report-2.html", "report-3.html"]
    assert page.get_by_text("241 rows in 3 reports were not imported.").is_visible()


def test_the_first_screen_answers(page: Page, reports: dict[str, str]) -> None:
    opened(page, reports["no-names"])
    for wanted in (page.get_by_text("240 rows were not imported."), page.locator("table.plan tbody").first):
        box = wanted.bounding_box()
        assert box is not None
        assert box["y"] < 700


def test_the_page_is_reached_by_keyboard(page: Page, reports: dict[str, str]) -> None:
    opened(page, reports["no-names"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.locator("table").is_visible()


def test_the_page_is_read_without_scripts(browser: object, reports: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(reports["no-names"])
    assert page.get_by_text("240 rows were not imported.").is_visible()
    assert page.locator(".chart").first.is_hidden()
    assert page.locator("details table").first.is_visible()
    assert page.locator("details:not([open])").count() > 3
    context.close()


def test_the_warning_stands_on_every_printed_page(page: Page, reports: dict[str, str]) -> None:
    opened(page, reports["with-names"])
    page.emulate_media(media="print")
    assert page.locator(".banner").evaluate("(one) => getComputedStyle(one).display") == "table-header-group"
    assert page.locator("body").evaluate("(one) => getComputedStyle(one).display") == "table"
    assert page.locator("nav").is_hidden()


def test_what_is_folded_is_printed(page: Page, reports: dict[str, str]) -> None:
    opened(page, reports["no-names"])
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
