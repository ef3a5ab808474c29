"""All counts of days in memory, renewed as the watcher stores them: once a minute, the last days alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER
from wiki_activity.domain.month_so_far import MonthSoFar, WikiDays
from wiki_activity.storage.day_table import read_days, read_hours, read_position_time
from wiki_activity.storage.namespace_table import ContentNamespaces, read_content_namespaces

_AGAIN_DAYS: Final = 3
"""So many of the last days may still change."""
_ALL_AGAIN_SECONDS: Final = 3600
_HOURS: Final = 24
_HOUR: Final = 3600
_EPOCH: Final = date(1970, 1, 1)

Counts = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class DayBook:
    """The counts of one moment, never changed.

    Parameters
    ----------
    version
        What tells it from others: the counts' lineage and how often they were stored.
    first
        The first day, epoch seconds // 86,400.
    projects
        The wikis, by project.
    counts
        A row a wiki, a column a day without gaps, and of each edits by registered people, by bots, logged out.
    whole, seen
        How many hours of each day were seen whole, and of how many anything was seen.
    until
        Up to when is counted, UTC; None while nothing is.
    namespaces
        What wikis call content, by project; absent ones have not said, and articles alone are counted.
    """

    version: tuple[str, int]
    first: int
    projects: Sequence[str]
    counts: Counts
    whole: NDArray[np.int64]
    seen: NDArray[np.int64]
    until: datetime | None
    namespaces: dict[str, ContentNamespaces]
    # Found when they are first asked for.
    so_far: dict[tuple[str, tuple[int, int]], MonthSoFar | None] = field(default_factory=dict)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {project: place for place, project in enumerate(self.projects)}

    def first_day(self) -> date:
        """Return the first day."""
        return _EPOCH + timedelta(days=self.first)

    def read(self, project: str) -> WikiDays | None:
        """Return what is counted of a wiki, of which there may be no edit; None while nothing is counted."""
        if self.until is None:
            return None
        place = self._places.get(project)
        counts = (
            np.zeros((len(self.whole), 3), dtype=np.int64) if place is None else self.counts[place].astype(np.int64)
        )
        return WikiDays(self.first_day(), counts[:, 0], counts[:, 1], counts[:, 2], self.whole, self.until)


class DayBooks:
    """Reads the current book; called by one thread at a time.

    Parameters
    ----------
    engine
        The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last: DayBook | None = None
        self._read_all_at = 0.0

    def read(self, now: datetime) -> DayBook:
        """Return the current book, the last one where nothing has changed.

        Raises
        ------
        DatabaseUnreachableError
            If the database is out of reach.
        """
        last = self._last
        version, saved_at = read_position_time(self._engine, WATCHER)
        if last is not None and last.version == version:
            return last
        # What is pruned, or moved to another name, is seen by and by.
        is_part = (
            last is not None
            and last.version[0] == version[0]
            and now.timestamp() - self._read_all_at < _ALL_AGAIN_SECONDS
            and len(last.whole) > _AGAIN_DAYS
        )
        since = last.first + len(last.whole) - _AGAIN_DAYS if last is not None and is_part else None
        if since is None:
            self._read_all_at = now.timestamp()
        self._last = _make_book(self._engine, version, saved_at, last if is_part else None, since)
        return self._last


def _make_book(
    engine: Engine, version: tuple[str, int], saved_at: datetime | None, before: DayBook | None, since: int | None
) -> DayBook:
    hours, rows = read_hours(engine, since), list(read_days(engine, since))
    known = [hour // _HOURS for hour, _ in hours] + [row.day for row in rows]
    namespaces = read_content_namespaces(engine)
    if before is None and not known:
        nothing = np.zeros(0, dtype=np.int64)
        return DayBook(version, 0, (), np.zeros((0, 0, 3), dtype=np.int32), nothing, nothing, None, namespaces)
    first = min(known) if before is None else before.first
    length = max([*known, first if before is None else first + len(before.whole) - 1]) - first + 1
    kept = 0 if before is None or since is None else since - first
    named = () if before is None else before.projects
    projects = sorted({*named, *(project for row in rows for project in row.projects)})
    places = {project: place for place, project in enumerate(projects)}
    counts = np.zeros((len(projects), length, 3), dtype=np.int32)
    whole, seen = np.zeros(length, dtype=np.int64), np.zeros(length, dtype=np.int64)
    if before is not None:
        counts[[places[project] for project in before.projects], :kept] = before.counts[:, :kept]
        whole[:kept], seen[:kept] = before.whole[:kept], before.seen[:kept]
    for day, names, *columns in rows:
        counts[[places[name] for name in names], day - first] = np.array(columns).T
    for hour, is_whole in hours:
        seen[hour // _HOURS - first] += 1
        whole[hour // _HOURS - first] += is_whole
    until = None if before is None else before.until
    if hours:
        end = datetime.fromtimestamp((hours[-1][0] + 1) * _HOUR, UTC)
        until = end if saved_at is None else min(end, saved_at)
        # A stream whose time is not ours ends with its last hour.
        until = max(until, datetime.fromtimestamp(hours[-1][0] * _HOUR, UTC))
    return DayBook(version, first, projects, counts, whole, seen, until, namespaces)
