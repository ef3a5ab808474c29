"""The budget of one process by itself: an even pace under the limit, and slower after a 429."""

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

from wiki_activity.domain.request_budget import (
    CAUGHT_UP_SECONDS,
    PENALTY_SECONDS,
    BudgetFigures,
    NoTurnError,
    StoppedError,
    Turn,
    gap_seconds,
    slow_down,
)


class Pacer:
    """Spaces requests evenly, and lets all of them wait when one is refused; a `RequestBudget` of this process alone.

    After a 429 nothing is sent before its `Retry-After` is over; then the pace is that of
    :func:`wiki_activity.domain.request_budget.slow_down`, until ten minutes have passed without another. Requests in
    flight are as many as there are threads: the caller bounds those.

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
        self.figures = BudgetFigures()
        self._full_pace = self._pace = per_minute
        self._clock = clock
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._answered: deque[float] = deque()
        self._next_at = clock()
        self._opens_at = float("-inf")
        self._refused_at = float("-inf")
        self._stopped = threading.Event() if stopped is None else stopped

    @property
    def per_minute(self) -> float:
        """The pace of the moment."""
        return self._pace

    def acquire(self, limit_seconds: float | None = None) -> Turn:
        """Wait for a turn; threads are served one by one."""
        asked_at = self._clock()
        if not self._turn.acquire(timeout=-1 if limit_seconds is None else limit_seconds):
            raise NoTurnError
        try:
            # A 429 may come in while this one waits.
            while (wait := max(self._opens_at, self._next_at) - self._clock()) > 0 and not self._stopped.is_set():
                if limit_seconds is not None and self._clock() + wait > asked_at + limit_seconds:
                    wait = asked_at + limit_seconds - self._clock()
                    if wait <= 0:
                        raise NoTurnError
                self._stopped.wait(min(wait, 60))
            if self._stopped.is_set():
                raise StoppedError
            now = self._clock()
            with self._state:
                if self._pace < self._full_pace and now - self._refused_at >= PENALTY_SECONDS:
                    self._pace = self._full_pace
                self._next_at = max(self._next_at, now - CAUGHT_UP_SECONDS) + gap_seconds(self._pace)
                self.figures.sent += 1
                self.figures.waited_seconds += now - asked_at
            return Turn(now)
        finally:
            self._turn.release()

    def release(self, turn: Turn, status: int = 0, retry_after_seconds: float | None = None) -> None:
        """Give a turn back.

        One that was under way when another was refused prolongs the wait, but does not slow the pace again.
        """
        now = self._clock()
        with self._state:
            self.figures.answers[status] += 1
            if retry_after_seconds is None:
                if status:
                    self._answered.append(now)
                    while self._answered[0] < now - 60:
                        self._answered.popleft()
                return
            self._opens_at = max(self._opens_at, now + retry_after_seconds)
            if turn.at > self._refused_at:
                served = sum(1 for moment in self._answered if moment >= now - 60)
                self._pace = slow_down(self._pace, self._full_pace, served)
            self._refused_at = now

    def lower_to(self, per_minute: float) -> None:
        """Ask at most so often from now on."""
        with self._state:
            self._full_pace = min(self._full_pace, per_minute)
            self._pace = min(self._pace, per_minute)

    def stop(self) -> None:
        """Let every waiting request end with :class:`StoppedError`."""
        self._stopped.set()
