"""The live part of `wiki-activity status`: the watcher, and the rates of the wikis."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from wiki_activity.cli.setup import open_existing, tell_duration
from wiki_activity.domain.heartbeat import WATCHER, Beat, Heartbeat, StoreState, choose_newer
from wiki_activity.domain.stream_health import StreamHealth, find_clock_trouble, find_stream_health
from wiki_activity.redis_store.connection import connect
from wiki_activity.redis_store.live_state import Rate, Totals
from wiki_activity.redis_store.reading import Live, read_live
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import Settings
from wiki_activity.storage.heartbeats import read_beat
from wiki_activity.storage.notices import Queue, read_queue
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.watch.neighbours import NEIGHBOUR, REMEDY, is_neighbour
from wiki_activity.watch.session import NoRedisError, find_live_place

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What is known of the live stream, and of the messages that wait.

    Parameters
    ----------
    live
        The watcher's last save; None where it could not be read.
    beat
        Its last sign of life, from whichever store has the newer one; None where there is none, or none can be read.
    health
        Whether edits are seen.
    queue
        What waits for Slack; None where it could not be read.
    problem
        What could not be read; None where all could.
    at
        When it was read.
    """

    live: Live | None
    beat: Beat | None
    health: StreamHealth
    queue: Queue | None
    problem: str | None
    at: datetime

    @property
    def heartbeat(self) -> Heartbeat | None:
        """What the watcher's last sign of life says, if one can be read."""
        return None if self.beat is None else self.beat.heartbeat

    @property
    def is_alive(self) -> bool:
        """Whether the watcher gave a sign of life in the last seconds."""
        return self.beat is not None and self.beat.is_alive

    def to_json(self) -> dict[str, Any]:
        """Return `watcher`, `live` and `messages`."""
        return {"watcher": self._watcher_to_json(), "live": self._live_to_json(), "messages": self._queue_to_json()}

    def _watcher_to_json(self) -> dict[str, Any]:
        if self.beat is None:
            problem = self.problem or "no watcher has ever run"
            return {"alive": False, "sees": False, "heartbeat": None, "problem": problem}
        beat, heartbeat, stream = self.beat, self.beat.heartbeat, self.beat.heartbeat.stream
        since = self.health.since
        return {
            "alive": beat.is_alive,
            "sees": self.health.sees,
            "blind_since": None if since is None else since.isoformat(),
            "heartbeat": (self.at - timedelta(seconds=beat.silent_seconds)).isoformat(),
            "silent_seconds": round(beat.silent_seconds, 1),
            "hung_seconds": beat.hung_seconds,
            "holder": heartbeat.holder,
            "token": heartbeat.token,
            "connection": "connected" if stream.connected else "not connected",
            "problem": self.health.waits or stream.problem or find_clock_trouble(beat) or self.problem,
            "warning": stream.warning,
            "stores": {name: _store_to_json(state) for name, state in heartbeat.stores.items()},
            "unknown_wikis": list(stream.unknown),
            "clock_ahead_seconds": heartbeat.clock.ahead_seconds,
            "newest_event": None if stream.newest is None else _to_iso(stream.newest),
            "lag_seconds": heartbeat.lag_seconds,
            "resume_point": stream.resume_id,
        }

    def _queue_to_json(self) -> dict[str, Any] | None:
        if self.queue is None:
            return None
        since = self.queue.since
        return {
            "waiting": self.queue.notices,
            "since": None if since is None else since.isoformat(),
            "error": self.queue.error,
        }

    def _live_to_json(self) -> dict[str, Any]:
        if self.live is None:
            return {}
        projects = sorted(self.live.totals.keys() | self.live.rates.keys())
        return {
            project: _project_to_json(self.live.totals.get(project, Totals()), self.live.rates.get(project))
            for project in projects
        }


