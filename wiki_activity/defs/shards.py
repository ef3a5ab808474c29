"""The job that fetches a part of all wikis, for loads that several workers share."""

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.monthly_assets import find_failed_parent
from wiki_activity.defs.reporting import report_stored
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.domain.months import parse_month
from wiki_activity.domain.shards import Shard
from wiki_activity.leases import sign_lease
from wiki_activity.monthly.new_peaks import judge_round
from wiki_activity.monthly.planning import choose_projects, ensure_wikis
from wiki_activity.monthly.publication import find_newest_published
from wiki_activity.monthly.refresh import TOLERATED_SHARE, RefreshOutcome, holding_lease, run_refresh
from wiki_activity.settings import Settings
from wiki_activity.storage.refreshes import PART
from wiki_activity.storage.storage_errors import NothingToResumeError, RefreshBusyError

SHARDS: Final = 8
SHARD_POOL: Final = "wikimedia_shards"
"""Like every pool it lets one run through, until `dagster instance concurrency set wikimedia_shards 4`."""
_WAIT_SECONDS = 60.0
_LONGEST_WAIT = timedelta(hours=6)
_PARTS = {f"part-{number}-of-{SHARDS}": Shard(number, SHARDS) for number in range(1, SHARDS + 1)}


class ShardConfig(dg.Config):
    """Which months a part is fetched for.

    Parameters
    ----------
    since
        First month to store, like `2001-01`; empty means the first one of the settings.
    """

    since: str = ""


@dg.op(
    pool=SHARD_POOL,
    description="Fetches the counts of one part of all wikis; the last part to end finds the peaks, makes the digest "
    "and tells Dagster of the months.",
)
def fetch_shard(  # noqa: PLR0917 - Dagster passes resources by name
    context: dg.OpExecutionContext,
    config: ShardConfig,
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> None:
    """Fetch the part that the run's partition names."""
    tell = context.log.warning
    known = ensure_wikis(database, wikimedia.session, wikimedia.site_matrix_url, clock(), tell)
    everybody = choose_projects(database, known, settings.watchlist, (), tell)
    part = _PARTS[context.partition_key]
    projects = [project for project in everybody if part.holds(project)]

    def request() -> tuple[date, date, Sequence[str], Sequence[Series]]:
        last = find_newest_published(wikimedia.metrics, everybody, clock())
        if last is None:
            raise dg.Failure("none of the first wikis has counts at Wikimedia")
        since = parse_month(config.since) if config.since else settings.first_month
        return min(since, last), last, projects, COUNT_SERIES

    outcome = _refresh(context, database, wikimedia, clock, part=part, request=request)
    context.log.info(
        "%d wikis: %d counts new, %d restated, %d wikis failed",
        len(projects), outcome.stored.added, outcome.stored.restated, len(outcome.failed_wikis),
    )  # fmt: skip
    if outcome.fails:
        msg = f"more than {TOLERATED_SHARE:.0%} of the wikis could not be read; re-executing asks only for the rest"
        raise dg.Failure(msg, metadata={"failed wikis": dg.MetadataValue.json(outcome.failed_wikis)})
    judged = judge_round(database, settings, clock, refresh=outcome.refresh, everybody=everybody)
    if judged is None:
        context.log.info("peaks are found when the other parts have come")
        return
    changes = judged.changes
    told = report_stored(context.instance, database, settings, since=judged.since, judged=set(changes.by_month))
    context.log.info("%d peaks new; monthly digest: %s; %d months told", len(changes.added), judged.digest, told)


def _refresh(
    context: dg.OpExecutionContext,
    database: Engine,
    wikimedia: Wikimedia,
    clock: Clock,
    *,
    part: Shard,
    request: Callable[[], tuple[date, date, Sequence[str], Sequence[Series]]],
) -> RefreshOutcome:
    """Go on with the part of the failed run that this one re-executes, or else begin it."""
    wait_until = time.monotonic() + _LONGEST_WAIT.total_seconds()

    def wait_for_lease(error: RefreshBusyError) -> bool:
        context.log.info("waiting: %s", error)
        time.sleep(_WAIT_SECONDS)
        return time.monotonic() < wait_until

    def run(of_run_id: str | None) -> RefreshOutcome:
        lease = holding_lease(
            database,
            run_id=context.run.run_id,
            holder=sign_lease(f"Dagster run {context.run.run_id}{PART}{part}"),
            clock=clock,
            request=None if of_run_id else request,
            of_run_id=of_run_id,
            wait_for_lease=wait_for_lease,
        )
        with lease as refresh:
            return run_refresh(database, wikimedia.metrics, refresh, connections=wikimedia.connections, clock=clock)

    failed_run = find_failed_parent(context)
    if failed_run is not None:
        try:
            return run(failed_run)
        except NothingToResumeError as error:
            context.log.info("%s: starting anew", error)
    return run(None)


@dg.job(
    partitions_def=dg.StaticPartitionsDefinition(list(_PARTS)),
    executor_def=dg.in_process_executor,
    tags={"dagster/max_retries": "2", "dagster/retry_strategy": "FROM_FAILURE"},
    description=f"All counts of all wikis in {SHARDS} parts, for several workers: launch a backfill of all parts. A "
    "part waits while a refresh of all wikis is under way, and that for the parts.",
)
def monthly_shard() -> None:
    """Fetch a part of all wikis."""
    fetch_shard()
