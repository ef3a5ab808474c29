"""What is to be said of the stream's clock, in words for people."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from wiki_activity.domain.event_clock import tell_span

logger = logging.getLogger(__name__)

_TOLD_AHEAD_SECONDS: Final = 120
_TOLD_FOR_SECONDS: Final = 3600
_TOLD_LATE: Final = 100


class ClockNotes:
    """Notes how the clock was put back, and how many edits in a row were late.

    Parameters
    ----------
    wall
        Our wall clock, epoch seconds.
    """

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._late_row = self._late_seconds = 0
        self._put_back: tuple[float, str] | None = None

    def note_late(self, seconds: int) -> None:
        """Note that an edit was late by so much."""
        self._late_row += 1
        self._late_seconds = seconds

    def note_counted(self) -> None:
        """Note that an edit was counted."""
        self._late_row = 0

    def note_put_back(self, at: int, ahead_seconds: int) -> None:
        """Note that the clock was put back to a time, having been ahead of it by so much."""
        now = f"{datetime.fromtimestamp(at, UTC):%F %T} UTC"
        said = f"the stream’s time was {tell_span(ahead_seconds)} ahead and was put back to {now}"
        logger.warning("%s; detectors begin anew", said)
        self._put_back = (self._wall(), said)

    def describe(self, ahead_seconds: float) -> str | None:
        """Say what is to be said, while the clock is so far ahead of ours; None as a rule."""
        if self._put_back is not None and self._wall() - self._put_back[0] < _TOLD_FOR_SECONDS:
            return self._put_back[1]
        if self._late_row >= _TOLD_LATE:
            behind = tell_span(self._late_seconds)
            return f"none of the last {self._late_row:,} edits is counted: they are late, the newest by {behind}"
        if ahead_seconds > _TOLD_AHEAD_SECONDS:
            return f"the stream’s time is {tell_span(ahead_seconds)} ahead of this machine’s clock"
        return None
