"""Keeps the minutes around each episode in the database: Redis forgets them after eight days."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import redis
from sqlalchemy import Engine

from wiki_activity.domain.episode_minutes import MINUTE, EpisodeMinutes, find_last_end
from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.redis_store.all_minutes import HourReader
from wiki_activity.redis_store.connection import Keys
from wiki_activity.redis_store.reading import read_progress
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.storage.database import write
from wiki_activity.storage.episode_minutes import Followed, read_followed, save_minutes
from wiki_activity.storage.storage_errors import DatabaseUnreachableError

logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 60.0
_MOST_HOURS: Final = 24
"""Hours of all wikis that are read in one look, some 200 kB each; what is left over waits for the next one."""
_KEPT_SECONDS: Final = 8 * 24 * 3600
"""What is older is not in Redis any more."""


class MinuteKeeper:
    """Adds, once a minute, what has finished since to the minutes of episodes that are open, or ended within the hour.

    What is written comes from what the watcher has saved, and is only ever added to, so that a look that was cut off is
    simply made again, and minutes that came while the database was away are added later.

    Parameters
    ----------
    engine
        Where they are kept.
    client, keys
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

    def beat(self, heartbeat: Heartbeat) -> None:
        """Look once a minute."""
        if heartbeat.stream.newest is None or self._monotonic() - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = self._monotonic()
        try:
            self.keep()
        except (DatabaseUnreachableError, RedisStoreError) as error:
            logger.warning("the minutes of busy spells cannot be kept yet: %s", error)

    def keep(self) -> None:
        """Add what has finished.

        Raises
        ------
        DatabaseUnreachableError, RedisStoreError
            Then nothing has changed.
        """
        progress = read_progress(self._client, self._keys)
        if progress is None or not progress.closed_until:
            return
        # One minute less than is finished: whether a minute was seen whole shows in the one after it.
        until = progress.closed_until - progress.closed_until % MINUTE - MINUTE
        followed = read_followed(self._engine, datetime.fromtimestamp(until - _KEPT_SECONDS, UTC))
        hours = HourReader(self._client, self._keys)
        kept = []
        for one in followed:
            if hours.hours_read >= _MOST_HOURS:
                break
            kept += _extend(one, hours, until)
        if kept:
            write(self._engine, lambda connection: save_minutes(connection, kept))


def _extend(one: Followed, hours: HourReader, until: int) -> list[tuple[Followed, EpisodeMinutes, bool]]:
    last = None if one.ended_at is None else find_last_end(one.ended_at)
    last_now = until if last is None else min(until, last)
    since = one.minutes.until
    if since >= last_now and (last is None or since < last):
        return []
    minutes = one.minutes
    if since < last_now:
        minutes = minutes.extend(last_now, hours.read(one.project, since, last_now))
    return [(one, minutes, last is not None and minutes.until >= last)]
