"""Before there is anything to show, and while the first load runs, the pages say so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.domain.counts import COUNT_SERIES
from wiki_activity.storage.database import writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.refresh_leases import start_refresh
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import PHONE, check_width
from wiki_activity_tests.explorer.browser.serving import Site, serving
from wiki_activity_tests.explorer.stored import FIRST, LAST, NOW, WIKIS
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.storage.storing import record_fetches

Open = Callable[..., Page]
Keep = Callable[..., None]


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """An explorer over a database in which nothing is stored yet."""
    file = tmp_path / "empty.sqlite"
    copy_migrated_file(file)
    with serving(file, tmp_path) as site:
        yield site


@pytest.mark.parametrize("place", ["/", "/peaks", "/live", "/about", "/find?q=hindi"])
def test_pages_over_an_empty_database_are_accessible(empty_site: Site, opened: Open, keep: Keep, place: str) -> None:
    page = opened(empty_site.url + place, PHONE)
    keep(page, f"empty{place.split('?', maxsplit=1)[0].replace('/', '-')}", whole=True)
    check_axe(page)
    check_width(page)


def test_the_board_says_how_far_the_first_load_is(empty_site: Site, opened: Open, keep: Keep) -> None:
    engine = empty_site.engine
    wikis = [stored.wiki for stored in WIKIS]
    save_wikis(engine, wikis, NOW)
    refresh = start_refresh(
        engine,
        run_id="run",
        holder="a test",
        first=FIRST,
        last=LAST,
        projects=[wiki.project for wiki in wikis],
        series=list(COUNT_SERIES),
        now=NOW,
    )
    with writing(engine) as connection:
        for wiki in wikis[:5]:
            results = {series: FetchResult(FetchStatus.OK, 1) for series in COUNT_SERIES}
            record_fetches(connection, refresh.id, wiki.project, results, NOW)
    page = opened(empty_site.url)
    expect(page.get_by_role("status").filter(has_text="5 of 14 wikis so far")).to_be_visible()
    progress = page.get_by_role("progressbar")
    expect(progress).to_have_attribute("value", "5")
    keep(page, "loading", whole=True)
    check_axe(page)
    with writing(engine) as connection:
        for wiki in wikis[5:9]:
            results = {series: FetchResult(FetchStatus.OK, 1) for series in COUNT_SERIES}
            record_fetches(connection, refresh.id, wiki.project, results, NOW)
    # Asked every three seconds, of what is five seconds old at most.
    expect(progress).to_have_attribute("value", "9", timeout=20_000)
    expect(page.locator("[data-loading]")).to_contain_text("9 of 14 wikis so far")
