"""A steward looks at the week, and at a wiki's month so far, at the desk, on a phone and without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site

Open = Callable[..., Page]
Keep = Callable[..., None]


@pytest.mark.parametrize(("look", "script"), [(DESK, True), (PHONE, True), (DESK, False)])
def test_a_steward_sees_the_waves_of_the_week_and_a_wikis_month_so_far(
    site: Site, opened: Open, keep: Keep, look: Look, *, script: bool
) -> None:
    page = opened(site.url, look, script=script)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Week").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logged-out edits above usual")
    rows = page.get_by_role("region", name="Wikis of the last day").locator("tbody tr")
    expect(rows).to_have_count(2)
    # Small wikis first.
    expect(rows.first).to_contain_text("Mossi")
    changes = rows.first.get_by_role("link", name="Recent changes of Mossi Wikipedia")
    expect(changes).to_have_attribute("href", re.compile(r"https://mos\.wikipedia\.org/wiki/Special:RecentChanges\?"))
    check_width(page)
    rows.nth(1).get_by_role("link").first.click()
    month = page.get_by_role("region", name="October so far")
    expect(month).to_contain_text(
        "October so far: at least 9,000 edits without bots by day 5, about 1.4× the usual by this day."
    )
    expect(month).to_contain_text("1 of its 108 hours was not seen whole")
    month.scroll_into_view_if_needed()
    keep(page, f"month-so-far-{look}{'' if script else '-without-scripts'}")
    check_width(page)
    if script:
        check_axe(page)
        dashes = month.locator("svg[role=img] .line").evaluate("line => getComputedStyle(line).strokeDasharray")
        assert dashes != "none"
