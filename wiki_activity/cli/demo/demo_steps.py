"""The demo's guide: launches a backfill through Dagster, follows it, and compares what was found with the truth."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import click
import requests
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from wiki_activity.cli.demo.dagster_api import Backfill, DagsterApi
from wiki_activity.cli.demo.explorer_steps import show_explorer
from wiki_activity.cli.demo.live_steps import show_live
from wiki_activity.cli.explorer.explorer_place import place_explorer, tell_place
from wiki_activity.cli.setup import now, tell_duration
from wiki_activity.domain.counts import PEOPLE_SERIES, Series
from wiki_activity.domain.months import format_month, list_months, newest_ended_month, parse_month, shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.evidence.choosing import list_due
from wiki_activity.monthly.first_wikis import list_first_wikis
from wiki_activity.settings import Settings, read_settings
from wiki_activity.storage.calendar_table import CalendarSource, read_calendar, read_source
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.fetches import FetchStatus, list_answered, read_fetches
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.provisional_table import newest_complete_month
from wiki_activity.storage.refreshes import last_refresh

_ASSETS = ("edit_counts", "editor_counts", "community_alerts")
_LIVE_SENSORS = ("watch_keeper", "edit_rate_alert_sensor", "run_failure_alerts")
_FURTHER_SENSORS = ("people_counts_sensor", "peak_evidence_sensor", "community_events_sensor", "who_stayed_sensor")
"""What comes after the counts, and is waited for."""
_MONTHLY_SENSORS = ("new_month_sensor", "refresh_keeper", "daily_history_sensor")
_READY_SECONDS = 120
_ANSWER_SECONDS = 10
_BACKFILL_SECONDS = 1200
_PEOPLE_SECONDS = 180
_EVIDENCE_SECONDS = 300
_EVENTS_SECONDS = 180
_BIG = 3.0
_FOUND_SHARE = 0.8
_BIG_EXPECTED = 100
_HISTORY_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Findings:
    """What the backfill did, and what of the planted peaks was found.

    Parameters
    ----------
    backfill
        Its end.
    months, wikis, wikis_without_data
        What was asked for, and stored.
    failed
        Wikis that could not be read.
    requests
        Requests to the metrics API.
    planted, found
        Peaks of the simulated activity in people's edits or in all edits.
    big_planted, big_found
        Those of at least three times the usual, in wikis of at least a hundred edits a month.
    seconds
        From launch to end.
    """

    backfill: Backfill
    months: int
    wikis: int
    wikis_without_data: int
    failed: int
    requests: int
    planted: int
    found: int
    big_planted: int
    big_found: int
    seconds: float

    def list_shortcomings(self) -> Iterator[str]:
        """Name what was not as it should be."""
        if self.backfill.status != "COMPLETED_SUCCESS":
            yield f"the backfill ended as {self.backfill.status}"
        if len(self.backfill.runs) != 1:
            yield f"the backfill took {len(self.backfill.runs)} runs, not one"
        for asset in _ASSETS:
            if self.backfill.materialized.get(asset, 0) != self.months:
                yield f"{asset}: {self.backfill.materialized.get(asset, 0)} of {self.months} months are materialized"
        if self.failed:
            yield f"{self.failed} wikis could not be read"
        # One more asks for the total of all wikis.
        if self.requests > 4 * self.wikis + 1:
            yield f"{self.requests} requests for {self.wikis} wikis are more than 4 each, and one for all of them"
        if self.big_found < _FOUND_SHARE * self.big_planted:
            yield f"only {self.big_found} of {self.big_planted} planted peaks of {_BIG:g} times the usual were found"


@click.command()
@click.option("--simulator", required=True)
@click.option("--dagster", required=True)
@click.option("--months", required=True, type=int)
@click.option("--once", is_flag=True)
def main(*, simulator: str, dagster: str, months: int, once: bool) -> None:
    """Guide through the demo."""
    dagster_api = DagsterApi(dagster)
    settings = read_settings(os.environ)
    engine = create_database_engine(settings.database_url)
    click.echo("Everything starts; each address is named as soon as it answers.")
    _tell_addresses(settings, dagster_api, simulator, dagster)
    last = newest_ended_month(now())
    # The simulated Wikimedia publishes at once; nobody has seen that yet.
    dagster_api.add_month(f"{last:%Y-%m-%d}")
    for sensor in _LIVE_SENSORS:
        dagster_api.start_sensor(sensor)
    findings = _backfill(dagster_api, engine, simulator, list_months(shift_month(last, 1 - months), last))
    _show(findings)
    for sensor in _FURTHER_SENSORS:
        dagster_api.start_sensor(sensor)
    shortcomings = [
        *findings.list_shortcomings(),
        *show_live(settings, simulator),
        *_await_people(engine, settings),
        *_await_evidence(engine, settings),
        *_await_events(engine),
        *show_explorer(settings.explorer_url, findings.wikis),
    ]
    for shortcoming in shortcomings:
        click.secho(f"not as it should be: {shortcoming}", fg="red")
    if once:
        sys.exit(1 if shortcomings else 0)
    for sensor in _MONTHLY_SENSORS:
        dagster_api.start_sensor(sensor)
    click.echo("")
    _tell_explorer(settings)
    for name, address in _list_addresses(simulator, dagster).items():
        click.echo(f"{name} {address}")
    click.echo("Ctrl-C ends everything.")
    while True:
        time.sleep(3600)


def _tell_addresses(settings: Settings, dagster_api: DagsterApi, simulator: str, dagster: str) -> None:
    """Name each address once it answers; return when all do.

    Raises
    ------
    SystemExit
        If Dagster, the last to come, is not ready in time.
    """
    waiting: list[tuple[Callable[[], bool], Callable[[], None]]] = [
        (lambda: answers(f"{settings.explorer_url}/healthz"), lambda: _tell_explorer(settings))
    ]
    for name, address in _list_addresses(simulator, dagster).items():
        ready = dagster_api.is_ready if address == dagster else partial(answers, address)
        waiting.append((ready, partial(click.echo, f"{name} {address}")))
    deadline = time.monotonic() + _READY_SECONDS
    while waiting:
        later = []
        for is_ready, tell in waiting:
            if is_ready():
                tell()
            else:
                later.append((is_ready, tell))
        waiting = later
        if waiting and time.monotonic() > deadline:
            sys.exit(f"Not everything was ready after {_READY_SECONDS} s")
        time.sleep(0.5)


def answers(address: str) -> bool:
    """Tell whether a page is there."""
    try:
        return requests.get(address, timeout=_ANSWER_SECONDS).ok
    except requests.RequestException:
        return False


def _tell_explorer(settings: Settings) -> None:
    _, own = place_explorer(settings, os.environ, urlsplit(settings.explorer_url).port)
    tell_place(settings, own)


def _list_addresses(simulator: str, dagster: str) -> dict[str, str]:
    return {
        "Simulated Wikimedia and truth:": f"{simulator}/simulator",
        "Simulated Slack:              ": f"{simulator}/slack",
        "Dagster:                      ": dagster,
    }


def _backfill(dagster_api: DagsterApi, engine: Engine, simulator: str, months: Sequence[date]) -> Findings:
    started = time.monotonic()
    click.echo(f"Launching a backfill of {len(months)} months, {format_month(months[0])} to {format_month(months[-1])}")
    title = f"Demo: {len(months)} months"
    backfill_id = dagster_api.launch_backfill(_ASSETS, [f"{month:%Y-%m-%d}" for month in months], title)
    backfill = _follow(dagster_api, engine, backfill_id)
    seconds = time.monotonic() - started
    refresh = last_refresh(engine, Series.EDITS)
    fetches = read_fetches(engine, refresh.id) if refresh else []
    truth = _get(f"{simulator}/simulator/truth.json")["peaks"]
    planted = _choose_judgeable(truth, months)
    found = {
        (peak.project, peak.month)
        for peak in read_peaks(engine, detector=Detector.SEASONAL, first=months[0], last=months[-1])
    }
    big = {key for key, peak in planted.items() if peak["factor"] >= _BIG and peak["expected"] >= _BIG_EXPECTED}
    statuses = _get(f"{simulator}/simulator/requests.json?newest=100000")["requests"]
    return Findings(
        backfill=backfill,
        months=len(months),
        wikis=len({fetch.project for fetch in fetches}),
        wikis_without_data=len({one.project for one in fetches if one.result.status is FetchStatus.NO_DATA}),
        failed=len({one.project for one in fetches if one.result.status is FetchStatus.FAILED}),
        requests=sum("/metrics/" in request["path"] for request in statuses),
        planted=len(planted),
        found=len(planted.keys() & found),
        big_planted=len(big),
        big_found=len(big & found),
        seconds=seconds,
    )


def _await_people(engine: Engine, settings: Settings) -> Iterator[str]:
    """Wait until the demo's own wikis have registered editors, accounts and pages, or say that they have not."""
    deadline = time.monotonic() + _PEOPLE_SECONDS
    wanted = set(list_first_wikis(engine, settings.watchlist))
    month = newest_complete_month(engine)
    while month is None or not wanted <= list_answered(engine, PEOPLE_SERIES, month):
        if time.monotonic() > deadline:
            yield f"{', '.join(sorted(wanted))}: active editors and new pages did not come within {_PEOPLE_SECONDS} s"
            return
        time.sleep(1)
    click.echo(f"Active editors, new accounts and new pages of {len(wanted)} wikis are there.")


