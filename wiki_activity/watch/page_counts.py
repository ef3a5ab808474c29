"""People's edits of each page of one wiki in the last ten minutes, kept up span by span so that a look costs little."""

from collections import deque
from collections.abc import Mapping

from wiki_activity.domain.hot_pages import LOOK_SECONDS, WINDOW_SECONDS, PageWindow
from wiki_activity.domain.live import TICK_SECONDS
from wiki_activity.watch.who_edits import People, Span


class PageCounts:
    """The window of one wiki's pages; its spans are those of :class:`People`, whose seconds have closed."""

    def __init__(self) -> None:
        self._several: dict[str, int] = {}
        self._edits: dict[str, int] = {}
        self._spans: deque[tuple[int, Span]] = deque()
        self._until = 0

    @property
    def several(self) -> Mapping[str, int]:
        """Edits of each page that has two and more."""
        return self._several

    def count_people(self) -> dict[str, int]:
        """Count the people of each page that has two and more edits."""
        people: dict[str, set[int]] = {title: set() for title in self._several}
        for _, span in self._spans:
            for title in span.pages.keys() & people.keys():
                people[title].update(span.pages[title][1:])
        return {title: len(its) for title, its in people.items()}

    def move(self, people: People, until: int) -> None:
        """Let the window end at an epoch second, exclusive; all before it has closed."""
        for begin in range(max(self._until, until - WINDOW_SECONDS), until, TICK_SECONDS):
            span = people.find_span(begin)
            if span is not None:
                self._spans.append((begin, span))
                self._count(span, 1)
        while self._spans and self._spans[0][0] < until - WINDOW_SECONDS:
            self._count(self._spans.popleft()[1], -1)
        self._until = until

    def find(self, title: str) -> PageWindow:
        """Tell what there is of a page."""
        edits = lately = first = last = 0
        people: set[int] = set()
        for begin, span in self._spans:
            number = span.count_people_edits(title)
            if not number:
                continue
            edits += number
            lately += number if begin >= self._until - LOOK_SECONDS else 0
            people.update(span.pages[title][1:])
            first, last = first or begin, begin
        return PageWindow(edits, lately, len(people), first, last)

    def _count(self, span: Span, sign: int) -> None:
        edits, several, bots = self._edits, self._several, span.bot_pages
        for title, page in span.pages.items():
            number = page[0] - bots.get(title, 0) if bots else page[0]
            now = edits.get(title, 0) + sign * number
            if now > 1:
                edits[title] = several[title] = now
                continue
            if now:
                edits[title] = now
            else:
                edits.pop(title, None)
            if sign < 0:
                several.pop(title, None)