def read_live_status(settings: Settings, at: datetime) -> LiveStatus:
    """Read it from both stores; what is out of reach is told, and is no error."""
    problems: list[str] = []
    live = None
    try:
        place = find_live_place(settings)
        with connect(place.url) as client:
            live = read_live(client, place.keys)
    except (NoRedisError, RedisStoreError) as error:
        problems.append(str(error))
    stored, queue = None, None
    try:
        with open_existing(settings) as engine:
            if engine is not None:
                stored, queue = read_beat(engine, WATCHER), read_queue(engine)
                if live is not None and is_neighbour(engine, live.beat):
                    live = None
                    problems.append(f"{NEIGHBOUR}: {REMEDY}")
    except StorageError as error:
        problems.append(str(error))
    beat = choose_newer(None if live is None else live.beat, stored)
    return LiveStatus(live, beat, find_stream_health(beat, at), queue, "; ".join(problems) or None, at)


def tell_live_status(status: LiveStatus) -> None:
    """Say it in a few lines."""
    _tell_watcher(status)
    _tell_queue(status)


def _tell_watcher(status: LiveStatus) -> None:
    beat, health = status.beat, status.health
    if beat is None:
        click.echo(f"Live: {status.problem or 'no watcher has ever run'}")
        return
    if not beat.is_alive:
        age = tell_duration(max(0.0, beat.silent_seconds))
        click.secho(f"Live: the watcher gave its last sign of life {age} ago; it sees nothing now.", fg="red")
        return
    stream = beat.heartbeat.stream
    if health.sees:
        click.echo(f"Live: watching, {tell_duration(beat.heartbeat.lag_seconds or 0)} behind")
    else:
        since = "" if health.since is None else f" since {health.since:%Y-%m-%d %H:%M:%S} UTC"
        click.secho(f"Live: no edits are seen{since}. {health.detail or health.reason}", fg="red")
    unknown = f"No wiki has these names, so nobody is judged by them: {', '.join(stream.unknown)}."
    warnings = (
        health.waits,
        stream.warning,
        find_clock_trouble(beat),
        unknown if stream.unknown else "",
        status.problem,
    )
    for warning in filter(None, warnings):
        if health.sees or warning not in {health.detail, health.reason}:
            click.secho(f"  {warning}", fg="yellow")
    if status.live is None or not health.is_current:
        # Rates of then would be taken for those of now.
        return
    busiest = sorted(status.live.rates.items(), key=lambda item: item[1].window_edits, reverse=True)[:_SHOWN]
    for project, rate in busiest:
        if rate.rate is not None:
            usual = f", usually {60 * rate.usual:.0f}" if rate.usual is not None else ""
            click.echo(f"  {project}: {60 * rate.rate:.0f} edits a minute{usual}{', busy' if rate.busy else ''}")


def _tell_queue(status: LiveStatus) -> None:
    queue = status.queue
    if queue is not None and queue.notices:
        click.secho(f"Messages: {describe_queue(queue)}", fg="red" if queue.error else None)


def describe_queue(queue: Queue) -> str:
    """Say how many messages wait, since when, and what Slack said last."""
    if queue.since is None:
        return "none waits"
    said = f"; {queue.error}" if queue.error else ""
    return f"{queue.notices} wait since {queue.since:%Y-%m-%d %H:%M:%S} UTC{said}"


def _store_to_json(state: StoreState) -> dict[str, Any]:
    return {"away_since": None if state.since is None else _to_iso(state.since), "problem": state.problem}


def _project_to_json(totals: Totals, rate: Rate | None) -> dict[str, Any]:
    episode = None
    if rate is not None and rate.busy:
        episode = {"started_at": None if rate.started_at is None else _to_iso(rate.started_at)}
    return {
        "edits": totals.edits,
        "late": totals.late,
        "repeats": totals.repeats,
        "broken": totals.broken,
        "window_edits": 0 if rate is None else rate.window_edits,
        "mean_gap_seconds": None if rate is None else rate.mean_gap_seconds,
        "rate": None if rate is None else rate.rate,
        "usual": None if rate is None else rate.usual,
        "episode": episode,
    }


def _to_iso(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat()
