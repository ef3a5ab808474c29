"""Another installation's watcher that writes under the same names into the same Redis."""

import time
from collections.abc import Callable
from typing import Final

import redis
from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER, Beat
from wiki_activity.redis_store.connection import Keys
from wiki_activity.redis_store.reading import read_beat
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.storage.heartbeats import holds
from wiki_activity.storage.storage_errors import DatabaseUnreachableError

_LOOK_SECONDS: Final = 3.0
_LOOKS: Final = 6
"""A watcher whose database was changed for another one notices sooner, and leaves."""


NEIGHBOUR: Final = "the watcher of another database writes into this Redis under the same names"
REMEDY: Final = "give one of the two installations a WIKI_ACTIVITY_REDIS_PREFIX of its own"


class OtherInstallationError(Exception):
    """A watcher of another database counts under these names."""


def refuse_neighbours(
    engine: Engine, client: redis.Redis, keys: Keys, pause: Callable[[float], None] = time.sleep
) -> None:
    """Look whether whoever beats in Redis is known to our database: else both would count, and neither be right.

    Where a store cannot be asked, and in an empty Redis, nobody is taken for one.

    Raises
    ------
    OtherInstallationError
        If somebody whom our database has never heard of goes on beating.
    """
    beats: set[int] = set()
    for _ in range(_LOOKS):
        try:
            beat = read_beat(client, keys)
            if beat is None or not beat.is_alive or holds(engine, WATCHER, beat.heartbeat.holder):
                return
        except (RedisStoreError, DatabaseUnreachableError):
            # That cannot be told now; a store that is away must not keep anybody from watching.
            return
        beats.add(beat.heartbeat.beats)
        pause(_LOOK_SECONDS)
    if len(beats) > 1:
        msg = f"{NEIGHBOUR}: {REMEDY}"
        raise OtherInstallationError(msg)


def is_neighbour(engine: Engine | None, beat: Beat | None) -> bool:
    """Tell whether a sign of life from Redis is of a watcher that lives and of which our database knows nothing.

    So it is for seconds, too, where one takes over, or a database was put back.

    Parameters
    ----------
    engine
        None where there are no tables yet.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    if beat is None or not beat.is_alive:
        return False
    return engine is None or not holds(engine, WATCHER, beat.heartbeat.holder)
