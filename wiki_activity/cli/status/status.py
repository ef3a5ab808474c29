"""`wiki-activity status`: how fresh and how complete the stored counts are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from wiki_activity.cli.full_disk import explain_full_disk
from wiki_activity.cli.refresh.failures import describe_failures
from wiki_activity.cli.setup import now, open_existing, settings_from_environment, tell_duration
from wiki_activity.cli.status.live_status import read_live_status, tell_live_status
from wiki_activity.cli.status.upkeep_status import Upkeep, read_upkeep, tell_upkeep
from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.monthly.orphans import is_under_way
from wiki_activity.settings import Settings
from wiki_activity.storage.completeness import Completeness, Coverage, Restated, read_completeness
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.fetches import FetchStatus, answered, read_fetches
from wiki_activity.storage.peak_table import count_peaks
from wiki_activity.storage.refreshes import Outcome, Refresh, last_refresh
from wiki_activity.storage.refusals import RefusedAnswer, read_refused
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.storage.wiki_names import list_name_warnings

_METRIC_NAMES = {Metric.EDITS: "edits", Metric.PEOPLE_EDITS: "edits without bots", Metric.EDITORS: "editors"}
_STATES = {
    "running": "under way",
    "dead": "its process died; `wiki-activity refresh --resume` goes on with it",
    "done": "done",
    "failures": "done, with failures; `wiki-activity refresh --resume` asks for them again",
    "interrupted": "interrupted; `wiki-activity refresh --resume` goes on with it",
    "abandoned": "abandoned",
}


@dataclass(frozen=True, slots=True)
class RefreshStatus:
    """The newest refresh.

    Parameters
    ----------
    refresh
        What it was asked for.
    state
        `running`, `dead` (it would be running, but its holder gives no sign of life), or how it ended.
    wikis_done
        Wikis of which everything asked for was answered.
    failed
        By project, the first error of each wiki of which something could not be read before it was interrupted.
    """

    refresh: Refresh
    state: str
    wikis_done: int
    failed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """All that `status` tells.

    Parameters
    ----------
    completeness
        Age, coverage, restatements.
    peaks
        How many are stored, by metric and detector.
    refused
        Answers that are refused, so that older counts stand.
    refresh
        The newest one; None where there never was one.
    at
        When it was read.
    name_warnings
        What is wrong with the names of wikis in the settings.
    """

    completeness: Completeness
    peaks: Mapping[Metric, Mapping[Detector, int]]
    refused: Sequence[RefusedAnswer]
    refresh: RefreshStatus | None
    at: datetime
    name_warnings: Sequence[str] = ()

    @property
    def age(self) -> timedelta | None:
        """How long ago a refresh last went through its whole list."""
        refreshed_at = self.completeness.refreshed_at
        return None if refreshed_at is None else max(self.at - refreshed_at, timedelta(0))

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object; times are ISO, UTC."""
        completeness = self.completeness
        return {
            "newest_month": None if completeness.newest_month is None else format_month(completeness.newest_month),
            "provisional_months": [_provisional_to_json(one) for one in completeness.provisional],
            "gone_wikis": list(completeness.gone),
            "refreshed_at": _to_iso(completeness.refreshed_at),
            "age_hours": None if self.age is None else round(self.age / timedelta(hours=1), 2),
            "metrics": {metric: _coverage_to_json(coverage) for metric, coverage in completeness.coverage.items()},
            "peaks": self.peaks,
            "restated": {
                "rows": completeness.restated.rows,
                "last_seen_at": _to_iso(completeness.restated.last_seen_at),
            },
            "refused": [_refused_to_json(one) for one in self.refused],
            "refresh": None if self.refresh is None else _refresh_to_json(self.refresh),
            "name_warnings": list(self.name_warnings),
        }


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, as_json: bool) -> None:
    """Tell how fresh and how complete the stored counts are.

    The newest month, when it was read, of how many wikis, which of them failed, the peaks by detector, what Wikimedia
    has restated, how fast edits come now, and which messages wait. It only reads, also while a refresh is under way.
    Ends with 0 when it could tell, whatever it told, and with 3 when the database is out of reach: then it tells what
    the watcher says.
    """
    settings = settings_from_environment()
    try:
        (status, upkeep), away = _open_and_read(settings), None
    except DatabaseUnreachableError as error:
        # What the watcher says of itself can be read all the same, and says since when.
        status, upkeep, away = None, read_upkeep(settings, None, now()), error
    live = read_live_status(settings, now())
    if as_json:
        counts = {} if status is None else status.to_json()
        click.echo(json.dumps({**counts, "upkeep": upkeep.to_json(), **live.to_json()}, ensure_ascii=False))
    else:
        if status is not None:
            _tell(status, Console())
        tell_upkeep(upkeep, None if status is None else status.completeness.refreshed_at)
        tell_live_status(live)
        # Then nobody can write down why there is no sign of life.
        full = explain_full_disk(settings.state_dir)
        if full is not None:
            click.secho(full, fg="red")
    if away is not None:
        raise away


