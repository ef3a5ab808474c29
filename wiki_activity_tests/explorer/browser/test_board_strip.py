"""The board's live strip moves while somebody looks, and says so when it cannot."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_table import save_episode
from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.witness import Witness
from wiki_activity_tests.explorer.live.episodes import make_live_episode
from wiki_activity_tests.explorer.stored import NOW

HEBREW = "he.wikipedia.org"


def save_spell(site: Site, project: str, **differences: object) -> None:
    began = NOW - timedelta(minutes=20)
    episode = make_live_episode(project, started_at=began, opened_at=began, updated_at=NOW, **differences)
    with writing(site.engine) as connection:
        save_episode(connection, episode)


def wait_for(page: Page, words: str) -> None:
    """Ask again, as the page does when it comes into sight, until it says so."""
    page.wait_for_function(
        """words => {
          document.dispatchEvent(new Event("visibilitychange"));
          return document.querySelector("[data-strip]").innerText.includes(words);
        }""",
        arg=words,
        polling=300,
    )


def test_a_spell_that_begins_comes_into_the_strip_and_the_focus_stays(
    own_site: Site, opened: Callable[..., Page]
) -> None:
    save_spell(own_site, HEBREW)
    page = opened(own_site.url)
    expect(page.locator("[data-strip]")).to_contain_text("The watcher is not running: no edits are seen.")
    page.locator("[data-episodes] a").first.focus()
    save_spell(own_site, "ar.wikipedia.org")

    wait_for(page, "Arabic Wikipedia now up to 4× the usual rate, since 5 Oct 2026, 11:40 UTC")

    expect(page.locator("[data-episodes] li")).to_have_count(2)
    expect(page.locator(":focus")).to_have_text("Hebrew Wikipedia")
    assert page.locator("[data-strip] :is([aria-live], [role=status], [role=alert])").count() == 0


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_a_long_title_without_a_place_to_break_widens_no_page(
    own_site: Site, opened: Callable[..., Page], look: Look
) -> None:
    title = "ပ" * 85
    save_spell(own_site, HEBREW, detector=LiveDetectorName.HOT_PAGE, page=title, page_shown=True)
    page = opened(own_site.url, look)
    expect(page.locator("[data-episodes]")).to_contain_text(title[:80])
    check_width(page)
    page.goto(f"{own_site.url}/live/{HEBREW}/episodes/1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hot page on Hebrew Wikipedia")
    check_width(page)


def test_a_server_that_is_away_is_told_and_so_is_its_return(
    own_site: Site, opened: Callable[..., Page], witness: Witness
) -> None:
    page = opened(own_site.url)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    witness.allow("ERR_INTERNET_DISCONNECTED")

    wait_for(page, "The server cannot be reached. What is shown here is as last received.")

    expect(page.locator("[data-sentence]")).to_have_class("bar blind")
    page.context.set_offline(False)
    wait_for(page, "The watcher is not running: no edits are seen.")
    expect(page.locator("[data-sentence]")).to_have_class("subtle")
