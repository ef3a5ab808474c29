"""The wikis that the board shows first: the newest month of the watchlist's, or else of the biggest."""

import math
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.names import ResolvedNames, resolve_names
from wiki_activity.domain.wikis import Wiki, is_watched
from wiki_activity.explorer.pages.drawing import Sparkline, draw_sparkline
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.settings import Settings

MOST = 12
MONTHS_DRAWN = 24
_BIGGEST = 8


@dataclass(frozen=True, slots=True)
class WatchedWiki:
    """A wiki and its newest month.

    Parameters
    ----------
    count
        None where the month is missing.
    expected
        None where it was not judged.
    is_peak
        Whether the count is at or over its alert line.
    sparkline
        All edits of the last `MONTHS_DRAWN` months.
    """

    wiki: Wiki
    count: float | None
    expected: float | None
    is_peak: bool
    sparkline: Sparkline


@dataclass(frozen=True, slots=True)
class WatchedWikis:
    """The wikis that the board shows first.

    Parameters
    ----------
    month
        The newest stored month; None where nothing is stored.
    items
        At most `MOST`, biggest first.
    more
        How many others the watchlist names.
    is_watchlist
        Whether a watchlist chose them; else they are the biggest.
    names
        What is written on the watchlist, names that are no known wiki's among it.
    """

    month: date | None
    items: tuple[WatchedWiki, ...]
    more: int
    is_watchlist: bool
    names: ResolvedNames


def list_watched_wikis(snapshot: Snapshot, settings: Settings) -> WatchedWikis:
    """List the wikis to show, judged by the detector that speaks."""
    wikis, month = snapshot.catalogue.wikis, snapshot.catalogue.newest_month
    watchlist = resolve_names(settings.watchlist, wikis, snapshot.catalogue.former)
    chosen = [wiki for wiki in wikis.values() if is_watched(wiki, watchlist.names)]
    shown = chosen[:MOST] if watchlist.names else list(wikis.values())[:_BIGGEST]
    items = () if month is None else tuple(_judge(snapshot, settings, wiki, month) for wiki in shown)
    return WatchedWikis(month, items, max(len(chosen) - len(shown), 0), bool(watchlist.names), watchlist)


def _judge(snapshot: Snapshot, settings: Settings, wiki: Wiki, month: date) -> WatchedWiki:
    own = snapshot.wiki(wiki.project)
    months, detection = own.months(Metric.EDITS), own.detect(Metric.EDITS, settings.peak_detector)
    judged = {one: at for at, one in enumerate(months)}
    drawn = [judged.get(shift_month(month, 1 + at - MONTHS_DRAWN)) for at in range(MONTHS_DRAWN)]
    at = drawn[-1]
    counts = own.newest(Metric.EDITS, month, MONTHS_DRAWN)
    return WatchedWiki(
        wiki=wiki,
        count=counts[-1],
        expected=None if at is None else _known(detection.expected[0, at]),
        is_peak=at is not None and bool(detection.peak[0, at]),
        sparkline=draw_sparkline(
            counts, [place for place, one in enumerate(drawn) if one is not None and detection.peak[0, one]]
        ),
    )


def _known(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
