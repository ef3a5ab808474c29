"""One session of watching: the watcher with everything around it, for whoever runs it."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import redis
import requests
from sqlalchemy import Engine

from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.livestore.connection import connect
from wiki_activity.livestore.embedded import find_embedded
from wiki_activity.livestore.errors import LiveStoreError
from wiki_activity.livestore.reading import read_heartbeat
from wiki_activity.livestore.records import Heartbeat
from wiki_activity.livestore.writing import LiveStore
from wiki_activity.settings import Settings
from wiki_activity.storage.errors import DatabaseUnreachableError
from wiki_activity.watch.alarms import note_blindness, note_recovery
from wiki_activity.watch.episodes import EpisodeKeeper
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.stream import EventStream

logger = logging.getLogger(__name__)

_CAUGHT_UP_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 30.0
_PING_SECONDS = 60.0
_PING_TIMEOUT_SECONDS = 10.0

Clock = Callable[[], datetime]
OnBeat = Callable[[Heartbeat], None]


class NoRedisError(Exception):
    """There is no Redis to keep the live counts in."""


def find_redis_url(settings: Settings) -> str:
    """Return the address of the configured Redis, or of the embedded Valkey that runs.

    Raises
    ------
    NoRedisError
        If there is neither.
    """
    url = settings.redis_url or find_embedded(settings.state_dir)
    if url is None:
        msg = (
            f"no Redis: WIKI_ACTIVITY_REDIS_URL is not set, and no embedded Valkey runs on {settings.state_dir}; "
            "`wiki-activity up` starts one"
        )
        raise NoRedisError(msg)
    return url


def choose_judged(settings: Settings) -> frozenset[str] | None:
    """Return the wikis to judge; None for all."""
    return None if "*" in settings.live_wikis else frozenset(settings.live_wikis)


def watch(
    settings: Settings,
    engine: Engine,
    redis_url: str,
    *,
    holder: str,
    stop: Callable[[], bool],
    clock: Clock,
    on_beat: OnBeat = lambda _: None,
) -> None:
    """Watch the stream until told to stop: count, judge, keep episodes, and say when nothing can be seen.

    Parameters
    ----------
    redis_url
        Where the counts go.
    holder
        Who watches, as of :func:`wiki_activity.holders.sign_lease`.
    on_beat
        Called with each heartbeat, twice a second.

    Raises
    ------
    ReplacedError
        When another watcher has taken over.
    """
    keeper = EpisodeKeeper(
        engine,
        settings.live_detector,
        explorer_url=settings.explorer_url,
        sendable=settings.slack_webhook_url is not None,
        clock=clock,
    )
    with connect(redis_url) as client, ThreadPoolExecutor(1, thread_name_prefix="ping") as executor:
        around = [
            Sight(settings, engine, clock, seen_until=_find_seen_until(client)).beat,
            _LostEpisodes(keeper).beat,
            on_beat,
        ]
        if settings.heartbeat_url is not None:
            around.append(Pings(settings.heartbeat_url, executor).beat)

        def tell_all(heartbeat: Heartbeat) -> None:
            for listener in around:
                listener(heartbeat)

        Watcher(
            EventStream(settings.stream_url, contact=settings.contact),
            LiveStore(client),
            judged=choose_judged(settings),
            make_detector=lambda: make_detector(settings.live_detector, mean_gap_seconds=settings.mean_gap_seconds),
            on_signal=keeper.on_signal,
            holder=holder,
            window_seconds=settings.window_seconds,
            on_beat=tell_all,
        ).run(stop)


def _find_seen_until(client: redis.Redis) -> int | None:
    try:
        heartbeat = read_heartbeat(client)
    except LiveStoreError:
        return None
    return None if heartbeat is None else heartbeat.newest


class Sight:
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
        if heartbeat.newest != self._newest:
            self._newest = heartbeat.newest
            self._moved_at = self._monotonic()
            self._note_caught_up(heartbeat)
        elif self._monotonic() - max(self._looked_at, self._moved_at) >= _LOOK_AGAIN_SECONDS:
            self._looked_at = self._monotonic()
            self._gap_since = self._gap_since or heartbeat.newest
            self._note_silence(heartbeat)

    def _note_silence(self, heartbeat: Heartbeat) -> None:
        since = self._begun_at if heartbeat.edits_at is None else datetime.fromtimestamp(heartbeat.edits_at, UTC)
        reason = f"{heartbeat.problem}; retrying." if heartbeat.problem else "Wikimedia's stream sends nothing."
        try:
            note_blindness(
                self._engine,
                since=since,
                reason=reason,
                now=self._clock(),
                sendable=has_ops_webhook(self._settings),
                explorer_url=self._settings.explorer_url,
            )
        except DatabaseUnreachableError as error:
            logger.warning("no edits are seen, and that cannot be told: %s", error)

    def _note_caught_up(self, heartbeat: Heartbeat) -> None:
        lag = heartbeat.lag_seconds
        if self._gap_since is None or heartbeat.newest is None or lag is None or lag > _CAUGHT_UP_SECONDS:
            return
        try:
            note_recovery(
                self._engine,
                since=datetime.fromtimestamp(self._gap_since, UTC),
                until=datetime.fromtimestamp(heartbeat.newest, UTC),
                now=self._clock(),
                sendable=has_ops_webhook(self._settings),
                explorer_url=self._settings.explorer_url,
            )
        except DatabaseUnreachableError as error:
            logger.warning("edits are seen again, and that cannot be told yet: %s", error)
            return
        self._gap_since = None


class Pings:
    """Pings an address each minute while edits flow, so that somebody outside notices when all of this is dead.

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

    def beat(self, heartbeat: Heartbeat) -> None:
        """Ping if a minute has passed and edits have come in it."""
        flows = heartbeat.edits_at is not None and heartbeat.at - heartbeat.edits_at < _PING_SECONDS
        if flows and self._monotonic() - self._pinged_at >= _PING_SECONDS:
            self._pinged_at = self._monotonic()
            self._executor.submit(self._ping)

    def _ping(self) -> None:
        try:
            requests.get(self._url, timeout=_PING_TIMEOUT_SECONDS).raise_for_status()
        except requests.RequestException as error:
            logger.warning("the heartbeat could not be sent: %s", type(error).__name__)


class _LostEpisodes:
    """Closes, once a minute, episodes of wikis that get no ticks any more."""

    def __init__(self, keeper: EpisodeKeeper) -> None:
        self._keeper = keeper
        self._looked_at = time.monotonic()

    def beat(self, heartbeat: Heartbeat) -> None:
        if heartbeat.newest is None or time.monotonic() - self._looked_at < _PING_SECONDS:
            return
        self._looked_at = time.monotonic()
        caught_up = datetime.fromtimestamp(heartbeat.newest, UTC) - timedelta(seconds=_CAUGHT_UP_SECONDS)
        try:
            self._keeper.close_lost(caught_up)
        except DatabaseUnreachableError as error:
            logger.warning("episodes cannot be closed yet: %s", error)


def has_ops_webhook(settings: Settings) -> bool:
    """Tell whether there is a webhook for those who keep this running: their own, or the readers'."""
    return settings.ops_webhook_url is not None or settings.slack_webhook_url is not None
