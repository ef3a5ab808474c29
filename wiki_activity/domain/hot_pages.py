"""Hot pages: one page that many people edit at once, far above what is usual for it and for its wiki.

People are counted, and not edits, since one person often saves many times in a row. Those of one page mostly come
independently of each other, so that their number in ten minutes scatters as Poisson's does: the line is what such a
number reaches once in some ten million windows. Pages that are edited at all times (lists of current deaths,
noticeboards) are usual for themselves: the people of recent days are held, and have to be exceeded by far. What is
learned lasts about two days, by an exponential mean.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from wiki_activity.domain.live import TICK_SECONDS, EndReason, Signal, Tick
from wiki_activity.domain.usual_level import check_numbers

WINDOW_SECONDS: Final = 600
"""What is looked at: edits of the last ten minutes."""
LOOK_SECONDS: Final = 30
"""How often."""
LEAST_PEOPLE: Final = 5
LEAST_EDITS: Final = 8
"""Fewer make no page hot."""
SPREAD: Final = 6.0
"""How many times the square root of the usual people are asked for beyond the usual and the least ones."""
WIKI_RATIO: Final = 1.5
"""People of a page, as a multiple of those that the wiki's liveliest page mostly has, always busy ones left aside."""
LONGEST_SECONDS: Final = 3 * 3600
"""What lasts longer is the page's usual level from then on."""
MOST_PAGES: Final = 200
"""Pages of a wiki whose usual people are held; those with the fewest are let go."""

_END_SHARE: Final = 0.5
_LEARNED_PEOPLE: Final = 2
"""A page that one person edits is not held: of those there are too many."""
_LEAST_LEVEL: Final = 1.5
_BUSY_PEOPLE: Final = 1.0
_DECAY: Final = math.exp(-WINDOW_SECONDS / (2 * 86_400))
_KNOWN_WINDOWS: Final = 4.5
"""Before so many windows were seen nothing is hot: what is usual is not known."""
_HARDLY: Final = 0.5
_SHORTEST_SECONDS: Final = 120
_LONGEST_TITLE: Final = 300


class PageWindow(NamedTuple):
    """People's edits of one page within the window.

    Parameters
    ----------
    edits
        All of them, bots' left out.
    lately
        Those since the last look.
    people
        Distinct people behind them.
    first, last
        Epoch seconds of the first and the last, to ten seconds; 0 where there is none.
    """

    edits: int
    lately: int
    people: int
    first: int
    last: int


class PageWindows(Protocol):
    """People's edits of a wiki's pages within the window."""

    @property
    def several(self) -> Mapping[str, int]:
        """Edits of each page that has two and more."""

    def find(self, title: str) -> PageWindow:
        """Tell all of one page."""

    def count_people(self) -> Mapping[str, int]:
        """Count the people of each page that has two and more edits."""


class PageSignal(NamedTuple):
    """What is said of one page after a look; the signal names the page."""

    tick: Tick
    signal: Signal


@dataclass(slots=True)
class _Hot:
    """A page that is hot: since when, how many people it took, and the edits that were usual."""

    opened_at: int
    started_at: int
    line: float
    usual: float


