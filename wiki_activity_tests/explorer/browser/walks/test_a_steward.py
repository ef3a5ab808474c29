"""A steward sees where the week's logged-out waves are, looks at a wiki, keeps it, and finds it again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.test_wiki_page import drawn

Open = Callable[..., Page]


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_a_steward_follows_a_wave_to_a_wiki_and_keeps_it(
    town: Site, opened: Open, look_at: Callable[..., None], look: Look
) -> None:
    page = opened(f"{town.url}/week", look, stranger=True)
    menu = page.get_by_role("navigation", name="Main")
    waves = page.get_by_role("region", name="Wikis of the last day").locator("tbody tr")
    # The small wiki, which has the fewest people who could look, comes first.
    expect(waves).to_have_text([re.compile("Mossi Wikipedia"), re.compile("Hindi Wikipedia")])
    changes = waves.first.get_by_role("link", name="Recent changes of Mossi Wikipedia")
    expect(changes).to_have_attribute("href", re.compile("^https://mos.wikipedia.org/wiki/Special:RecentChanges"))
    look_at(page, f"week-{look}", whole=True)

    waves.nth(1).get_by_role("link", name=re.compile("Hindi Wikipedia|हिन्दी")).first.click()
    month = drawn(page).get_by_role("region", name="October so far")
    expect(month).to_contain_text("about 1.4× the usual by this day")
    page.get_by_role("button", name="Keep in my wikis").click()
    expect(page.get_by_role("button", name="In my wikis")).to_have_attribute("aria-pressed", "true")
    look_at(page, f"kept-{look}")

    menu.get_by_role("link", name="My wikis").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My wikis")
    expect(page.get_by_role("main")).to_contain_text("Hindi Wikipedia")
    look_at(page, f"mine-{look}", whole=True)

    menu.get_by_role("link", name="Board").click()
    mine = page.get_by_role("region", name="My wikis")
    expect(mine).to_contain_text("0 of 1 wiki had a usual month")
    expect(mine.get_by_role("listitem").first).to_contain_text("Hindi Wikipedia")
    expect(mine).to_contain_text("October so far, to day 5")
    look_at(page, f"board-{look}")
