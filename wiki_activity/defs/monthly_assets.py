"""The monthly assets: the list of wikis, their counts, and the peaks found in them."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.checks import tell_checks
from wiki_activity.defs.materializing import describe_months, emit_months
from wiki_activity.defs.metadata import Metadata, describe_wikis
from wiki_activity.defs.partitions import (
    MONTHS,
    StrangeMonthError,
    find_published,
    month_key,
    months_of,
    register_months,
)
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.specs import (
    COMMUNITY_ALERTS,
    EDIT_COUNTS,
    GROUP,
    KINDS,
    LISTED_IN_TIME,
    MONTHLY_SPECS,
    OWNERS,
    PEOPLE_COUNTS,
    SERIES_OF,
    TAGS,
    WIKI_COLUMNS,
)
from wiki_activity.defs.wikimedia_pool import WIKIMEDIA_POOL
from wiki_activity.domain.counts import PEOPLE_SERIES, Series
from wiki_activity.domain.months import parse_month
from wiki_activity.leases import sign_lease
from wiki_activity.monthly.new_peaks import judge
from wiki_activity.monthly.people_counts import list_unasked
from wiki_activity.monthly.planning import choose_accepted, choose_projects, ensure_wikis, refresh_wikis
from wiki_activity.monthly.refresh import TOLERATED_SHARE, Progress, RefreshOutcome, holding_lease, run_refresh
from wiki_activity.settings import Settings
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.storage_errors import NothingToResumeError, RefreshBusyError
from wiki_activity.storage.wiki_table import load_wikis

_WAIT_SECONDS = 60.0
_LONGEST_WAIT = timedelta(hours=6)
"""A first load without a contact takes so long, and a little more."""
_PROGRESS_EVERY = 50

Events = Iterator[dg.MaterializeResult[None]]


class RefreshConfig(dg.Config):
    """How a run fetches.

    Parameters
    ----------
    wikis
        Only these projects; none means all open ones, and of `people_counts` those that lack the newest month.
    since
        First month to store, like `2001-01`, where that is before those of the run's partitions: every answer holds all
        months, and what changed in those is materialized too. Empty means only those of the partitions.
    accept
        Projects whose answers are taken however implausible they are beside what is stored.
    """

    wikis: list[str] = []  # noqa: RUF012 - pydantic copies it
    since: str = ""
    accept: list[str] = []  # noqa: RUF012 - pydantic copies it


@dg.asset(
    group_name=GROUP,
    kinds=KINDS,
    owners=OWNERS,
    tags=TAGS,
    freshness_policy=LISTED_IN_TIME,
    description="Every public wiki of Wikimedia, closed ones included, from the site matrix.",
    metadata={"dagster/column_schema": WIKI_COLUMNS, "dagster/table_name": "wikis"},
)
def wikis(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Load the site matrix into `wikis`, and see to it that the months which are there can be asked for."""
    register_months(context.instance, find_published(clock(), newest_month(database, Series.EDITS)))
    matrix = refresh_wikis(database, wikimedia.session, wikimedia.site_matrix_url, clock())
    gone = sum(wiki.gone for wiki in load_wikis(database))
    return dg.MaterializeResult(metadata=describe_wikis(matrix, gone))


