"""Closing seconds in their order: their counts are final then, and ticks are made of them."""

from collections.abc import Collection, Iterator
from typing import Final

from wiki_activity.domain.live import TICK_SECONDS
from wiki_activity.redis_store.live_state import Saved
from wiki_activity.watch.coverage import Coverage
from wiki_activity.watch.history import History
from wiki_activity.watch.open_seconds import OpenSeconds
from wiki_activity.watch.tally import Tally
from wiki_activity.watch.ticking import Ticking, WikiTick
from wiki_activity.watch.who_edits import PeopleByWiki

_LONGEST_GAP_SECONDS: Final = 6 * 3600
_CLOSED_AT_ONCE_SECONDS: Final = 3600
"""So that after hours whose seconds could not be closed the watcher still saves and beats between."""


class Closing:
    """Holds the open seconds, and what becomes of those that close.

    Parameters
    ----------
    judged
        The wikis that get ticks; None for all that are edited.
    tally
        Told of what is counted for good.
    people
        Who edits what, forgotten as ticks go by.
    coverage
        Told of the seconds that have an edit.
    window_seconds
        Length of the window that ticks look back on.
    """

    def __init__(
        self,
        judged: Collection[str] | None,
        tally: Tally,
        people: PeopleByWiki,
        coverage: Coverage,
        window_seconds: int,
    ) -> None:
        self.until = 0
        """Seconds before it are closed."""
        self.has_closed = False
        """Whether any second has closed."""
        self.limit = float("inf")
        """Seconds from it on stay open."""
        self.open = OpenSeconds()
        self.history = History()
        self.ticking = Ticking(judged, window_seconds)
        self.due: list[WikiTick] = []
        """Ticks that were made and not taken yet, in order of event time."""
        self._forgotten = 0
        self._tally = tally
        self._people = people
        self._coverage = coverage
        self._window_seconds = window_seconds

    def start_again(self, at: int) -> None:
        """Let everything begin at a second: what came before tells nothing of what comes."""
        self.until = at
        self._forgotten = 0
        self.ticking.start_again(at)

    def take_due(self) -> Iterator[WikiTick]:
        """Yield the ticks that are due, and forget them."""
        yield from self.due
        self.due.clear()

    def close(self, until: int) -> None:
        """Close seconds up to one, as far as the limit allows, an hour of them at once."""
        if self.until // TICK_SECONDS > self._forgotten:
            # Not sooner: whoever judges the ticks that were due looks back from each of them.
            self._forgotten = self.until // TICK_SECONDS
            self._people.forget(self._forgotten * TICK_SECONDS)
        if until > self.limit:
            until = int(max(self.limit, self.until))
        if until - self.until > _LONGEST_GAP_SECONDS:
            self._jump_gap(until)
        until = min(until, self.until + _CLOSED_AT_ONCE_SECONDS)
        for second in range(self.until, until):
            self.has_closed = True
            counts = self.open.take(second)
            if counts:
                self._coverage.note(second)
                self.history.record(second, counts)
                self.ticking.take_second(second, counts)
                self._tally.count_closed(counts)
            if (second + 1) % TICK_SECONDS == 0:
                self.due.extend(self.ticking.tick(second + 1))
        self.until = max(self.until, until)

    def restore(self, saved: Saved, ticked: Collection[str]) -> None:
        """Go on where an earlier watcher was, whose open seconds are known already."""
        progress = saved.progress
        self.start_again(progress.closed_until)
        self.has_closed = True
        self.history.restore(self.until, saved.seconds, saved.minutes)
        self.ticking.restore(progress.ticked_from, ticked, saved.seconds, self.until)

    def _jump_gap(self, until: int) -> None:
        """Where hours without an edit are next, begin again behind them."""
        before = self.until
        for second in [*self.open.list_seconds(), until]:
            # All up to the gap, and a window more, has to close at once.
            if before + self._window_seconds - self.until > _CLOSED_AT_ONCE_SECONDS:
                return
            if second - before > _LONGEST_GAP_SECONDS:
                self.close(before + self._window_seconds)
                self.start_again(min(second, until))
                return
            before = second
