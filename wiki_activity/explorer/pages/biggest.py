"""The peaks of the newest month that stand out most, one for each wiki, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.explorer.peak_board import BoardQuery, BoardSort
from wiki_activity.explorer.snapshot import Snapshot

SPEAKING: Final[Mapping[Detector, Sequence[Metric]]] = {
    Detector.SEASONAL: (Metric.PEOPLE_EDITS, Metric.EDITORS, Metric.EDITS),
    Detector.ROLLING_MEAN: (Metric.EDITS, Metric.EDITORS),
}
"""Metrics in the order in which they speak for a wiki; the rolling mean judged the total."""
_MOST = 8


@dataclass(frozen=True, slots=True)
class BigPeak:
    """A peak, and all of it in words."""

    peak: Peak
    sentence: str


def list_biggest(snapshot: Snapshot, detector: Detector) -> list[BigPeak]:
    """List the most outstanding peaks of the newest month, of whatever metric; none in an empty database."""
    month = snapshot.catalogue.newest_month
    if month is None:
        return []
    by_project: dict[str, Peak] = {}
    for metric in SPEAKING[detector]:
        query = BoardQuery(metric, detector, month=month, sort=BoardSort.SCORE, limit=_MOST)
        for item in snapshot.select_peaks(query).items:
            by_project.setdefault(item.peak.project, item.peak)
    biggest = sorted(by_project.values(), key=lambda peak: -(peak.score or 0))[:_MOST]
    return [BigPeak(peak, snapshot.wiki(peak.project).describe(peak)) for peak in biggest]
