"""Every page, at the desk, in the dark and on a phone: accessible, within the window, and readable without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import (
    DARK,
    DESK,
    PAPER,
    PHONE,
    PHONE_DARK,
    TABLET,
    WIDE,
    Look,
    check_width,
    look_through,
)
from wiki_activity_tests.explorer.browser.places import NOT_FOUND, PLACES
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.witness import Witness

Open = Callable[..., Page]
Keep = Callable[..., None]

EVERY_PLACE = pytest.mark.parametrize("place", PLACES)


@EVERY_PLACE
def test_a_page_is_accessible_in_the_light_and_in_the_dark(
    site: Site, opened: Open, witness: Witness, keep: Keep, place: str
) -> None:
    page = _open(site, opened, witness, place)
    for look in (DESK, DARK):
        look_through(page, look)
        keep(page, f"{place}-{look}", whole=True)
        check_axe(page)
    check_width(page)
    for look in (TABLET, WIDE, PAPER):
        look_through(page, look)
        keep(page, f"{place}-{look}", whole=True)
        check_width(page)


@EVERY_PLACE
def test_a_page_is_accessible_and_fits_the_window_on_a_phone(
    site: Site, opened: Open, witness: Witness, keep: Keep, place: str
) -> None:
    page = _open(site, opened, witness, place, PHONE)
    for look in (PHONE_DARK, PHONE):
        look_through(page, look)
        keep(page, f"{place}-{look}", whole=True)
    check_axe(page)
    check_width(page)


def test_a_table_that_is_wider_than_the_window_does_not_widen_the_page(site: Site, opened: Open) -> None:
    page = opened(site.url + PLACES["peak"], Look("narrow phone", 320, 640, phone=True))
    assert page.locator(".scroll").first.evaluate("box => box.scrollWidth > box.clientWidth")
    check_width(page)


@EVERY_PLACE
def test_a_page_can_be_read_without_scripts(site: Site, opened: Open, witness: Witness, keep: Keep, place: str) -> None:
    page = _open(site, opened, witness, place, script=False)
    # Nothing waits for a script that does not come: no empty table, nothing that says it loads.
    assert all(rows > 0 for rows in (table.locator("tr").count() for table in page.locator("table").all()))
    expect(page.get_by_text(re.compile(r"loading|enable javascript", re.IGNORECASE))).to_have_count(0)
    keep(page, f"{place}-without-scripts", whole=True)


def test_the_keyboard_reaches_the_content_first_and_the_search_by_a_slash(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/about")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    search = page.get_by_role("combobox", name="Find a wiki")
    search.wait_for()
    page.keyboard.press("/")
    expect(search).to_be_focused()
    expect(search).to_have_value("")


def _open(site: Site, opened: Open, witness: Witness, place: str, look: Look = DESK, *, script: bool = True) -> Page:
    if place in NOT_FOUND:
        witness.allow(r"status of 404 \(Not Found\)")
    page = opened(site.url + PLACES[place], look, script=script)
    expect(page.locator("h1")).to_have_count(1)
    if script:
        # The last thing that every page's script does.
        page.get_by_role("combobox").first.wait_for()
    return page
