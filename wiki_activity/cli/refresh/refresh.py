"""`wiki-activity refresh`: the monthly use case for hands and cron."""

import json
import logging
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import click
from sqlalchemy import Engine

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.logs import tell
from wiki_activity.cli.refresh.failures import describe_failures
from wiki_activity.cli.refresh.progress import showing_progress
from wiki_activity.cli.setup import (
    now,
    open_database,
    open_session,
    settings_from_environment,
    tell_duration,
)
from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES, Series
from wiki_activity.domain.months import check_range, format_month, newest_ended_month, parse_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.leases import sign_lease
from wiki_activity.monthly.digest import make_digest
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.monthly.people_counts import list_unasked
from wiki_activity.monthly.planning import choose_accepted, choose_projects, ensure_wikis
from wiki_activity.monthly.refresh import RefreshOutcome, Request, holding_lease, run_refresh
from wiki_activity.settings import Settings, hide_credentials
from wiki_activity.storage.provisional_table import newest_complete_month
from wiki_activity.storage.refreshes import Refresh
from wiki_activity.storage.storage_errors import NothingToResumeError, RefreshBusyError
from wiki_activity.watch.delivery import deliver_due
from wiki_activity.watch.session import make_webhooks
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient

_WAIT_SECONDS = 5.0


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


@click.command("refresh")
@click.option("--from", "first", metavar="YYYY-MM", help="First month to store  [default: WIKI_ACTIVITY_FIRST_MONTH]")
@click.option("--to", "last", metavar="YYYY-MM", help="Last month to store  [default: the newest ended month]")
@click.option("--wiki", "wanted", metavar="PROJECT", multiple=True, help="Only this wiki; may be repeated.")
@click.option(
    "--accept",
    metavar="PROJECT",
    multiple=True,
    help="Take this wiki's answers however implausible they are; may be repeated.",
)
@click.option(
    "--people",
    is_flag=True,
    help="Ask instead for registered editors, new accounts and new pages, wherever the newest month stored lacks them.",
)
@click.option("--resume", is_flag=True, help="Go on with the last refresh that was left unfinished or with failures.")
@click.option("--wait", "waits", is_flag=True, help="Wait while another refresh is under way, instead of leaving.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    first: str | None,
    last: str | None,
    wanted: tuple[str, ...],
    accept: tuple[str, ...],
    people: bool,
    resume: bool,
    waits: bool,
    as_json: bool,
) -> int:
    """Fetch monthly counts of all wikis, store them and find peaks, without Dagster.

    What is read is stored once a second: whatever stops this command, nothing is lost, and `--resume` asks only for
    what is missing. Before it replaces anything, each answer is held against what is stored: one that has lost far too
    much is refused and named, and what was stored stays, unless --accept names the wiki. Ends with 0 when all is done,
    1 when some wikis failed (named, or told by cause), 2 on wrong use, 3 when the database is out of reach, 130 on
    Ctrl-C.
    """
    settings = settings_from_environment()
    _check_usage(resume=resume, people=people, last=last, chosen=bool(first or last or wanted))
    started = time.monotonic()
    warnings: list[str] = []

    def warn(warning: str) -> None:
        if warning in warnings:
            return
        warnings.append(warning)
        tell(f"warning: {warning}", colour="yellow", level=logging.WARNING)

    def tell_loading() -> None:
        tell(f"Loading the list of wikis from {hide_credentials(settings.site_matrix_url)} …")

    with open_database(settings) as engine, open_session(settings) as session:
        months = _choose_months(settings, first, _find_newest(engine) if people else last)

        def request() -> tuple[date, date, Sequence[str], Sequence[Series]]:
            wikis = ensure_wikis(engine, session, settings.site_matrix_url, now(), warn, on_load=tell_loading)
            if people and not wanted:
                chosen = _list_unasked(engine, wikis, settings, months[1])
            else:
                chosen = choose_projects(engine, wikis, settings.watchlist, wanted, warn)
            choose_accepted(engine, accept, chosen, warn)
            return *months, chosen, PEOPLE_SERIES if people else COUNT_SERIES

        try:
            outcome = _refresh(
                engine,
                session,
                settings,
                request=None if resume else request,
                waits=waits,
                accept=lambda projects: choose_accepted(engine, accept, projects, warn),
            )
        except _NobodyLacksThemError:
            click.echo(f"Every wiki has answered for {format_month(months[1])}.")
            return DONE
        except NothingToResumeError:
            # One that was killed after its last wiki has fetched everything and found no peaks.
            refresh_peaks(engine, settings.peak_percent, now())
            raise
        changes = refresh_peaks(engine, settings.peak_percent, now())
        _send_digest(engine, settings)
        _report_to_dagster(outcome.refresh, set(changes.by_month))
        report = Report(outcome, session.pacer.sent, time.monotonic() - started, len(changes.added), warnings)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _tell(report)
    return FAILED if outcome.failed else DONE


