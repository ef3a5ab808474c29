"""The peaks of the newest month that stand out most, one for each wiki, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.explorer.context import Explorer
from wiki_activity.storage.peak_board import BoardQuery, BoardSort, read_board
from wiki_activity.storage.provisional import newest_complete_month

SPEAKING: Final[Mapping[Detector, Sequence[Metric]]] = {
    Detector.SEASONAL: (Metric.PEOPLE_EDITS, Metric.EDITORS, Metric.EDITS),
    Detector.ROLLING_MEAN: (Metric.EDITS, Metric.EDITORS),
}
"""Metrics in the order in which they speak for a wiki; the earlier rule judged the total."""
_MOST = 8


@dataclass(frozen=True, slots=True)
class BigPeak:
    """A peak, and all of it in words."""

    peak: Peak
    sentence: str


def read_biggest(explorer: Explorer) -> list[BigPeak]:
    """Read the most outstanding peaks of the newest month, of whatever metric; none in an empty database."""
    month = newest_complete_month(explorer.engine)
    if month is None:
        return []
    detector = explorer.settings.peak_detector
    by_project: dict[str, Peak] = {}
    for metric in SPEAKING[detector]:
        query = BoardQuery(metric, detector, month=month, sort=BoardSort.SCORE, limit=_MOST)
        for item in read_board(explorer.engine, query).items:
            by_project.setdefault(item.peak.project, item.peak)
    biggest = sorted(by_project.values(), key=lambda peak: -(peak.score or 0))[:_MOST]
    held = explorer.records.read_all([peak.project for peak in biggest])
    return [BigPeak(peak, one.describe(peak)) for peak, one in zip(biggest, held, strict=True)]
