"""`wiki-activity watch`: the live watcher without Dagster, delivering its own messages."""

import sys
import time

import click
from sqlalchemy import Engine

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.logs import tell, tell_error
from wiki_activity.cli.setup import now, open_database, open_session, settings_from_environment
from wiki_activity.domain.heartbeat import Beat, Heartbeat
from wiki_activity.domain.stream_health import describe_waiting, find_clock_trouble
from wiki_activity.leases import sign_lease
from wiki_activity.monthly.planning import ensure_wikis
from wiki_activity.redis_store.connection import LivePlace, connect
from wiki_activity.redis_store.reading import read_live
from wiki_activity.redis_store.store_errors import RedisStoreError, ReplacedError
from wiki_activity.settings import Settings
from wiki_activity.storage.patience import Patience
from wiki_activity.watch.neighbours import OtherInstallationError
from wiki_activity.watch.session import NoRedisError, find_live_place, watch
from wiki_activity.wikimedia.answer_errors import WikimediaError

_LINE_SECONDS = 30.0
_SHOWN = 3
_TURN_SECONDS = 20.0


@click.command("watch")
@click.option("--for", "minutes", type=float, metavar="MINUTES", help="Leave after so long  [default: never]")
def command(*, minutes: float | None) -> int:
    """Watch the live stream, and tell Slack when edits come unusually fast and when that ends, without Dagster.

    Counts go to Redis, episodes and messages to the database: another watcher, here or in Dagster, goes on where this
    one stops, and the newest one to start replaces the others. Shows a line a second on a terminal, one each half
    minute elsewhere. Ends with 1 when it was replaced, there is no Redis, or another installation counts in it, 3 when
    the database is out of reach, 130 on Ctrl-C.
    """
    settings = settings_from_environment()
    ends_at = float("inf") if minutes is None else time.monotonic() + 60 * minutes
    with open_database(settings, Patience.WATCHER) as engine:
        _load_names(engine, settings)
        try:
            place = find_live_place(settings)
            watch(
                settings,
                engine,
                place,
                holder=sign_lease("wiki-activity watch"),
                stop=lambda: time.monotonic() >= ends_at,
                clock=now,
                on_beat=_StatusLine(place).beat,
            )
        except (NoRedisError, OtherInstallationError, ReplacedError) as error:
            tell_error(error)
            return FAILED
    if time.monotonic() < ends_at:
        tell_error("the embedded Valkey has another address now")
        return FAILED
    return DONE


def _load_names(engine: Engine, settings: Settings) -> None:
    """Load the list of wikis if there is none: messages call wikis by their names."""
    with open_session(settings, "names", _TURN_SECONDS) as session:
        try:
            ensure_wikis(engine, session, settings.site_matrix_url, now())
        except WikimediaError as error:
            tell(f"wikis are called by their addresses: {error}")


class _StatusLine:
    """One line a second on a terminal, a line each half minute elsewhere."""

    def __init__(self, place: LivePlace) -> None:
        self._place = place
        self._is_terminal = sys.stderr.isatty()
        self._every = 1.0 if self._is_terminal else _LINE_SECONDS
        self._shown_at = float("-inf")

    def beat(self, heartbeat: Heartbeat) -> None:
        if time.monotonic() - self._shown_at < self._every:
            return
        self._shown_at = time.monotonic()
        line = self._describe(heartbeat)
        if self._is_terminal:
            click.echo(f"\r\x1b[2K{line}", nl=False, err=True)
        else:
            tell(line)

    def _describe(self, heartbeat: Heartbeat) -> str:
        stream = heartbeat.stream
        state = stream.problem or ("connected" if stream.connected else "connecting")
        beat = Beat(heartbeat, 0.0)
        told = filter(None, (state, describe_waiting(beat, now()), find_clock_trouble(beat)))
        state = "; ".join(one.rstrip(".") for one in told)
        if stream.newest is None:
            return f"{state}; no edit seen yet"
        parts = [f"{state}, {heartbeat.lag_seconds or 0:.0f} s behind"]
        try:
            with connect(self._place.url) as client:
                live = read_live(client, self._place.keys)
        except RedisStoreError as error:
            return f"{state}; {error}"
        busiest = sorted(live.rates.items(), key=lambda item: item[1].window_edits, reverse=True)[:_SHOWN]
        for project, rate in busiest:
            if rate.rate is not None:
                usual = f", usually {60 * rate.usual:.0f}" if rate.usual is not None else ""
                busy = " BUSY" if rate.busy else ""
                parts.append(f"{project} {60 * rate.rate:.0f} edits a minute{usual}{busy}")
        return "; ".join(parts)
