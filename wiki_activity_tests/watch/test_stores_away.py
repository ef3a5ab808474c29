"""The watcher as a process, with a MariaDB and a Redis of its own that hang, die and lose everything."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER, Beat, Heartbeat
from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.stream_health import find_stream_health
from wiki_activity.domain.wikis import Wiki
from wiki_activity.redis_store.reading import read_beat, read_live
from wiki_activity.storage import heartbeats
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.notices import find_newest_notice
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, own_redis, run_sql
from wiki_activity_tests.redis_store.stored_counts import read_seconds
from wiki_activity_tests.watch.edits import START, WIKIS, count_edits, make_edits, write_message
from wiki_activity_tests.watch.stream_server import Script, serving

pytestmark = pytest.mark.slow

FROZEN_SECONDS = float(os.environ.get("FROZEN_SECONDS", "9"))
"""The nightly list has a minute."""
MOST_FROZEN_SECONDS = FROZEN_SECONDS + 60
EDITS = 60_000
PER_SECOND = 60


@dataclass
class Running:
    """A watcher of a stream, its stores, and all edits that it is sent."""

    environment: dict[str, str]
    database: OwnServer
    redis: OwnServer
    engine: Engine
    client: redis.Redis
    script: Script
    process: "subprocess.Popen[str]"
    begun_at: float = field(default_factory=time.time)

    def beat(self) -> Beat | None:
        return read_beat(self.client)

    def is_beating(self) -> bool:
        beat = self.beat()
        return beat is not None and beat.is_alive and beat.heartbeat.stream.connected

    def is_known_to_the_database(self) -> bool:
        """Whether the database, which is told less often than Redis is, has a beat of this watcher."""
        told = heartbeats.read_beat(self.engine, WATCHER)
        return told is not None and told.heartbeat.at > self.begun_at


def wait_until(what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def database() -> Iterator[OwnServer]:
    with own_mariadb() as server:
        yield server


@contextmanager
def watching(tmp_path: Path, database: OwnServer) -> Iterator[Running]:
    edits = make_edits(1, EDITS, PER_SECOND)
    script = Script([write_message(one) for one in edits], per_second=PER_SECOND)
    with ExitStack() as stack:
        own = stack.enter_context(own_redis())
        stream = stack.enter_context(serving(script))
        # Who is no root has to heed what a server forbids.
        run_sql(
            database,
            # Else a watcher goes on where the one of the test before was.
            "drop database if exists activity",
            "create database activity",
            "create user if not exists watcher@localhost",
            "create user if not exists watcher@'127.0.0.1'",
            "grant all on activity.* to watcher@localhost",
            "grant all on activity.* to watcher@'127.0.0.1'",
        )
        engine = create_database_engine(database.url)
        stack.callback(engine.dispose)
        migrate(engine)
        wikis = [Wiki(project, project, "wikipedia", "en", project, project, "ltr", closed=False) for project in WIKIS]
        save_wikis(engine, wikis, datetime.now(UTC))
        environment = {
            "WIKI_ACTIVITY_STATE_DIR": str(tmp_path),
            "WIKI_ACTIVITY_DATABASE_URL": database.url.replace("root@", "watcher@"),
            "WIKI_ACTIVITY_REDIS_URL": own.url,
            "WIKI_ACTIVITY_STREAM_URL": stream,
            "WIKI_ACTIVITY_SITEMATRIX_URL": "http://127.0.0.1:9/w/api.php",
            "WIKI_ACTIVITY_CONTACT": "tests@example.org",
            # Always busy, so that every tick has something for the database.
            "WIKI_ACTIVITY_LIVE_DETECTOR": "mean_gap",
            "WIKI_ACTIVITY_MEAN_GAP_SECONDS": "30",
        }
        process = stack.enter_context(start(environment, "watch"))
        client = stack.enter_context(redis.Redis.from_url(own.url, socket_timeout=5))
        running = Running(environment, database, own, engine, client, script, process)
        wait_until("the first beat", running.is_beating)
        yield running


def watch_frozen(read_beat: Callable[[], Beat | None], store: str) -> list[Heartbeat]:
    """Look at the beats while a store is frozen, until it is said to be away and the time is over."""
    frozen_at, begun = time.time(), time.monotonic()
    seen: list[Heartbeat] = []
    while time.monotonic() - begun < FROZEN_SECONDS or list(seen[-1].find_away()) != [store]:
        assert time.monotonic() - begun < MOST_FROZEN_SECONDS
        beat = read_beat()
        assert beat is not None
        assert beat.is_alive
        seen.append(beat.heartbeat)
        time.sleep(0.5)
    since = {away.since for one in seen if (away := one.find_away().get(store))}
    # On a busy machine an answer that was under way may still come, and the outage then begins once more.
    assert since
    assert all(abs((one or 0) - frozen_at) < 6 for one in since)
    # How far by depends on how busy the machine is, and the database is told every few seconds only.
    assert (seen[-1].stream.newest or 0) > (seen[0].stream.newest or 0)
    return seen


def check_nobody_is_told_of_blindness(engine: Engine) -> None:
    with engine.connect() as connection:
        assert find_newest_notice(connection, NoticeKind.WATCHER) is None


def check_counts(running: Running) -> None:
    """Wait until all that was sent is stored, and compare: every second that is closed for good."""
    sent = running.script.count_available()
    edits = make_edits(1, EDITS, PER_SECOND)[:sent]
    until = max(one.at for one in edits) - 10
    wanted = count_edits([one for one in edits if one.at < until])

    def read() -> dict[str, dict[int, tuple[int, int]]]:
        return {project: read_seconds(running.client, project, START - 10, until) for project in wanted}

    def is_counted() -> bool:
        progress = read_live(running.client).progress
        return progress is not None and progress.closed_until >= until

    wait_until("everything to be counted", is_counted)
    assert read() == wanted


def test_while_the_database_hangs_the_heart_beats_and_says_so_and_nothing_is_lost(
    tmp_path: Path, database: OwnServer
) -> None:
    with watching(tmp_path, database) as running:
        database.freeze()
        try:
            seen = watch_frozen(running.beat, "database")
            told = run({**running.environment}, "status")
        finally:
            database.thaw()
        assert max(after.at - before.at for before, after in pairwise(seen)) < 4
        health = find_stream_health(running.beat(), datetime.now(UTC))
        assert health.sees
        assert "the database is away since" in health.waits
        assert told.code == 3
        assert "Counts wait: the database is away since" in told.out
        wait_until("the database to be back", lambda: not running.beat().heartbeat.find_away())  # type: ignore[union-attr]
        check_counts(running)
        check_nobody_is_told_of_blindness(running.engine)


def test_while_redis_hangs_the_database_knows_of_the_watcher(tmp_path: Path, database: OwnServer) -> None:
    with watching(tmp_path, database) as running:
        wait_until("this one's beat in the database", running.is_known_to_the_database)
        running.redis.freeze()
        try:
            seen = watch_frozen(lambda: heartbeats.read_beat(running.engine, WATCHER), "redis")
            told = run(running.environment, "status")
        finally:
            running.redis.thaw()
        assert "Counts wait: Redis is away since" in told.out
        assert told.code == 0
        wait_until("Redis to be told again", running.is_beating)
        assert running.process.poll() is None
        check_counts(running)
        assert (running.beat().heartbeat.stream.newest or 0) > (seen[-1].stream.newest or 0)  # type: ignore[union-attr]
        check_nobody_is_told_of_blindness(running.engine)


def test_a_redis_that_was_emptied_is_filled_again_and_another_watcher_replaces_this_one(
    tmp_path: Path, database: OwnServer
) -> None:
    with watching(tmp_path, database) as running:
        before = running.beat()
        assert before is not None
        running.client.flushall()
        wait_until("a beat after that", running.is_beating)
        after = running.beat()
        assert after is not None
        assert after.heartbeat.token == before.heartbeat.token

        with start(running.environment, "watch") as second:
            ended = wait(running.process, 60)
            assert ended.code == 1
            assert "another watcher has taken over" in ended.err

            def is_replaced() -> bool:
                newest = running.beat()
                return newest is not None and newest.heartbeat.token > after.heartbeat.token

            wait_until("the second one's beat", is_replaced)
            assert second.poll() is None


def test_redis_away_at_the_start_is_said_by_the_database_and_waited_for(tmp_path: Path, database: OwnServer) -> None:
    with watching(tmp_path, database) as running:
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()
        running.redis.stop()
        with start(running.environment, "watch") as again:

            def is_told() -> bool:
                beat = heartbeats.read_beat(running.engine, WATCHER)
                return (
                    beat is not None
                    and f"process {again.pid} " in beat.heartbeat.holder
                    and list(beat.heartbeat.find_away()) == ["redis"]
                )

            wait_until("the database to be told", is_told)
            running.redis.start()
            wait_until("the first beat in Redis", running.is_beating)
            assert again.poll() is None


def test_a_database_that_takes_no_writes_is_waited_for(tmp_path: Path, database: OwnServer) -> None:
    with watching(tmp_path, database) as running:
        run_sql(database, "set global read_only = 1")
        try:

            def is_told() -> bool:
                beat = running.beat()
                return beat is not None and "read" in str(beat.heartbeat.stores["database"].problem)

            wait_until("the database to be away", is_told)
            time.sleep(2)
            assert running.process.poll() is None
        finally:
            run_sql(database, "set global read_only = 0")
        wait_until("the database to be back", lambda: not running.beat().heartbeat.find_away())  # type: ignore[union-attr]
        check_counts(running)
