"""The live jobs: one that watches for about an hour, one that delivers messages, one that tidies up."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.live_metadata import describe_live
from wiki_activity.defs.resources import Clock, SlackWebhooks
from wiki_activity.holders import sign_lease
from wiki_activity.livestore.records import Heartbeat
from wiki_activity.settings import Settings
from wiki_activity.watch.delivery import deliver_due
from wiki_activity.watch.session import NoRedisError, find_redis_url, watch

WATCH_TAG = "wiki_activity/watch"
LEASE_MINUTES = 60
LIVE_EDIT_RATE = dg.AssetKey("live_edit_rate")
KEPT = timedelta(days=2)
_OBSERVE_SECONDS = 150.0
_PRUNED_AT_ONCE = 200

live_edit_rate = dg.AssetSpec(
    LIVE_EDIT_RATE,
    group_name="live",
    kinds={"redis", "wikimedia"},
    description="Article edits per second, now and as usual, of the wikis that are watched live; the watcher observes "
    "it every few minutes, so that it can be plotted here.",
)


class WatchConfig(dg.Config):
    """How long a run watches.

    Parameters
    ----------
    lease_minutes
        After so long it ends, and `watch_keeper` starts the next: new code is taken up, and memory given back.
    """

    lease_minutes: float = LEASE_MINUTES


@dg.op(
    description="Counts the stream's edits, judges their rate, and keeps episodes and notices, until its lease ends."
)
def watch_the_stream(
    context: dg.OpExecutionContext,
    config: WatchConfig,
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    clock: dg.ResourceParam[Clock],
) -> None:
    """Watch for one lease."""
    try:
        redis_url = find_redis_url(settings)
    except NoRedisError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    ends_at = time.monotonic() + 60 * config.lease_minutes
    watch(
        settings,
        database,
        redis_url,
        holder=sign_lease(f"Dagster run {context.run.run_id}"),
        stop=lambda: time.monotonic() >= ends_at,
        clock=clock,
        on_beat=_Observer(context, settings, redis_url).beat,
    )


@dg.op(description="Posts the due notices to Slack in order, and marks each as soon as Slack has taken it.")
def deliver(
    context: dg.OpExecutionContext,
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    slack: dg.ResourceParam[SlackWebhooks],
    clock: dg.ResourceParam[Clock],
) -> None:
    """Deliver what is due."""
    report = deliver_due(database, slack.readers, slack.ops, clock, explorer_url=settings.explorer_url)
    for error in report.errors:
        context.log.warning(error)
    context.add_output_metadata(
        {
            "messages": report.messages,
            "notices": report.notices,
            "failed": report.failed,
            "without a webhook": report.unsendable,
        }
    )


@dg.op(description="Deletes the runs of watching and delivering that are older than two days: one each few seconds.")
def prune(context: dg.OpExecutionContext, clock: dg.ResourceParam[Clock]) -> None:
    """Delete old runs of the jobs that run all the time."""
    pruned = sum(_prune(context.instance, name, clock() - KEPT) for name in (watch_stream.name, deliver_notices.name))
    context.add_output_metadata({"runs deleted": pruned})


@dg.job(
    executor_def=dg.in_process_executor,
    tags={WATCH_TAG: "stream", "dagster/max_runtime": str(60 * (LEASE_MINUTES + 10))},
    description="Watches the live stream of edits for about an hour; `watch_keeper` sees to it that one always runs.",
)
def watch_stream() -> None:
    """Watch the stream."""
    watch_the_stream()


@dg.job(
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": "60", "wiki_activity/deliver": "notices"},
    description="Sends the due messages to Slack; `edit_rate_alert_sensor` asks for it.",
)
def deliver_notices() -> None:
    """Deliver the notices."""
    deliver()


@dg.job(
    executor_def=dg.in_process_executor,
    description="Deletes old runs of the watcher and of deliveries: open-source Dagster prunes only ticks.",
)
def prune_runs() -> None:
    """Prune the runs."""
    prune()


def _prune(instance: dg.DagsterInstance, job_name: str, before: datetime) -> int:
    deleted = 0
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    for run_ids in _list_old(instance, dg.RunsFilter(job_name=job_name, statuses=ended, created_before=before)):
        for run_id in run_ids:
            instance.delete_run(run_id)
        deleted += len(run_ids)
    return deleted


def _list_old(instance: dg.DagsterInstance, old: dg.RunsFilter) -> Iterator[list[str]]:
    while run_ids := instance.get_run_ids(old, limit=_PRUNED_AT_ONCE):
        yield list(run_ids)


class _Observer:
    """Observes the asset of the live rate every few minutes."""

    def __init__(self, context: dg.OpExecutionContext, settings: Settings, redis_url: str) -> None:
        self._context = context
        self._settings = settings
        self._redis_url = redis_url
        self._observed_at = time.monotonic() - _OBSERVE_SECONDS / 2

    def beat(self, heartbeat: Heartbeat) -> None:
        """Observe, if it is time and there is something to see."""
        if heartbeat.newest is None or time.monotonic() - self._observed_at < _OBSERVE_SECONDS:
            return
        self._observed_at = time.monotonic()
        metadata = describe_live(self._redis_url, heartbeat)
        if metadata:
            self._context.log_event(dg.AssetObservation(asset_key=LIVE_EDIT_RATE, metadata=metadata))
