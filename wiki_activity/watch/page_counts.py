"""People's edits of each page of one wiki in the last ten minutes, kept up span by span so that a look costs little."""

from collections import deque

from wiki_activity.domain.hot_pages import LOOK_SECONDS, WINDOW_SECONDS, PageWindow
from wiki_activity.domain.live import TICK_SECONDS
from wiki_activity.watch.who_edits import People, Span


class PageCounts:
    """The window of one wiki's pages; its spans are those of :class:`People`, whose seconds have closed."""

    def __init__(self) -> None:
        self.several: dict[str, int] = {}
        """People's edits in the window, of each page that has two and more."""
        self._edits: dict[str, int] = {}
        self._spans: deque[tuple[int, Span]] = deque()
        self._until = 0

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
        edits, several = self._edits, self.several
        for title, page in span.pages.items():
            number = page[0] - span.bot_pages[title] if title in span.bot_pages else page[0]
            now = edits.get(title, 0) + sign * number
            if now:
                edits[title] = now
            else:
                edits.pop(title, None)
            if now > 1:
                several[title] = now
            else:
                several.pop(title, None)
