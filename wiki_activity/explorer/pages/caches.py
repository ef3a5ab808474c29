"""What pages show of all wikis at once, read anew when it has changed, or every minute at most."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.caching import Cached, Kept
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.pages.biggest import BigPeak, read_biggest
from wiki_activity.explorer.pages.watched import WatchedWikis, read_watched_wikis
from wiki_activity.storage.peak_board import MonthOfPeaks, count_by_month
from wiki_activity.storage.report import Report, read_report

SECONDS = 60


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
        How many wikis peaked in each month; only :func:`read_months` looks there.
    report
        How complete the counts are.
    """

    watched: Cached[WatchedWikis]
    biggest: Cached[list[BigPeak]]
    months: Kept[list[MonthOfPeaks]]
    report: Cached[Report]


def create_caches(explorer: Explorer) -> PageCaches:
    """Make the caches; nothing is read yet."""
    return PageCaches(
        watched=Cached(lambda: read_watched_wikis(explorer), SECONDS),
        biggest=Cached(lambda: read_biggest(explorer), SECONDS),
        months=Kept(len(Metric) * len(Detector)),
        report=Cached(lambda: read_report(explorer.engine), SECONDS),
    )


def read_months(
    explorer: Explorer, caches: PageCaches, metric: Metric, detector: Detector, *, version: int
) -> list[MonthOfPeaks]:
    """Read how many wikis peaked in each month, oldest first; `version` is that of `PEAKS`, read before."""
    return caches.months.read((metric, detector, version), lambda: count_by_month(explorer.engine, metric, detector))


async def find_caches(request: Request) -> PageCaches:
    """Return the caches behind a request."""
    caches: PageCaches = request.app.state.page_caches
    return caches


Caches = Annotated[PageCaches, Depends(find_caches)]
