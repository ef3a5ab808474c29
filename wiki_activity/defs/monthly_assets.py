"""The monthly assets: the list of wikis, their counts, and the peaks found in them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.checks import check_completeness, check_coverage, check_restatement
from wiki_activity.defs.metadata import describe_alerts, describe_counts, describe_wikis
from wiki_activity.defs.partitions import MONTHS, month_key, months_of
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.specs import (
    CHECK_SPECS,
    COMMUNITY_ALERTS,
    EDIT_COUNTS,
    GROUP,
    KINDS,
    MONTHLY_SPECS,
    SERIES_OF,
    WIKI_COLUMNS,
)
from wiki_activity.domain.counts import Series
from wiki_activity.holders import sign_lease
from wiki_activity.monthly.digest import make_digest
from wiki_activity.monthly.figures import MonthFigures, read_month_figures
from wiki_activity.monthly.judging import judge_all
from wiki_activity.monthly.planning import choose_projects, ensure_wikis, refresh_wikis
from wiki_activity.monthly.refresh import TOLERATED_SHARE, Progress, RefreshOutcome, holding_lease, run_refresh
from wiki_activity.settings import Settings
from wiki_activity.storage.errors import NothingToResumeError, RefreshHeldError

_WAIT_SECONDS = 10.0
_PROGRESS_EVERY = 50
_BACKFILL_TAG = "dagster/backfill"

Events = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


class RefreshConfig(dg.Config):
    """How a run fetches.

    Parameters
    ----------
    wikis
        Only these projects; none means all open ones.
    wait
        Whether to wait while another refresh is under way, instead of failing; runs of one backfill always wait for
        each other.
    """

    wikis: list[str] = []  # noqa: RUF012 - pydantic copies it
    wait: bool = False


@dg.asset(
    group_name=GROUP,
    kinds=KINDS,
    description="Every public wiki of Wikimedia, closed ones included, from the site matrix.",
    metadata={"dagster/column_schema": WIKI_COLUMNS, "dagster/table_name": "wikis"},
)
def wikis(
    database: dg.ResourceParam[Engine], wikimedia: dg.ResourceParam[Wikimedia], clock: dg.ResourceParam[Clock]
) -> dg.MaterializeResult[None]:
    """Load the site matrix into `wikis`."""
    return dg.MaterializeResult(
        metadata=describe_wikis(refresh_wikis(database, wikimedia.session, wikimedia.site_matrix_url, clock()))
    )


@dg.multi_asset(
    name="monthly_activity",
    specs=MONTHLY_SPECS,
    check_specs=CHECK_SPECS,
    partitions_def=MONTHS,
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
    run = _Run(context, config, settings, database, wikimedia, clock, months_of(context.partition_keys))
    asked = [key for key in SERIES_OF if key in context.selected_asset_keys]
    if asked:
        yield from run.fetch(asked)
    if COMMUNITY_ALERTS in context.selected_asset_keys:
        yield from run.judge()


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

    def fetch(self, asked: Sequence[dg.AssetKey]) -> Events:
        """Fetch the series of the assets asked for, and report them; fails when too many wikis did."""
        started = time.monotonic()
        outcome = self._refresh([series for key in asked for series in SERIES_OF[key]])
        for key in asked:
            yield check_coverage(key, outcome)
        if EDIT_COUNTS in asked:
            yield check_completeness(self.database, outcome, self.months)
            yield check_restatement(self.database, outcome)
        if outcome.fails:
            raise dg.Failure(
                f"more than {TOLERATED_SHARE:.0%} of the wikis could not be read; what came is stored, "
                "and re-executing this run asks only for the rest",
                metadata={"failed wikis": dg.MetadataValue.json(outcome.failed_wikis)},
            )
        seconds = time.monotonic() - started
        for key in asked:
            figures = self._read_figures(SERIES_OF[key][0], outcome.refresh.started_at)
            report = describe_counts(outcome, SERIES_OF[key], figures, self.wikimedia.session.pacer.sent, seconds)
            yield from _materialize(self.context, key, self.months, *report)

    def judge(self) -> Events:
        """Find the peaks over all stored months, and report them for the run's months that are published."""
        changes = judge_all(self.database, self.settings.peak_percent, self.clock())
        decision = make_digest(
            self.database,
            detector=self.settings.peak_detector,
            watchlist=self.settings.watchlist,
            explorer_url=self.settings.explorer_url,
            sendable=self.settings.slack_webhook_url is not None,
            now=self.clock(),
        )
        self.context.log.info("monthly digest: %s", decision)
        published = list(self._read_figures(Series.EDITS, self.clock()))
        report = describe_alerts(self.database, self.settings, changes, published)
        yield from _materialize(self.context, COMMUNITY_ALERTS, self.months, *report)

    def _read_figures(self, series: Series, since: datetime) -> dict[date, MonthFigures]:
        figures = read_month_figures(self.database, series, self.months, since)
        return {month: figure for month, figure in figures.items() if figure.wikis}

    def _refresh(self, series: Sequence[Series]) -> RefreshOutcome:
        """Go on with the refresh of the failed run that this one re-executes, or else begin a new one."""
        failed_run = _find_failed_parent(self.context)
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
            projects = choose_projects(self.database, known, self.settings.watchlist, self.config.wikis, tell)
            return self.months[0], self.months[-1], projects, series

        lease = holding_lease(
            self.database,
            run_id=self.context.run.run_id,
            holder=sign_lease(f"Dagster run {self.context.run.run_id}"),
            clock=self.clock,
            request=None if of_run_id else request,
            of_run_id=of_run_id,
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
            )

    def _wait_for_lease(self, error: RefreshHeldError) -> bool:
        waits = self.config.wait or is_same_backfill(self.context.instance, self.context.run, error.holder)
        if waits:
            self.context.log.info("waiting: %s", error)
            time.sleep(_WAIT_SECONDS)
        return waits

    def _tell(self, progress: Progress) -> None:
        if progress.done % _PROGRESS_EVERY == 0 or progress.done == progress.total:
            self.context.log.info("%d of %d wikis, %d failed", progress.done, progress.total, progress.failed)


