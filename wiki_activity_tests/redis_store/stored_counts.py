"""Reads what the store holds of one wiki's counts, by second and by minute."""

from collections.abc import Callable

import redis

from wiki_activity.redis_store.connection import Keys
from wiki_activity.redis_store.packed_counts import Counts, decode_counts
from wiki_activity.redis_store.writing import HOUR, MINUTE


def read_seconds(
    client: redis.Redis, project: str, since: int, until: int, keys: Keys | None = None
) -> dict[int, Counts]:
    """Read edits and bots' edits by epoch second in [since, until); closed seconds only, those without edits absent."""
    return _read(client, project, since, until, (keys or Keys()).seconds, unit_seconds=MINUTE, step_seconds=1)


def read_minutes(
    client: redis.Redis, project: str, since: int, until: int, keys: Keys | None = None
) -> dict[int, Counts]:
    """Read edits and bots' edits by the epoch second at which their minute begins, in [since, until); no zeros."""
    return _read(client, project, since, until, (keys or Keys()).minutes, unit_seconds=HOUR, step_seconds=MINUTE)


def _read(
    client: redis.Redis,
    project: str,
    since: int,
    until: int,
    name: Callable[[int], str],
    *,
    unit_seconds: int,
    step_seconds: int,
) -> dict[int, Counts]:
    series = {}
    for place in range(since // unit_seconds, -(-until // unit_seconds)):
        text = client.hget(name(place), project) or b""
        for offset, counts in decode_counts(text.decode()).items():
            at = place * unit_seconds + offset * step_seconds
            if since <= at < until:
                series[at] = counts
    return dict(sorted(series.items()))
