"""Who listens to the watcher's heartbeats: blindness, stores that are away, pings, lost episodes, unknown wikis."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis
import requests
from sqlalchemy import Engine

from wiki_activity.bounded_http import AnswerLimits, get_bounded, silence_addresses
from wiki_activity.domain.heartbeat import DATABASE, Beat, Heartbeat
from wiki_activity.domain.notices import BLIND_AFTER
from wiki_activity.domain.stream_health import find_stream_health
from wiki_activity.redis_store.connection import Keys
from wiki_activity.redis_store.reading import read_live
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import Settings
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.watch.alarms import note_blindness, note_recovery, note_store
from wiki_activity.watch.episode_keeper import EpisodeKeeper

logger = logging.getLogger(__name__)

_CAUGHT_UP_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 30.0
_MINUTE_SECONDS = 60.0
_PING_LIMITS = AnswerLimits(10, 1 << 16)

Clock = Callable[[], datetime]


class Lookout:
    """Says, once each, when edits have not been seen for five minutes, and when they are seen again.

    Parameters
    ----------
    settings
        For the explorer's address, and whether there is a webhook.
    engine
        Where notices go.
    clock
        Wall clock.
    seen_until
        Newest event time that an earlier watcher saw: what came since is a gap until it is caught up. None for none.
    monotonic
        Seconds that only go up.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        clock: Clock,
        seen_until: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._begun_at = clock()
        self._gap_since = seen_until
        self._newest = seen_until
        self._moved_at = self._monotonic()
        self._looked_at = float("-inf")

    def beat(self, heartbeat: Heartbeat) -> None:
        """Look at a heartbeat."""
        newest = heartbeat.stream.newest
        if newest != self._newest:
            self._newest = newest
            self._moved_at = self._monotonic()
            self._note_caught_up(heartbeat)
        elif self._monotonic() - max(self._looked_at, self._moved_at) >= _LOOK_AGAIN_SECONDS:
            self._looked_at = self._monotonic()
            self._gap_since = self._gap_since or newest
            self._note_silence(heartbeat)

    def _note_silence(self, heartbeat: Heartbeat) -> None:
        now = self._clock()
        health = find_stream_health(Beat(heartbeat, 0.0), now)
        if health.sees:
            return
        try:
            note_blindness(
                self._engine,
                since=health.since or self._begun_at,
                reason=health.detail,
                now=now,
                sendable=has_ops_webhook(self._settings),
                explorer_url=self._settings.explorer_url,
            )
        except DatabaseUnreachableError as error:
            logger.warning("no edits are seen, and that cannot be told: %s", error)

    def _note_caught_up(self, heartbeat: Heartbeat) -> None:
        newest, lag = heartbeat.stream.newest, heartbeat.lag_seconds
        if self._gap_since is None or newest is None or lag is None or lag > _CAUGHT_UP_SECONDS:
            return
        try:
            note_recovery(
                self._engine,
                since=datetime.fromtimestamp(self._gap_since, UTC),
                until=datetime.fromtimestamp(newest, UTC),
                now=self._clock(),
                sendable=has_ops_webhook(self._settings),
                explorer_url=self._settings.explorer_url,
            )
        except DatabaseUnreachableError as error:
            logger.warning("edits are seen again, and that cannot be told yet: %s", error)
            return
        self._gap_since = None


@dataclass(slots=True)
class _Outage:
    since: datetime
    lasted: timedelta = timedelta(0)
    is_told: bool = False


class StoreWatch:
    """Says, once each, when a store has been away for five minutes, and when it is back: that is no blindness.

    Parameters
    ----------
    settings, engine, clock
        As for :class:`Lookout`.
    """

    def __init__(self, settings: Settings, engine: Engine, clock: Clock) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._outages: dict[str, _Outage] = {}

    def beat(self, heartbeat: Heartbeat) -> None:
        """Look at a heartbeat."""
        for name, state in heartbeat.stores.items():
            if state.since is not None:
                outage = self._outages.setdefault(name, _Outage(datetime.fromtimestamp(state.since, UTC)))
                outage.lasted = timedelta(seconds=heartbeat.at - state.since)
                # A database that is away takes no notice of it.
                if name != DATABASE and not outage.is_told and outage.lasted >= BLIND_AFTER:
                    outage.is_told = self._tell(name, outage, state.problem or "It does not answer")
            elif name in self._outages:
                outage = self._outages[name]
                is_news = outage.is_told or outage.lasted >= BLIND_AFTER
                if not is_news or self._tell(name, outage, None):
                    del self._outages[name]

    def _tell(self, name: str, outage: _Outage, problem: str | None) -> bool:
        try:
            note_store(
                self._engine,
                name,
                since=outage.since,
                problem=problem,
                now=self._clock(),
                sendable=has_ops_webhook(self._settings),
                explorer_url=self._settings.explorer_url,
            )
        except DatabaseUnreachableError as error:
            logger.warning("that %s was away cannot be told: %s", name, error)
            return False
        return True


