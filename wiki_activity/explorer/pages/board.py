"""`/`: search, the watchlist, the biggest peaks, busy spells, and what is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.episodes import Episode
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.sentences import MonthCounts, describe_peak
from wiki_activity.explorer.context import Explorer, ExplorerParts
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.caches import Caches
from wiki_activity.explorer.pages.month_columns import draw_month_columns
from wiki_activity.explorer.rendering import render
from wiki_activity.explorer.series import read_month_counts
from wiki_activity.storage.annotation_reading import read_changes
from wiki_activity.storage.database import reading
from wiki_activity.storage.episodes import read_episodes
from wiki_activity.storage.peak_board import BoardPeak, BoardQuery, BoardSort, read_board

router = APIRouter(include_in_schema=False)

_PEAKS = 8
_CHANGES = 6
_SPELLS = 6
_SPELLS_WITHIN = timedelta(hours=24)
_MONTHS = 36
_METRICS: Final = {
    # In the order in which they speak for a wiki; the earlier rule judged the total.
    Detector.SEASONAL: (Metric.PEOPLE_EDITS, Metric.EDITORS, Metric.EDITS),
    Detector.ROLLING_MEAN: (Metric.EDITS, Metric.EDITORS),
}


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """One of the biggest peaks, in words."""

    item: BoardPeak
    sentence: str


@router.get("/", response_class=HTMLResponse)
def show_board(request: Request, explorer: ExplorerParts, caches: Caches) -> HTMLResponse:
    """Show where to begin."""
    watched = caches.watched.read()
    now = explorer.clock()
    detector = explorer.settings.peak_detector
    metric = _METRICS[detector][0]
    months = caches.months.read((metric, detector))
    recent = [one for one in months if watched.month and one.month > shift_month(watched.month, -_MONTHS)]
    return render(
        request,
        "board.html",
        words=wording,
        wikis=explorer.catalogue.wikis,
        watched=watched,
        metric=metric,
        peaks=[] if watched.month is None else _read_biggest(explorer, watched.month),
        columns=draw_month_columns(recent, watched.month, _MONTHS, width=400) if watched.month else None,
        shared=[one for one in reversed(recent) if one.shared][:4],
        spells=_read_spells(explorer, now),
        changes=read_changes(explorer.engine, limit=_CHANGES),
        report=caches.report.read(),
    )


def _read_biggest(explorer: Explorer, month: date) -> list[BoardEntry]:
    """Read the peaks that stand out most, one for each wiki, those of people before those of bots."""
    detector = explorer.settings.peak_detector
    by_project: dict[str, BoardPeak] = {}
    for metric in _METRICS[detector]:
        query = BoardQuery(metric, detector, month=month, sort=BoardSort.SCORE, limit=_PEAKS)
        for item in read_board(explorer.engine, query).items:
            by_project.setdefault(item.peak.project, item)
    biggest = sorted(by_project.values(), key=lambda item: -(item.peak.score or 0))[:_PEAKS]
    with reading(explorer.engine) as connection:
        return [
            BoardEntry(
                item,
                describe_peak(
                    item.peak,
                    read_month_counts(connection, item.peak.project, month).get(month, MonthCounts()),
                ),
            )
            for item in biggest
        ]


def _read_spells(explorer: Explorer, now: datetime) -> Sequence[Episode]:
    """Read the busy spells that are open, then those of the last day."""
    found = read_episodes(
        explorer.engine,
        detector=explorer.settings.live_detector,
        since=now - _SPELLS_WITHIN,
        limit=200,
    )
    return sorted(found, key=lambda spell: spell.closed_at is not None)[:_SPELLS]