def _check_usage(*, resume: bool, people: bool, last: str | None, chosen: bool) -> None:
    if resume and chosen:
        message = "--resume goes on with what was asked for then: leave out --from, --to and --wiki"
        raise click.UsageError(message)
    if people and (resume or last):
        message = "--people asks for what is missing up to the newest month stored: leave out --resume and --to"
        raise click.UsageError(message)


def _list_unasked(engine: Engine, wikis: Sequence[Wiki], settings: Settings, month: date) -> list[str]:
    projects = list_unasked(engine, wikis, settings.watchlist, month)
    if not projects:
        raise _NobodyLacksThemError
    return projects


def _find_newest(engine: Engine) -> str:
    newest = newest_complete_month(engine)
    if newest is None:
        message = "--people comes after the counts, and none are stored: `wiki-activity refresh` fetches them"
        raise click.UsageError(message)
    return format_month(newest)


def _choose_months(settings: Settings, first: str | None, last: str | None) -> tuple[date, date]:
    to = parse_month(last) if last else newest_ended_month(now())
    since = parse_month(first) if first else min(settings.first_month, to)
    check_range(since, to, now())
    return since, to


def _refresh(
    engine: Engine,
    session: PoliteSession,
    settings: Settings,
    *,
    request: Request | None,
    waits: bool,
    accept: Callable[[Collection[str]], Sequence[str]],
) -> RefreshOutcome:
    run_id = f"cli-{uuid.uuid4()}"
    lease = holding_lease(
        engine,
        run_id=run_id,
        holder=sign_lease("wiki-activity refresh"),
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


def _send_digest(engine: Engine, settings: Settings) -> None:
    """Make the digest if a newly published month was judged, and send what is due; failures are tried again later."""
    make_digest(
        engine,
        detector=settings.peak_detector,
        watchlist=settings.watchlist,
        explorer_url=settings.explorer_url,
        sendable=settings.slack_webhook_url is not None,
        now=now(),
    )
    if settings.slack_webhook_url is not None:
        deliver_due(engine, *make_webhooks(settings), now, explorer_url=settings.explorer_url, gives_up=False)


def _report_to_dagster(refresh: Refresh, judged: Collection[date]) -> None:
    """Have what was stored told to the Dagster of DAGSTER_HOME, where it is set; that may fail alone."""
    if not os.environ.get("DAGSTER_HOME"):
        return
    arguments = [refresh.started_at.isoformat(), *sorted(map(format_month, judged))]
    command = [sys.executable, "-P", "-m", "wiki_activity.defs.reporting", *arguments]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)  # noqa: S603
    if ended.returncode:
        message = "Dagster was not told of what is stored now: its pages may call months missing."
        tell(message, colour="yellow", level=logging.WARNING)


class _NobodyLacksThemError(Exception):
    """Every wiki has answered for the newest month."""


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


def _tell(report: Report) -> None:
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
        click.secho(f"failed: {failure}", fg="red", err=True)
    if outcome.failed:
        way = "--people" if PEOPLE_SERIES[0] in outcome.refresh.series else "--resume"
        click.echo(f"{len(outcome.failed_wikis)} wikis failed; `wiki-activity refresh {way}` asks for them again.")
