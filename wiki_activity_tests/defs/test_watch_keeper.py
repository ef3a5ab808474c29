"""The keeper of the watcher on an ephemeral instance, with a real Redis and a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Timer

import dagster as dg
import pytest
import redis
from sqlalchemy import Engine

from wiki_activity.defs.live_ops import watch_stream
from wiki_activity.defs.watcher_sensor import make_watch_keeper
from wiki_activity.domain.heartbeat import WATCHER, Heartbeat, StreamState
from wiki_activity.domain.notices import Phase
from wiki_activity.leases import sign_lease
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.settings import Settings
from wiki_activity.storage import heartbeats
from wiki_activity.storage.notices import Notice, read_notices
from wiki_activity_tests.own_servers import OwnServer, own_redis

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_redis() as own:
        yield own


@pytest.fixture
def live_settings(settings: Settings, server: OwnServer) -> Settings:
    """Settings with a Redis to ourselves, which the keeper reads under the usual keys."""
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    return replace(settings, redis_url=server.url, slack_webhook_url="https://hooks.example/x")


def now() -> datetime:
    return datetime.now(UTC)


def keep(
    instance: dg.DagsterInstance, engine: Engine, settings: Settings, at: datetime | None = None
) -> dg.SensorResult:
    context = dg.build_sensor_context(
        instance=instance, resources={"settings": settings, "database": engine, "clock": lambda: at or now()}
    )
    found = make_watch_keeper(autostart=False)(context)
    assert isinstance(found, dg.SensorResult)
    return found


def start(
    instance: dg.DagsterInstance, event_type: dg.DagsterEventType = dg.DagsterEventType.RUN_START
) -> dg.DagsterRun:
    run = instance.create_run_for_job(watch_stream)
    event = dg.DagsterEvent(event_type_value=event_type.value, job_name=run.job_name, message="by the test")
    instance.handle_run_event(run.run_id, event)
    return run


def fail(instance: dg.DagsterInstance, why: str = "KeyError: 'boom'") -> str:
    run = start(instance)
    instance.report_run_failed(run, why)
    return run.run_id


def status_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def leave_a_beat(settings: Settings, holder: str, seconds_ago: float = 0.0) -> None:
    """Leave a watcher's sign of life in Redis, dated so by Redis."""
    assert settings.redis_url is not None
    at = now().timestamp() - seconds_ago
    with connect(settings.redis_url) as client:
        store = RedisStore(client)
        store.take_over(store.read_token() + 1, 120)
        store.beat(Heartbeat(at, 1, holder, at, stream=StreamState(connected=True, edits_at=at, newest=int(at))))
        client.set(Keys().heartbeat_at, at)


def read_told(engine: Engine) -> list[Notice]:
    return read_notices(engine)[::-1]


