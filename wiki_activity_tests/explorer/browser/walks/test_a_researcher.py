"""A researcher copies five lines from a page, runs them elsewhere, and gets the numbers that the pages show."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date

from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.looks import DESK
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.test_wiki_page import drawn

Open = Callable[..., Page]


def test_a_researcher_runs_the_lines_of_the_guide_and_gets_what_the_page_shows(
    site: Site, opened: Open, look_at: Callable[..., None]
) -> None:
    page = opened(site.url, DESK, stranger=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("navigation", name="Main").get_by_role("link", name="API").click()
    lines = page.get_by_role("code").filter(has_text="import pandas")
    expect(lines).to_be_visible()
    look_at(page, "api", whole=True)
    lines.evaluate("(code) => getSelection().selectAllChildren(code)")
    page.keyboard.press("Control+C")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert len(copied.strip().splitlines()) == 5

    ran = subprocess.run(
        [sys.executable, "-c", f"{copied}\nprint(counts['hi.wikipedia.org'].tail(12).to_csv())"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    printed = dict(line.split(",") for line in ran.stdout.splitlines() if line.startswith("20") and "," in line)

    page.goto(f"{site.url}/p/hi.wikipedia.org")
    drawn(page).get_by_text("View as table").last.click()
    rows = page.get_by_role("region", name="Table of all months").locator("tbody tr")
    look_at(page, "months")
    shown = {row.locator("th").inner_text(): row.locator("td").first.inner_text() for row in rows.all()}
    assert len(printed) == 12
    for month, count in printed.items():
        assert shown[f"{date.fromisoformat(month):%b %Y}"] == f"{float(count):,.0f}"
