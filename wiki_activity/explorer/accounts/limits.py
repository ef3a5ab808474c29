"""How much one person may write and one address may ask for."""

import math
import time
from dataclasses import dataclass, field
from http import HTTPStatus

import redis
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from wiki_activity.explorer.problems import ProblemError
from wiki_activity.redis_store.connection import connect
from wiki_activity.settings import Settings

_READS = (RateLimitItemPerSecond(60, namespace="reads"),)
_WRITES = (RateLimitItemPerMinute(10, namespace="writes"), RateLimitItemPerDay(100, namespace="writes"))
_LOGINS = (RateLimitItemPerMinute(20, namespace="logins"),)


_AWAY_SECONDS = 30.0
"""So long nobody waits for a Redis that did not answer."""


def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


class SharedLimiter:
    """Counts in Redis, for all explorers of an installation together.

    Parameters
    ----------
    settings
        Where Redis is; it has to be set.
    """

    def __init__(self, settings: Settings) -> None:
        # Nothing is opened yet.
        pool = connect(settings.redis_url or "").connection_pool
        storage = RedisStorage("redis://", connection_pool=pool, key_prefix=f"{settings.redis_prefix}limits")
        self._limiter = MovingWindowRateLimiter(storage)
        self._away_until = -math.inf

    def count(self, items: tuple[RateLimitItem, ...], key: str) -> int | None:
        """Count as `RateLimits` does; None while Redis cannot be asked."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return _count(self._limiter, items, key)
        except redis.RedisError:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            return None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Each method returns the seconds to wait, 0 where there is room.

    What is refused is not counted, so that whoever waits as told gets through. Reading and logging in are counted
    within this process, which they keep from having too much to do; changes in Redis where there is one of its own, so
    that who writes to several explorers may not write more.

    Parameters
    ----------
    reads, writes, logins
        All limits that hold, by address, by person and by address.
    shared
        Counts changes; while it cannot, they are counted here.
    """

    reads: tuple[RateLimitItem, ...] = _READS
    writes: tuple[RateLimitItem, ...] = _WRITES
    logins: tuple[RateLimitItem, ...] = _LOGINS
    shared: SharedLimiter | None = None
    _limiter: MovingWindowRateLimiter = field(default_factory=_limiter)

    def read(self, address: str) -> int:
        """Count a page or an answer of the API."""
        return _count(self._limiter, self.reads, address)

    def write(self, person: str) -> int:
        """Count a change."""
        known = None if self.shared is None else self.shared.count(self.writes, person)
        return _count(self._limiter, self.writes, person) if known is None else known

    def login(self, address: str) -> int:
        """Count a login that is begun."""
        return _count(self._limiter, self.logins, address)


def _count(limiter: MovingWindowRateLimiter, items: tuple[RateLimitItem, ...], key: str) -> int:
    full = [item for item in items if not limiter.test(item, key)]
    if not full:
        full = [item for item in items if not limiter.hit(item, key)]
    return max((_wait(limiter, item, key) for item in full), default=0)


def _wait(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: str) -> int:
    return max(1, math.ceil(limiter.get_window_stats(item, key).reset_time - time.time()))


def too_many(title: str, detail: str, wait: int) -> ProblemError:
    """Make the answer to whoever has to wait so many seconds."""
    return ProblemError(HTTPStatus.TOO_MANY_REQUESTS, title, detail, headers={"Retry-After": str(wait)})
