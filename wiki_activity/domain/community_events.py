"""Community events: what was on at a wiki in a month, by what its organisers entered. Never that it caused anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from wiki_activity.domain.notes import end_of_month

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
    starts_at, ends_at
        When it begins and ends, UTC.
    first, last
        The same as days of its own time zone, as its organisers think of them.
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
    starts_at: datetime
    ends_at: datetime
    first: date
    last: date
    types: tuple[str, ...] = ()
    dashboard_slug: str | None = None

    @property
    def is_everywhere(self) -> bool:
        """Whether it names all wikis, and so none."""
        return ALL_WIKIS in self.dbnames

    def count_days(self, month: date) -> int:
        """Return on how many days of a month it was on; 0 where it was not."""
        last = min(self.last, end_of_month(month))
        return max(0, (last - max(self.first, month)).days + 1)


def choose_events(events: Iterable[CommunityEvent], month: date) -> list[CommunityEvent]:
    """Choose those that were on in a month: those that were on for longest first, of these the shortest ones."""
    found = [event for event in events if event.count_days(month)]
    return sorted(found, key=lambda event: (-event.count_days(month), event.last - event.first, event.name, event.id))