class Pings:
    """Pings an address each minute while edits flow and are stored, so that somebody outside notices when not.

    While the database is away nobody here can be told anything.

    Parameters
    ----------
    url
        May hold a secret: it is never logged.
    executor
        The ping must not hold the watcher up.
    monotonic
        Seconds that only go up.
    """

    def __init__(self, url: str, executor: ThreadPoolExecutor, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._url = url
        self._executor = executor
        self._pinged_at = float("-inf")
        silence_addresses()

    def beat(self, heartbeat: Heartbeat) -> None:
        """Ping if a minute has passed, edits have come in it, and no store is away."""
        flows = heartbeat.stream.edits_at is not None and heartbeat.at - heartbeat.stream.edits_at < _MINUTE_SECONDS
        if flows and not heartbeat.find_away() and self._monotonic() - self._pinged_at >= _MINUTE_SECONDS:
            self._pinged_at = self._monotonic()
            self._executor.submit(self._ping)

    def _ping(self) -> None:
        try:
            get_bounded(self._url, _PING_LIMITS).raise_for_status()
        except requests.RequestException as error:
            logger.warning("the heartbeat could not be sent: %s", type(error).__name__)


class LostEpisodes:
    """Closes, once a minute, episodes of wikis that get no ticks any more.

    Parameters
    ----------
    keeper
        Who keeps them.
    handed_until
        Tells the event time up to which it was handed all signals; None while there is none.
    """

    def __init__(self, keeper: EpisodeKeeper, handed_until: Callable[[], int | None]) -> None:
        self._keeper = keeper
        self._handed_until = handed_until
        self._looked_at = time.monotonic()

    def beat(self, heartbeat: Heartbeat) -> None:  # noqa: ARG002 - a listener
        """Look once a minute."""
        until = self._handed_until()
        if until is None or time.monotonic() - self._looked_at < _MINUTE_SECONDS:
            return
        self._looked_at = time.monotonic()
        caught_up = datetime.fromtimestamp(until, UTC) - timedelta(seconds=_CAUGHT_UP_SECONDS)
        try:
            self._keeper.close_lost(caught_up)
        except DatabaseUnreachableError as error:
            logger.warning("episodes cannot be closed yet: %s", error)


class Strangers:
    """Names, once each, the wikis whose edits are counted and that the site matrix does not have.

    Parameters
    ----------
    engine
        Where the list of wikis is; nobody is a stranger while it is empty.
    client
        Where the counts are.
    monotonic
        Seconds that only go up.
    """

    def __init__(
        self,
        engine: Engine,
        client: redis.Redis,
        keys: Keys | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._client = client
        self._keys = keys
        self._monotonic = monotonic
        self._looked_at = float("-inf")
        self.named: set[str] = set()

    def beat(self, heartbeat: Heartbeat) -> None:
        """Look once a minute."""
        if heartbeat.stream.newest is None or self._monotonic() - self._looked_at < _MINUTE_SECONDS:
            return
        self._looked_at = self._monotonic()
        try:
            known = {wiki.project for wiki in load_wikis(self._engine)}
            counted = read_live(self._client, self._keys).totals.keys()
        except (DatabaseUnreachableError, RedisStoreError):
            return
        for project in sorted(counted - known - self.named) if known else ():
            logger.warning("edits come from %s, which is not in the site matrix: counted all the same", project)
            self.named.add(project)


def has_ops_webhook(settings: Settings) -> bool:
    """Tell whether there is a webhook for those who keep this running: their own, or the readers'."""
    return settings.ops_webhook_url is not None or settings.slack_webhook_url is not None