def read_status(engine: Engine, at: datetime) -> Status:
    """Read it from a database with current tables."""
    refresh = last_refresh(engine)
    return Status(
        completeness=read_completeness(engine),
        peaks=count_peaks(engine),
        refused=read_refused(engine),
        refresh=None if refresh is None else _judge(engine, refresh, at),
        at=at,
    )


def _open_and_read(settings: Settings) -> tuple[Status, Upkeep]:
    with open_existing(settings) as engine:
        if engine is None:
            return _nothing(), read_upkeep(settings, None, now())
        status = replace(read_status(engine, now()), name_warnings=list_name_warnings(engine, settings))
        return status, read_upkeep(settings, engine, now())


def _nothing() -> Status:
    coverage = {metric: Coverage(0, 0, 0, ()) for metric in (Metric.EDITS, Metric.EDITORS)}
    peaks = {metric: dict.fromkeys(Detector, 0) for metric in Metric}
    return Status(Completeness(None, None, coverage, Restated(0, None)), peaks, (), None, now())


def _judge(engine: Engine, refresh: Refresh, at: datetime) -> RefreshStatus:
    known = answered(engine, refresh.id)
    done = sum(all((project, one) in known for one in refresh.series) for project in refresh.projects)
    if refresh.outcome is not None:
        state = str(refresh.outcome)
    else:
        state = "running" if is_under_way(refresh, database_time(engine, at)) else "dead"
    failed: dict[str, str] = {}
    if refresh.outcome is Outcome.INTERRUPTED:
        for row in sorted(read_fetches(engine, refresh.id), key=lambda row: list(Series).index(row.series)):
            if row.result.status is FetchStatus.FAILED and row.result.error:
                failed.setdefault(row.project, row.result.error)
    return RefreshStatus(refresh, state, done, failed)


def _to_iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _coverage_to_json(coverage: Coverage) -> dict[str, Any]:
    failed = [{"project": failure.project, "error": failure.error} for failure in coverage.failed]
    return {"wikis": coverage.wikis, "ok": coverage.ok, "no_data": coverage.no_data, "failed": failed}


def _provisional_to_json(one: ProvisionalMonth) -> dict[str, Any]:
    return {
        "month": format_month(one.month),
        "total": one.total,
        "expected": one.expected,
        "wikis_missing": one.wikis_missing,
        "seen_at": _to_iso(one.seen_at),
    }


def _refused_to_json(one: RefusedAnswer) -> dict[str, Any]:
    return {
        "project": one.project,
        "series": one.series,
        "reason": one.reason,
        "total_before": one.total_before,
        "total_after": one.total_after,
        "seen_at": _to_iso(one.seen_at),
    }


def _refresh_to_json(status: RefreshStatus) -> dict[str, Any]:
    refresh = status.refresh
    return {
        "id": refresh.id,
        "state": status.state,
        "holder": refresh.holder,
        "from": format_month(refresh.first),
        "to": format_month(refresh.last),
        "wikis": len(refresh.projects),
        "wikis_done": status.wikis_done,
        "failed": dict(status.failed),
        "started_at": _to_iso(refresh.started_at),
        "last_sign_of_life": _to_iso(refresh.heartbeat),
        "finished_at": _to_iso(refresh.finished_at),
    }


