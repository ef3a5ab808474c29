"""The pace at which Wikimedia is asked: even, under its limit, and slower after a 429."""

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

_PENALTY_SECONDS: Final = 600.0
_SMALLEST_LIMIT: Final = 9
_SLOWEST_PACE: Final = 1.0
_CAUGHT_UP_SECONDS: Final = 0.1
"""Threads wake late: so much of the time that is lost by it is made up for."""


class StoppedError(BaseException):
    """The pacer was stopped while a request waited for its turn; not an error of Wikimedia's."""


class Pacer:
    """Spaces requests evenly, and lets all of them wait when one is refused; safe to share between threads.

    After a 429 nothing is sent before its `Retry-After` is over; then the pace is 95 % of what had been answered in the
    minute before it (where that was enough to tell), and at most three quarters of the former pace, until ten minutes
    have passed without another. It is one request a minute at least, so that nobody waits past those ten minutes.

    Parameters
    ----------
    per_minute
        Requests a minute.
    clock
        Monotonic seconds.
    stopped
        Ends all waiting once it is set.
    """

    def __init__(
        self,
        per_minute: float,
        clock: Callable[[], float] = monotonic,
        stopped: threading.Event | None = None,
    ) -> None:
        self._full_pace = self._pace = per_minute
        self._clock = clock
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._answered: deque[float] = deque()
        self._next_at = clock()
        self._opens_at = float("-inf")
        self._refused_at = float("-inf")
        self._stopped = threading.Event() if stopped is None else stopped
        self.sent = 0

    @property
    def per_minute(self) -> float:
        """The pace of the moment."""
        return self._pace

    def wait_for_turn(self) -> float:
        """Wait for the caller's turn, as long as it takes; threads are served one by one.

        Returns
        -------
        float
            When the turn came, by the pacer's clock.

        Raises
        ------
        StoppedError
            If the pacer was stopped meanwhile.
        """
        with self._turn:
            # A 429 may come in while this one waits.
            while (wait := max(self._opens_at, self._next_at) - self._clock()) > 0 and not self._stopped.is_set():
                self._stopped.wait(min(wait, 60))
            if self._stopped.is_set():
                raise StoppedError
            self._recover()
            now = self._clock()
            self._next_at = max(self._next_at, now - _CAUGHT_UP_SECONDS) + self._gap_seconds()
            self.sent += 1
            return now

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
            When its turn came, by the pacer's clock. One that was under way when another was refused prolongs the
            wait, but does not slow the pace again.
        """
        now = self._clock()
        with self._state:
            self._opens_at = max(self._opens_at, now + retry_after_seconds)
            if sent_at > self._refused_at:
                served = sum(1 for moment in self._answered if moment >= now - 60)
                # Hardly anything served tells nothing of the limit: others, or an earlier run, had used it up.
                learned = 0.95 * served if served >= _SMALLEST_LIMIT else 0.5 * self._pace
                slower = min(max(learned, _SMALLEST_LIMIT), 0.75 * self._pace)
                self._pace = max(slower, min(_SLOWEST_PACE, self._full_pace))
            self._refused_at = now

    def stop(self) -> None:
        """Let every waiting request end with :class:`StoppedError`."""
        self._stopped.set()

    def _recover(self) -> None:
        with self._state:
            if self._pace < self._full_pace and self._clock() - self._refused_at >= _PENALTY_SECONDS:
                self._pace = self._full_pace

    def _gap_seconds(self) -> float:
        # So that no minute has more requests than it may, what was caught up with included.
        return (60 + _CAUGHT_UP_SECONDS) / self._pace
