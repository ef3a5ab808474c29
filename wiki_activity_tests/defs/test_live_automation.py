"""The live sensors and jobs on an ephemeral instance."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import dagster as dg
import pytest
import redis
from sqlalchemy import Engine

from wiki_activity.defs.live_automation import make_alert_sensor, make_failure_sensor, make_watch_keeper
from wiki_activity.defs.live_ops import deliver_notices, prune_runs, watch_stream
from wiki_activity.defs.resources import SlackWebhooks
from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.holders import sign_lease
from wiki_activity.livestore.connection import connect
from wiki_activity.livestore.records import Heartbeat
from wiki_activity.livestore.writing import LiveStore
from wiki_activity.settings import Settings
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import Message, compose
from wiki_activity.storage.database import writing
from wiki_activity.storage.notices import add_notice, read_notices
from wiki_activity_tests.defs.fakes import NOW
from wiki_activity_tests.servers import redis_url


@pytest.fixture
def live_settings(settings: Settings) -> Iterator[Settings]:
    """Settings with a database of Redis to ourselves, which the keeper reads under the usual keys."""
    url = f"{redis_url().rstrip('/').removesuffix('/0')}/13"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield replace(settings, redis_url=url)
        client.flushdb()


@dataclass
class FakeSlack:
    posted: list[str] = field(default_factory=list)

    def post(self, message: Message) -> None:
        self.posted.append(message.text)


def add_message(engine: Engine, text: str = "hello", *, unsendable: str | None = None) -> None:
    body = compose([words(text)]).to_json()
    with writing(engine) as connection:
        add_notice(connection, NoticeKind.RUN, text, Phase.FAILED, body, now=NOW, unsendable=unsendable)


def keep(
    instance: dg.DagsterInstance, engine: Engine, settings: Settings, now: datetime, cursor: str | None = None
) -> dg.SensorResult:
    context = dg.build_sensor_context(
        instance=instance,
        cursor=cursor,
        resources={"settings": settings, "database": engine, "clock": lambda: now},
    )
    found = make_watch_keeper(autostart=False)(context)
    assert isinstance(found, dg.SensorResult)
    return found


def start(instance: dg.DagsterInstance, job: dg.JobDefinition) -> dg.DagsterRun:
    run = instance.create_run_for_job(job)
    event = dg.DagsterEvent(
        event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name, message="started by the test"
    )
    instance.handle_run_event(run.run_id, event)
    return run


def leave_a_beat(settings: Settings, holder: str, at: datetime) -> None:
    assert settings.redis_url is not None
    with connect(settings.redis_url) as client:
        store = LiveStore(client)
        store.take_over(120)
        store.beat(Heartbeat(at.timestamp(), store.token, holder, True, None, at.timestamp(), None, ""))


def test_the_keeper_starts_a_watcher_when_there_is_none(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert len(keep(instance, engine, live_settings, NOW).run_requests or ()) == 1

    start(instance, watch_stream)
    assert not keep(instance, engine, live_settings, NOW).run_requests


def test_the_keeper_replaces_an_orphan_in_the_same_tick(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = start(instance, watch_stream)
    now = datetime.now(NOW.tzinfo)
    leave_a_beat(live_settings, f"{sign_lease(f'Dagster run {run.run_id}')} elsewhere", now - timedelta(seconds=60))
    cursor = json.dumps({"readable_since": (now - timedelta(seconds=20)).isoformat(), "read_at": now.isoformat()})

    found = keep(instance, engine, live_settings, now, cursor)

    assert len(found.run_requests or ()) == 1
    record = instance.get_run_by_id(run.run_id)
    assert record is not None
    assert record.status is dg.DagsterRunStatus.FAILURE


def test_a_redis_that_cannot_be_read_tells_nothing(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = start(instance, watch_stream)

    found = keep(instance, engine, replace(settings, redis_url="redis://127.0.0.1:9/0"), NOW)

    assert not found.run_requests
    assert "cannot be read, which tells nothing" in str(found.skip_reason)
    record = instance.get_run_by_id(run.run_id)
    assert record is not None
    assert record.status is dg.DagsterRunStatus.STARTED


def test_a_watcher_that_stays_dead_is_told_after_five_minutes(
    engine: Engine, live_settings: Settings, instance: dg.DagsterInstance
) -> None:
    leave_a_beat(live_settings, "somebody", NOW - timedelta(minutes=4))
    keep(instance, engine, live_settings, NOW)
    assert not read_notices(engine)

    keep(instance, engine, live_settings, NOW + timedelta(minutes=2))
    keep(instance, engine, live_settings, NOW + timedelta(minutes=3))
    (notice,) = read_notices(engine)
    assert notice.phase == Phase.BLIND


def evaluate_alerts(instance: dg.DagsterInstance, engine: Engine) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_sensor_context(instance=instance, resources={"database": engine, "clock": lambda: NOW})
    found = make_alert_sensor(autostart=False)(context)
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def test_one_delivery_at_a_time_is_asked_for_when_a_message_is_due(
    engine: Engine, instance: dg.DagsterInstance
) -> None:
    assert isinstance(evaluate_alerts(instance, engine), dg.SkipReason)

    add_message(engine)
    assert isinstance(evaluate_alerts(instance, engine), dg.RunRequest)

    start(instance, deliver_notices)
    assert isinstance(evaluate_alerts(instance, engine), dg.SkipReason)


def test_a_delivery_posts_what_is_due_and_marks_it(engine: Engine, settings: Settings) -> None:
    slack = FakeSlack()
    add_message(engine)

    for _ in range(2):
        result = deliver_notices.execute_in_process(
            resources={
                "settings": settings,
                "database": engine,
                "slack": SlackWebhooks(slack, None),
                "clock": lambda: NOW,
            }
        )
        assert result.success

    assert slack.posted == ["hello"]
    assert read_notices(engine)[0].sent_at is not None


def fail_a_run(instance: dg.DagsterInstance, job: dg.JobDefinition) -> dg.RunFailureSensorContext:
    run = instance.create_run_for_job(job)
    instance.report_run_failed(run, "the disk is full")
    event = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records[0]
    assert event.event_log_entry.dagster_event is not None
    found = dg.build_run_status_sensor_context(
        sensor_name="run_failure_alerts",
        dagster_event=event.event_log_entry.dagster_event,
        dagster_instance=instance,
        dagster_run=run,
    )
    return found.for_run_failure()


@pytest.mark.parametrize(("job", "told"), [(prune_runs, True), (watch_stream, False), (deliver_notices, False)])
def test_failed_runs_are_told_unless_they_are_replaced_by_themselves(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance, job: dg.JobDefinition, told: bool
) -> None:
    context = fail_a_run(instance, job)

    make_failure_sensor(autostart=False)(context, settings=settings, database=engine, clock=lambda: NOW)

    assert [notice.phase for notice in read_notices(engine)] == ([Phase.FAILED] if told else [])


def test_old_runs_of_the_busy_jobs_are_deleted_and_others_kept(instance: dg.DagsterInstance) -> None:
    runs = {job.name: instance.create_run_for_job(job) for job in (watch_stream, deliver_notices, prune_runs)}
    active = start(instance, watch_stream)
    for run in runs.values():
        instance.report_run_failed(run)
    later = datetime.now(NOW.tzinfo) + timedelta(days=3)

    result = prune_runs.execute_in_process(instance=instance, resources={"clock": lambda: later})

    assert result.success
    assert not instance.get_run_by_id(runs["watch_stream"].run_id)
    assert not instance.get_run_by_id(runs["deliver_notices"].run_id)
    assert instance.get_run_by_id(runs["prune_runs"].run_id)
    assert instance.get_run_by_id(active.run_id)
