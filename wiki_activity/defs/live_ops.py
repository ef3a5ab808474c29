"""The live jobs: one that watches for about a day, one that delivers messages, one that tidies up."""

import time
from datetime import timedelta

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.live_metadata import describe_live
from wiki_activity.defs.resources import Clock, SlackWebhooks
from wiki_activity.defs.run_pruning import delete_runs, empty_runs
from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.leases import sign_lease
from wiki_activity.redis_store.connection import LivePlace
from wiki_activity.redis_store.store_errors import ReplacedError
from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.patience import Patience
from wiki_activity.watch.delivery import deliver_due
from wiki_activity.watch.neighbours import OtherInstallationError
from wiki_activity.watch.session import NoRedisError, find_live_place, watch

WATCH_TAG = "wiki_activity/watch"
WATCHED_TAG = "wiki_activity/watched"
"""Of a run that was ended by something else than a bad start."""
LEASE_MINUTES = 24 * 60
LIVE_EDIT_RATE = dg.AssetKey("live_edit_rate")
KEPT = timedelta(days=2)
"""How long what Dagster keeps of a run of the live jobs is kept whole."""
KEPT_RATES = timedelta(days=90)
"""How long what was seen of the live rate is kept."""
_OBSERVE_SECONDS = 300.0
_FIRST_SECONDS = 30.0

live_edit_rate = dg.AssetSpec(
    LIVE_EDIT_RATE,
    group_name="live",
    kinds={"redis", "wikimedia"},
    description="Article edits per second, now and as usual, of the wikis that are watched live. The counts are in "
    "Redis; the watcher materializes this every five minutes, so that the rates can be plotted here.",
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
    database: dg.ResourceParam[Engine],  # noqa: ARG001 - makes sure that its tables are current
    clock: dg.ResourceParam[Clock],
) -> None:
    """Watch for one lease."""
    try:
        place = find_live_place(settings)
    except NoRedisError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    ends_at = time.monotonic() + 60 * config.lease_minutes
    # The run's own engine may wait for a minute; meanwhile the stream would not be read.
    engine = create_database_engine(settings.database_url, Patience.WATCHER, settings.database_connections)
    try:
        watch(
            settings,
            engine,
            place,
            holder=sign_lease(f"Dagster run {context.run.run_id}"),
            stop=lambda: time.monotonic() >= ends_at,
            clock=clock,
            on_beat=_Recorder(context, place).beat,
        )
    except OtherInstallationError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except ReplacedError as error:
        # Whoever took over watches now: that is no failure.
        context.log.warning(str(error))
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        # Somebody ended it, `up` for instance: however short its life was, that is no bad start.
        context.instance.add_run_tags(context.run.run_id, {WATCHED_TAG: "true"})
        raise
    finally:
        engine.dispose()


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


@dg.op(
    description="Deletes what Dagster keeps of old runs of watching and delivering. What the watcher has materialized "
    "stays for 90 days, so that its plots reach back so far."
)
def prune(context: dg.OpExecutionContext, clock: dg.ResourceParam[Clock]) -> None:
    """Delete what is kept of old runs of the jobs that run all the time."""
    now, instance = clock(), context.instance
    emptied = empty_runs(instance, watch_stream.name, now - KEPT)
    deleted = delete_runs(instance, deliver_notices.name, now - KEPT)
    deleted += delete_runs(instance, watch_stream.name, now - KEPT_RATES)
    context.add_output_metadata({"runs deleted": deleted, "logs deleted": emptied})


@dg.job(
    executor_def=dg.in_process_executor,
    tags={WATCH_TAG: "stream", "dagster-celery/queue": "watch", "dagster/max_runtime": str(60 * (LEASE_MINUTES + 10))},
    description="Watches the live stream of edits for about a day; `watch_keeper` sees to it that one always runs.",
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
    description="Deletes what is kept of old runs of the watcher and of deliveries: open-source Dagster prunes only "
    "ticks.",
)
def prune_runs() -> None:
    """Prune the runs."""
    prune()


class _Recorder:
    """Materializes the asset of the live rate every few minutes."""

    def __init__(self, context: dg.OpExecutionContext, place: LivePlace) -> None:
        self._context = context
        self._place = place
        self._recorded_at = time.monotonic() - _OBSERVE_SECONDS + _FIRST_SECONDS

    def beat(self, heartbeat: Heartbeat) -> None:
        """Record, if it is time and there is something to see."""
        if heartbeat.stream.newest is None or time.monotonic() - self._recorded_at < _OBSERVE_SECONDS:
            return
        self._recorded_at = time.monotonic()
        metadata = describe_live(self._place, heartbeat)
        if metadata:
            self._context.log_event(dg.AssetMaterialization(asset_key=LIVE_EDIT_RATE, metadata=metadata))
