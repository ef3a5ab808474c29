"""The live part of `wiki-activity status`: the watcher, and the rates of the wikis."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from wiki_activity.cli.setup import tell_duration
from wiki_activity.livestore.connection import connect
from wiki_activity.livestore.errors import LiveStoreError
from wiki_activity.livestore.reading import Live, read_live
from wiki_activity.livestore.records import Heartbeat, Rate, Totals
from wiki_activity.settings import Settings
from wiki_activity.watch.session import NoRedisError, find_redis_url

_ALIVE_SECONDS = 8.0
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What is known of the live stream.

    Parameters
    ----------
    live
        The watcher's last save; None where it could not be read.
    problem
        Why not.
    at
        When it was read.
    """

    live: Live | None
    problem: str | None
    at: datetime

    @property
    def heartbeat(self) -> Heartbeat | None:
        """The watcher's last sign of life, if one can be read."""
        return None if self.live is None else self.live.heartbeat

    @property
    def is_alive(self) -> bool:
        """Whether the watcher gave a sign of life in the last seconds."""
        return self.heartbeat is not None and self.at.timestamp() - self.heartbeat.at <= _ALIVE_SECONDS

    def to_json(self) -> dict[str, Any]:
        """Return `watcher` and `live`."""
        return {"watcher": self._watcher_to_json(), "live": self._live_to_json()}

    def _watcher_to_json(self) -> dict[str, Any]:
        heartbeat = self.heartbeat
        if heartbeat is None:
            return {"alive": False, "heartbeat": None, "problem": self.problem or "no watcher has ever run"}
        return {
            "alive": self.is_alive,
            "heartbeat": datetime.fromtimestamp(heartbeat.at, UTC).isoformat(),
            "holder": heartbeat.holder,
            "connection": "connected" if heartbeat.connected else "not connected",
            "problem": heartbeat.problem,
            "newest_event": None if heartbeat.newest is None else _to_iso(heartbeat.newest),
            "lag_seconds": heartbeat.lag_seconds,
            "resume_point": heartbeat.resume_id,
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
    """Read it from Redis; a Redis that is out of reach is told, and is no error."""
    try:
        with connect(find_redis_url(settings)) as client:
            return LiveStatus(read_live(client), None, at)
    except (NoRedisError, LiveStoreError) as error:
        return LiveStatus(None, str(error), at)


def tell_live_status(status: LiveStatus) -> None:
    """Say it in a few lines."""
    if status.live is None or status.live.heartbeat is None:
        click.echo(f"Live: {status.problem or 'no watcher has ever run'}")
        return
    heartbeat = status.live.heartbeat
    age = tell_duration(max(0.0, status.at.timestamp() - heartbeat.at))
    if not status.is_alive:
        click.secho(f"Live: the watcher gave its last sign of life {age} ago; it sees nothing now.", fg="red")
        return
    problem = f"; {heartbeat.problem}" if heartbeat.problem else ""
    click.echo(f"Live: watching, {tell_duration(heartbeat.lag_seconds or 0)} behind{problem}")
    busiest = sorted(status.live.rates.items(), key=lambda item: item[1].window_edits, reverse=True)[:_SHOWN]
    for project, rate in busiest:
        if rate.rate is not None:
            usual = f", usually {60 * rate.usual:.0f}" if rate.usual is not None else ""
            click.echo(f"  {project}: {60 * rate.rate:.0f} edits a minute{usual}{', busy' if rate.busy else ''}")


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
