"""What is around the watcher: saying that nothing is seen, and that edits are seen again; pings."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from pytest_httpserver import HTTPServer
from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import Heartbeat, StoreState, StreamState
from wiki_activity.domain.wikis import Wiki
from wiki_activity.redis_store.live_state import Changes, Progress, Totals
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.settings import Settings, read_settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.notices import read_notices
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity.watch.listeners import Lookout, Pings, StoreWatch, Strangers
from wiki_activity.watch.session import NoRedisError, choose_judged, find_live_place
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.servers import redis_url

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"WIKI_ACTIVITY_STATE_DIR": str(tmp_path)})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    copy_migrated_file(settings.state_dir / "wiki_activity.sqlite")
    engine = create_database_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def live_client() -> Iterator[redis.Redis]:
    """A database of Redis to ourselves."""
    with redis.Redis.from_url(f"{redis_url().rstrip('/').removesuffix('/0')}/12") as client:
        client.flushdb()
        yield client
        client.flushdb()


class Time:
    """A wall clock and a monotonic one that move together, by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


def beat(
    time: Time,
    newest: datetime | None,
    *,
    edits_at: datetime | None,
    problem: str | None = None,
    stores: dict[str, StoreState] | None = None,
) -> Heartbeat:
    at = time.wall().timestamp()
    stream = StreamState(
        connected=problem is None,
        problem=problem,
        edits_at=None if edits_at is None else edits_at.timestamp(),
        newest=None if newest is None else int(newest.timestamp()),
    )
    return Heartbeat(at, 1, "a test", at, stream=stream, stores=stores or {})


def phases(engine: Engine) -> list[str]:
    return [str(notice.phase) for notice in reversed(read_notices(engine))]


def test_five_minutes_without_an_edit_are_told_once_and_so_is_the_end(engine: Engine, settings: Settings) -> None:
    time = Time()
    health = Lookout(settings, engine, time.wall, monotonic=time.monotonic)
    health.beat(beat(time, NOW, edits_at=NOW))

    for seconds in range(0, 900, 10):
        time.seconds = seconds
        health.beat(beat(time, NOW, edits_at=NOW, problem="the stream answers 502"))
        if seconds < 300:
            assert phases(engine) == []
    assert phases(engine) == ["blind"]
    assert "502" in read_notices(engine)[0].body

    health.beat(beat(time, NOW + timedelta(seconds=700), edits_at=time.wall()))
    assert phases(engine) == ["blind"]
    health.beat(beat(time, time.wall(), edits_at=time.wall()))
    assert phases(engine) == ["blind", "recovered"]

    health.beat(beat(time, time.wall() + timedelta(seconds=1), edits_at=time.wall()))
    assert phases(engine) == ["blind", "recovered"]


def test_a_store_that_is_away_is_told_as_that_and_is_no_blindness(engine: Engine, settings: Settings) -> None:
    time = Time()
    listeners = [
        Lookout(settings, engine, time.wall, monotonic=time.monotonic),
        StoreWatch(settings, engine, time.wall),
    ]

    def pass_to(seconds: int, away: str | None) -> None:
        begin = int(time.seconds)
        for time.seconds in range(begin, seconds, 10):
            stores = (
                {away: StoreState(NOW.timestamp(), "cannot reach Redis at somewhere")}
                if away
                else {"redis": StoreState()}
            )
            # Edits are seen all the time.
            heartbeat = beat(time, time.wall(), edits_at=time.wall(), stores=stores)
            for listener in listeners:
                listener.beat(heartbeat)

    pass_to(290, "redis")
    assert phases(engine) == []
    pass_to(900, "redis")
    assert phases(engine) == ["away"]
    assert "Counts wait: Redis is away since" in read_notices(engine)[0].body
    pass_to(950, None)
    assert phases(engine) == ["away", "recovered"]


def test_a_database_that_was_away_is_told_once_it_is_back(engine: Engine, settings: Settings) -> None:
    time = Time()
    stores = StoreWatch(settings, engine, time.wall)
    for time.seconds in range(0, 400, 10):
        away = {"database": StoreState(NOW.timestamp(), "it has not answered for 5 s")}
        stores.beat(beat(time, time.wall(), edits_at=time.wall(), stores=away))
    stores.beat(beat(time, time.wall(), edits_at=time.wall(), stores={"database": StoreState()}))
    assert phases(engine) == ["recovered"]
    assert "the database, away since" in read_notices(engine)[0].body


def test_a_watcher_that_waits_for_redis_from_its_start_sees_nothing_and_says_so(
    engine: Engine, settings: Settings
) -> None:
    time = Time()
    lookout = Lookout(settings, engine, time.wall, monotonic=time.monotonic)
    for time.seconds in range(0, 400, 10):
        away = {"redis": StoreState(NOW.timestamp(), "cannot reach Redis at somewhere")}
        heartbeat = beat(time, None, edits_at=None, stores=away)
        lookout.beat(replace(heartbeat, stream=StreamState()))
    assert phases(engine) == ["blind"]
    assert "Counts wait: Redis is away since 12:00:00 UTC." in read_notices(engine)[0].body


