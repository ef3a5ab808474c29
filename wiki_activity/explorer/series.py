"""One wiki's months with what was expected of them, its peaks and what people wrote: what a chart is drawn from."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, select

from wiki_activity.domain.annotations import Annotation, choose_notes
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.judgement import Floats
from wiki_activity.domain.judging import judge_months
from wiki_activity.domain.months import list_months
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.domain.sentences import MonthCounts, describe_peak
from wiki_activity.explorer.caching import Kept
from wiki_activity.explorer.context import Explorer
from wiki_activity.storage.annotation_reading import read_annotations
from wiki_activity.storage.data_version import DataVersion, read_data_version
from wiki_activity.storage.database import reading
from wiki_activity.storage.peak_board import read_peaks_of
from wiki_activity.storage.schema import edit_counts, editor_counts

MOST_MONTHS = 600
"""A range may have so many months."""

_NOTHING = MonthCounts()
_NO_PARTS = (None, None, None)
_FIELDS = {Metric.EDITS: "edits", Metric.PEOPLE_EDITS: "people_edits", Metric.EDITORS: "editors"}


@dataclass(frozen=True, slots=True)
class SeriesPeak:
    """One peak of a series.

    Parameters
    ----------
    month, value, expected, threshold
        As stored.
    times
        How many times the expected value it was; None where nothing was expected.
    detector
        Which rule sees it.
    hollow
        Whether only the earlier rule sees it, while another one speaks.
    kind, outcome, shared, starts_episode
        As in :class:`~wiki_activity.domain.peaks.Peak`.
    sentence
        All of it in words.
    annotation
        What somebody wrote about the month; None where nobody did, or where it is kept from the reader.
    """

    month: date
    value: float
    expected: float
    threshold: float
    times: float | None
    detector: Detector
    hollow: bool
    kind: Kind | None
    outcome: Outcome | None
    shared: bool
    starts_episode: bool
    sentence: str
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class WikiSeries:
    """One metric of one wiki.

    Parameters
    ----------
    project, metric, detector
        Whose, of what, and by which rule it is judged.
    months
        Without gaps, oldest first.
    counts
        Of each month; None where it is missing, which is not zero.
    bots
        Bots' part of all edits, None in months in which it is not known; None for other metrics.
    expected, threshold
        What the detector held each month against; None where it did not judge.
    peaks
        Of more than zero, oldest first.
    notes
        What people wrote about months that are no peaks, oldest first.
    version
        Which state of the database this is.
    """

    project: str
    metric: Metric
    detector: Detector
    months: tuple[date, ...]
    counts: tuple[int | None, ...]
    bots: tuple[int | None, ...] | None
    expected: tuple[float | None, ...]
    threshold: tuple[float | None, ...]
    peaks: tuple[SeriesPeak, ...]
    notes: tuple[Annotation, ...]
    version: DataVersion


def read_wiki_series(  # noqa: PLR0917 - of which wiki, what, and when
    explorer: Explorer,
    project: str,
    metric: Metric,
    detector: Detector,
    first: date | None = None,
    last: date | None = None,
    *,
    reviewing: bool = False,
) -> WikiSeries:
    """Read a wiki's series; empty where nothing of it is stored.

    Parameters
    ----------
    explorer
        The explorer's parts.
    project
        A wiki that is known.
    metric, detector
        What is shown, judged by which rule.
    first, last
        Months, both included, cut to those that are stored. By default from the first month that is not zero to the
        newest one.
    reviewing
        Whether the reader may see what a reviewer has hidden; to others it is as if nobody had written it.
    """
    # Read first: a series newer than its version is asked for again, an older one never would be.
    version = read_data_version(explorer.engine, project)

    def read() -> WikiSeries:
        return _read(explorer, project, metric, detector, first, last, reviewing=reviewing, version=version)

    kept: Kept[WikiSeries] = explorer.series
    return kept.read((project, metric, detector, first, last, reviewing, version), read)


def _read(  # noqa: PLR0917 - as above
    explorer: Explorer,
    project: str,
    metric: Metric,
    detector: Detector,
    first: date | None,
    last: date | None,
    *,
    reviewing: bool,
    version: DataVersion,
) -> WikiSeries:
    with reading(explorer.engine) as connection:
        stored = read_month_counts(connection, project)
    found = _choose(read_peaks_of(explorer.engine, project, metric), detector)
    written = read_annotations(explorer.engine, project=project)
    shown = choose_notes((one for one in written if reviewing or not one.hidden), metric)
    notes = {month: one for (_, month), one in shown.items()}

    whole = _lay_out(stored, metric)
    judged = np.array([[np.nan if count is None else count for count in whole.values()]], dtype=float)
    judgement = judge_months(judged, metric, detector, explorer.settings.peak_percent)
    begin, end = _find_range(whole, first, last)
    months = tuple(whole)[begin:end]
    peaks = tuple(
        _describe(peak, detector, stored.get(peak.month, _NOTHING), notes.get(peak.month))
        for peak in found
        if months and months[0] <= peak.month <= months[-1]
    )
    peak_months = {peak.month for peak in peaks}
    return WikiSeries(
        project=project,
        metric=metric,
        detector=detector,
        months=months,
        counts=tuple(whole.values())[begin:end],
        bots=tuple(_count_bots(stored.get(month)) for month in months) if metric is Metric.EDITS else None,
        expected=_cut(judgement.expected, begin, end),
        threshold=_cut(judgement.threshold, begin, end),
        peaks=peaks,
        notes=tuple(notes[month] for month in months if month in notes and month not in peak_months),
        version=version,
    )


def read_month_counts(connection: Connection, project: str, month: date | None = None) -> dict[date, MonthCounts]:
    """Read all counts of one wiki by month, oldest first; months of which nothing is stored are absent."""
    edits, editors = edit_counts.c, editor_counts.c
    counts = select(edits.timestamp, edits.edit_count, edits.user_edits, edits.anonymous_edits)
    counts = counts.where(edits.project == project)
    people = select(editors.timestamp, editors.editor_count).where(editors.project == project)
    if month is not None:
        counts, people = counts.where(edits.timestamp == month), people.where(editors.timestamp == month)
    parts_of = {at: (total, user, anonymous) for at, total, user, anonymous in connection.execute(counts)}
    editors_of = {row[0]: row[1] for row in connection.execute(people)}
    months = sorted({*parts_of, *editors_of})
    return {at: _gather(*parts_of.get(at, _NO_PARTS), editors_of.get(at)) for at in months}


def _gather(edits: int | None, user: int | None, anonymous: int | None, editors: int | None) -> MonthCounts:
    people = None if user is None or anonymous is None else user + anonymous
    return MonthCounts(edits, people, anonymous, editors)


def _lay_out(stored: Mapping[date, MonthCounts], metric: Metric) -> dict[date, int | None]:
    counts = {month: getattr(one, _FIELDS[metric]) for month, one in stored.items()}
    known = [month for month, count in counts.items() if count is not None]
    return {month: counts.get(month) for month in list_months(known[0], known[-1])} if known else {}


def _find_range(whole: Mapping[date, int | None], first: date | None, last: date | None) -> tuple[int, int]:
    if first is None:
        first = next((month for month, count in whole.items() if count), None)
    months = tuple(whole)
    begin = 0 if first is None else bisect_left(months, first)
    return begin, len(months) if last is None else max(begin, bisect_right(months, last))


def _count_bots(counts: MonthCounts | None) -> int | None:
    if counts is None or counts.edits is None or counts.people_edits is None:
        return None
    return int(counts.edits - counts.people_edits)


def _cut(row: Floats, begin: int, end: int) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in row[0, begin:end].tolist())


def _choose(peaks: Iterable[Peak], detector: Detector) -> list[Peak]:
    """Choose the detector's peaks and, where only the earlier rule sees one, the earlier rule's."""
    chosen: dict[date, Peak] = {}
    for peak in peaks:
        own = peak.detector is detector
        if own or (peak.detector is Detector.ROLLING_MEAN and peak.month not in chosen):
            chosen[peak.month] = peak
    return list(chosen.values())


def _describe(peak: Peak, detector: Detector, counts: MonthCounts, annotation: Annotation | None) -> SeriesPeak:
    return SeriesPeak(
        month=peak.month,
        value=peak.value,
        expected=peak.expected,
        threshold=peak.threshold,
        times=peak.value / peak.expected if peak.expected > 0 else None,
        detector=peak.detector,
        hollow=peak.detector is not detector,
        kind=peak.kind,
        outcome=peak.outcome,
        shared=peak.shared,
        starts_episode=peak.starts_episode,
        sentence=describe_peak(peak, counts),
        annotation=annotation,
    )
