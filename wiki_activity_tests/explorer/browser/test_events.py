"""What was on at the same time, in a browser: on any screen, by the keyboard, and without scripts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.storage.calendar_table import SourceState, store_annotations, store_events
from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DARK, DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.stored import NOW

Open = Callable[..., Page]
HI, AR = "hi.wikipedia.org", "ar.wikipedia.org"


def store(site: Site) -> None:
    begins, ends = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 31, 23, tzinfo=UTC)
    event = CommunityEvent(
        1, "ပ" * 80, "Event:A", "commonswiki", ("hiwiki", "arwiki"), begins, ends, date(2025, 3, 1), date(2025, 3, 31)
    )
    names = ["Feminism and Folklore", "ويكيبيديا " * 7, "Third", "Fourth", "Fifth", "Sixth"]
    others = [replace(event, id=2 + at, name=name, dashboard_slug="A/B") for at, name in enumerate(names)]
    state = SourceState(NOW, NOW, None)
    store_events(site.engine, [event, *others], (), state, NOW)
    fault = DataAnnotation(AnnotatedMetric.EDITS, date(2025, 3, 17), "Outage", "Edits of three hours are missing.")
    store_annotations(site.engine, {AnnotatedMetric.EDITS: [fault]}, state, NOW)


@pytest.mark.parametrize("look", [DARK, PHONE], ids=str)
@pytest.mark.parametrize("project", [HI, AR])
def test_what_was_on_fits_any_screen(own_site: Site, opened: Open, look: Look, project: str) -> None:
    store(own_site)
    page = opened(f"{own_site.url}/p/{project}/peaks/2025-03", look)
    expect(page.get_by_role("heading", name="On at the same time")).to_be_visible()
    expect(page.locator("#same-time li")).to_have_count(7)
    check_axe(page)
    check_width(page)
    page = opened(f"{own_site.url}/p/{project}", look)
    page.get_by_text("7 community events and 1 remark on the figures in these months").click()
    expect(page.locator("#lane-list li")).to_have_count(8)
    check_axe(page)
    check_width(page)
    page = opened(f"{own_site.url}/events?project={project}", look)
    expect(page.get_by_role("heading", name="7 events")).to_be_visible()
    check_axe(page)
    check_width(page)


def test_the_lane_is_under_its_months_and_follows_them(own_site: Site, opened: Open) -> None:
    store(own_site)
    page = opened(f"{own_site.url}/p/{HI}", DESK)
    expect(page.locator(".marker[data-month='2025-03']")).to_be_visible()
    mark, peak = page.locator(".lane .on").bounding_box(), page.locator(".marker[data-month='2025-03']").bounding_box()
    assert mark is not None
    assert peak is not None
    assert abs(mark["x"] + mark["width"] / 2 - peak["x"] - peak["width"] / 2) < 3
    assert mark["height"] <= 8
    page.get_by_role("link", name="1 y", exact=True).click()
    expect(page.locator(".lane")).to_have_count(0)


def test_the_lane_is_read_by_the_keyboard_and_its_marks_are_no_stops(own_site: Site, opened: Open) -> None:
    store(own_site)
    page = opened(f"{own_site.url}/p/{HI}", DESK)
    page.locator("#lane-list summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#lane-list a").first).to_be_focused()
    assert page.locator(".lane a:not([tabindex='-1'])").count() == 0


def test_everything_is_read_without_scripts(own_site: Site, opened: Open) -> None:
    store(own_site)
    page = opened(f"{own_site.url}/p/{HI}/peaks/2025-03", script=False)
    page.get_by_role("link", name="and 2 more").click()
    expect(page.get_by_role("heading", name="7 events")).to_be_visible()
    page.get_by_label("Month").fill("2025-04")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="0 events")).to_be_visible()
