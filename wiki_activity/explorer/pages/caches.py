"""What pages show of all wikis at once, read anew every minute at most, since it changes with a refresh alone."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.caching import Cached
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.pages.biggest import BigPeak, read_biggest
from wiki_activity.explorer.pages.watched import WatchedWikis, read_watched_wikis
from wiki_activity.storage.peak_board import MonthOfPeaks, count_by_month
from wiki_activity.storage.report import Report, read_report

SECONDS = 60

Key = TypeVar("Key")
Value = TypeVar("Value")


class CachedByKey(Generic[Key, Value]):
    """One cached value for each key of a small set, read when it is first asked for.

    Parameters
    ----------
    load
        Reads the value of a key.
    seconds
        How old it may be.
    """

    def __init__(self, load: Callable[[Key], Value], seconds: float) -> None:
        self._load = load
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: dict[Key, Cached[Value]] = {}

    def read(self, key: Key) -> Value:
        """Return the value of a key."""
        with self._lock:
            cached = self._kept.setdefault(key, Cached(lambda: self._load(key), self._seconds))
        return cached.read()


@dataclass(frozen=True, slots=True)
class PageCaches:
    """What the pages of one application keep.

    Parameters
    ----------
    watched
        The watchlist's wikis with their newest months.
    biggest
        The most outstanding peaks of the newest month.
    months
        How many wikis peaked in each month, by metric and detector.
    report
        How complete the counts are.
    """

    watched: Cached[WatchedWikis]
    biggest: Cached[list[BigPeak]]
    months: CachedByKey[tuple[Metric, Detector], list[MonthOfPeaks]]
    report: Cached[Report]


def create_caches(explorer: Explorer) -> PageCaches:
    """Make the caches; nothing is read yet."""
    return PageCaches(
        watched=Cached(lambda: read_watched_wikis(explorer), SECONDS),
        biggest=Cached(lambda: read_biggest(explorer), SECONDS),
        months=CachedByKey(lambda key: count_by_month(explorer.engine, *key), SECONDS),
        report=Cached(lambda: read_report(explorer.engine), SECONDS),
    )


def caches_of(request: Request) -> PageCaches:
    """Return the caches behind a request."""
    caches: PageCaches = request.app.state.page_caches
    return caches


Caches = Annotated[PageCaches, Depends(caches_of)]