class HotPages:
    """Finds the hot pages of one wiki, and says when they cool down.

    Parameters
    ----------
    least_people
        Fewer make no page hot.
    """

    def __init__(self, least_people: int = LEAST_PEOPLE) -> None:
        self._least_people = least_people
        self._weight = 0.0
        self._liveliest = 0.0
        # Of each page that is held, people and edits of the windows, summed up as they fade.
        self._levels: dict[str, tuple[float, float]] = {}
        self._open: dict[str, _Hot] = {}

    @property
    def started_at(self) -> int | None:
        """When the page that has been hot for longest became so; None where none is."""
        return min(hot.started_at for hot in self._open.values()) if self._open else None

    def look(self, at: int, windows: PageWindows) -> list[PageSignal]:
        """Judge the window that ends at an epoch second, exclusive; looks come in order, 30 seconds apart.

        Of several pages that become hot at once one is told at each look, so that a moment names one.
        """
        signals = [self._go_on(at, title, windows.find(title)) for title in list(self._open)]
        found = self._find_hottest(windows) if windows.several and self._weight >= _KNOWN_WINDOWS else None
        if found is not None:
            signals.append(self._begin(at, *found))
        if at % WINDOW_SECONDS == 0:
            self._learn(windows)
        return signals

    def save(self) -> dict[str, Any]:
        """Return the whole state as a JSON object."""
        return {
            "weight": self._weight,
            "liveliest": self._liveliest,
            "levels": self._levels,
            "open": {title: [hot.opened_at, hot.started_at, hot.line, hot.usual] for title, hot in self._open.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a saved state back.

        Raises
        ------
        ValueError
            If it is none.
        """
        numbers = check_numbers({name: state.get(name) for name in ("weight", "liveliest")})
        levels, hot = (_read_pages(state.get(name), size) for name, size in (("levels", 2), ("open", 4)))
        self._weight, self._liveliest = numbers["weight"], numbers["liveliest"]
        self._levels = {title: (people, edits) for title, (people, edits) in levels.items()}
        self._open = {
            title: _Hot(int(begun), int(since), line, usual) for title, (begun, since, line, usual) in hot.items()
        }

    def _find_usual(self, title: str) -> tuple[float, float]:
        """Return how many people and edits a window of a page usually has."""
        people, edits = self._levels.get(title, (0.0, 0.0))
        return (people / self._weight, edits / self._weight) if self._weight else (0.0, 0.0)

    def _find_line(self, title: str) -> float:
        usual, _ = self._find_usual(title)
        return self._least_people + SPREAD * math.sqrt(usual) + usual

    def _find_hottest(self, windows: PageWindows) -> tuple[str, PageWindow] | None:
        least = WIKI_RATIO * self._liveliest / self._weight
        found = None
        for title, number in windows.several.items():
            # There are no more people than edits.
            if number < LEAST_EDITS or title in self._open or number < least:
                continue
            line = max(least, self._find_line(title))
            if number < line:
                continue
            page = windows.find(title)
            if page.people < line:
                continue
            # By title where people do not tell: a watcher that goes on after another one has to find the same.
            if found is None or (-page.people, title) < (-found[1].people, found[0]):
                found = title, page
        return found

    def _begin(self, at: int, title: str, page: PageWindow) -> PageSignal:
        hot = _Hot(at, page.first, self._find_line(title), self._find_usual(title)[1])
        self._open[title] = hot
        return _say(at, title, page, hot, begins=True)

    def _go_on(self, at: int, title: str, page: PageWindow) -> PageSignal:
        hot = self._open[title]
        why = None
        if page.people < _END_SHARE * hot.line or page.edits < _END_SHARE * LEAST_EDITS:
            why = EndReason.USUAL_AGAIN
        elif at - hot.opened_at >= LONGEST_SECONDS:
            why = EndReason.NEW_USUAL_LEVEL
            self._levels[title] = (page.people * self._weight, page.edits * self._weight)
        if why is not None:
            del self._open[title]
        return _say(at, title, page, hot, ends=why)

    def _learn(self, windows: PageWindows) -> None:
        # What is hot is not usual: else a second spell of the same day would not be found.
        several = {
            title: people
            for title, people in windows.count_people().items()
            if people >= _LEARNED_PEOPLE and title not in self._open
        }
        calm = (people for title, people in several.items() if self._find_usual(title)[0] < _BUSY_PEOPLE)
        self._liveliest = _DECAY * self._liveliest + max(calm, default=0)
        self._weight = _DECAY * self._weight + 1
        levels = {title: (_DECAY * people, _DECAY * number) for title, (people, number) in self._levels.items()}
        for title, people in several.items():
            before, number = levels.get(title, (0.0, 0.0))
            levels[title] = (before + people, number + windows.several[title])
        held = sorted(levels.items(), key=lambda item: item[1], reverse=True)[:MOST_PAGES]
        self._levels = {title: level for title, level in held if level[0] >= _LEAST_LEVEL}


def _read_pages(pages: object, size: int) -> dict[str, list[float]]:
    """Check what is saved of each page: so many numbers."""
    if not isinstance(pages, dict) or len(pages) > 2 * MOST_PAGES:
        msg = "no pages of a saved state"
        raise ValueError(msg)
    for title, values in pages.items():
        if not isinstance(title, str) or not isinstance(values, list) or len(values) != size:
            msg = f"no page of a saved state: {values!r}"
            raise ValueError(msg)
        check_numbers({str(place): value for place, value in enumerate(values)})
    return pages


def _say(
    at: int, title: str, page: PageWindow, hot: _Hot, *, begins: bool = False, ends: EndReason | None = None
) -> PageSignal:
    seconds = min(max(at - page.first, _SHORTEST_SECONDS), WINDOW_SECONDS)
    signal = Signal(
        busy=ends is None,
        begins=begins,
        ends=ends,
        rate=page.edits / seconds if page.edits >= 2 else None,
        usual=hot.usual / WINDOW_SECONDS if hot.usual >= _HARDLY else None,
        started_at=hot.started_at,
        ended_at=None if ends is None else min(page.last + TICK_SECONDS if page.last else at - WINDOW_SECONDS, at),
        page=title[:_LONGEST_TITLE],
        opened_at=hot.opened_at,
    )
    return PageSignal(Tick(at, page.lately, page.lately, page.edits, page.first, page.last), signal)
