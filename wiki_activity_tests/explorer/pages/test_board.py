from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from wiki_activity.domain.counts import COUNT_SERIES, Metric
from wiki_activity.domain.rises import Excess, Rise
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.pages.board_lines import choose_six
from wiki_activity.explorer.pages.languages_wanted import read_languages
from wiki_activity.settings import Settings, read_settings
from wiki_activity.storage.database import writing
from wiki_activity.storage.refresh_leases import start_refresh
from wiki_activity.storage.schema import rate_episodes
from wiki_activity.watch.alarms import note_failed_run
from wiki_activity_tests.explorer.counted_days import count_some_days
from wiki_activity_tests.explorer.pages.reading import read_text, see
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
        series=list(COUNT_SERIES),
        now=NOW,
    )

    text = see(empty_client, "/")

    assert f"0 of {len(WIKIS)} wikis so far" in text
    assert "The first load is running" in text
    assert "No data yet" not in text


def test_a_line_says_how_many_people_and_edits_were_above_expected_and_that_nobody_knows_why(
    client: TestClient,
) -> None:
    text = see(client, "/")

    assert "What stood out in September 2026" in text
    assert "Hindi Wikipedia +2,162 people 2.4× +56,565 edits 2.9× more people · no note yet" in text


def test_a_few_people_beside_many_edits_are_not_said(client: TestClient) -> None:
    assert "Bangla Wikipedia +60,054 edits 3.8× mostly the same people" in see(client, "/")


def test_the_wikis_with_a_usual_month_and_the_others_are_all_there_are(client: TestClient) -> None:
    text = see(client, "/")

    assert "9 of 13 wikis had a usual month, 3 did not, and of 1 it cannot be told." in text
    assert "1 mostly bot edits Wikimedia Commons +3,017,283 edits" in text


def test_mostly_bot_edits_are_folded(client: TestClient) -> None:
    html = client.get("/").text

    folded = html[html.index("<details") :]
    assert "Wikimedia Commons" not in html[: html.index("<details")]
    assert "mostly bot edits" in folded


def test_the_wikis_of_the_installation_are_called_so(client: TestClient) -> None:
    text = see(client, "/")

    assert "The wikis of this installation side by side" in text
    assert "0 of 1 wiki had a usual month, 1 did not." in text
    assert "atchlist" not in text


def test_without_a_watchlist_nothing_is_said_of_an_installation(own_settings: ExplorerSettings, engine: Engine) -> None:
    app = create_app(read_settings({}), own_settings, engine, lambda: NOW)

    text = see(TestClient(app, base_url="http://localhost"), "/")

    assert "installation" not in text
    assert "What stood out" in text


def test_an_entry_of_the_watchlist_that_is_no_wiki_is_named(own_settings: ExplorerSettings, engine: Engine) -> None:
    settings = read_settings({"WIKI_ACTIVITY_WATCHLIST": "hi.wikipedia.org,hii.wikipedia.org"})
    app = create_app(settings, own_settings, engine, lambda: NOW)

    text = see(TestClient(app, base_url="http://localhost"), "/")

    assert "WATCHLIST names what is no known wiki: hii.wikipedia.org." in text
    assert "did you mean hi.wikipedia.org" in text


def test_what_people_wrote_stands_in_the_line(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", LAST, "Wiki Loves Earth", metric=Metric.PEOPLE_EDITS)

    assert "2.9× more people · Wiki Loves Earth" in see(client, "/")


def test_what_was_told_of_another_count_is_told_of_a_line_too(client: TestClient, engine: Engine) -> None:
    annotate(engine, "commons.wikimedia.org", LAST, "A heap of pictures", metric=Metric.EDITORS)

    assert "mostly bot edits · A heap of pictures" in see(client, "/")


def test_a_hidden_label_is_not_on_the_board(client: TestClient, engine: Engine) -> None:
    for metric in Metric:
        annotate(engine, "hi.wikipedia.org", LAST, "Not for your eyes", metric=metric)
        hide_month_note(engine, metric, "hi.wikipedia.org", LAST, version=1, author="Rewa", reason="spam", now=NOW)

    text = see(client, "/")

    assert "Not for your eyes" not in text
    assert "A hidden note" in text


def test_the_browsers_languages_come_first_and_others_read_the_same_page_as_before(
    client: TestClient, engine: Engine
) -> None:
    answers = [client.get("/", headers={"Accept-Language": header}).text for header in ("bn", "de-AT, *;q=0.1", "")]

    assert all("Hindi Wikipedia" in read_text(answer) for answer in answers)


def make_rise(project: str, people: int) -> Rise:
    return Rise(project, LAST, Metric.EDITORS, None, False, 100, Excess(people, 0), None)


def test_two_large_two_medium_and_two_small_wikis_are_chosen_the_readers_languages_first() -> None:
    sizes = {
        f"{size}{at}": number
        for size, number in (("large", 10**6), ("medium", 10**4), ("small", 10))
        for at in range(4)
    }
    rises = [make_rise(project, 100 - at) for at, project in enumerate(sizes)]

    chosen = choose_six(rises, sizes, ["small3", "medium2"])

    assert [one.project for one in chosen] == ["large0", "large1", "medium0", "medium2", "small0", "small3"]


def test_where_a_size_has_too_few_others_take_their_places() -> None:
    sizes = {f"small{at}": 10 for at in range(9)}
    rises = [make_rise(project, 100 - at) for at, project in enumerate(sizes)]

    assert [one.project for one in choose_six(rises, sizes, [])] == [f"small{at}" for at in range(6)]
    assert choose_six([], sizes, []) == []


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", ()),
        ("hi", ("hi",)),
        ("de-AT,de;q=0.9,en;q=0.8", ("de-at", "de", "en")),
        ("en;q=0.2, zh-yue;q=0.7, *;q=0.1", ("zh-yue", "zh", "en")),
        ("en;q=0, bn", ("bn",)),
        ("<script>, \x00, hi;q=x, ta", ("ta",)),
    ],
)
def test_a_browsers_languages_are_read_best_first(header: str, languages: tuple[str, ...]) -> None:
    assert read_languages(header) == languages


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


def test_months_that_were_busy_on_many_wikis_are_named(client: TestClient) -> None:
    text = see(client, "/")

    assert "Months before that were busy on many wikis March 2025" in text


def test_what_was_restated_is_counted(client: TestClient, engine: Engine) -> None:
    restate(engine, "en.wikipedia.org", {LAST: 1})

    assert "1 count restated" in see(client, "/")


def test_the_board_has_one_search_with_one_label(client: TestClient, settings: Settings) -> None:
    html = client.get("/").text

    assert html.count('role="search"') == 1
    assert html.count('id="search"') == 1
    assert settings.watchlist == ("hi.wikipedia.org",)


def test_the_installations_wikis_have_their_month_so_far_which_is_not_judged(
    client: TestClient, engine: Engine
) -> None:
    assert "so far" not in see(client, "/")
    count_some_days(engine)

    page = client.get("/").text
    text = read_text(page)

    assert "October so far, to day 5: Hindi Wikipedia is furthest, at 1.4× its usual by this day." in text
    assert "Hindi Wikipedia 1.4× the usual, at least 9,000 edits without bots" in text
    assert "A month that has not ended is not judged." in text
    assert '<path class="s" d="M' in page
    assert "What stood out in September 2026" in text
