"""One wiki's months with what was expected of them, its peaks and what people wrote: what a chart is drawn from."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Floats
from wiki_activity.domain.findings import Finding
from wiki_activity.domain.notes import Note
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.explorer.snapshot import WikiSnapshot

MOST_MONTHS = 600
"""A range may have so many months."""
MOST_NOTES = 200
"""A series has so many notes, those that begin last; all are in the list of notes."""


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
        Whether only the rolling mean sees it, while another one speaks.
    kind, outcome, shared, starts_episode
        As in :class:`~wiki_activity.domain.peaks.Peak`.
    sentence
        All of it in words.
    annotation
        What somebody wrote about the month; None where nobody did, or where it is kept from the reader.
    finding
        What speaks for what was found behind it; None where nothing does.
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
    annotation: Note | None
    finding: Finding | None = None


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
        What people wrote that touches these months, oldest first; without what each peak has.
    provisional
        Those of the months that Wikimedia has published only in part, which nobody judges.
    run_id, as_of
        The run in which counts were last stored, and when, UTC; None where no refresh has stored any.
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
    notes: tuple[Note, ...]
    run_id: str | None
    as_of: datetime | None
    provisional: tuple[date, ...] = ()


def make_series(
    wiki: WikiSnapshot,
    metric: Metric,
    detector: Detector,
    first: date | None = None,
    last: date | None = None,
    *,
    reviewing: bool = False,
) -> WikiSeries:
    """Make a wiki's series; empty where nothing of it is stored.

    Parameters
    ----------
    wiki
        What is stored of it.
    metric, detector
        What is shown, judged by which rule.
    first, last
        Months, both included, cut to those that are stored. By default from the first month that is not zero to the
        newest one.
    reviewing
        Whether the reader may see what a reviewer has hidden; to others it is as if nobody had written it.
    """
    data = wiki.data
    notes = wiki.choose_notes(metric, even_hidden=reviewing)
    whole, row = wiki.months(metric), wiki.counts(metric)
    detection = wiki.detect(metric, detector)
    begin, end = _find_range(whole, row, first, last)
    months = whole[begin:end]
    shown = _choose(wiki.peaks(metric, months[0], months[-1]), detector) if months else []
    peaks = tuple(
        _describe(peak, detector, sentence, notes.get(peak.month), wiki.find_first(peak.month))
        for peak, sentence in zip(shown, wiki.describe(shown), strict=True)
    )
    chosen = {note.id for note in notes.values()}
    of_peaks = {peak.annotation.id for peak in peaks if peak.annotation is not None}
    others = [
        note
        for note in wiki.notes.written
        if months
        and note.month <= months[-1]
        and note.subject.last >= months[0]
        and note.id not in of_peaks
        and (reviewing or not note.hidden)
        and (note.metric in {None, metric} or note.id in chosen)
    ]
    return WikiSeries(
        project=data.project,
        metric=metric,
        detector=detector,
        months=months,
        counts=_cut_whole(row, begin, end),
        bots=_cut_whole(wiki.bots(), begin, end) if metric is Metric.EDITS else None,
        expected=_cut(detection.expected, begin, end),
        threshold=_cut(detection.threshold, begin, end),
        peaks=peaks,
        notes=tuple(others[-MOST_NOTES:]),
        run_id=data.run_id,
        as_of=data.as_of,
        provisional=tuple(month for month in months if month in data.provisional),
    )


def _find_range(months: Sequence[date], row: Floats, first: date | None, last: date | None) -> tuple[int, int]:
    if first is None:
        # A missing month compares as no count.
        busy = np.flatnonzero(row[0] > 0)
        begin = int(busy[0]) if len(busy) else 0
    else:
        begin = bisect_left(months, first)
    return begin, len(months) if last is None else max(begin, bisect_right(months, last))


def _cut(row: Floats, begin: int, end: int) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in row[0, begin:end].tolist())


def _cut_whole(row: Floats, begin: int, end: int) -> tuple[int | None, ...]:
    return tuple(None if math.isnan(value) else int(value) for value in row[0, begin:end].tolist())


def _choose(peaks: Iterable[Peak], detector: Detector) -> list[Peak]:
    """Choose the detector's peaks and, where only the rolling mean sees one, the rolling mean's."""
    chosen: dict[date, Peak] = {}
    for peak in peaks:
        own = peak.detector is detector
        if own or (peak.detector is Detector.ROLLING_MEAN and peak.month not in chosen):
            chosen[peak.month] = peak
    return list(chosen.values())


def _describe(
    peak: Peak, detector: Detector, sentence: str, annotation: Note | None, finding: Finding | None
) -> SeriesPeak:
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
        sentence=sentence,
        annotation=annotation,
        finding=finding,
    )
