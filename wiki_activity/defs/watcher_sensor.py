"""The sensor that sees to it that one watcher of the live stream runs, and never two."""

from datetime import UTC, datetime, timedelta

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.autostart import sensor_status
from wiki_activity.defs.failures import address_of, tell_cause
from wiki_activity.defs.live_ops import WATCHED_TAG, watch_stream
from wiki_activity.defs.resources import Clock
from wiki_activity.domain.heartbeat import Beat
from wiki_activity.settings import Settings
from wiki_activity.storage.database_clock import database_time
from wiki_activity.watch.alarms import note_blindness, note_failing_watcher, note_starting_watcher
from wiki_activity.watch.health_reading import UnreadableError, read_beat_patiently
from wiki_activity.watch.listeners import has_ops_webhook
from wiki_activity.watch.restarting import EndedRun, KeepingDecision, WatcherRun, decide_on_watcher
from wiki_activity.watch.session import NoRedisError, find_live_place

ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_LOOKED_BACK = 12


def make_watch_keeper(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that sees to it that one watcher runs, and never two."""

    @dg.sensor(
        name="watch_keeper",
        job=watch_stream,
        minimum_interval_seconds=10,
        default_status=sensor_status(autostart=autostart),
        description="Every ten seconds: starts the watcher of the live stream when none beats, reports runs that do "
        "not beat as failed, and waits longer each time when one after the other fails to start.",
    )
    def watch_keeper(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SensorResult:
        try:
            beat = _read_beat(settings, database)
        except UnreadableError as error:
            return dg.SensorResult(skip_reason=f"no heartbeat can be read, which tells nothing: {error}")
        # Runs are asked for by one machine's clock and report for work by another's.
        now = database_time(database, clock())
        runs = _list_active(context.instance)
        decision = decide_on_watcher(runs, beat, _list_ended(context.instance), now)
        _end_orphans(context, decision)
        _tell(context.instance, database, settings, decision, now)
        _tell_blindness(database, settings, beat, runs, decision.reason, now=now)
        if not decision.start:
            return dg.SensorResult(skip_reason=decision.reason)
        context.log.info(decision.reason)
        return dg.SensorResult(run_requests=[dg.RunRequest()])

    return watch_keeper


def _read_beat(settings: Settings, database: Engine) -> Beat | None:
    try:
        place = find_live_place(settings)
    except NoRedisError:
        place = None
    return read_beat_patiently(database, place)


def _list_active(instance: dg.DagsterInstance) -> list[WatcherRun]:
    records = instance.get_run_records(dg.RunsFilter(job_name=watch_stream.name, statuses=ACTIVE))
    return [_view_active(record) for record in records]


def _view_active(record: dg.RunRecord) -> WatcherRun:
    created_at = record.create_timestamp.replace(tzinfo=UTC)
    started_at = None if record.start_time is None else datetime.fromtimestamp(record.start_time, UTC)
    # The clock of the run's machine may be behind: nobody starts before they are asked to.
    return WatcherRun(record.dagster_run.run_id, created_at, started_at and max(started_at, created_at))


def _list_ended(instance: dg.DagsterInstance) -> list[EndedRun]:
    filters = dg.RunsFilter(job_name=watch_stream.name, statuses=_ENDED)
    return [_view_ended(record) for record in instance.get_run_records(filters, limit=_LOOKED_BACK)]


def _view_ended(record: dg.RunRecord) -> EndedRun:
    run = record.dagster_run
    updated_at = record.update_timestamp.replace(tzinfo=UTC).timestamp()
    ended_at = record.end_time or updated_at
    return EndedRun(
        run.run_id,
        failed=run.status is dg.DagsterRunStatus.FAILURE,
        lived=timedelta(seconds=ended_at - (record.start_time or ended_at)),
        ended_at=datetime.fromtimestamp(ended_at, UTC),
        watched=WATCHED_TAG in run.tags,
    )


def _end_orphans(context: dg.SensorEvaluationContext, decision: KeepingDecision) -> None:
    instance = context.instance
    for run_id, reason in decision.orphans.items():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            continue
        if run_id in decision.killed:
            instance.add_run_tags(run_id, {WATCHED_TAG: "true"})
        if run_id in decision.hung:
            _terminate(context, run_id)
        instance.report_run_failed(run, f"Reported as failed by watch_keeper: {reason}.")


def _terminate(context: dg.SensorEvaluationContext, run_id: str) -> None:
    # A process that hangs writes nothing more, since the next one takes its number away; its memory is wanted back.
    try:
        context.instance.run_launcher.terminate(run_id)
    except (dg.DagsterError, NotImplementedError) as error:
        context.log.warning("run %s could not be ended: %s", run_id, error)


def _tell(
    instance: dg.DagsterInstance, database: Engine, settings: Settings, decision: KeepingDecision, now: datetime
) -> None:
    sendable = has_ops_webhook(settings)
    if decision.proven:
        note_starting_watcher(database, now=now, sendable=sendable)
    elif len(decision.failures) > 1:
        run_id = decision.failures[0].run_id
        note_failing_watcher(
            database,
            run_id=run_id,
            error=tell_cause(instance, run_id),
            address=address_of(settings, run_id),
            now=now,
            sendable=sendable,
        )


def _tell_blindness(
    database: Engine, settings: Settings, beat: Beat | None, runs: list[WatcherRun], reason: str, *, now: datetime
) -> None:
    if beat is not None and beat.is_alive:
        # A watcher that lives tells by itself.
        return
    since = min((run.created_at for run in runs), default=None)
    if beat is not None:
        unseen = beat.heartbeat.at - (beat.heartbeat.stream.edits_at or beat.heartbeat.at)
        since = now - timedelta(seconds=abs(beat.silent_seconds) + unseen)
    if since is None:
        return
    note_blindness(
        database,
        since=since,
        reason=f"The watcher does not watch: {reason}.",
        now=now,
        sendable=has_ops_webhook(settings),
        explorer_url=settings.explorer_url,
    )
