"""The organiser's story with the keyboard alone: Tab, Enter, arrows, and what she types."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.looks import DESK
from wiki_activity_tests.explorer.browser.serving import Site, printed_link
from wiki_activity_tests.explorer.browser.test_wiki_page import drawn
from wiki_activity_tests.explorer.browser.walks.keys import enter, tab_to
from wiki_activity_tests.explorer.browser.walks.organiser import (
    LABEL,
    NOVEMBER,
    check_copied,
    check_picture,
    read_her_report,
    see_her_note,
)

Open = Callable[..., Page]


def test_an_organiser_without_a_mouse_shows_that_her_campaign_was(town: Site, opened: Open) -> None:
    page = opened(town.url, DESK, stranger=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(printed_link(town.url))

    page.get_by_role("combobox", name="Find a wiki").wait_for()
    tab_to(page, page.get_by_role("combobox", name="Find a wiki"))
    page.keyboard.type("bengali")
    expect(page.get_by_role("option").first).to_contain_text("bn.wikipedia.org")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(drawn(page).get_by_role("heading", level=1)).to_have_text("বাংলা Wikipedia")

    enter(page, page.get_by_role("link", name="Add a note"))
    form = page.get_by_role("dialog")
    expect(form.get_by_role("textbox", name="Label")).to_be_focused()
    page.keyboard.type(LABEL)
    tab_to(page, form.get_by_label("Kind"))
    page.keyboard.type("Contest")
    tab_to(page, form.get_by_label("First day"))
    page.keyboard.type("11012025")
    tab_to(page, form.get_by_label("Last day"))
    page.keyboard.type("11302025")
    expect(form.get_by_role("heading")).to_have_text(f"What happened in {NOVEMBER}?")
    enter(page, form.get_by_role("button", name="Save"))
    expect(form).to_be_hidden()
    expect(page.get_by_role("link", name="Add a note")).to_be_focused()
    see_her_note(page, town)

    enter(page, page.get_by_role("button", name=f"Note on {NOVEMBER}: {LABEL}"))
    expect(form).to_contain_text(LABEL)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=f"Note on {NOVEMBER}: {LABEL}")).to_be_focused()

    tab_to(page, page.get_by_role("link", name="Report"), "Shift+Tab")
    page.keyboard.press("Enter")
    enter(page, page.get_by_role("link", name="Other months, days or wikis, and your own numbers"))
    choice = page.get_by_role("form", name="What to report on")
    for name in ("From month", "To month"):
        tab_to(page, choice.get_by_label(name))
        page.keyboard.type("November")
        page.keyboard.press("ArrowRight")
        page.keyboard.type("2025")
        expect(choice.get_by_label(name)).to_have_value("2025-11")
    tab_to(page, choice.get_by_label("New pages of it"))
    page.keyboard.type("130")
    page.keyboard.press("Enter")
    read_her_report(page)

    enter(page, page.get_by_text("As wikitext"))
    enter(page, page.locator("#as-wikitext").get_by_role("button", name="Copy"))
    expect(page.locator("#as-wikitext").get_by_role("button", name="Copied")).to_be_visible()
    check_copied(page)
    tab_to(page, page.get_by_role("link", name="PNG"), "Shift+Tab")
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    check_picture(Path(taken.value.path()))