def _await_evidence(engine: Engine, settings: Settings) -> Iterator[str]:
    """Wait until the newest month's peaks were asked about, or say that they were not."""
    deadline = time.monotonic() + _EVIDENCE_SECONDS
    while due := list_due(engine, settings.peak_detector, now()):
        if time.monotonic() > deadline:
            yield f"what was behind {len(due)} peaks was not found within {_EVIDENCE_SECONDS} s"
            return
        time.sleep(1)
    click.echo("What was behind the newest month's peaks is found, as far as it shows.")


def _await_events(engine: Engine) -> Iterator[str]:
    """Wait until all community events are there, or say that they are not."""
    deadline = time.monotonic() + _EVENTS_SECONDS
    while (state := read_source(engine, CalendarSource.EVENTS)) is None or state.read_at is None:
        if time.monotonic() > deadline:
            yield f"community events did not come within {_EVENTS_SECONDS} s"
            return
        time.sleep(1)
    click.echo(f"{len(read_calendar(engine).events):,} community events are there.")


def _follow(dagster_api: DagsterApi, engine: Engine, backfill_id: str) -> Backfill:
    told = ""
    deadline = time.monotonic() + _BACKFILL_SECONDS
    while True:
        backfill = dagster_api.read_backfill(backfill_id)
        line = _tell_progress(engine, backfill)
        if line != told:
            click.echo(line)
            told = line
        if backfill.is_over or time.monotonic() > deadline:
            return backfill
        time.sleep(2)


