"""How much one person may write and one address may ask for."""

import math
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from wiki_activity.explorer.problems import ProblemError

_READS = (RateLimitItemPerSecond(60, namespace="reads"),)
_WRITES = (RateLimitItemPerMinute(10, namespace="writes"), RateLimitItemPerDay(100, namespace="writes"))
_LOGINS = (RateLimitItemPerMinute(20, namespace="logins"),)


def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Counts within this process; each method returns the seconds to wait, 0 where there is room.

    What is refused is not counted, so that whoever waits as told gets through.

    Parameters
    ----------
    reads, writes, logins
        All limits that hold, by address, by person and by address.
    """

    reads: tuple[RateLimitItem, ...] = _READS
    writes: tuple[RateLimitItem, ...] = _WRITES
    logins: tuple[RateLimitItem, ...] = _LOGINS
    _limiter: MovingWindowRateLimiter = field(default_factory=_limiter)

    def read(self, address: str) -> int:
        """Count a page or an answer of the API."""
        return self._count(self.reads, address)

    def write(self, person: str) -> int:
        """Count a change."""
        return self._count(self.writes, person)

    def login(self, address: str) -> int:
        """Count a login that is begun."""
        return self._count(self.logins, address)

    def _count(self, items: tuple[RateLimitItem, ...], key: str) -> int:
        full = [item for item in items if not self._limiter.test(item, key)]
        if not full:
            full = [item for item in items if not self._limiter.hit(item, key)]
        return max((self._wait(item, key) for item in full), default=0)

    def _wait(self, item: RateLimitItem, key: str) -> int:
        return max(1, math.ceil(self._limiter.get_window_stats(item, key).reset_time - time.time()))


def too_many(title: str, detail: str, wait: int) -> ProblemError:
    """Make the answer to whoever has to wait so many seconds."""
    return ProblemError(HTTPStatus.TOO_MANY_REQUESTS, title, detail, headers={"Retry-After": str(wait)})
