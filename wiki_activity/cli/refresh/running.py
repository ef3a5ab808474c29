"""One refresh of the command line from its lease to its peaks, its digest and Dagster."""

import logging
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy import Engine

from wiki_activity.cli.logs import tell
from wiki_activity.cli.refresh.failures import describe_failures
from wiki_activity.cli.refresh.progress import showing_progress
from wiki_activity.cli.setup import now, tell_duration
from wiki_activity.domain.counts import PEOPLE_SERIES
from wiki_activity.domain.months import format_month
from wiki_activity.domain.shards import Shard
from wiki_activity.leases import sign_lease
from wiki_activity.monthly.new_peaks import decide_digest, judge, judge_round, tell_what_was_found
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.monthly.refresh import RefreshOutcome, Request, holding_lease, run_refresh
from wiki_activity.settings import Settings
from wiki_activity.storage.refreshes import PART, Refresh
from wiki_activity.storage.storage_errors import NothingToResumeError, RefreshBusyError
from wiki_activity.watch.delivery import deliver_due
from wiki_activity.watch.session import make_webhooks
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient

_WAIT_SECONDS = 5.0

Accept = Callable[[Collection[str]], Sequence[str]]
"""Chooses, of the wikis asked for, those whose answers are taken however implausible they are."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a refresh did, for people and for scripts."""

    outcome: RefreshOutcome
    requests: int
    seconds: float
    new_peaks: int
    warnings: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        outcome = self.outcome
        return {
            "refresh": outcome.refresh.id,
            "from": format_month(outcome.refresh.first),
            "to": format_month(outcome.refresh.last),
            "wikis": len(outcome.refresh.projects),
            "asked": outcome.asked,
            "requests": self.requests,
            "seconds": round(self.seconds, 1),
            "added": outcome.stored.added,
            "restated": outcome.stored.restated,
            "unchanged": outcome.stored.unchanged,
            "no_data": sorted({project for projects in outcome.no_data.values() for project in projects}),
            "failed": [{"project": project, "error": error} for project, error in outcome.failed_wikis.items()],
            "taken": [
                {"project": one.project, "series": one.series, "reason": one.reason, "settled": one.settled}
                for one in outcome.taken
            ],
            "without_split": outcome.wikis_without_split,
            "too_many_failed": outcome.fails,
            "new_peaks": self.new_peaks,
            "warnings": list(self.warnings),
        }


def refresh_and_judge(
    engine: Engine,
    session: PoliteSession,
    settings: Settings,
    *,
    request: Request | None,
    waits: bool = False,
    accept: Accept = lambda _: (),
    warnings: Sequence[str] = (),
    everybody: Sequence[str] = (),
    part: Shard | None = None,
) -> Report:
    """Refresh, find the peaks anew, send the digest, and have Dagster told.

    Parameters
    ----------
    request
        What to ask for, once the lease is there; None goes on with the last refresh that has not come to its end.
    waits
        Whether to wait while another one is under way.
    warnings
        For the report.
    everybody
        All wikis, where this is a refresh of a part of them: peaks are found, and told, once all have been asked.
    part
        Which part that is; other parts may be under way beside it.

    Raises
    ------
    RefreshBusyError
        If another one is under way.
    NothingToResumeError
        If there is nothing to go on with; peaks are found all the same.
    """
    started, sent = time.monotonic(), session.budget.figures.sent
    try:
        what = "wiki-activity refresh" if part is None else f"wiki-activity refresh{PART}{part}"
        outcome = _refresh(engine, session, settings, what, request=request, waits=waits, accept=accept)
    except NothingToResumeError:
        # One that was killed after its last wiki has fetched everything and found no peaks.
        refresh_peaks(engine, settings.peak_percent, now())
        raise
    if everybody:
        judged = judge_round(engine, settings, now, refresh=outcome.refresh, everybody=everybody)
    else:
        judged = judge(engine, settings, now, outcome.refresh.started_at)
    new_peaks = 0
    if judged is None:
        tell("Peaks are found when the other parts have come.")
    else:
        new_peaks = len(judged.changes.added)
        _send_due(engine, settings)
        _report_to_dagster(judged.since, set(judged.changes.by_month))
    seconds = time.monotonic() - started
    return Report(outcome, session.budget.figures.sent - sent, seconds, new_peaks, warnings)


