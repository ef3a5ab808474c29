"""What anybody may read of the live stream: counts, rates, and whether the watcher lives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import redis
from redis.client import Pipeline

from wiki_activity.domain.heartbeat import Beat, Heartbeat
from wiki_activity.redis_store.connection import Keys, wrapped_errors
from wiki_activity.redis_store.live_state import Progress, Rate, Totals
from wiki_activity.redis_store.packed_counts import Counts, decode_counts
from wiki_activity.redis_store.store_errors import SavedStateError
from wiki_activity.redis_store.writing import HOUR, MINUTE

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


def read_rate(client: redis.Redis, project: str, keys: Keys | None = None) -> Rate | None:
    """Read one wiki's rate; None if it is not judged or had no edit in the window. Raises as :func:`read_live` does."""
    with wrapped_errors(client):
        return _decode_optional(client.hget((keys or Keys()).rates, project), Rate)


def read_seconds(
    client: redis.Redis, project: str, since: int, until: int, keys: Keys | None = None
) -> dict[int, Counts]:
    """Read edits and bots' edits by epoch second in [since, until); closed seconds only, those without edits absent.

    About three hours are kept. Raises as :func:`read_live` does.
    """
    series = _Series((keys or Keys()).seconds, unit_seconds=MINUTE, step_seconds=1)
    return series.read(client, project, since, until)


def read_minutes(
    client: redis.Redis, project: str, since: int, until: int, keys: Keys | None = None
) -> dict[int, Counts]:
    """Read edits and bots' edits by the epoch second at which their minute begins, in [since, until); zeros are absent.

    Eight days are kept. Raises as :func:`read_live` does.
    """
    series = _Series((keys or Keys()).minutes, unit_seconds=HOUR, step_seconds=MINUTE)
    return series.read(client, project, since, until)


@dataclass(frozen=True, slots=True)
class _Series:
    """Counts that have a key for each minute or hour."""

    name: Callable[[int], str]
    unit_seconds: int
    step_seconds: int

    def read(self, client: redis.Redis, project: str, since: int, until: int) -> dict[int, Counts]:
        places = range(since // self.unit_seconds, -(-until // self.unit_seconds))
        with wrapped_errors(client), client.pipeline(transaction=False) as pipe:
            for place in places:
                pipe.hget(self.name(place), project)
            texts = pipe.execute()
        series = {}
        for place, text in zip(places, texts, strict=True):
            for offset, counts in decode_counts((text or b"").decode()).items():
                at = place * self.unit_seconds + offset * self.step_seconds
                if since <= at < until:
                    series[at] = counts
        return dict(sorted(series.items()))


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
