"""An organiser of Bangla Wikipedia puts her campaign on the chart, and makes a report, at the desk and on a phone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look
from wiki_activity_tests.explorer.browser.serving import Site, printed_link
from wiki_activity_tests.explorer.browser.test_wiki_page import drawn
from wiki_activity_tests.explorer.browser.walks.organiser import (
    LABEL,
    NOVEMBER,
    check_copied,
    check_picture,
    print_her_report,
    read_her_report,
    see_her_note,
)

Open = Callable[..., Page]


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_an_organiser_shows_that_her_campaign_was(
    town: Site, opened: Open, look_at: Callable[..., None], look: Look
) -> None:
    press = Locator.tap if look.phone else Locator.click
    page = opened(town.url, look, stranger=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    # She finds her wiki by the name that she knows.
    search = page.get_by_role("combobox", name="Find a wiki")
    press(search)
    page.keyboard.type("bengali")
    look_at(page, f"find-{look}")
    press(page.get_by_role("option", name=re.compile(r"bn\.wikipedia\.org")))
    expect(drawn(page).get_by_role("heading", level=1)).to_have_text("বাংলা Wikipedia")
    expect(page.get_by_role("button", name=f"Peak {NOVEMBER}")).to_have_count(0)

    # Without a name she may not write, and is told how she may.
    press(page.get_by_role("link", name="Add a note"))
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_contain_text("To write a note, open")
    page.goto(printed_link(town.url))
    page.goto(f"{town.url}/p/bn.wikipedia.org")

    # Last November, by the button: the days are hers to choose, and the heading names them.
    press(drawn(page).get_by_role("link", name="Add a note"))
    form = page.get_by_role("dialog")
    form.get_by_label("Label").fill(LABEL)
    form.get_by_label("Kind").select_option(label="Contest")
    form.get_by_label("First day").fill("2025-11-01")
    form.get_by_label("Last day").fill("2025-11-30")
    expect(form.get_by_role("heading")).to_have_text(f"What happened in {NOVEMBER}?")
    look_at(page, f"note-{look}")
    press(form.get_by_role("button", name="Save"))
    expect(form).to_be_hidden()
    see_her_note(page, town)
    look_at(page, f"chart-{look}", whole=True)
    press(page.get_by_role("button", name=f"Note on {NOVEMBER}: {LABEL}"))
    expect(form).to_contain_text(LABEL)
    press(form.get_by_role("button", name="Close"))

    # The report begins with the newest month; she chooses hers, and adds what the programme counted itself.
    press(page.get_by_role("link", name="Report"))
    press(page.get_by_role("link", name="Other months, days or wikis, and your own numbers"))
    choice = page.get_by_role("form", name="What to report on")
    expect(choice).to_be_in_viewport()
    choice.get_by_label("From month").fill("2025-11")
    choice.get_by_label("To month").fill("2025-11")
    choice.get_by_label("New pages of it").fill("130")
    press(choice.get_by_role("button", name="Report"))
    read_her_report(page)
    look_at(page, f"report-{look}", whole=True)
    print_her_report(page)

    # She takes it away.
    press(page.get_by_text("As wikitext"))
    press(page.locator("#as-wikitext").get_by_role("button", name="Copy"))
    expect(page.locator("#as-wikitext").get_by_role("button", name="Copied")).to_be_visible()
    check_copied(page)
    with page.expect_download() as taken:
        press(page.get_by_role("link", name="PNG"))
    check_picture(Path(taken.value.path()))


def test_an_organiser_drags_over_the_months_of_her_campaign(
    town: Site, opened: Open, look_at: Callable[..., None]
) -> None:
    page = drawn(opened(f"{town.url}/p/bn.wikipedia.org"))
    page.get_by_role("link", name="1 y").click()
    expect(page).to_have_url(re.compile("from=2025-10"))
    box = page.locator("#plot .u-over").bounding_box()
    assert box is not None
    month, floor = box["width"] / 12, box["y"] + box["height"] - 12
    page.mouse.move(box["x"] + 1.5 * month, floor)
    page.mouse.down()
    page.mouse.move(box["x"] + 2.5 * month, floor, steps=4)
    page.mouse.up()
    form = page.get_by_role("dialog", name="What happened in November 2025 to December 2025?")
    form.get_by_label("Label").fill(LABEL)
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".mark-label", has_text=LABEL)).to_be_visible()
    look_at(page, "dragged")
