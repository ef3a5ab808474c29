"""What keeps the live part going by itself: the alert sensor, failures, and tidying up."""

from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.autostart import schedule_status, sensor_status
from wiki_activity.defs.failures import address_of, tell_cause
from wiki_activity.defs.live_ops import deliver_notices, prune_runs, watch_stream
from wiki_activity.defs.resources import Clock
from wiki_activity.defs.watcher_sensor import ACTIVE
from wiki_activity.settings import Settings
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.notices import count_due
from wiki_activity.watch.alarms import note_failed_run
from wiki_activity.watch.listeners import has_ops_webhook

_LONGEST_DELIVERY: Final = timedelta(minutes=10)
"""A delivery that was asked for so long ago is stuck: in the queue, say."""


def make_alert_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that has due notices delivered."""

    @dg.sensor(
        name="edit_rate_alert_sensor",
        job=deliver_notices,
        minimum_interval_seconds=30,
        default_status=sensor_status(autostart=autostart),
        description="Every half minute: when messages wait in the outbox, asks for one run that sends them. What the "
        "watcher has to say it sends itself, at once.",
    )
    def edit_rate_alert_sensor(
        context: dg.SensorEvaluationContext, database: dg.ResourceParam[Engine], clock: dg.ResourceParam[Clock]
    ) -> dg.RunRequest | dg.SkipReason:
        due = count_due(database, clock())
        if due == 0:
            return dg.SkipReason("no message is due")
        under_way = _list_deliveries(context.instance, database_time(database, clock()) - _LONGEST_DELIVERY)
        if under_way:
            return dg.SkipReason(f"{due} messages are due, and run {under_way[0]} is delivering")
        return dg.RunRequest()

    return edit_rate_alert_sensor


def _list_deliveries(instance: dg.DagsterInstance, since: datetime) -> list[str]:
    """List the deliveries under way; those that were asked for long ago are reported as failed."""
    under_way = []
    for record in instance.get_run_records(dg.RunsFilter(job_name=deliver_notices.name, statuses=ACTIVE)):
        if record.create_timestamp.replace(tzinfo=UTC) >= since:
            under_way.append(record.dagster_run.run_id)
        else:
            instance.report_run_failed(record.dagster_run, "Reported as failed by edit_rate_alert_sensor: it hangs.")
    return under_way


def make_failure_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that has failed runs told to whoever keeps this running."""

    @dg.run_failure_sensor(
        name="run_failure_alerts",
        minimum_interval_seconds=30,
        default_status=sensor_status(autostart=autostart),
        description="Has failed runs told on Slack, to the ops channel if there is one; not those that are tried "
        "again, nor those of the watcher, of which watch_keeper tells when they go on failing.",
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
            error=tell_cause(context.instance, run.run_id),
            address=address_of(settings, run.run_id),
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
        description="Every night: deletes what Dagster keeps of old runs of the watcher and of deliveries; what was "
        "observed of the live rate stays for 90 days.",
    )


def _name_for_people(run: dg.DagsterRun) -> str:
    if not run.asset_selection:
        return run.job_name
    return ", ".join(sorted(key.to_user_string() for key in run.asset_selection))