@dg.multi_asset(
    name="monthly_activity",
    specs=MONTHLY_SPECS,
    partitions_def=MONTHS,
    pool=WIKIMEDIA_POOL,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=True,
)
def monthly_activity(  # noqa: PLR0917 - Dagster passes resources by name
    context: dg.AssetExecutionContext,
    config: RefreshConfig,
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> Events:
    """Fetch the months of the run's partitions, all in one pass over the wikis, and find the peaks anew.

    One step and not three: one lease, one request a wiki and series however many months, and a month that is not
    published yet can be left out of the materializations without Dagster skipping what comes after.
    """
    wait_until = time.monotonic() + _LONGEST_WAIT.total_seconds()
    run = _Run(context, config, settings, database, wikimedia, clock, _read_months(context), wait_until)
    asked = [key for key in SERIES_OF if key in context.selected_asset_keys]
    # A refresh of its own: what cannot be read of people takes nothing from the counts.
    for keys in ([key for key in asked if key != PEOPLE_COUNTS], [key for key in asked if key == PEOPLE_COUNTS]):
        if keys:
            yield from run.fetch(keys)
    if COMMUNITY_ALERTS in context.selected_asset_keys:
        yield from run.judge()


class _NothingToAskError(Exception):
    """Every wiki has answered."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run's surroundings, and the two things it does."""

    context: dg.AssetExecutionContext
    config: RefreshConfig
    settings: Settings
    database: Engine
    wikimedia: Wikimedia
    clock: Clock
    months: Sequence[date]
    wait_until: float

    def fetch(self, asked: Sequence[dg.AssetKey]) -> Events:
        """Fetch the series of the assets asked for, and report them; fails when too many wikis did."""
        started = time.monotonic()
        try:
            outcome = self._refresh([series for key in asked for series in SERIES_OF[key]])
        except _NothingToAskError:
            self.context.log.info("every wiki has answered for %s already", month_key(self.months[-1]))
            for key in asked:
                by_month = describe_months(self.database, self.settings, key, since=self.clock())
                yield from self._materialize(key, by_month, ())
            return
        if outcome.fails:
            tell_checks(self.context.instance, self.database)
            raise dg.Failure(
                f"more than {TOLERATED_SHARE:.0%} of the wikis could not be read; what came is stored, "
                "and re-executing this run asks only for the rest",
                metadata={"failed wikis": dg.MetadataValue.json(outcome.failed_wikis)},
            )
        self.context.log.info(
            "%d requests in %.0f s: %d counts new, %d restated, %d wikis failed",
            self.wikimedia.session.budget.figures.sent, time.monotonic() - started,
            outcome.stored.added, outcome.stored.restated, len(outcome.failed_wikis),
        )  # fmt: skip
        since = outcome.refresh.started_at
        for key in asked:
            changed = {month for one in SERIES_OF[key] for month in outcome.changed_months.get(one, ())}
            by_month = describe_months(self.database, self.settings, key, since=since)
            # What an earlier attempt has changed is not known: then every month may be another.
            yield from self._materialize(key, by_month, set(by_month) if outcome.resumed else changed)

    def judge(self) -> Events:
        """Find the peaks over all stored months, and report those months whose peaks are others now."""
        judged = judge(self.database, self.settings, self.clock, since=self.clock())
        changes = judged.changes
        self.context.log.info(
            "%d peaks new, %d gone; monthly digest: %s", len(changes.added), changes.removed, judged.digest
        )
        by_month = describe_months(
            self.database, self.settings, COMMUNITY_ALERTS, since=judged.since, added=changes.added
        )
        yield from self._materialize(COMMUNITY_ALERTS, by_month, set(changes.by_month))

    def _materialize(self, key: dg.AssetKey, by_month: Mapping[date, Metadata], changed: Collection[date]) -> Events:
        """Report the run's months that are there, and of the others those that changed, each with its own figures."""
        missing = [month for month in self.months if month not in by_month]
        besides = [] if missing else self.months
        wanted = {*changed, *self.months} if missing else changed
        emit_months(self.context.log_event, self.context.instance, key, by_month, changed=wanted, besides=besides)
        if not missing:
            for month in self.months:
                self.context.add_asset_metadata(by_month[month], asset_key=key, partition_key=month_key(month))
            yield dg.MaterializeResult(asset_key=key)
            return
        # A result would speak for the whole range of the run.
        self.context.log.warning(
            "%s: not published by Wikimedia yet, not materialized: %s",
            key.to_user_string(), ", ".join(f"{month:%Y-%m}" for month in missing),
        )  # fmt: skip
        if key == EDIT_COUNTS:
            tell_checks(self.context.instance, self.database)

    def _refresh(self, series: Sequence[Series]) -> RefreshOutcome:
        """Go on with the refresh of the failed run that this one re-executes, or else begin a new one."""
        failed_run = find_failed_parent(self.context)
        if failed_run is not None:
            try:
                return self._run_refresh(series, of_run_id=failed_run)
            except NothingToResumeError as error:
                self.context.log.info("%s: starting anew", error)
        return self._run_refresh(series)

    def _run_refresh(self, series: Sequence[Series], of_run_id: str | None = None) -> RefreshOutcome:
        def request() -> tuple[date, date, Sequence[str], Sequence[Series]]:
            tell = self.context.log.warning
            known = ensure_wikis(
                self.database, self.wikimedia.session, self.wikimedia.site_matrix_url, self.clock(), tell
            )
            if PEOPLE_SERIES[0] in series and not self.config.wikis:
                projects = list_unasked(self.database, known, self.settings.watchlist, self.months[-1])
                if not projects:
                    raise _NothingToAskError
            else:
                projects = choose_projects(self.database, known, self.settings.watchlist, self.config.wikis, tell)
            choose_accepted(self.database, self.config.accept, projects, tell)
            since = parse_month(self.config.since) if self.config.since else self.months[0]
            return min(since, self.months[0]), self.months[-1], projects, series

        lease = holding_lease(
            self.database,
            run_id=self.context.run.run_id,
            holder=sign_lease(f"Dagster run {self.context.run.run_id}"),
            clock=self.clock,
            request=None if of_run_id else request,
            of_run_id=of_run_id,
            series=series,
            wait_for_lease=self._wait_for_lease,
        )
        with lease as refresh:
            return run_refresh(
                self.database,
                self.wikimedia.metrics,
                refresh,
                connections=self.wikimedia.connections,
                clock=self.clock,
                on_progress=self._tell,
                accept=choose_accepted(self.database, self.config.accept, refresh.projects, self.context.log.warning),
            )

    def _wait_for_lease(self, error: RefreshBusyError) -> bool:
        """Wait while the command line, which knows no pools, holds the lease; each line is a heartbeat of this run."""
        waits = time.monotonic() < self.wait_until
        if waits:
            self.context.log.info("waiting: %s", error)
            time.sleep(_WAIT_SECONDS)
        return waits

    def _tell(self, progress: Progress) -> None:
        if progress.done % _PROGRESS_EVERY == 0 or progress.done == progress.total:
            self.context.log.info("%d of %d wikis, %d failed", progress.done, progress.total, progress.failed)


def _read_months(context: dg.AssetExecutionContext) -> list[date]:
    try:
        return months_of(context.partition_keys)
    except StrangeMonthError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def find_failed_parent(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> str | None:
    """Return the run that this one re-executes, if it did not succeed."""
    parent = context.run.parent_run_id
    record = context.instance.get_run_by_id(parent) if parent else None
    return parent if record is not None and record.status is not dg.DagsterRunStatus.SUCCESS else None
