"""The newest complete month over all wikis: which stood out, how far, and how many had a usual one."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from wiki_activity.domain.counts import Counted, Metric, PeopleMetric
from wiki_activity.domain.months import number_month, shift_month
from wiki_activity.domain.peaks import Detector, Kind, Peak
from wiki_activity.domain.provisional import TOLERATED_MISSING
from wiki_activity.domain.rises import Excess, Rise
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.many_wikis import detect_together
from wiki_activity.explorer.snapshot import Snapshot, WikiSnapshot
from wiki_activity.storage.wiki_data import DETECTORS, METRICS, make_peak

SPEAKING: Final[Mapping[Detector, Sequence[Metric]]] = {
    Detector.SEASONAL: (Metric.PEOPLE_EDITS, Metric.EDITORS, Metric.EDITS),
    Detector.ROLLING_MEAN: (Metric.EDITS, Metric.EDITORS),
}
"""Metrics in the order in which they speak for a wiki; the rolling mean judged the total."""


@dataclass(frozen=True, slots=True)
class MonthOverview:
    """One month over some wikis; each of them is in exactly one of the three.

    Parameters
    ----------
    month
        Which; None where nothing is stored.
    rises
        By project, those that were peaks; most people above expected first, then most edits.
    usual
        Projects that were judged and no peaks.
    unknown
        Projects of which the month is not stored, or which are too young to be judged.
    """

    month: date | None
    rises: Mapping[str, Rise]
    usual: frozenset[str]
    unknown: frozenset[str]

    @property
    def total(self) -> int:
        """How many wikis it is about."""
        return len(self.rises) + len(self.usual) + len(self.unknown)

    def of(self, projects: Iterable[str]) -> "MonthOverview":
        """Return the same of some wikis; others than it is about are left out."""
        wanted = frozenset(projects)
        rises = {project: rise for project, rise in self.rises.items() if project in wanted}
        return MonthOverview(self.month, rises, self.usual & wanted, self.unknown & wanted)


def find_complete_month(snapshot: Snapshot) -> date | None:
    """Find the newest month that is published in full, and that nearly all wikis have which have the one before."""
    newest = snapshot.catalogue.newest_month
    if newest is None:
        return None
    before = shift_month(newest, -1)
    had_before, now = 0, 0
    for wiki in snapshot.wikis.values():
        had = _has(wiki, before)
        had_before += had
        now += had and _has(wiki, newest)
    return newest if now >= (1 - TOLERATED_MISSING) * had_before else before


def look_at_month(snapshot: Snapshot, detector: Detector) -> MonthOverview:
    """Look at the newest complete month of all wikis that are open, or have a count of it.

    It is made of wikis' own parts of the snapshot alone, so that it does not contradict what a page shows of them.
    """
    key = ("overview", detector)
    if key not in snapshot.made:
        snapshot.made[key] = _look(snapshot, detector)
    found: MonthOverview = snapshot.made[key]
    return found


def _look(snapshot: Snapshot, detector: Detector) -> MonthOverview:
    month = find_complete_month(snapshot)
    if month is None:
        return MonthOverview(None, {}, frozenset(), frozenset())
    named = {project for project, wiki in snapshot.catalogue.wikis.items() if wiki.is_open}
    wikis = {project: wiki for project, wiki in snapshot.wikis.items() if project in named or _has(wiki, month)}
    _detect_all(wikis.values(), detector, month)
    rises: list[Rise] = []
    usual: set[str] = set()
    unknown = set(named - wikis.keys())
    for project, wiki in wikis.items():
        key = ("month", month, detector)
        if key not in wiki.made:
            wiki.made[key] = _judge(wiki, detector, month)
        state: Rise | bool = wiki.made[key]
        if isinstance(state, Rise):
            rises.append(state)
        else:
            (usual if state else unknown).add(project)
    rises.sort(key=lambda rise: rise.rank)
    return MonthOverview(month, {rise.project: rise for rise in rises}, frozenset(usual), frozenset(unknown))


def _detect_all(wikis: Iterable[WikiSnapshot], detector: Detector, month: date) -> None:
    new = [wiki for wiki in wikis if ("month", month, detector) not in wiki.made]
    speaking = SPEAKING[detector]
    detect_together(new, speaking[0], detector)
    # The others are looked at only where there is something to say.
    rising = [wiki for wiki in new if _list_peaks(wiki, detector, month)]
    for metric in speaking[1:]:
        detect_together(rising, metric, detector)
    registered = [wiki for wiki in rising if wiki.counts_people(month) is PeopleMetric.USER_EDITORS]
    detect_together(registered, PeopleMetric.USER_EDITORS, detector)


def _judge(wiki: WikiSnapshot, detector: Detector, month: date) -> Rise | bool:
    """Return how far the month stood out; else whether it was judged."""
    peaks = {peak.metric: peak for peak in _list_peaks(wiki, detector, month)}
    speaking = SPEAKING[detector]
    first = next((peaks[metric] for metric in speaking if metric in peaks), None)
    if first is None:
        judged = (metric for metric in (speaking[0], Metric.EDITS) if _compare(wiki, metric, detector, month))
        return next(judged, None) is not None
    counts = wiki.month_counts([month]).get(month)
    edits = None if first.kind is Kind.BOT_RUN else _compare(wiki, speaking[0], detector, month)
    without_bots = edits is not None and speaking[0] is Metric.PEOPLE_EDITS
    return Rise(
        project=wiki.data.project,
        month=month,
        metric=first.metric,
        kind=first.kind,
        shared=first.shared,
        editors=None if counts is None else counts.user_editors if counts.registered else counts.editors,
        people=_compare(wiki, wiki.counts_people(month), detector, month),
        edits=edits or _compare(wiki, Metric.EDITS, detector, month),
        bots_counted=not without_bots,
        registered=counts is not None and counts.registered,
    )


def _list_peaks(wiki: WikiSnapshot, detector: Detector, month: date) -> list[Peak]:
    rows = wiki.data.peaks
    metrics = [METRICS.index(metric) for metric in SPEAKING[detector]]
    meets = (rows["month"] == number_month(month)) & (rows["detector"] == DETECTORS.index(detector))
    meets &= np.isin(rows["metric"], metrics) & (rows["value"] > 0)
    return [make_peak(wiki.data.project, row) for row in rows[meets]] if meets.any() else []


def _compare(wiki: WikiSnapshot, metric: Counted, detector: Detector, month: date) -> Excess | None:
    """Hold a month against what was expected of it; None where it was not judged."""
    known = wiki.months(metric)
    at = number_month(month) - number_month(known[0]) if known else -1
    if not 0 <= at < len(known):
        return None
    expected = float(wiki.detect(metric, detector).expected[0, at])
    return None if math.isnan(expected) else Excess(float(wiki.counts(metric)[0, at]), expected)


def _has(wiki: WikiSnapshot, month: date) -> bool:
    counts = wiki.data.counts
    at = number_month(month) - number_month(counts.months[0]) if counts.months else -1
    return 0 <= at < len(counts.months) and not math.isnan(counts.edits[0, at])


def order_wikis(overview: MonthOverview, wikis: Sequence[Wiki]) -> list[Wiki]:
    """Put those that stood out first, in the order of the boards; the others keep theirs."""
    parts = {"stood_out": 0, "many_wikis": 1, "small_rise": 2, "mostly_bots": 3}
    places = {project: (parts[rise.part.value], at) for at, (project, rise) in enumerate(overview.rises.items())}
    last = (len(parts), 0)
    return sorted(wikis, key=lambda wiki: places.get(wiki.project, last))
