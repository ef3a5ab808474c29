"""The wikis that the board shows first: the newest month of the watchlist's, or else of the biggest."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.judging import judge_months
from wiki_activity.domain.names import ResolvedNames, resolve_names
from wiki_activity.domain.wikis import Wiki, is_watched
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.pages.drawing import Sparkline, draw_sparkline
from wiki_activity.storage.counts import newest_month, read_series

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


def read_watched_wikis(explorer: Explorer) -> WatchedWikis:
    """Read the edits of the wikis to show, and judge them by the detector that speaks."""
    wikis = explorer.catalogue.wikis
    watchlist = resolve_names(explorer.settings.watchlist, wikis, explorer.catalogue.former)
    chosen = [wiki for wiki in wikis.values() if is_watched(wiki, watchlist.names)]
    shown = chosen[:MOST] if watchlist.names else list(wikis.values())[:_BIGGEST]
    month = newest_month(explorer.engine, Series.EDITS)
    items = () if month is None or not shown else _judge(explorer, shown, month)
    more = max(len(chosen) - len(shown), 0)
    return WatchedWikis(month, items, more, bool(watchlist.names), watchlist)


def _judge(explorer: Explorer, wikis: list[Wiki], month: date) -> tuple[WatchedWiki, ...]:
    projects = [wiki.project for wiki in wikis]
    frame = read_series(explorer.engine, Metric.EDITS, projects, last=month).reindex(columns=projects)
    if frame.empty:
        return ()
    counts = frame.to_numpy(dtype=float).T
    settings = explorer.settings
    judgement = judge_months(counts, Metric.EDITS, settings.peak_detector, settings.peak_percent)
    return tuple(
        WatchedWiki(
            wiki=wiki,
            count=_known(counts[row, -1]),
            expected=_known(judgement.expected[row, -1]),
            is_peak=bool(judgement.peak[row, -1]),
            sparkline=draw_sparkline(
                [_known(count) for count in counts[row, -MONTHS_DRAWN:]],
                np.nonzero(judgement.peak[row, -MONTHS_DRAWN:])[0].tolist(),
            ),
        )
        for row, wiki in enumerate(wikis)
    )


def _known(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
