"""How far all of a stream has come, when its topics are not delivered at the same time."""

from collections.abc import Mapping
from typing import Final

_LIVE_SECONDS: Final = 120
"""Closer to the wall clock than this the stream is live."""
_RACING: Final = 40.0
"""So many times as fast as time passes only what is past is delivered; a simulation may run at 30."""
_GAINING: Final = 2.0
_GRACE_SECONDS: Final = 3.0
_STEP_SECONDS: Final = 0.5
_LEAST_MOVE_SECONDS: Final = 5
_CENTRES: Final = ("eqiad.", "codfw.")


class _Pace:
    """Whether something that goes on did so faster than time passes, within the last seconds."""

    def __init__(self, factor: float, at: float | None, now: float, *, fast: bool) -> None:
        self.at = at
        self._factor = factor
        self._mark = (at, now)
        self._fast_at = now if fast else float("-inf")

    def note(self, at: float, now: float) -> None:
        """Note where it is."""
        self.at = at if self.at is None else max(self.at, at)
        before, then = self._mark
        moved = float("inf") if before is None else self.at - before
        if moved >= max(self._factor * (now - then), _LEAST_MOVE_SECONDS):
            self._fast_at, self._mark = now, (self.at, now)
        elif now - then >= _GRACE_SECONDS:
            self._mark = (self.at, now)

    def is_fast(self, now: float) -> bool:
        """Tell whether it was fast lately."""
        return now - self._fast_at <= _GRACE_SECONDS


class Frontier:
    """Says up to which second nothing can come any more from a topic that is behind.

    Wikimedia's stream is made of a topic for each of two data centres. Live, one of them carries all edits and the
    other next to nothing, and both are at the end: then there is nothing to wait for. After an outage, what was missed
    may come topic by topic, hours of one before the first of the other. So a topic is waited for

    - while it gains on the present: moved at least twice as fast as time in the last three seconds; and
    - while the newest event is over two minutes behind our wall clock and moves forty times as fast as time, and for
      three seconds more: then what is past is being delivered, and each topic that is known, or is the other centre's,
      may follow.

    Time is counted only while the stream is read, half a second at most for each reading, so that neither a stalled
    process nor a broken connection looks like a topic that has come to its end.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._read_at: float | None = None
        self._newest = _Pace(_RACING, None, 0.0, fast=True)
        self._topics: dict[str, _Pace] = {}
        self._raced_at = float("-inf")

    def note_time(self, monotonic: float) -> None:
        """Note that the stream was read, at a time that only goes up."""
        if self._read_at is not None:
            self._now += min(max(monotonic - self._read_at, 0.0), _STEP_SECONDS)
        self._read_at = monotonic

    def note_topics(self, topics: Mapping[str, float | None]) -> None:
        """Note how far topics are, epoch seconds; None for what has delivered nothing so far."""
        for name, at in topics.items():
            pace = self._topics.get(name)
            if pace is None:
                self._topics[name] = _Pace(_GAINING, at, self._now, fast=False)
                self._add_other_centre(name)
            elif at is not None:
                pace.note(at, self._now)

    def note_newest(self, newest: int) -> None:
        """Note the newest event time."""
        self._newest.note(newest, self._now)

    def find_limit(self, wall: float) -> float | None:
        """Return the epoch second from which on a topic may still deliver; None where nothing is to be waited for."""
        if len(self._topics) < 2:
            return None
        newest = self._newest.at
        if (newest is None or newest < wall - _LIVE_SECONDS) and self._newest.is_fast(self._now):
            self._raced_at = self._now
        raced = self._now - self._raced_at <= _GRACE_SECONDS
        awaited = [one.at for one in self._topics.values() if raced or one.is_fast(self._now)]
        if not awaited:
            return None
        return min(float("-inf") if at is None else at for at in awaited)

    def _add_other_centre(self, name: str) -> None:
        for one, other in (_CENTRES, _CENTRES[::-1]):
            if name.startswith(one):
                self._topics.setdefault(other + name.removeprefix(one), _Pace(_GAINING, None, self._now, fast=False))