def _tell(status: Status, console: Console) -> None:
    completeness = status.completeness
    for warning in status.name_warnings:
        click.secho(warning, fg="yellow")
    if completeness.newest_month is None:
        click.echo("Nothing is stored yet: `wiki-activity refresh` fetches the counts.")
        if status.refresh is None:
            return
    else:
        click.echo(f"Newest month: {name_month(completeness.newest_month)}")
    for one in completeness.provisional:
        click.echo(f"Provisional:  {_describe_provisional(one)}")
    if completeness.refreshed_at is None or status.age is None:
        click.echo("Refreshed:    never in full")
    else:
        age = tell_duration(status.age.total_seconds())
        click.echo(f"Refreshed:    {completeness.refreshed_at:%Y-%m-%d %H:%M} UTC, {age} ago")
    if status.refresh is not None:
        _tell_refresh(status.refresh)
    console.print(_draw_coverage(completeness.coverage), _draw_peaks(status.peaks))
    _tell_restated(completeness.restated)
    _tell_missing(status)


def _tell_missing(status: Status) -> None:
    """Tell of which wikis something is not stored, and why."""
    completeness = status.completeness
    if completeness.gone:
        gone = ", ".join(completeness.gone)
        click.echo(f"Gone:         {len(completeness.gone)} from the site matrix, asked no more: {gone}")
    if status.refused:
        wikis = len({one.project for one in status.refused})
        click.secho(f"Refused:      answers of {wikis} wikis; what was stored before stands", fg="red")
    for metric, coverage in completeness.coverage.items():
        for line in describe_failures({failure.project: failure.errors[0] for failure in coverage.failed}):
            click.secho(f"failed: {_METRIC_NAMES[metric]}: {line}", fg="red")


def _describe_provisional(one: ProvisionalMonth) -> str:
    found = f"{one.total:,} edits of all wikis"
    if one.expected:
        found += f", {one.total / one.expected:.0%} of what is expected"
    if one.wikis_missing:
        found += f"; {one.wikis_missing:,} wikis lack it"
    return f"{name_month(one.month)}, published only in part so far: {found}. Judged, and told, once it is complete."


def _tell_refresh(status: RefreshStatus) -> None:
    refresh = status.refresh
    click.echo(
        f"Last refresh: {_STATES[status.state]}\n"
        f"              {status.wikis_done:,} of {len(refresh.projects):,} wikis, {format_month(refresh.first)} to "
        f"{format_month(refresh.last)}, begun {refresh.started_at:%Y-%m-%d %H:%M} UTC\n"
        f"              by {refresh.holder}, last sign of life {refresh.heartbeat:%Y-%m-%d %H:%M:%S} UTC"
    )
    if refresh.outcome is Outcome.INTERRUPTED:
        causes = describe_failures(status.failed) if status.failed else ["nothing had failed: somebody stopped it"]
        for cause in causes:
            click.secho(f"              before that: {cause}", fg="yellow")


def _tell_restated(restated: Restated) -> None:
    if restated.last_seen_at is None:
        click.echo("Restated:     nothing so far")
    else:
        click.echo(f"Restated:     {restated.rows:,} counts, last seen {restated.last_seen_at:%Y-%m-%d %H:%M} UTC")


def _draw_coverage(coverage: Mapping[Metric, Coverage]) -> Table:
    table = Table("counts of", title="Wikis, as last asked", title_justify="left")
    for heading in ("wikis", "ok", "no data", "failed"):
        table.add_column(heading, justify="right")
    for metric, found in coverage.items():
        numbers = (found.wikis, found.ok, found.no_data, len(found.failed))
        table.add_row(_METRIC_NAMES[metric], *(f"{number:,}" for number in numbers))
    return table


def _draw_peaks(peaks: Mapping[Metric, Mapping[Detector, int]]) -> Table:
    table = Table("peaks in", title="Peaks", title_justify="left")
    for detector in Detector:
        table.add_column(str(detector), justify="right")
    for metric, counts in peaks.items():
        table.add_row(_METRIC_NAMES[metric], *(f"{counts[detector]:,}" for detector in Detector))
    return table
