"""The watcher's last sign of life, wherever it can be read, and what it says of whether edits are seen."""

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER, Beat, choose_newer
from wiki_activity.redis_store import reading
from wiki_activity.redis_store.connection import LivePlace, connect
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.storage import heartbeats
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.watch.neighbours import is_neighbour

_LOOK_AGAIN_SECONDS: Final = 1.5
_LOOKS: Final = 2


class UnreadableError(Exception):
    """No store can be asked for signs of life; the message says what each of them says."""


def read_beat(engine: Engine | None, place: LivePlace | None) -> Beat | None:
    """Read the watcher's last sign of life, the newer of what the two stores have; None if there never was one.

    What another installation's watcher has written into Redis is none of ours.

    Parameters
    ----------
    engine, place
        Where to ask; None for what is known not to be there.

    Raises
    ------
    UnreadableError
        If neither store can be read.
    """
    known: list[Beat | None] = []
    problems = []
    try:
        known.append(None if place is None else _read_redis(place))
    except RedisStoreError as error:
        known.append(None)
        problems.append(str(error))
    try:
        if engine is not None:
            if is_neighbour(engine, known[0]):
                known[0] = None
            known.append(heartbeats.read_beat(engine, WATCHER))
    except StorageError as error:
        problems.append(str(error))
    if not any(known) and problems:
        raise UnreadableError("; ".join(problems))
    return choose_newer(known[0], known[1] if len(known) > 1 else None)


def read_beat_patiently(
    engine: Engine | None, place: LivePlace | None, pause: Callable[[float], None] = time.sleep
) -> Beat | None:
    """Read it, and where it seems that the watcher is dead look again a moment later, up to three seconds.

    A beat that moves meanwhile is life: a clock was set, a store was away, or the whole machine had slept.

    Raises
    ------
    UnreadableError
        If neither store can be read.
    """
    first = beat = read_beat(engine, place)
    for _ in range(_LOOKS):
        if first is None or beat is None or beat.is_alive:
            return beat
        pause(_LOOK_AGAIN_SECONDS)
        beat = read_beat(engine, place)
        if beat is not None and beat.heartbeat.beats != first.heartbeat.beats:
            return Beat(beat.heartbeat, 0.0, beat.from_database)
    return beat


def _read_redis(place: LivePlace) -> Beat | None:
    with connect(place.url) as client:
        return reading.read_beat(client, place.keys)