def test_a_restart_of_seconds_is_told_to_nobody(engine: Engine, settings: Settings) -> None:
    time = Time()
    before = int(NOW.timestamp()) - 20
    health = Lookout(settings, engine, time.wall, seen_until=before, monotonic=time.monotonic)

    health.beat(beat(time, NOW, edits_at=NOW))

    assert phases(engine) == []


def test_a_first_start_that_reads_the_last_hour_is_no_recovery(engine: Engine, settings: Settings) -> None:
    time = Time()
    health = Lookout(settings, engine, time.wall, monotonic=time.monotonic)

    health.beat(beat(time, NOW - timedelta(hours=1), edits_at=NOW))
    health.beat(beat(time, NOW, edits_at=NOW))

    assert phases(engine) == []


def test_an_outage_of_the_watcher_is_told_when_it_was_caught_up(engine: Engine, settings: Settings) -> None:
    time = Time()
    before = int(NOW.timestamp()) - 3600
    health = Lookout(settings, engine, time.wall, seen_until=before, monotonic=time.monotonic)

    health.beat(beat(time, NOW, edits_at=NOW))

    assert phases(engine) == ["recovered"]


def test_the_heartbeat_address_is_pinged_while_edits_flow(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/ping").respond_with_data("ok")
    time = Time()
    with ThreadPoolExecutor(1) as executor:
        pings = Pings(httpserver.url_for("/ping"), executor, monotonic=time.monotonic)
        for seconds in (0, 30, 61, 90, 200):
            time.seconds = seconds
            # The last edit came after 30 s: by 200 s they no longer flow.
            edits_at = NOW + timedelta(seconds=min(seconds, 30))
            pings.beat(beat(time, NOW, edits_at=edits_at))

    assert len(httpserver.log) == 2


def test_while_nothing_can_be_stored_no_ping_says_that_all_is_well(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/ping").respond_with_data("ok")
    time = Time()
    with ThreadPoolExecutor(1) as executor:
        pings = Pings(httpserver.url_for("/ping"), executor, monotonic=time.monotonic)
        pings.beat(beat(time, NOW, edits_at=NOW, stores={"database": StoreState(NOW.timestamp(), "disk is full")}))
        time.seconds = 70
        pings.beat(beat(time, NOW, edits_at=time.wall()))

    assert len(httpserver.log) == 1


def test_without_a_redis_the_message_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(NoRedisError, match="WIKI_ACTIVITY_REDIS_URL"):
        find_live_place(settings)


def test_a_star_judges_all_wikis(settings: Settings) -> None:
    assert choose_judged(settings) == {"en.wikipedia.org"}
    assert choose_judged(replace(settings, live_wikis=("*",))) is None


def test_a_live_wiki_is_found_however_it_is_written_and_an_unknown_one_is_judged_all_the_same(
    settings: Settings,
) -> None:
    own = Wiki("www.own.example", "ownwiki", "special", "mul", "Own", "Own", "ltr", closed=False)
    new = Wiki("new.wikipedia.org", "oldwiki", "wikipedia", "new", "New", "New", "ltr", closed=False)
    wikis = {wiki.project: wiki for wiki in (own, new)}
    written = replace(settings, live_wikis=("own.example", "old.wikipedia.org", "of-yesterday.wikipedia.org"))

    judged = choose_judged(written, wikis, {"old.wikipedia.org": "new.wikipedia.org"})

    assert judged == {"www.own.example", "new.wikipedia.org", "of-yesterday.wikipedia.org"}


def test_a_wiki_that_is_not_in_the_list_is_named_once(
    engine: Engine, caplog: pytest.LogCaptureFixture, live_client: redis.Redis
) -> None:
    wiki = Wiki("aa.wikipedia.org", "aawiki", "wikipedia", "aa", "A", "A", "ltr", closed=False)
    save_wikis(engine, [wiki], NOW)
    time = Time()
    live_store = RedisStore(live_client)
    live_store.take_over(1, 120)
    totals = {"aa.wikipedia.org": Totals(edits=1), "zz.wikipedia.org": Totals(edits=2)}
    live_store.save(Changes(Progress(), {}, {}, totals, {}, {}, {}, {}), "")
    strangers = Strangers(engine, live_client, monotonic=time.monotonic)

    for _ in range(3):
        strangers.beat(beat(time, NOW, edits_at=NOW))
        time.seconds += 61

    assert [record.getMessage() for record in caplog.records].count(
        "edits come from zz.wikipedia.org, which is not in the site matrix: counted all the same"
    ) == 1
    assert strangers.named == {"zz.wikipedia.org"}
