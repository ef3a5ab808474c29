"""Reads the live store and the newest episodes, once for everybody; what cannot be read is said, never raised."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import redis
from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER, Beat, choose_newer
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.domain.stream_health import find_stream_health
from wiki_activity.explorer.cache import RenewedValue
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.live.minutes import MinuteReader
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.store_away import lose_store
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.reading import Live, read_live
from wiki_activity.redis_store.store_errors import RedisStoreError, RedisStoreSilentError
from wiki_activity.settings import Settings
from wiki_activity.storage.episode_table import read_episodes
from wiki_activity.storage.heartbeats import read_beat
from wiki_activity.storage.mutes import read_mutes
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.watch.session import NoRedisError, find_live_place

logger = logging.getLogger(__name__)

_DATABASE_SECONDS = 2.0
_PAUSE_SECONDS = 2.0
"""So long a store that did not answer is left alone."""
_EPISODES = 200


class LiveReader:
    """Makes pictures, each from the one before; for one thread at a time.

    Parameters
    ----------
    settings
        Where the stores are, and which detector speaks.
    engine
        The database.
    clock
        Wall clock, UTC.
    catalogues
        For the wikis' names.
    monotonic
        Seconds that only go up.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        clock: Callable[[], datetime],
        catalogues: RenewedValue[Catalogue],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._catalogues = catalogues
        self._monotonic = monotonic
        self._keys = Keys(f"{settings.redis_prefix}live:")
        self._client: redis.Redis | None = None
        self._minutes = MinuteReader(self._keys)
        self._read_at: datetime | None = None
        self._database_read_at = float("-inf")
        self._beat: Beat | None = None
        self._beat_read_at = float("-inf")
        self._ask_again_at = float("-inf")
        self._last: Picture | None = None
        self._problems: dict[str, str] = {}

    def read(self) -> Picture:
        """Return how things are now."""
        now = self._clock()
        picture = replace(self._last, at=now) if self._last is not None else Picture(now)
        self._last = self._add_database(self._add_live(picture))
        return self._last

    def close(self) -> None:
        """Hang up; reading connects again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _add_live(self, picture: Picture) -> Picture:
        if self._monotonic() < self._ask_again_at:
            return picture
        try:
            live, client = self._ask()
            minutes = picture.minutes
            if live.progress is not None:
                minutes = self._minutes.read(client, live.progress.closed_until)
        except (NoRedisError, RedisStoreError) as error:
            self._fail("live counts", error)
            self.close()
            if isinstance(error, RedisStoreSilentError):
                self._ask_again_at = self._monotonic() + _PAUSE_SECONDS
            configured = not isinstance(error, NoRedisError)
            health = lose_store(picture.health, self._read_at, self._find_beat(), picture.at, configured=configured)
            return replace(picture, health=health)
        self._work("live counts")
        self._read_at = picture.at
        health = find_stream_health(live.beat, picture.at)
        if not health.sees and (stored := self._find_beat()) is not None:
            # It may be that the watcher cannot reach Redis, and we can.
            health = find_stream_health(choose_newer(live.beat, stored), picture.at)
        if live.beat is None and picture.live is not None and picture.live.beat is not None:
            # A store that lost everything: what was last received stays on the page.
            return replace(picture, health=replace(health, started=True))
        return replace(picture, live=live, minutes=minutes, health=health)

    def _find_beat(self) -> Beat | None:
        """Read what the database knows of the watcher, every other second at most; None where it cannot be read."""
        now = self._monotonic()
        if now - self._beat_read_at >= _DATABASE_SECONDS:
            self._beat_read_at = now
            try:
                self._beat = read_beat(self._engine, WATCHER)
            except StorageError as error:
                self._beat = None
                self._fail("the watcher’s heartbeat", error)
            else:
                self._work("the watcher’s heartbeat")
        if self._beat is None:
            return None
        return replace(self._beat, silent_seconds=self._beat.silent_seconds + now - self._beat_read_at)

    def _ask(self) -> tuple[Live, redis.Redis]:
        if self._client is not None:
            try:
                return read_live(self._client, self._keys), self._client
            except RedisStoreSilentError:
                raise
            except RedisStoreError:
                # The embedded server may be at another address since.
                self.close()
        self._client = connect(find_live_place(self._settings).url)
        return read_live(self._client, self._keys), self._client

    def _add_database(self, picture: Picture) -> Picture:
        if self._monotonic() - self._database_read_at < _DATABASE_SECONDS:
            return picture
        try:
            picture = replace(
                picture,
                episodes=tuple(
                    read_episodes(
                        self._engine,
                        detectors=(self._settings.live_detector, LiveDetectorName.HOT_PAGE),
                        limit=_EPISODES,
                    )
                ),
                mutes=read_mutes(self._engine, picture.at),
                wikis=self._catalogues.read().wikis,
                episodes_readable=True,
            )
        except StorageError as error:
            self._fail("busy spells", error)
            picture = replace(picture, episodes_readable=False)
        else:
            self._work("busy spells")
        self._database_read_at = self._monotonic()
        return picture

    def _fail(self, what: str, error: Exception) -> None:
        # Tried again each second: the same reason is said once.
        reason = str(error)
        if self._problems.get(what) != reason:
            self._problems[what] = reason
            logger.warning("%s cannot be read: %s", what, reason)

    def _work(self, what: str) -> None:
        if self._problems.pop(what, None) is not None:
            logger.info("%s can be read again", what)
