"""The monthly digest: which wikis stood out in a month that was just published, and whether it is time to say so."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.data_annotations import DataAnnotation, find_faults
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector, Kind, Peak

_TOLERATED_MISSING: Final = 0.1
_LONGEST_GAP_MONTHS: Final = 3
_MOST_LISTED: Final = 20
_BIGGEST: Final = 10
_METRICS: Final = {
    # In the order in which they speak for a wiki; the rolling mean judged the total.
    Detector.SEASONAL: (Metric.PEOPLE_EDITS, Metric.EDITORS, Metric.EDITS),
    Detector.ROLLING_MEAN: (Metric.EDITS, Metric.EDITORS),
}


class DigestDecision(StrEnum):
    """What to do about the newest month."""

    MAKE = "make"
    """It was newly published: say so."""
    NOTE = "note"
    """It came with a first load: remember it, say nothing."""
    CORRECT = "correct"
    """It was told, and has changed materially since: tell that."""
    WAIT = "wait"
    """Too many wikis are missing so far."""
    NOTHING = "nothing"
    """It was dealt with."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is to be said of one month.

    Parameters
    ----------
    month
        The newest one.
    watched
        Whether `wikis` are those of a watchlist; else they are all.
    wikis
        How many are looked at: those with a count, and those that could not be read.
    stood_out
        One peak for each of them that began to stand out in this month, furthest above usual first.
    still_up
        How many began earlier and still stand out.
    bot_runs
        How many stood out by bots alone; they count as usual, and are not listed.
    unread
        Those that could not be read, by project.
    elsewhere
        How many other wikis began to stand out.
    shared
        Whether more wikis stood out than chance explains.
    standing
        The peaks of all that stand out, those that began earlier included, in no order.
    faults
        What those who keep the figures say of faults in this month's, in their words.
    withheld
        How many wikis would stand out, or still do, by faulty counts alone: nothing else is told of them.
    """

    month: date
    watched: bool
    wikis: int
    stood_out: tuple[Peak, ...]
    still_up: int
    bot_runs: int
    unread: tuple[str, ...]
    elsewhere: int
    shared: bool
    standing: tuple[Peak, ...] = ()
    faults: tuple[str, ...] = ()
    withheld: int = 0

    @property
    def listed(self) -> tuple[Peak, ...]:
        """Those that began to stand out and are named: of a watchlist most, of all wikis the few biggest."""
        return self.stood_out[: _MOST_LISTED if self.watched else _BIGGEST]

    @property
    def as_usual(self) -> int:
        """How many were as usual."""
        return self.wikis - len(self.stood_out) - self.still_up - len(self.unread) - self.withheld


def decide_on_digest(month: date, last: date | None, expected: int, missing: int) -> DigestDecision:
    """Decide whether the newest month is news.

    Parameters
    ----------
    month
        The newest month that any wiki has.
    last
        The month that was last dealt with; None where nothing ever was, which is a first load.
    expected, missing
        Wikis that have the month before, and those of them that lack this one.
    """
    if last is None:
        return DigestDecision.NOTE
    if month <= last:
        return DigestDecision.NOTHING
    if month > shift_month(last, _LONGEST_GAP_MONTHS):
        # Years that were loaded later are no news either.
        return DigestDecision.NOTE
    if missing > _TOLERATED_MISSING * expected:
        return DigestDecision.WAIT
    return DigestDecision.MAKE


def summarize_month(
    month: date,
    peaks: Iterable[Peak],
    detector: Detector,
    *,
    known: Collection[str],
    unread: Collection[str],
    watchlist: Collection[str] | None,
) -> Digest:
    """Sum up one month for its readers.

    Parameters
    ----------
    month
        The newest one.
    peaks
        All of the month, of whatever metric and detector.
    detector
        The one that speaks.
    known
        Projects that have a count of the month.
    unread
        Projects that could not be read.
    watchlist
        The reader's projects; None where there is no watchlist.
    """
    ours = set(watchlist) if watchlist is not None else {*known, *unread}
    by_project: dict[str, list[Peak]] = {}
    for peak in peaks:
        if peak.detector is detector and peak.month == month and peak.value > 0:
            by_project.setdefault(peak.project, []).append(peak)
    speaking = {project: _choose_speaking(found, detector) for project, found in by_project.items()}
    begun = [peak for peak in speaking.values() if peak is not None and peak.starts_episode]
    mine = [peak for peak in begun if peak.project in ours]
    missing = sorted((ours & set(unread)) - {peak.project for peak in speaking.values() if peak is not None})
    return Digest(
        month=month,
        watched=watchlist is not None,
        wikis=len(ours & {*known, *missing}),
        stood_out=tuple(sorted(mine, key=_rank)),
        still_up=sum(
            peak is not None and not peak.starts_episode and peak.project in ours for peak in speaking.values()
        ),
        bot_runs=sum(peak is None and project in ours for project, peak in speaking.items()),
        unread=tuple(missing),
        elsewhere=len(begun) - len(mine),
        shared=any(peak.shared for peak in begun),
        standing=tuple(peak for peak in speaking.values() if peak is not None and peak.project in ours),
    )


def withhold_faulty(
    digest: Digest, annotations: Iterable[DataAnnotation], summarize: Callable[[Collection[Metric]], Digest]
) -> Digest:
    """Leave out of a digest what rests on counts that are known to be faulty, and say so.

    Parameters
    ----------
    digest
        Of all peaks.
    annotations
        What is known of the figures.
    summarize
        Makes the same of the peaks of some metrics alone.
    """
    known = list(annotations)
    faults = {metric: find_faults(known, metric, digest.month) for metric in Metric}
    if not any(faults.values()):
        return digest
    told = summarize([metric for metric in Metric if not faults[metric]])
    withheld = {peak.project for peak in digest.standing} - {peak.project for peak in told.standing}
    titles = dict.fromkeys(one.title for found in faults.values() for one in found)
    return replace(told, faults=tuple(titles), withheld=len(withheld - set(told.unread)))


def _choose_speaking(peaks: Sequence[Peak], detector: Detector) -> Peak | None:
    """Choose the peak that speaks for its wiki; None where there are only bot runs, or metrics that do not speak."""
    by_metric = {peak.metric: peak for peak in peaks if peak.kind is not Kind.BOT_RUN}
    return next((by_metric[metric] for metric in _METRICS[detector] if metric in by_metric), None)


def _rank(peak: Peak) -> tuple[float, str]:
    return (-(peak.score or 0.0), peak.project)
