"""Whoever writes a report takes the chart as it is shown, as a picture and as numbers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.pictures.reading import read_size

Open = Callable[..., Page]
Keep = Callable[..., None]


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_the_picture_is_of_what_the_page_shows_now(site: Site, opened: Open, keep: Keep, look: Look) -> None:
    page = opened(f"{site.url}/p/hi.wikipedia.org?from=2023-01", look)
    page.get_by_role("link", name="Editors", exact=True).click()
    links = page.locator("[data-part=take]")
    png = links.get_by_role("link", name="PNG")
    expect(png).to_have_attribute("href", "/p/hi.wikipedia.org/chart.png?from=2023-01&metric=editors")
    expect(links.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile("series[.]csv.*metric=editors"))
    check_axe(page)
    check_width(page)

    keep(page, f"take-it-away-{look}", whole=True)
    png.focus()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename == "hi.wikipedia.org-editors.png"
    assert read_size(Path(taken.value.path()).read_bytes()) == (1200, 630)


def test_the_svg_is_drawn_by_a_browser_as_it_is_under_the_pages_own_policy(
    site: Site, opened: Open, keep: Keep
) -> None:
    page = opened(f"{site.url}/p/hi.wikipedia.org/chart.svg?vs=bn.wikipedia.org", DESK)
    # It needs no style sheet, which the policy would not let in.
    title = page.locator("text").first
    assert title.text_content() == "Hindi Wikipedia"
    assert title.evaluate("text => getComputedStyle(text).fontSize") == "34px"
    expect(page.get_by_text("Feminism and Folklore", exact=True)).to_be_visible()
    lines = page.locator("path[stroke='#3366cc']")
    assert max(line.evaluate("path => path.getTotalLength()") for line in lines.all()) > 1000
    keep(page, "picture-svg")


def test_without_scripts_pictures_are_links_too(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/p/hi.wikipedia.org/peaks/2025-03", DESK, script=False)
    with page.expect_download() as taken:
        page.get_by_role("link", name="SVG").click()
    assert "Hindi Wikipedia, March 2025" in Path(taken.value.path()).read_text(encoding="utf-8")