def test_the_keeper_starts_a_watcher_when_there_is_none(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert len(keep(instance, engine, live_settings).run_requests or ()) == 1

    start(instance)
    assert not keep(instance, engine, live_settings).run_requests


def test_a_watcher_of_another_installation_in_the_same_redis_is_none_of_ours(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    leave_a_beat(live_settings, "somebody whom our database has never heard of")
    assert len(keep(instance, engine, live_settings).run_requests or ()) == 1

    heartbeats.claim(engine, WATCHER, "somebody")
    leave_a_beat(live_settings, "somebody")
    assert not keep(instance, engine, live_settings).run_requests


def test_the_keeper_replaces_an_orphan_in_the_same_tick(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = start(instance)
    leave_a_beat(live_settings, f"{sign_lease(f'Dagster run {run.run_id}')} elsewhere", seconds_ago=60)

    found = keep(instance, engine, live_settings)

    assert len(found.run_requests or ()) == 1
    assert status_of(instance, run) is dg.DagsterRunStatus.FAILURE


def test_a_run_on_a_machine_whose_clock_is_behind_has_its_time_to_begin(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = instance.create_run_for_job(watch_stream)
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name, message="by the test")
    instance.handle_run_event(run.run_id, event, now() - timedelta(minutes=10))

    found = keep(instance, engine, live_settings)

    assert not found.run_requests
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED


def test_a_run_that_is_queued_since_yesterday_is_told_and_mended(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = start(instance, dg.DagsterEventType.RUN_STARTING)
    leave_a_beat(live_settings, "somebody, process 1 on elsewhere", seconds_ago=86_400)

    found = keep(instance, engine, live_settings, now() + timedelta(hours=20))

    assert len(found.run_requests or ()) == 1
    assert status_of(instance, run) is dg.DagsterRunStatus.FAILURE
    (notice,) = read_told(engine)
    assert notice.phase == Phase.BLIND
    assert "not launched" in notice.body


def test_while_redis_is_away_the_databases_heartbeat_counts(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    blind = replace(settings, redis_url=NOWHERE)
    run = start(instance)
    holder = f"1234 {sign_lease(f'Dagster run {run.run_id}')}"
    heartbeats.claim(engine, WATCHER, holder)
    at = now().timestamp()
    heartbeats.beat(engine, WATCHER, holder, Heartbeat(at, 1, holder, at))

    assert not keep(instance, engine, blind).run_requests
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED


def test_where_no_store_can_be_read_nothing_is_done(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = start(instance)

    found = keep(instance, engine, replace(settings, redis_url=NOWHERE))

    assert not found.run_requests
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED
    assert "which tells nothing" in str(found.skip_reason)


def test_a_watcher_that_stays_dead_is_told_after_five_minutes(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    leave_a_beat(live_settings, "somebody", seconds_ago=240)
    keep(instance, engine, live_settings)
    assert not read_told(engine)

    for minutes in (2, 3):
        leave_a_beat(live_settings, "somebody", seconds_ago=240 + 60 * minutes)
        keep(instance, engine, live_settings)
    (notice,) = read_told(engine)
    assert notice.phase == Phase.BLIND


def test_one_that_fails_at_each_start_is_told_once_with_the_cause_and_once_when_it_is_over(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    fail(instance)
    assert keep(instance, engine, live_settings).run_requests
    for _ in range(4):
        newest = fail(instance)
        found = keep(instance, engine, live_settings)
        assert not found.run_requests
        assert "have failed to start" in str(found.skip_reason)

    (failing,) = read_told(engine)
    assert failing.phase == Phase.FAILED
    assert "boom" in failing.body
    assert "/runs/" in failing.body
    later = now() + timedelta(minutes=9)
    assert keep(instance, engine, live_settings, later).run_requests, newest

    run = start(instance)
    holder = f"1234 {sign_lease(f'Dagster run {run.run_id}')}"
    heartbeats.claim(engine, WATCHER, holder)
    leave_a_beat(live_settings, holder)
    keep(instance, engine, live_settings)
    assert len(read_told(engine)) == 1
    keep(instance, engine, live_settings, now() + timedelta(minutes=2))
    assert [notice.phase for notice in read_told(engine)] == [Phase.FAILED, Phase.RECOVERED]
    keep(instance, engine, live_settings, now() + timedelta(minutes=3))
    assert len(read_told(engine)) == 2


@pytest.mark.parametrize("jump_seconds", [-300, 300])
def test_a_clock_that_was_set_kills_no_watcher_that_goes_on_beating(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance, jump_seconds: int
) -> None:
    run = start(instance)
    holder = f"1234 {sign_lease(f'Dagster run {run.run_id}')}"
    leave_a_beat(live_settings, holder, seconds_ago=jump_seconds)

    def beat_once_more() -> None:
        assert live_settings.redis_url is not None
        at = now().timestamp()
        with connect(live_settings.redis_url) as client:
            store = RedisStore(client)
            store.take_over(store.read_token() + 1, 120)
            store.beat(Heartbeat(at, 1, holder, at, beats=1))

    # The keeper's first look comes before it, the second one after it.
    timer = Timer(0.7, beat_once_more)
    timer.start()
    try:
        assert not keep(instance, engine, live_settings).run_requests
    finally:
        timer.join()
    assert status_of(instance, run) is dg.DagsterRunStatus.STARTED
