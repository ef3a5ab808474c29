"""What keeps the live part going by itself: the watcher's keeper, the alert sensor, failures, and tidying up."""

import json
from datetime import UTC, datetime, timedelta

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.autostart import schedule_status, sensor_status
from wiki_activity.defs.live_ops import deliver_notices, prune_runs, watch_stream
from wiki_activity.defs.resources import Clock
from wiki_activity.livestore.connection import connect
from wiki_activity.livestore.errors import LiveStoreError
from wiki_activity.livestore.reading import read_heartbeat
from wiki_activity.livestore.records import Heartbeat
from wiki_activity.settings import Settings
from wiki_activity.storage.notices import count_due
from wiki_activity.watch.alarms import note_blindness, note_failed_run
from wiki_activity.watch.keeping import WatcherRun, decide_on_watcher
from wiki_activity.watch.listeners import has_ops_webhook
from wiki_activity.watch.session import NoRedisError, find_redis_url

_ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_READ_BREAK = timedelta(seconds=30)


def make_watch_keeper(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that sees to it that one watcher runs, and never two."""

    @dg.sensor(
        name="watch_keeper",
        job=watch_stream,
        minimum_interval_seconds=4,
        default_status=sensor_status(autostart=autostart),
        description="Every few seconds: starts the watcher of the live stream when none runs, and when its heartbeat "
        "has stopped reports the orphan as failed and starts another.",
    )
    def watch_keeper(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SensorResult:
        now = clock()
        try:
            heartbeat = _read_heartbeat(settings)
        except (NoRedisError, LiveStoreError) as error:
            return dg.SensorResult(skip_reason=f"the heartbeat cannot be read, which tells nothing: {error}", cursor="")
        readable_since = _read_cursor(context.cursor, now)
        decision = decide_on_watcher(_list_active(context.instance), heartbeat, readable_since, now)
        for run_id, reason in decision.orphans.items():
            run = context.instance.get_run_by_id(run_id)
            if run is not None:
                context.instance.report_run_failed(run, f"Reported as failed by watch_keeper: {reason}.")
        if heartbeat is not None and decision.start:
            _note_dead_watcher(database, settings, heartbeat, now)
        cursor = json.dumps({"readable_since": readable_since.isoformat(), "read_at": now.isoformat()})
        if not decision.start:
            return dg.SensorResult(skip_reason=decision.reason, cursor=cursor)
        context.log.info(decision.reason)
        return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=cursor)

    return watch_keeper


def make_alert_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that has due notices delivered."""

    @dg.sensor(
        name="edit_rate_alert_sensor",
        job=deliver_notices,
        minimum_interval_seconds=4,
        default_status=sensor_status(autostart=autostart),
        description="Every few seconds: when messages are due in the outbox, asks for one run that sends them.",
    )
    def edit_rate_alert_sensor(
        context: dg.SensorEvaluationContext, database: dg.ResourceParam[Engine], clock: dg.ResourceParam[Clock]
    ) -> dg.RunRequest | dg.SkipReason:
        due = count_due(database, clock())
        if due == 0:
            return dg.SkipReason("no message is due")
        under_way = context.instance.get_run_ids(
            dg.RunsFilter(job_name=deliver_notices.name, statuses=_ACTIVE), limit=1
        )
        if under_way:
            return dg.SkipReason(f"{due} messages are due, and run {under_way[0]} is delivering")
        return dg.RunRequest()

    return edit_rate_alert_sensor


def make_failure_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that has failed runs told to whoever keeps this running."""

    @dg.run_failure_sensor(
        name="run_failure_alerts",
        minimum_interval_seconds=30,
        default_status=sensor_status(autostart=autostart),
        description="Has failed runs told on Slack, to the ops channel if there is one; not those of the watcher, "
        "which is replaced within seconds, nor those that are tried again.",
    )
    def run_failure_alerts(
        context: dg.RunFailureSensorContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SkipReason | None:
        run = context.dagster_run
        if run.job_name in {watch_stream.name, deliver_notices.name}:
            return dg.SkipReason(f"runs of {run.job_name} are replaced by themselves")
        if run.tags.get("dagster/will_retry") == "true":
            return dg.SkipReason(f"run {run.run_id} is tried again")
        note_failed_run(
            database,
            job=_name_for_people(run),
            run_id=run.run_id,
            error=context.failure_event.message or "no reason was given",
            address=None,
            now=clock(),
            sendable=has_ops_webhook(settings),
        )
        return None

    return run_failure_alerts


def make_daily_pruning(*, autostart: bool) -> dg.ScheduleDefinition:
    """Make the schedule that deletes old runs of the jobs that run all the time."""
    return dg.ScheduleDefinition(
        name="daily_pruning",
        job=prune_runs,
        cron_schedule="41 3 * * *",
        execution_timezone="UTC",
        default_status=schedule_status(autostart=autostart),
        description="Every night: delete the runs of the watcher and of deliveries that are older than two days.",
    )


def _name_for_people(run: dg.DagsterRun) -> str:
    if not run.asset_selection:
        return run.job_name
    return ", ".join(sorted(key.to_user_string() for key in run.asset_selection))


def _read_heartbeat(settings: Settings) -> Heartbeat | None:
    with connect(find_redis_url(settings)) as client:
        return read_heartbeat(client)


def _read_cursor(cursor: str | None, now: datetime) -> datetime:
    """Return since when the heartbeat was readable at every tick; a break in the ticks begins anew."""
    if not cursor:
        return now
    known = json.loads(cursor)
    if now - datetime.fromisoformat(known["read_at"]) > _READ_BREAK:
        return now
    return datetime.fromisoformat(known["readable_since"])


def _list_active(instance: dg.DagsterInstance) -> list[WatcherRun]:
    records = instance.get_run_records(dg.RunsFilter(job_name=watch_stream.name, statuses=_ACTIVE))
    return [
        WatcherRun(
            record.dagster_run.run_id,
            None if record.start_time is None else datetime.fromtimestamp(record.start_time, UTC),
        )
        for record in records
    ]


def _note_dead_watcher(database: Engine, settings: Settings, heartbeat: Heartbeat, now: datetime) -> None:
    note_blindness(
        database,
        since=datetime.fromtimestamp(heartbeat.edits_at or heartbeat.at, UTC),
        reason="The watcher is not running; another one is being started.",
        now=now,
        sendable=has_ops_webhook(settings),
        explorer_url=settings.explorer_url,
    )