def _tell_progress(engine: Engine, backfill: Backfill) -> str:
    refresh = last_refresh(engine, Series.EDITS)
    run = ", ".join(status.lower() for status in backfill.runs.values()) or "not started"
    if refresh is None:
        return f"run {run}"
    done = len({fetch.project for fetch in read_fetches(engine, refresh.id)})
    months = sum(backfill.materialized.values())
    return f"run {run}: {done} of {len(refresh.projects)} wikis stored, {months} partitions materialized"


def _choose_judgeable(
    truth: Sequence[dict[str, Any]], months: Sequence[date]
) -> dict[tuple[str, date], dict[str, Any]]:
    """Choose the planted peaks that lie far enough behind the first month stored for a detector to judge."""
    since = shift_month(months[0], _HISTORY_MONTHS)
    by_key = {(peak["project"], parse_month(peak["month"])): peak for peak in truth}
    return {key: peak for key, peak in by_key.items() if since <= key[1] <= months[-1]}


def _show(findings: Findings) -> None:
    table = Table(title="What the demo did")
    table.add_column("what")
    table.add_column("figure", justify="right")
    rows = {
        "wikis": f"{findings.wikis:,} ({findings.wikis_without_data} without data)",
        "months": f"{findings.months}",
        "requests": f"{findings.requests:,}",
        "runs": f"{len(findings.backfill.runs)}",
        "time": tell_duration(findings.seconds),
        "planted peaks found": f"{findings.found} of {findings.planted}",
        f"of {_BIG:g}× or more, over {_BIG_EXPECTED} edits": f"{findings.big_found} of {findings.big_planted}",
    }
    for what, figure in rows.items():
        table.add_row(what, figure)
    Console(width=80).print(table)


def _get(url: str) -> Any:  # noqa: ANN401, RUF100
    response = requests.get(url, timeout=30)
    response.raise_for_status()
    return response.json()


if __name__ == "__main__":
    main()
