"""Whoever is on call opens the link of a message the next day, and sees the busy spell as it was."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DARK, DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.spells import spell_of_yesterday

Open = Callable[..., Page]
Keep = Callable[..., None]
_LONG_LINE = re.compile(r"^M[\d. ]+(L[\d. ]+){100,}")


@pytest.fixture
def link(filled_file: Path, tmp_path: Path) -> Iterator[str]:
    """The link in the message about a spell of yesterday."""
    with spell_of_yesterday(filled_file, tmp_path) as message:
        yield message.link


@pytest.mark.parametrize("look", [DESK, PHONE, DARK], ids=str)
def test_the_link_of_a_message_shows_the_spell_the_next_day(link: str, opened: Open, keep: Keep, look: Look) -> None:
    page = opened(link, look, script=look is not PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Busy spell of English Wikipedia")
    expect(page.get_by_text("It took 10 min")).to_be_visible()
    expect(page.locator(".chart-box svg .line")).to_have_attribute("d", _LONG_LINE)
    expect(page.get_by_text("A message was sent when it began.")).to_be_visible()
    expect(page.get_by_role("link", name="History of Example")).to_be_visible()
    page.get_by_text("The minutes as a table").click()
    expect(page.get_by_role("row", name="14:15 220 6")).to_be_visible()
    keep(page, f"episode-{look}", whole=True)
    if look is not PHONE:
        check_axe(page)
    check_width(page)
    expect(page.get_by_role("link", name="Add a note")).to_have_attribute(
        "href", "/notes/new?project=en.wikipedia.org&from=2026-10-03&to=2026-10-03&episode=1"
    )


def test_a_note_on_a_spell_is_written_and_stays_its_when_it_is_changed(link: str, opened: Open) -> None:
    page = opened(link)
    page.get_by_role("link", name="Add a note").click()
    page.get_by_label("Label").fill("A football final")
    page.get_by_role("button", name="Save", exact=True).click()
    back = page.locator("#note article").get_by_role("link", name="a busy spell")
    expect(back).to_be_visible()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Label").fill("The football final")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The football final")
    back.click()
    expect(page).to_have_url(link)
    expect(page.get_by_text("The football final")).to_be_visible()
    # The kind is a tag beside the label, as on all pages that have notes.
    expect(page.locator("article.note .tag")).to_have_css("border-top-width", "1px")


def test_a_printed_spell_names_its_pages(link: str, opened: Open) -> None:
    page = opened(link)
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Example", exact=True)).to_be_visible()