def is_same_backfill(instance: dg.DagsterInstance, run: dg.DagsterRun, holder: str) -> bool:
    """Tell whether the lease is held by another run of the same backfill: months with gaps make several at once."""
    backfill = run.tags.get(_BACKFILL_TAG)
    if backfill is None:
        return False
    return any(run_id in holder for run_id in instance.get_run_ids(dg.RunsFilter(tags={_BACKFILL_TAG: backfill})))


def _find_failed_parent(context: dg.AssetExecutionContext) -> str | None:
    """Return the run that this one re-executes, if it did not succeed."""
    parent = context.run.parent_run_id
    record = context.instance.get_run_by_id(parent) if parent else None
    return parent if record is not None and record.status is not dg.DagsterRunStatus.SUCCESS else None


def _materialize(
    context: dg.AssetExecutionContext,
    key: dg.AssetKey,
    months: Sequence[date],
    in_all: dict[str, dg.MetadataValue],
    by_month: Mapping[date, dict[str, dg.MetadataValue]],
) -> Events:
    """Report the months that are there, each with its own metadata; the others stay unmaterialized."""
    if len(by_month) == len(months):
        for month, metadata in by_month.items():
            context.add_asset_metadata(metadata, asset_key=key, partition_key=month_key(month))
        yield dg.MaterializeResult(asset_key=key, metadata=in_all)
        return
    missing = ", ".join(f"{month:%Y-%m}" for month in months if month not in by_month)
    context.log.warning("%s: not published by Wikimedia yet, not materialized: %s", key.to_user_string(), missing)
    # A result speaks for the whole range of the run, an event for one partition.
    for month, metadata in by_month.items():
        context.log_event(
            dg.AssetMaterialization(asset_key=key, partition=month_key(month), metadata={**in_all, **metadata})
        )
