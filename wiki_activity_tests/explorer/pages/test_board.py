from datetime import timedelta

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings, read_settings
from wiki_activity.storage.database import writing
from wiki_activity.storage.refreshes import start_refresh
from wiki_activity.storage.schema import rate_episodes
from wiki_activity.watch.alarms import note_failed_run
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import LAST, NOW, WIKIS, annotate, restate
from wiki_activity_tests.storage.storing import hide_month_note


def test_an_empty_database_says_what_to_do(empty_client: TestClient) -> None:
    text = see(empty_client, "/")

    assert "No data yet: run wiki-activity refresh" in text
    assert "wiki-activity up" in text


def test_a_first_load_that_failed_is_told_with_its_reason(empty_client: TestClient, empty_engine: Engine) -> None:
    note_failed_run(
        empty_engine,
        job="monthly_refresh",
        run_id="r",
        error="It did not start.",
        address=None,
        now=NOW,
        sendable=False,
    )

    text = see(empty_client, "/")

    assert "The first load has not come to its end" in text
    assert "It did not start." in text


def test_while_the_first_load_runs_the_board_says_how_far_it_is(empty_client: TestClient, empty_engine: Engine) -> None:
    start_refresh(
        empty_engine,
        run_id="a run",
        holder="a test",
        first=LAST,
        last=LAST,
        projects=[stored.wiki.project for stored in WIKIS],
        series=list(Series),
        now=NOW,
    )

    text = see(empty_client, "/")

    assert f"0 of {len(WIKIS)} wikis so far" in text
    assert "The first load is running" in text
    assert "No data yet" not in text


def test_the_watchlist_is_held_against_what_was_expected(client: TestClient) -> None:
    text = see(client, "/")

    assert "Watchlist September 2026" in text
    assert "हिन्दी · Hindi Wikipedia" in text
    assert "peak, 2." in text


def test_without_a_watchlist_the_biggest_wikis_are_shown(own_settings: ExplorerSettings, engine: Engine) -> None:
    app = create_app(read_settings({}), own_settings, engine, lambda: NOW)

    text = see(TestClient(app, base_url="http://localhost"), "/")

    assert "Biggest wikis September 2026" in text
    assert "Wikidata" in text
    assert "set WIKI_ACTIVITY_WATCHLIST" in text


def test_an_entry_of_the_watchlist_that_is_no_wiki_is_named(own_settings: ExplorerSettings, engine: Engine) -> None:
    settings = read_settings({"WIKI_ACTIVITY_WATCHLIST": "hi.wikipedia.org,hii.wikipedia.org"})
    app = create_app(settings, own_settings, engine, lambda: NOW)

    text = see(TestClient(app, base_url="http://localhost"), "/")

    assert "On the watchlist, but no known wiki: hii.wikipedia.org." in text


def test_a_wiki_whose_newest_month_is_missing_is_not_shown_as_zero(
    own_settings: ExplorerSettings, engine: Engine
) -> None:
    settings = read_settings({"WIKI_ACTIVITY_WATCHLIST": "aa.wikipedia.org"})
    app = create_app(settings, own_settings, engine, lambda: NOW)

    text = see(TestClient(app, base_url="http://localhost"), "/")

    assert "closed no data for September 2026" in text


def test_the_biggest_peaks_ask_what_happened_until_somebody_says_it(client: TestClient, engine: Engine) -> None:
    assert "say what happened" in see(client, "/")
    for metric in Metric:
        for project in ("hi.wikipedia.org", "bn.wikipedia.org", "commons.wikimedia.org"):
            annotate(engine, project, LAST, "Wiki Loves Earth", metric=metric)

    text = see(client, "/")

    assert "Contest: Wiki Loves Earth" in text
    assert "say what happened" not in text


def test_what_was_told_of_another_count_is_told_of_a_peak_too(client: TestClient, engine: Engine) -> None:
    annotate(engine, "commons.wikimedia.org", LAST, "A heap of pictures", metric=Metric.EDITORS)

    assert "Contest: A heap of pictures" in see(client, "/")


def test_a_hidden_label_is_not_on_the_board(client: TestClient, engine: Engine) -> None:
    for metric in Metric:
        annotate(engine, "hi.wikipedia.org", LAST, "Not for your eyes", metric=metric)
        hide_month_note(engine, metric, "hi.wikipedia.org", LAST, version=1, author="Rewa", reason="spam", now=NOW)

    text = see(client, "/")

    assert "Not for your eyes" not in text
    assert "A hidden note" in text


def test_busy_spells_that_are_open_come_first(explorer_app: FastAPI, engine: Engine) -> None:
    spell = {"detector": "burst", "rate": 3.0, "usual": 1.0, "edits": 900, "telling": "told", "reopened": 0}
    began = NOW - timedelta(minutes=20)
    ended = NOW - timedelta(minutes=5)
    rows = [
        {"project": "ar.wikipedia.org", "opened_at": NOW - timedelta(minutes=9), "started_at": began,
         "updated_at": ended, "closed_at": ended, "ended_at": ended, **spell},
        {"project": "he.wikipedia.org", "opened_at": began, "started_at": began, "updated_at": NOW,
         "closed_at": None, "ended_at": None, **spell},
    ]  # fmt: skip
    with writing(engine) as connection:
        connection.execute(insert(rate_episodes), rows)

    text = see(TestClient(explorer_app, base_url="http://localhost"), "/")

    assert "Hebrew Wikipedia now up to 3× the usual rate, since 5 Oct 2026, 11:40 UTC" in text
    assert text.index("Hebrew Wikipedia now") < text.index("Arabic Wikipedia up to 3× the usual rate")


def test_months_in_which_many_wikis_peaked_are_named(client: TestClient) -> None:
    text = see(client, "/")

    assert "More at once than chance explains: March 2025" in text


def test_what_was_restated_is_counted(client: TestClient, engine: Engine) -> None:
    restate(engine, "en.wikipedia.org", {LAST: 1})

    assert "1 count restated" in see(client, "/")


def test_the_board_has_one_search_with_one_label(client: TestClient, settings: Settings) -> None:
    html = client.get("/").text

    assert html.count('role="search"') == 1
    assert html.count('id="search"') == 1
    assert settings.watchlist == ("hi.wikipedia.org",)
