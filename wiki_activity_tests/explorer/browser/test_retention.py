"""Who stayed of new accounts, in a browser: on any screen, on a month's page and in a report."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import Retention, Stayed, Window
from wiki_activity.storage.retention_table import store_retention
from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DARK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.stored import NOW

Open = Callable[..., Page]
HI = "hi.wikipedia.org"
MARCH = DayRange(date(2025, 3, 1), date(2025, 3, 31))
USUAL = Stayed(300, 27, 9)


@pytest.mark.parametrize("look", [DARK, PHONE], ids=str)
@pytest.mark.parametrize("address", [f"/p/{HI}/peaks/2025-03", f"/report?wiki={HI}&from=2025-03&to=2025-03"])
def test_who_stayed_fits_any_screen(own_site: Site, opened: Open, look: Look, address: str) -> None:
    found = [
        Retention(HI, MARCH, Window.FIRST, accounts=12_449, estimated=True, found=Stayed(400, 60, 8), usual=USUAL),
        Retention(HI, MARCH, Window.SECOND, accounts=12_449, estimated=True, error="503"),
        Retention(HI, MARCH, Window.THIRD, accounts=12_449, estimated=True, usual=USUAL),
    ]
    store_retention(own_site.engine, (HI, MARCH), found, (), now=NOW, names=0)
    page = opened(own_site.url + address, look)

    expect(page.get_by_role("heading", name="Who stayed")).to_be_visible()
    expect(page.locator("#stayed")).to_contain_text("About 15 % (± 4) of about 12,449 accounts")
    check_axe(page)
    check_width(page)
