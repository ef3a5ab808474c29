"""Hot pages: one page that many people edit at once, far above what is usual for it and for its wiki.

Pages that are edited at all times (lists of current deaths, noticeboards) are usual for themselves: of each the edits
of recent days are held, and have to be exceeded by far. What is learned lasts about two days, by an exponential mean.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from wiki_activity.domain.live import EndReason, Signal, Tick
from wiki_activity.domain.usual_level import check_numbers

WINDOW_SECONDS: Final = 600
"""What is looked at: edits of the last ten minutes."""
LOOK_SECONDS: Final = 30
"""How often."""
LEAST_PEOPLE: Final = 5
LEAST_EDITS: Final = 8
"""Below it no page is hot. A page with one edit in ten minutes reaches the line of 12 once in some billion looks."""
RATIO: Final = 4.0
"""Edits beyond the least ones, as a multiple of the page's own usual ones."""
WIKI_RATIO: Final = 1.5
"""People beyond what is usual for the page, as a multiple of those that the wiki's liveliest page mostly has."""
LONGEST_SECONDS: Final = 3 * 3600
"""What lasts longer is the page's usual level from then on."""
MOST_PAGES: Final = 200
"""Pages of a wiki whose usual edits are held; the least edited ones are let go."""

_END_SHARE: Final = 0.5
_END_PEOPLE: Final = 3
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


class PageSignal(NamedTuple):
    """What is said of one page after a look; the signal names the page."""

    tick: Tick
    signal: Signal


@dataclass(slots=True)
class _Hot:
    """A page that is hot: since when, its line, what was usual, and its last edit."""

    opened_at: int
    started_at: int
    line: float
    usual: float
    last: int


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
        self._levels: dict[str, float] = {}
        self._open: dict[str, _Hot] = {}

    @property
    def started_at(self) -> int | None:
        """When the page that has been hot for longest became so; None where none is."""
        return min((hot.started_at for hot in self._open.values()), default=None)

    def look(self, at: int, edits: Mapping[str, int], find: Callable[[str], PageWindow]) -> list[PageSignal]:
        """Judge the window that ends at an epoch second, exclusive; looks come in order, 30 seconds apart.

        Of several pages that become hot at once one is told at each look, so that a moment names one.

        Parameters
        ----------
        edits
            People's edits in the window of each page that has two and more.
        find
            Tells the rest of a page.
        """
        signals = [self._go_on(at, title, find(title)) for title in list(self._open)]
        found = self._find_hottest(edits, find) if self._weight >= _KNOWN_WINDOWS else None
        if found is not None:
            signals.append(self._begin(at, *found))
        if at % WINDOW_SECONDS == 0:
            self._learn(edits, find)
        return signals

    def save(self) -> dict[str, Any]:
        """Return the whole state as a JSON object."""
        return {
            "weight": self._weight,
            "liveliest": self._liveliest,
            "levels": self._levels,
            "open": {
                title: [hot.opened_at, hot.started_at, hot.line, hot.usual, hot.last]
                for title, hot in self._open.items()
            },
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a saved state back.

        Raises
        ------
        ValueError
            If it is none.
        """
        numbers = check_numbers({name: state.get(name) for name in ("weight", "liveliest")})
        levels, hot = state.get("levels"), state.get("open")
        if not isinstance(levels, dict) or not isinstance(hot, dict) or len(levels) > 2 * MOST_PAGES:
            msg = "no pages of a saved state"
            raise ValueError(msg)
        opened = {}
        for title, values in hot.items():
            if not isinstance(values, list) or len(values) != 5:
                msg = f"no page that is hot: {values!r}"
                raise ValueError(msg)
            begun, since, line, usual, last = check_numbers(dict(enumerate(values))).values()  # type: ignore[arg-type]
            opened[title] = _Hot(int(begun), int(since), line, usual, int(last))
        self._levels = check_numbers(levels)
        self._weight, self._liveliest = numbers["weight"], numbers["liveliest"]
        self._open = opened

    def _find_usual(self, title: str) -> float:
        return self._levels.get(title, 0.0) / self._weight if self._weight else 0.0

    def _find_line(self, title: str) -> float:
        return LEAST_EDITS + RATIO * self._find_usual(title)

    def _find_usual_people(self, title: str) -> float:
        # As many as there are edits: of how many people they mostly are is not held.
        return self._least_people + self._find_usual(title)

    def _find_hottest(
        self, edits: Mapping[str, int], find: Callable[[str], PageWindow]
    ) -> tuple[str, PageWindow, float] | None:
        least = max(1.0, WIKI_RATIO * self._liveliest / self._weight)
        found = None
        for title, number in edits.items():
            if number < LEAST_EDITS or title in self._open:
                continue
            if number < self._find_line(title):
                continue
            page = find(title)
            enough = page.people >= least * self._find_usual_people(title)
            if enough and (found is None or page.people > found[1].people):
                found = title, page, self._find_usual(title)
        return found

    def _begin(self, at: int, title: str, page: PageWindow, usual: float) -> PageSignal:
        hot = _Hot(at, page.first, self._find_line(title), usual, page.last)
        self._open[title] = hot
        return _say(at, title, page, hot, begins=True)

    def _go_on(self, at: int, title: str, page: PageWindow) -> PageSignal:
        hot = self._open[title]
        hot.last = page.last or hot.last
        why = None
        if page.edits < _END_SHARE * hot.line or page.people < _END_PEOPLE:
            why = EndReason.USUAL_AGAIN
        elif at - hot.opened_at >= LONGEST_SECONDS:
            why = EndReason.NEW_USUAL_LEVEL
            self._levels[title] = page.edits * self._weight
        if why is not None:
            del self._open[title]
        return _say(at, title, page, hot, ends=why)

    def _learn(self, edits: Mapping[str, int], find: Callable[[str], PageWindow]) -> None:
        liveliest = 0.0
        # What is hot is not usual: else a second spell of the same day would not be found.
        calm = {title: number for title, number in edits.items() if title not in self._open}
        for title, number in calm.items():
            usual = self._find_usual_people(title)
            if number > liveliest * usual:
                liveliest = max(liveliest, find(title).people / usual)
        self._weight = _DECAY * self._weight + 1
        self._liveliest = _DECAY * self._liveliest + liveliest
        levels = {title: _DECAY * level for title, level in self._levels.items()}
        for title, number in calm.items():
            levels[title] = levels.get(title, 0.0) + number
        if len(levels) > MOST_PAGES:
            levels = dict(sorted(levels.items(), key=lambda item: item[1], reverse=True)[:MOST_PAGES])
        self._levels = levels


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
        ended_at=None if ends is None else min(hot.last + 10, at),
        page=title[:_LONGEST_TITLE],
    )
    return PageSignal(Tick(at, page.lately, page.lately, page.edits, page.first, page.last), signal)
