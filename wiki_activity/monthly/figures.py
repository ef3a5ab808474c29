"""Figures of a refresh, by month and in all, for whoever reports it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.peak_table import PeakKey, read_peaks
from wiki_activity.storage.revisions import count_restated_by_month, read_revisions


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """One month of one series, over all wikis.

    Parameters
    ----------
    wikis
        How many have a count; none means that the month is not published yet.
    total
        Their sum.
    restated
        How many counts were changed by this refresh.
    """

    wikis: int
    total: int
    restated: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the wikis of the month before are in the newest month.

    Parameters
    ----------
    month
        The newest month that any wiki has; None where nothing is stored.
    expected
        Wikis that have the month before.
    missing
        Those of them that lack the newest month, in order.
    """

    month: date | None
    expected: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestatementSize:
    """How much a refresh changed of what was known.

    Parameters
    ----------
    counts
        Changed counts.
    median_ratio
        New over old, where the old one was not zero; None where nothing was changed.
    furthest
        The wiki and month whose count changed by the most edits, with old and new; None where nothing was changed.
    """

    counts: int
    median_ratio: float | None
    furthest: tuple[str, date, int, int] | None


def read_month_figures(
    engine: Engine, series: Series, months: Sequence[date], since: datetime
) -> dict[date, MonthFigures]:
    """Read the figures of each month asked about; `since` is when the refresh began, UTC."""
    frame = read_series(engine, series, first=months[0], last=months[-1])
    restated = count_restated_by_month(engine, series, since)
    wikis, totals = frame.count(axis="columns"), frame.sum(axis="columns")
    by_month = {stamp.date(): (int(wikis[stamp]), int(totals[stamp])) for stamp in frame.index}
    return {month: MonthFigures(*by_month.get(month, (0, 0)), restated.get(month, 0)) for month in months}


def judge_completeness(engine: Engine, series: Series, last: date) -> Completeness:
    """Compare the newest month, up to `last`, with the one before."""
    frame = read_series(engine, series, first=shift_month(last, -5), last=last).dropna(how="all")
    if frame.empty:
        return Completeness(None, 0, ())
    newest = frame.iloc[-1]
    if len(frame) == 1:
        return Completeness(frame.index[-1].date(), int(newest.count()), ())
    known = frame.iloc[-2].dropna().index
    missing = sorted(str(project) for project in known if newest.isna()[project])
    return Completeness(frame.index[-1].date(), len(known), tuple(missing))


def measure_restatement(engine: Engine, series: Series, since: datetime) -> RestatementSize:
    """Measure what was restated since a refresh began, UTC."""
    revisions = read_revisions(engine, series, since)
    if revisions.empty:
        return RestatementSize(0, None, None)
    known = revisions[revisions["old"] > 0]
    ratio = None if known.empty else float((known["new"] / known["old"]).median())
    furthest = revisions.iloc[int((revisions["new"] - revisions["old"]).abs().to_numpy().argmax())]
    return RestatementSize(
        len(revisions), ratio, (furthest["project"], furthest["month"], int(furthest["old"]), int(furthest["new"]))
    )


def count_peaks_by_month(engine: Engine, detector: Detector, first: date, last: date) -> Counter[tuple[Metric, date]]:
    """Count the stored peaks of one detector by metric and month."""
    return Counter((peak.metric, peak.month) for peak in read_peaks(engine, detector=detector, first=first, last=last))


def find_biggest_new_peaks(
    engine: Engine, added: Collection[PeakKey], detector: Detector, *, first: date, last: date, limit: int = 10
) -> list[Peak]:
    """Find the new peaks of the speaking detector that stand out most, of the newest month that has any."""
    new = {
        (metric, project, month) for metric, project, month, by in added if by is detector and first <= month <= last
    }
    if not new:
        return []
    newest = max(month for _, _, month in new)
    peaks = read_peaks(engine, detector=detector, month=newest, order="score")
    return [peak for peak in peaks if (peak.metric, peak.project, peak.month) in new][:limit]