def tell_report(report: Report) -> None:
    """Say for people what a refresh did."""
    outcome = report.outcome
    click.echo(
        f"{outcome.asked:,} wikis asked with {report.requests:,} requests in {tell_duration(report.seconds)}: "
        f"{outcome.stored.added:,} counts new, {outcome.stored.restated:,} restated, {report.new_peaks:,} new peaks."
    )
    no_data = sorted({project for projects in outcome.no_data.values() for project in projects})
    if no_data:
        click.echo(f"{len(no_data)} without data at Wikimedia: {', '.join(no_data)}")
    for one in outcome.taken:
        click.echo(f"{one.settled}: {one.project}: {one.series}: {one.reason}")
    if outcome.wikis_without_split:
        click.echo(f"Stored without the split by editors: {', '.join(outcome.wikis_without_split)}")
    for failure in describe_failures(outcome.failed_wikis):
        tell(f"failed: {failure}", colour="red", level=logging.ERROR, err=True)
    if outcome.failed:
        way = "--people" if PEOPLE_SERIES[0] in outcome.refresh.series else "--resume"
        click.echo(f"{len(outcome.failed_wikis)} wikis failed; `wiki-activity refresh {way}` asks for them again.")


def _refresh(
    engine: Engine,
    session: PoliteSession,
    settings: Settings,
    what: str,
    *,
    request: Request | None,
    waits: bool,
    accept: Accept,
) -> RefreshOutcome:
    run_id = f"cli-{uuid.uuid4()}"
    lease = holding_lease(
        engine,
        run_id=run_id,
        holder=sign_lease(what),
        clock=now,
        request=request,
        wait_for_lease=_Waiter() if waits else lambda _: False,
    )
    with lease as refresh:
        accepted = accept(refresh.projects)
        _announce(refresh, settings)
        with showing_progress() as on_progress:
            return run_refresh(
                engine,
                MetricsClient(session, settings.metrics_url),
                refresh,
                connections=settings.max_connections,
                clock=now,
                on_progress=on_progress,
                accept=accepted,
            )


def send_digest(engine: Engine, settings: Settings) -> None:
    """Make the notices of a newly published month, and send what is due; failures are tried again later."""
    decide_digest(engine, settings, now())
    tell_what_was_found(engine, settings, now())
    _send_due(engine, settings)


def _send_due(engine: Engine, settings: Settings) -> None:
    if settings.slack_webhook_url is not None:
        deliver_due(engine, *make_webhooks(settings), now, explorer_url=settings.explorer_url, gives_up=False)


def _report_to_dagster(since: datetime, judged: Collection[date]) -> None:
    """Have what was stored told to the Dagster of DAGSTER_HOME, where it is set; that may fail alone."""
    if not os.environ.get("DAGSTER_HOME"):
        return
    arguments = [since.isoformat(), *sorted(map(format_month, judged))]
    command = [sys.executable, "-P", "-m", "wiki_activity.defs.reporting", *arguments]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)  # noqa: S603
    if ended.returncode:
        message = "Dagster was not told of what is stored now: its pages may call months missing."
        tell(message, colour="yellow", level=logging.WARNING)


class _Waiter:
    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._told = False
        self._sleep = sleep

    def __call__(self, error: RefreshBusyError) -> bool:
        if not self._told:
            tell(f"waiting: {error}")
            self._told = True
        self._sleep(_WAIT_SECONDS)
        return True


def _announce(refresh: Refresh, settings: Settings) -> None:
    requests = len(refresh.projects) * len(refresh.series)
    tell(
        f"{format_month(refresh.first)} to {format_month(refresh.last)} of {len(refresh.projects):,} wikis: "
        f"up to {requests:,} requests, about {tell_duration(60 * requests / settings.pace_per_minute)} "
        f"at {settings.pace_per_minute:.0f} a minute"
    )
