"""What runs by itself: the monthly job, its schedule, and the sensors that ask for it and keep it honest."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.author_asset import authors
from wiki_activity.defs.autostart import schedule_status, sensor_status
from wiki_activity.defs.daily_history import daily_history_job
from wiki_activity.defs.live_ops import prune_runs
from wiki_activity.defs.partitions import find_newest_registered, find_published, month_key, register_months
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.shards import monthly_shard
from wiki_activity.defs.specs import (
    COMMUNITY_ALERTS,
    COMMUNITY_EVENTS,
    DAILY_HISTORY,
    EDIT_COUNTS,
    EDITOR_COUNTS,
    PEAK_EVIDENCE,
    PEOPLE_COUNTS,
    WIKIS,
)
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month, parse_month
from wiki_activity.monthly.orphans import RunningRun, explain_orphan, is_under_way
from wiki_activity.monthly.planning import choose_projects, ensure_wikis
from wiki_activity.monthly.publication import (
    Requested,
    decide_on_new_month,
    find_completed,
    find_newest_published,
    find_stored_month,
)
from wiki_activity.settings import Settings
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.refreshes import find_refresh_of_run, last_refresh
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.ticks import mark_tick
from wiki_activity.watch.alarms import note_first_load
from wiki_activity.watch.listeners import has_ops_webhook
from wiki_activity.wikimedia.answer_errors import WikimediaError

MONTHLY_TAG = "wiki_activity/monthly"
MONTHLY_KEYS = {WIKIS, EDIT_COUNTS, EDITOR_COUNTS, COMMUNITY_ALERTS}
PEOPLE_KEYS = {PEOPLE_COUNTS, COMMUNITY_ALERTS}
_AGAIN_TAG = "wiki_activity/again"
_AGAIN_AFTER = timedelta(minutes=5)
_LOOK_EVERY = timedelta(minutes=30)
_RETRIED = {"dagster/max_retries": "2", "dagster/retry_strategy": "FROM_FAILURE"}

monthly_refresh = dg.define_asset_job(
    "monthly_refresh",
    selection=dg.AssetSelection.assets(*sorted(MONTHLY_KEYS)),
    description="Load the site matrix, fetch the counts of all wikis in one run, and find the peaks anew.",
    tags={MONTHLY_TAG: "refresh", **_RETRIED},
)

people_refresh = dg.define_asset_job(
    "people_refresh",
    selection=dg.AssetSelection.assets(*sorted(PEOPLE_KEYS)),
    description="Fetch registered editors, new accounts and new pages of the wikis that lack the newest month, and "
    "find the peaks anew.",
    tags={MONTHLY_TAG: "people", **_RETRIED},
)
_KEPT_JOBS = {monthly_refresh.name, people_refresh.name, daily_history_job.name, prune_runs.name, monthly_shard.name}
_KEPT_KEYS = {*MONTHLY_KEYS, *PEOPLE_KEYS, DAILY_HISTORY, PEAK_EVIDENCE, COMMUNITY_EVENTS, authors.key}
"""Whose runs would be under way for ever if they died; those of the live jobs have keepers of their own."""


def _request(settings: Settings, newest: date, run_key: str | None = None) -> dg.RunRequest:
    """Ask for the newest month, in a run that stores all months: only those that changed are materialized besides it.

    A run over all partitions would write three planned events a month before it begins, one by one.
    """
    since = format_month(min(settings.first_month, newest))
    return dg.RunRequest(
        run_key=run_key,
        job_name=monthly_refresh.name,
        partition_key=month_key(newest),
        run_config={"ops": {"monthly_activity": {"config": {"since": since}}}},
    )


def make_weekly_repair(*, autostart: bool) -> dg.ScheduleDefinition:
    """Make the schedule that asks for everything again, so that gaps close and restatements arrive."""

    @dg.schedule(
        name="weekly_repair",
        cron_schedule="17 4 * * 1",
        execution_timezone="UTC",
        job=monthly_refresh,
        default_status=schedule_status(autostart=autostart),
        description="Every Monday: fetch all published months again. Closes gaps that failures left.",
    )
    def weekly_repair(
        context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings], clock: dg.ResourceParam[Clock]
    ) -> dg.RunRequest:
        published = find_published(clock(), find_newest_registered(context.instance))
        register_months(context.instance, published)
        return _request(settings, published)

    return weekly_repair


def make_new_month_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that asks one wiki for its newest month, and for a run when there is a new one."""

    @dg.sensor(
        name="new_month_sensor",
        job=monthly_refresh,
        minimum_interval_seconds=120,
        default_status=sensor_status(autostart=autostart),
        description="Every 30 minutes, one request: when Wikimedia has published a month that is not stored, asks for "
        "one run over the whole history, since every publication restates it. Until the first load is stored it looks "
        "every two minutes, and tells why it cannot begin.",
    )
    def new_month_sensor(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        wikimedia: dg.ResourceParam[Wikimedia],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SensorResult | dg.SkipReason:
        requested, looked_at = _read_cursor(context.cursor)
        known = sum(wiki.is_open for wiki in load_wikis(database))
        is_first = find_stored_month(database, known) is None
        if not is_first and looked_at is not None and clock() - looked_at < _LOOK_EVERY:
            return dg.SkipReason(f"looked at {looked_at:%H:%M} UTC; the next look is half an hour later")
        under_way = last_refresh(database)
        if under_way is not None and is_under_way(under_way, database_time(database, clock())):
            return dg.SkipReason(f"a refresh is under way, held by {under_way.holder}")
        if is_active(context.instance, monthly_refresh.name, clock()):
            return dg.SkipReason("a monthly run is asked for, and has not ended")
        try:
            wikis = ensure_wikis(database, wikimedia.session, wikimedia.site_matrix_url, clock())
            probes = choose_projects(database, wikis, settings.watchlist)
            published = find_newest_published(wikimedia.metrics, probes, clock())
            completed = find_completed(database, wikimedia.metrics, published, clock())
        except WikimediaError as error:
            if is_first:
                note_first_load(database, str(error), now=clock(), sendable=has_ops_webhook(settings))
            return dg.SkipReason(f"Wikimedia could not be read, which says nothing of what is published: {error}")
        now = clock()
        stored = find_stored_month(database, sum(wiki.is_open for wiki in wikis))
        decision = decide_on_new_month(published, stored, requested, now, completed=completed)
        if decision.ask_until is None:
            context.update_cursor(_write_cursor(requested, now))
            return dg.SkipReason(decision.reason)
        month = f"{decision.ask_until:%Y-%m}"
        register_months(context.instance, decision.ask_until)
        return dg.SensorResult(
            run_requests=[_request(settings, decision.ask_until, f"new-month-{month}-{now:%Y-%m-%dT%H:%M}")],
            cursor=f"{month} {now.isoformat()}",
        )

    return new_month_sensor


def make_refresh_keeper(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that reports runs whose process died as failed, which Dagster's launcher would not notice."""

    @dg.sensor(
        name="refresh_keeper",
        job=monthly_refresh,
        minimum_interval_seconds=30,
        default_status=sensor_status(autostart=autostart),
        description="Every 30 seconds: a run whose process is dead is reported as failed, so that its backfill ends "
        "and it can be re-executed, which asks only for what is missing; a monthly run that failed before it began is "
        "asked for again. Runs of the live jobs have keepers of their own.",
    )
    def refresh_keeper(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SensorResult:
        mark_tick(settings.state_dir, clock())
        now = database_time(database, clock())
        reaped = list(_reap(context.instance, database, now))
        again = _ask_again(context.instance, now)
        if again is not None:
            context.log.info("run %s did not begin: it is asked for again", again.tags[_AGAIN_TAG])
            return dg.SensorResult(run_requests=[again])
        return dg.SensorResult(skip_reason="; ".join(reaped) or "every monthly run that is under way is alive")

    return refresh_keeper


def make_month_register(*, now_on: bool = True) -> dg.SensorDefinition:
    """Make the sensor that lets every published month be asked for; it is on even where nothing else is."""

    @dg.sensor(
        name="month_register",
        minimum_interval_seconds=600,
        default_status=sensor_status(autostart=now_on),
        description="Registers the months that Wikimedia has published as partitions, and asks nobody: all until two "
        "months ago, and what is stored.",
    )
    def month_register(
        context: dg.SensorEvaluationContext, database: dg.ResourceParam[Engine], clock: dg.ResourceParam[Clock]
    ) -> dg.SkipReason:
        added = register_months(context.instance, find_published(clock(), newest_month(database, Series.EDITS)))
        return dg.SkipReason(f"registered {added[0]} to {added[-1]}" if added else "every month is registered")

    return month_register


def _reap(instance: dg.DagsterInstance, database: Engine, now: datetime) -> Iterator[str]:
    under_way = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    for run in instance.get_runs(dg.RunsFilter(statuses=under_way)):
        if run.job_name not in _KEPT_JOBS and not _KEPT_KEYS & (run.asset_selection or set()):
            continue
        reason = explain_orphan(_read_running(instance, run), find_refresh_of_run(database, run.run_id), now)
        if reason is not None:
            instance.report_run_failed(run, f"Reported as failed by refresh_keeper: {reason}.")
            yield f"run {run.run_id} was an orphan: {reason}"


def _ask_again(instance: dg.DagsterInstance, now: datetime) -> dg.RunRequest | None:
    """Return the newest monthly run as a new request, if it ended some minutes ago without having begun."""
    newest = instance.get_run_records(dg.RunsFilter(job_name=monthly_refresh.name), limit=1)
    if not newest:
        return None
    record, run = newest[0], newest[0].dagster_run
    if run.status is not dg.DagsterRunStatus.FAILURE or record.start_time is not None or record.end_time is None:
        return None
    if run.tags.get("dagster/will_retry") == "true" or now.timestamp() - record.end_time < _AGAIN_AFTER.total_seconds():
        return None
    return dg.RunRequest(
        run_key=f"again-{run.run_id}",
        job_name=monthly_refresh.name,
        partition_key=run.tags.get("dagster/partition"),
        run_config=run.run_config,
        tags={_AGAIN_TAG: run.run_id},
    )


def _read_running(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunningRun:
    records = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    last_event_at = datetime.fromtimestamp(records[0].timestamp if records else 0, UTC)
    return RunningRun(run.run_id, last_event_at)


def is_active(instance: dg.DagsterInstance, job: str, now: datetime) -> bool:
    """Tell whether the newest run of a job has not ended, or is about to be tried again."""
    newest = instance.get_run_records(dg.RunsFilter(job_name=job), limit=1)
    if not newest:
        return False
    record, run = newest[0], newest[0].dagster_run
    if not run.is_finished:
        return True
    ended_ago = now.timestamp() - (record.end_time or 0)
    return run.tags.get("dagster/will_retry") == "true" and ended_ago < _AGAIN_AFTER.total_seconds()


def _read_cursor(cursor: str | None) -> tuple[Requested | None, datetime | None]:
    """Read which month was asked for, and when, and when Wikimedia was looked at last, where the cursor says so."""
    month, at, looked_at = [*(cursor or "").split(), "-", "-", "-"][:3]
    asked_at = None if at == "-" else datetime.fromisoformat(at)
    requested = None if month == "-" else Requested(parse_month(month), asked_at)
    return requested, None if looked_at == "-" else datetime.fromisoformat(looked_at)


def _write_cursor(requested: Requested | None, looked_at: datetime) -> str:
    month = "-" if requested is None else format_month(requested.month)
    at = "-" if requested is None or requested.at is None else requested.at.isoformat()
    return f"{month} {at} {looked_at.isoformat()}"
