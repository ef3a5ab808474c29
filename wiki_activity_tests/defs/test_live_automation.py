"""The live sensors and jobs on an ephemeral instance."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs import live_ops
from wiki_activity.defs.live_automation import make_alert_sensor, make_failure_sensor
from wiki_activity.defs.live_ops import LIVE_EDIT_RATE, WATCHED_TAG, deliver_notices, prune_runs, watch_stream
from wiki_activity.defs.resources import SlackWebhooks
from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.redis_store.connection import LivePlace
from wiki_activity.settings import Settings
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import Message, compose
from wiki_activity.storage.database import writing
from wiki_activity.storage.notices import add_notice, read_notices
from wiki_activity_tests.defs.fakes import NOW


@dataclass
class FakeSlack:
    posted: list[str] = field(default_factory=list)

    def post(self, message: Message) -> None:
        self.posted.append(message.text)


def add_message(engine: Engine, text: str = "hello", *, unsendable: str | None = None) -> None:
    body = compose([words(text)]).to_json()
    with writing(engine) as connection:
        add_notice(connection, NoticeKind.RUN, text, Phase.FAILED, body, now=NOW, unsendable=unsendable)


def start(instance: dg.DagsterInstance, job: dg.JobDefinition) -> dg.DagsterRun:
    run = instance.create_run_for_job(job)
    event = dg.DagsterEvent(
        event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name, message="started by the test"
    )
    instance.handle_run_event(run.run_id, event)
    return run


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


@dg.op
def materialize_a_rate(context: dg.OpExecutionContext) -> None:
    context.log_event(dg.AssetMaterialization(LIVE_EDIT_RATE, metadata={"edits a minute": 12}))


@dg.job(name=watch_stream.name, executor_def=dg.in_process_executor)
def watched_once() -> None:
    materialize_a_rate()


def count_kept(instance: dg.DagsterInstance, folder: Path, run_id: str) -> tuple[int, int]:
    """Count the events of a run, and the files that hold nothing but what it wrote."""
    logs = [path for path in folder.rglob(f"{run_id}/**/*") if path.is_file()]
    return len(instance.all_logs(run_id)), len(logs)


def test_old_runs_leave_what_was_seen_and_no_files(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = watched_once.execute_in_process(instance=instance)
        delivery = instance.create_run_for_job(deliver_notices)
        other = instance.create_run_for_job(prune_runs)
        for one in (delivery, other):
            instance.report_run_failed(one)
        active = start(instance, watch_stream)
        assert min(count_kept(instance, tmp_path, run.run_id)) > 0

        def prune(days: int) -> None:
            later = datetime.now(NOW.tzinfo) + timedelta(days=days)
            assert prune_runs.execute_in_process(instance=instance, resources={"clock": lambda: later}).success

        def count_seen() -> int:
            return len(instance.fetch_materializations(LIVE_EDIT_RATE, limit=10).records)

        prune(3)
        assert count_kept(instance, tmp_path, run.run_id) == (0, 0)
        assert not list(tmp_path.rglob(f"*{delivery.run_id}*"))
        assert not instance.get_run_by_id(delivery.run_id)
        assert count_seen() == 1
        assert instance.get_run_by_id(other.run_id)
        assert instance.get_run_by_id(active.run_id)

        prune(91)
        assert count_seen() == 0
        assert not instance.get_run_by_id(run.run_id)
        assert not list(tmp_path.rglob(f"*{run.run_id}*"))
        assert instance.get_run_by_id(active.run_id)


def test_a_failed_run_is_told_with_its_cause_and_its_page(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    context = fail_a_run(instance, prune_runs)

    make_failure_sensor(autostart=False)(context, settings=settings, database=engine, clock=lambda: NOW)

    body = read_notices(engine)[0].body
    assert "the disk is full" in body
    assert f"{settings.dagster_url}/runs/{context.dagster_run.run_id}" in body


def test_a_delivery_that_hangs_in_the_queue_keeps_no_other_back(engine: Engine, instance: dg.DagsterInstance) -> None:
    add_message(engine)
    stuck = instance.create_run_for_job(deliver_notices)
    context = dg.build_sensor_context(
        instance=instance,
        resources={"database": engine, "clock": lambda: datetime.now(NOW.tzinfo) + timedelta(minutes=11)},
    )

    assert isinstance(make_alert_sensor(autostart=False)(context), dg.RunRequest)
    found = instance.get_run_by_id(stuck.run_id)
    assert found is not None
    assert found.status is dg.DagsterRunStatus.FAILURE


def test_a_watcher_that_somebody_ends_has_not_failed_to_start(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise dg.DagsterExecutionInterruptedError

    monkeypatch.setattr(live_ops, "watch", interrupt)
    monkeypatch.setattr(live_ops, "find_live_place", lambda _: LivePlace("redis://127.0.0.1:9"))

    with pytest.raises(dg.DagsterExecutionInterruptedError):
        watch_stream.execute_in_process(
            instance=instance, resources={"settings": settings, "database": engine, "clock": lambda: NOW}
        )

    assert [WATCHED_TAG in run.tags for run in instance.get_runs()] == [True]
