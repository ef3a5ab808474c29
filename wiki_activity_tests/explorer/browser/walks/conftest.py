"""The place that people walk through: a filled explorer with notes, people's counts and days of the stream."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import check_width, picture
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.counted_days import count_some_days
from wiki_activity_tests.explorer.stored import know_people


@pytest.fixture
def town(own_site: Site) -> Site:
    """An explorer in which much is known of Bangla Wikipedia, and days of the stream of others."""
    know_people(own_site.engine, "bn.wikipedia.org", 0.5)
    count_some_days(own_site.engine)
    return own_site


@pytest.fixture
def look_at(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    """Look at a page on the way: it is accessible and within the window, and a picture is kept."""
    folder = tmp_path_factory.mktemp("walk")

    def look(page: Page, name: str, *, whole: bool = False) -> None:
        check_axe(page)
        check_width(page)
        picture(page, f"walk-{name}", folder, whole=whole)

    return look
