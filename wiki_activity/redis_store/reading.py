"""What anybody may read of the live stream: counts, rates, and whether the watcher lives."""

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import redis
from redis.client import Pipeline

from wiki_activity.domain.heartbeat import Beat, Heartbeat
from wiki_activity.redis_store.connection import Keys, wrapped_errors
from wiki_activity.redis_store.live_state import Progress, Rate, Totals
from wiki_activity.redis_store.store_errors import SavedStateError

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Live:
    """The watcher's last save, all of one moment.

    Parameters
    ----------
    beat
        Its last sign of life; None if no watcher has ever written.
    progress
        None likewise.
    totals
        By project, of all wikis.
    rates
        By project, of the judged wikis that had an edit in the window.
    """

    beat: Beat | None
    progress: Progress | None
    totals: dict[str, Totals]
    rates: dict[str, Rate]


def read_live(client: redis.Redis, keys: Keys | None = None) -> Live:
    """Read heartbeat, progress, totals and rates.

    Raises
    ------
    RedisStoreUnreachableError
        If Redis cannot be reached.
    SavedStateError
        If what is there cannot be read.
    """
    keys = keys or Keys()
    with wrapped_errors(client), client.pipeline(transaction=True) as pipe:
        _ask_beat(pipe, keys)
        pipe.get(keys.progress)
        pipe.hgetall(keys.totals)
        pipe.hgetall(keys.rates)
        *beat, progress, totals, rates = pipe.execute()
    return Live(
        beat=_decode_beat(*beat),
        progress=_decode_optional(progress, Progress),
        totals={name.decode(): _decode(value, Totals) for name, value in totals.items()},
        rates={name.decode(): _decode(value, Rate) for name, value in rates.items()},
    )


def read_beat(client: redis.Redis, keys: Keys | None = None) -> Beat | None:
    """Read the watcher's sign of life; None if none has ever written. Raises as :func:`read_live` does."""
    with wrapped_errors(client), client.pipeline(transaction=True) as pipe:
        _ask_beat(pipe, keys or Keys())
        return _decode_beat(*pipe.execute())


def read_progress(client: redis.Redis, keys: Keys | None = None) -> Progress | None:
    """Read how far the stream was counted; None if no watcher has ever written. Raises as :func:`read_live` does."""
    with wrapped_errors(client):
        return _decode_optional(client.get((keys or Keys()).progress), Progress)


def _ask_beat(pipe: Pipeline, keys: Keys) -> None:
    pipe.get(keys.heartbeat)
    pipe.get(keys.heartbeat_at)
    pipe.time()


def _decode_beat(heartbeat: Any, at: bytes | None, now: tuple[int, int]) -> Beat | None:
    if heartbeat is None or at is None:
        return None
    seconds, microseconds = now
    return Beat(_decode(heartbeat, Heartbeat), seconds + microseconds / 1e6 - float(at))


def _decode_optional(value: Any, kind: type[Record]) -> Record | None:
    return None if value is None else _decode(value, kind)


def _decode(value: Any, kind: type[Record]) -> Record:
    try:
        return msgspec.json.decode(value, type=kind)
    except msgspec.MsgspecError as error:
        msg = f"no {kind.__name__.lower()} of a watcher: {value[:80]!r}"
        raise SavedStateError(msg) from error
