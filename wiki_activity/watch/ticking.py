"""The rate windows of the judged wikis, and their ticks, each when its ten seconds have closed."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from wiki_activity.domain.live import TICK_SECONDS, Tick
from wiki_activity.redis_store.packed_counts import decode_counts
from wiki_activity.watch.rate_window import RateWindow


class WikiTick(NamedTuple):
    """One wiki's tick.

    Parameters
    ----------
    project
        The wiki.
    tick
        Ten seconds of it.
    is_first
        Whether there was none before it, or such a long gap that what came before tells nothing.
    """

    project: str
    tick: Tick
    is_first: bool


class Ticking:
    """Makes the ticks out of closed seconds.

    Parameters
    ----------
    judged
        The wikis that get ticks; None for all that are edited.
    window_seconds
        Length of the window that ticks look back on.
    """

    def __init__(self, judged: Collection[str] | None, window_seconds: int) -> None:
        self.ticked_from = 0
        """Ticks that begin earlier are left out, since not all of their seconds were seen."""
        self.rates: dict[str, RateWindow] = {}
        self._judged = judged
        self._window_seconds = window_seconds
        self._started: set[str] = set()

    def is_judged(self, project: str) -> bool:
        """Tell whether a wiki gets ticks."""
        return self._judged is None or project in self._judged

    def start_again(self, at: int) -> None:
        """Let everything begin at a second: what came before tells nothing of what comes."""
        self.ticked_from = at + -at % TICK_SECONDS
        self._started = set()
        self.rates = {project: RateWindow(self._window_seconds) for project in self._judged or ()}

    def take_second(self, second: int, counts: Mapping[str, tuple[int, int]]) -> None:
        """Take in a second that has closed, later than all before."""
        if self._judged is None:
            for project in counts:
                if project not in self.rates:
                    self.rates[project] = RateWindow(self._window_seconds)
        for project in counts.keys() & self.rates.keys():
            self.rates[project].add(second, *counts[project])

    def tick(self, at: int) -> Iterable[WikiTick]:
        """Return the ticks that end at a second, one for each judged wiki."""
        whole = at - TICK_SECONDS >= self.ticked_from
        ticks = []
        for project, rate in self.rates.items():
            tick = rate.tick(at)
            if whole:
                ticks.append(WikiTick(project, tick, is_first=project not in self._started))
                self._started.add(project)
        return ticks

    def restore(
        self, ticked_from: int, ticked: Collection[str], saved: Mapping[int, Mapping[str, str]], until: int
    ) -> None:
        """Go on where an earlier watcher was.

        Parameters
        ----------
        ticked_from
            Its own.
        ticked
            The wikis whose detectors have seen the last tick.
        saved
            Counts of closed seconds, by minute.
        until
            Seconds before it are closed.
        """
        self.ticked_from = ticked_from
        self._started = {project for project in ticked if self.is_judged(project)}
        for project in self._started:
            self.rates.setdefault(project, RateWindow(self._window_seconds))
        seconds: dict[str, list[tuple[int, int, int]]] = {}
        for minute in sorted(saved):
            for project, text in saved[minute].items():
                if self.is_judged(project):
                    counts = decode_counts(text).items()
                    seconds.setdefault(project, []).extend((60 * minute + place, *pair) for place, pair in counts)
        for project, its_seconds in seconds.items():
            rate = self.rates.setdefault(project, RateWindow(self._window_seconds))
            rate.restore(its_seconds, until)
