"""The last 120 seconds of one wiki: their edits, the first and the last of them, at no cost that grows with them."""

from collections import deque

from wiki_activity.domain.live import TICK_SECONDS, Tick


class RateWindow:
    """Counts of one wiki's closed seconds within the window.

    Parameters
    ----------
    window_seconds
        Length of the window.
    """

    __slots__ = ("_seconds", "_tick_bots", "_tick_edits", "_window_seconds", "bot_edits", "edits")

    def __init__(self, window_seconds: int) -> None:
        self.edits = 0
        self.bot_edits = 0
        self._window_seconds = window_seconds
        self._seconds: deque[tuple[int, int, int]] = deque()
        self._tick_edits = 0
        self._tick_bots = 0

    @property
    def first(self) -> int:
        """Event time of the first edit; 0 where there is none."""
        return self._seconds[0][0] if self._seconds else 0

    @property
    def last(self) -> int:
        """Event time of the last edit; 0 where there is none."""
        return self._seconds[-1][0] if self._seconds else 0

    def add(self, second: int, edits: int, bots: int) -> None:
        """Take in the counts of a second that has closed, later than all before."""
        self._seconds.append((second, edits, bots))
        self.edits += edits
        self.bot_edits += bots
        self._tick_edits += edits
        self._tick_bots += bots

    def move(self, until: int) -> None:
        """Drop the seconds that are over a window before `until`."""
        seconds, oldest = self._seconds, until - self._window_seconds
        while seconds and seconds[0][0] < oldest:
            _, edits, bots = seconds.popleft()
            self.edits -= edits
            self.bot_edits -= bots

    def tick(self, at: int) -> Tick:
        """Return the ten seconds that end now, and begin the next."""
        self.move(at)
        edits, people_edits = self._tick_edits, self._tick_edits - self._tick_bots
        self._tick_edits = self._tick_bots = 0
        return Tick(at, edits, people_edits, self.edits, self.first, self.last)

    def restore(self, seconds: list[tuple[int, int, int]], until: int) -> None:
        """Take saved seconds back, as they were at `until`."""
        for second, edits, bots in seconds:
            if second // TICK_SECONDS == until // TICK_SECONDS:
                self.add(second, edits, bots)
            else:
                self._seconds.append((second, edits, bots))
                self.edits += edits
                self.bot_edits += bots
        self.move(until)
