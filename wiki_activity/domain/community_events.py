"""Community events: what was on at a wiki in a month, by what its organisers entered. Never that it caused anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from wiki_activity.domain.months import shift_month

ALL_WIKIS: Final = "*"
LONGEST: Final = timedelta(days=366)
"""What goes on for longer was on at every peak, and says nothing of one."""


@dataclass(frozen=True, slots=True)
class CommunityEvent:
    """A campaign, contest, edit-a-thon or programme, as Event registration tells of it.

    Parameters
    ----------
    id
        Its number there.
    name
        As its organisers wrote it, without characters that steer what comes after them.
    page, page_dbname
        Title of its page, and the wiki that has it.
    dbnames
        Wikis that it names; `*` alone for all.
    first, last
        When it begins and ends, UTC.
    types
        As there: `contest`, `editing-event`, …
    dashboard_slug
        Of its course on the Programs & Events Dashboard, if it has one.
    """

    id: int
    name: str
    page: str
    page_dbname: str
    dbnames: tuple[str, ...]
    first: datetime
    last: datetime
    types: tuple[str, ...] = ()
    dashboard_slug: str | None = None

    @property
    def is_everywhere(self) -> bool:
        """Whether it names all wikis, and so none."""
        return ALL_WIKIS in self.dbnames

    def overlap(self, month: date) -> timedelta:
        """Return for how long it was on in a month, UTC; negative where it was not."""
        begin, end = (datetime.combine(day, time(), UTC) for day in (month, shift_month(month, 1)))
        return min(self.last, end) - max(self.first, begin)

    def was_on(self, month: date) -> bool:
        """Tell whether it was on in a month, UTC."""
        return self.overlap(month) >= timedelta()


def choose_events(events: Iterable[CommunityEvent], month: date) -> list[CommunityEvent]:
    """Choose those that were on in a month: those that were on for longest first, of these the shortest ones."""
    found = [event for event in events if event.was_on(month)]
    return sorted(found, key=lambda event: (-event.overlap(month), event.last - event.first, event.name, event.id))
