"""The pace at which Wikimedia is asked: even, under its limit, and slower after a 429."""

import threading
from collections import deque
from collections.abc import Callable
from math import ceil
from time import monotonic

from pyrate_limiter import InMemoryBucket, Limiter, Rate
from pyrate_limiter.limiter import SingleBucketFactory

_MINUTE_MS = 60_000
_SMALLEST_WINDOW_MS = 100
_PENALTY_SECONDS = 600.0
_SMALLEST_LIMIT = 9


class StoppedError(BaseException):
    """The pacer was stopped while a request waited for its turn; not an error of Wikimedia's."""


class Pacer(Limiter):
    """A limiter that spaces requests evenly and lets all of them wait when one is refused.

    It goes into `requests_ratelimiter.LimiterAdapter`. A plain limiter lets a whole minute's worth pass in one burst,
    lets waiting threads overtake each other, and knows no `Retry-After`.

    After a 429 nothing is sent before its `Retry-After` is over; then the pace is 95 % of what had been answered in the
    minute before it (where that was enough to tell), and at most three quarters of the former pace, until ten minutes
    have passed without another.

    Parameters
    ----------
    per_minute
        Requests a minute.
    clock
        Monotonic seconds.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = monotonic) -> None:
        self._bucket = InMemoryBucket(_rates(per_minute))
        super().__init__(SingleBucketFactory(self._bucket, schedule_leak=False), buffer_ms=0)
        self._full_pace = per_minute
        self._pace = per_minute
        self._clock = clock
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._answered: deque[float] = deque()
        self._opens_at = float("-inf")
        self._refused_at = float("-inf")
        self._stopped = threading.Event()
        self.sent = 0

    @property
    def per_minute(self) -> float:
        """The pace of the moment."""
        return self._pace

    def try_acquire(
        self,
        name: str = "wikimedia",
        weight: int = 1,
        blocking: bool = True,  # noqa: ARG002, FBT001, FBT002 - the library's signature
        timeout: float = -1,  # noqa: ARG002
    ) -> bool:
        """Wait for the caller's turn, as long as it takes; threads are served one by one.

        Raises
        ------
        StoppedError
            If the pacer was stopped meanwhile.
        """
        with self._turn:
            self._recover()
            while True:
                self._wait_until_open()
                # In slices, so that a stop is noticed; each False means: not yet.
                if not super().try_acquire(name, weight, blocking=True, timeout=1):
                    continue
                # A 429 may have come in while this one waited for its permit.
                if self._clock() >= self._opens_at and not self._stopped.is_set():
                    self.sent += 1
                    return True

    def answered(self) -> None:
        """Note that a request was served, whatever the answer, as long as it was no 429."""
        now = self._clock()
        with self._state:
            self._answered.append(now)
            while self._answered[0] < now - 60:
                self._answered.popleft()

    def refused(self, retry_after_seconds: float, sent_at: float) -> None:
        """Hold all requests back after a 429, and slow down.

        Parameters
        ----------
        retry_after_seconds
            What the answer asked for.
        sent_at
            When the request was sent, by the pacer's clock. One that was under way when another was refused
            prolongs the wait, but does not slow the pace again.
        """
        now = self._clock()
        with self._state:
            self._opens_at = max(self._opens_at, now + retry_after_seconds)
            if sent_at > self._refused_at:
                served = sum(1 for moment in self._answered if moment >= now - 60)
                # Hardly anything served tells nothing of the limit: others, or an earlier run, had used it up.
                learned = 0.95 * served if served >= _SMALLEST_LIMIT else 0.5 * self._pace
                self._set_pace(min(max(learned, _SMALLEST_LIMIT), 0.75 * self._pace))
            self._refused_at = now

    def stop(self) -> None:
        """Let every waiting request end with :class:`StoppedError`."""
        self._stopped.set()

    def _wait_until_open(self) -> None:
        while (wait := self._opens_at - self._clock()) > 0 and not self._stopped.is_set():
            self._stopped.wait(min(wait, 60))
        if self._stopped.is_set():
            raise StoppedError

    def _recover(self) -> None:
        with self._state:
            self._bucket.leak(self._bucket.now())  # type: ignore[no-untyped-call]
            if self._pace < self._full_pace and self._clock() - self._refused_at >= _PENALTY_SECONDS:
                self._set_pace(self._full_pace)

    def _set_pace(self, per_minute: float) -> None:
        self._pace = per_minute
        self._bucket.rates = _rates(per_minute)


def _rates(per_minute: float) -> list[Rate]:
    """Return an even spacing (no burst beyond 0.1 s worth of requests), and what that makes in a minute."""
    gap_ms = _MINUTE_MS / per_minute
    batch = ceil(_SMALLEST_WINDOW_MS / gap_ms)
    window_ms = ceil(batch * gap_ms)
    in_a_minute = _MINUTE_MS * batch // window_ms
    spacing = Rate(batch, window_ms)
    return [spacing, Rate(in_a_minute, _MINUTE_MS)] if in_a_minute > batch and window_ms < _MINUTE_MS else [spacing]
