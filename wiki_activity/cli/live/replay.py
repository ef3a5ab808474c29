"""`wiki-activity replay`: what would have been alerted on a recorded stream, or on the last hours."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from wiki_activity.cli.exits import DONE, FAILED, WRONG_USE
from wiki_activity.cli.setup import now, open_existing, settings_from_environment
from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.event_clock import FAR_AHEAD_SECONDS
from wiki_activity.domain.live import WIKI_DETECTORS, LiveDetectorName
from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.domain.names import resolve_names
from wiki_activity.settings import Settings
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.storage.wiki_names import resolve_projects
from wiki_activity.watch.recordings import RecordingError, longest_gap_seconds, read_recording
from wiki_activity.watch.replaying import Replay, Replayed, read_past
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity.wikimedia.stream import EventStream

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=7)
_BEGINS_LATE = timedelta(minutes=5)
_DETECTORS = [name.value for name in WIKI_DETECTORS]


@click.command("replay")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--last", metavar="6h", help="Instead of a file: the stream's own past, up to 7 days (30m, 6h, 2d).")
@click.option("--detector", type=click.Choice(_DETECTORS), help="[default: WIKI_ACTIVITY_LIVE_DETECTOR]")
@click.option("--threshold", type=float, metavar="SECONDS", help="mean_gap's threshold  [default: …_MEAN_GAP_SECONDS]")
@click.option("--wiki", "wikis", metavar="PROJECT", multiple=True, help="Judge this wiki; may be repeated; * for all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    file: Path | None,
    last: str | None,
    detector: str | None,
    threshold: float | None,
    wikis: tuple[str, ...],
    as_json: bool,
) -> int:
    """Tell what would have been alerted, by the same code as live and by event time only: nobody is told anything.

    FILE holds recorded events, one JSON object a line, or a CSV with a column of times (article edits of one wiki,
    which --wiki names); plain or gzip. It is how a threshold is chosen before anyone is paged.
    """
    if (file is None) == (last is None):
        message = "give either a FILE or --last"
        raise click.UsageError(message)
    settings = settings_from_environment()
    judged = _resolve(settings, wikis or settings.live_wikis, strictly=bool(wikis))
    name = LiveDetectorName(detector) if detector else settings.live_detector
    seconds = _check_threshold(settings, name, threshold)
    since = None if last is None else now() - _parse_span(last)
    try:
        replay = Replay(
            judged=None if "*" in judged else frozenset(judged),
            make_detector=lambda: make_detector(name, mean_gap_seconds=seconds),
            window_seconds=settings.window_seconds,
            far_ahead_seconds=FAR_AHEAD_SECONDS if file is None else longest_gap_seconds(file),
        )
        for edits in _read(file, since, settings, judged[0], replay.broken):
            replay.add(edits)
    except (RecordingError, TimeoutError) as error:
        click.secho(f"Error: {error}", fg="red", err=True)
        return WRONG_USE if isinstance(error, RecordingError) else FAILED
    replayed = replay.finish()
    if since is not None and replayed.since is not None and replayed.since - since > _BEGINS_LATE:
        message = (
            f"warning: asked from {since:%Y-%m-%d %H:%M} UTC on, the stream begins at {replayed.since:%m-%d %H:%M}"
        )
        click.secho(message, fg="yellow", err=True)
    if as_json:
        click.echo(json.dumps(_to_json(replayed, name), ensure_ascii=False))
    else:
        _tell(replayed, name)
    return DONE


def _resolve(settings: Settings, written: Sequence[str], *, strictly: bool) -> tuple[str, ...]:
    """Find the wikis that are meant; without a database that can be read, names are taken as they are."""
    resolved = resolve_names(written, {}, {})
    with suppress(StorageError), open_existing(settings) as engine:
        if engine is not None:
            resolved = resolve_projects(engine, written)
    if strictly and resolved.unknown:
        raise click.UsageError(str(resolved.unknown[0]))
    for warning in resolved.warnings:
        click.echo(f"warning: {warning}", err=True)
    return (*resolved.names, *(one.name for one in resolved.unknown))


def _read(
    file: Path | None, since: datetime | None, settings: Settings, project: str, broken: BrokenMessages
) -> Iterator[list[Edit]]:
    if file is not None:
        return read_recording(file, project, broken)
    assert since is not None
    return read_past(EventStream(settings.stream_url, contact=settings.contact), since, broken)


def _parse_span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _UNITS[match[2]].total_seconds() if match else 0.0
    if not 0 < seconds <= _LONGEST.total_seconds():
        message = f"--last takes a time like 30m, 6h or 2d, up to 7d, not {text!r}"
        raise click.UsageError(message)
    return timedelta(seconds=seconds)


def _check_threshold(settings: Settings, detector: LiveDetectorName, threshold: float | None) -> float:
    if threshold is None:
        return settings.mean_gap_seconds
    if detector is not LiveDetectorName.MEAN_GAP:
        message = f"--threshold is mean_gap's, and {detector} judges here: add --detector mean_gap"
        raise click.UsageError(message)
    if not 0 < threshold < math.inf:
        message = f"--threshold takes seconds, more than 0, not {threshold:g}"
        raise click.UsageError(message)
    return threshold


def _to_json(replayed: Replayed, detector: LiveDetectorName) -> dict[str, Any]:
    return {
        "detector": detector,
        "since": replayed.since and replayed.since.isoformat(),
        "until": replayed.until and replayed.until.isoformat(),
        "edits": replayed.edits,
        "late": replayed.late,
        "repeats": replayed.repeats,
        "broken": replayed.broken,
        "broken_kinds": replayed.kinds,
        "episodes": [_episode_to_json(episode) for episode in replayed.episodes],
    }


def _episode_to_json(episode: Episode) -> dict[str, Any]:
    moments = ("started_at", "opened_at", "ended_at", "closed_at")
    return {
        "project": episode.project,
        **{name: (moment := getattr(episode, name)) and moment.isoformat() for name in moments},
        "told": None if _names_nobody(episode) else episode.telling is Telling.TOLD,
        "rate": episode.rate,
        "usual": episode.usual,
        "times": episode.times,
        "edits": episode.edits,
        "why": episode.why,
    }


def _tell(replayed: Replayed, detector: LiveDetectorName) -> None:
    if replayed.since is None or replayed.until is None:
        click.echo("There is no article edit in it.")
    else:
        click.echo(
            f"{replayed.edits:,} edits from {replayed.since:%Y-%m-%d %H:%M:%S} to {replayed.until:%Y-%m-%d %H:%M:%S} "
            f"UTC, {replayed.late:,} late, {replayed.repeats:,} repeated."
        )
    for kind, count in replayed.kinds.items():
        click.echo(f"skipped: {count:,} × {kind}", err=True)
    if not replayed.episodes:
        click.echo(f"{detector} would have alerted nobody.")
        return
    table = Table(title=f"What {detector} would have said, UTC")
    for column in ("wiki", "noticed", "started", "ended", "times usual", "told"):
        table.add_column(column)
    for episode in replayed.episodes:
        table.add_row(
            episode.project,
            f"{episode.opened_at:%m-%d %H:%M:%S}",
            f"{episode.started_at:%H:%M:%S}",
            f"{episode.ended_at:%H:%M:%S}" if episode.ended_at else "still busy",
            f"{episode.times:.1f}×" if episode.times is not None else "",
            _word_telling(episode),
        )
    Console(width=None if Console().is_terminal else 120).print(table)


def _word_telling(episode: Episode) -> str:
    if _names_nobody(episode):
        return "if by 3 people and more"
    if episode.telling is Telling.SILENT:
        return "no (too few edits or people)"
    return "yes" if episode.telling is Telling.TOLD else f"no ({episode.telling})"


def _names_nobody(episode: Episode) -> bool:
    """Tell whether nothing is known of who edited, as in a CSV: then nobody can say whether people would be told."""
    facts = episode.facts
    return facts is not None and facts.people_edits > 0 and facts.people == 0
