"""One wiki as its Action API sees it now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from wiki_activity.domain.months import EARLIEST_MONTH
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.revisions import Revision, RevisionReader
from wiki_activity.simulator.wiki_catalogue import SimulatedWiki


@dataclass(frozen=True, slots=True)
class WikiView:
    """One wiki.

    Parameters
    ----------
    wiki
        The wiki.
    source
        Its edits; wikis that are not measured have none.
    now
        Epoch seconds; what is later has not happened.
    deleted_pages
        Pages that were deleted by hand, as `hi.wikipedia.org|Title`.
    """

    wiki: SimulatedWiki
    source: EditSource
    now: float
    deleted_pages: frozenset[str]

    @property
    def column(self) -> int | None:
        """The wiki's column; None where it has no edits."""
        return self.source.publication.find_column(self.wiki.host) if self.wiki.measured else None

    def exists(self, title: str) -> bool:
        """Tell whether a page was not deleted by hand."""
        return f"{self.wiki.host}|{title.replace('_', ' ')}" not in self.deleted_pages

    def walk(
        self, start: float | None, end: float | None, *, newer: bool, users: frozenset[int] | None = None
    ) -> Iterator[Revision]:
        """Walk over the revisions of pages that still exist, both ends included, from the start on.

        Parameters
        ----------
        start, end
            Epoch seconds; None is as far as there is anything.
        newer
            Whether the oldest come first; the start is then before the end.
        users
            Those of these alone.
        """
        column = self.column
        if column is None:
            return
        oldest, newest = (start, end) if newer else (end, start)
        first = max(oldest or 0.0, _beginning())
        last = min(self.now if newest is None else newest, self.now)
        if first > last:
            return
        reader = RevisionReader(self.source, column)
        for day in self.source.walk_days(column, *((first, last) if newer else (last, first))):
            chosen = day.exists & (day.time >= first) & (day.time <= last)
            if users is not None:
                chosen &= np.isin(day.user, list(users))
            places = np.flatnonzero(chosen)
            for place in places if newer else places[::-1]:
                revision = reader.read(day, int(place))
                if self.exists(revision.title):
                    yield revision


def _beginning() -> float:
    return datetime.combine(EARLIEST_MONTH, datetime.min.time(), UTC).timestamp()
