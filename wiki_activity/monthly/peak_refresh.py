"""Judging: read all stored counts, find every detector's peaks, and replace the stored ones."""

import logging
from collections.abc import Collection
from datetime import date, datetime

import numpy as np
import pandas as pd
import stamina
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.peak_finding import find_peaks
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.wide_counts import WideCounts
from wiki_activity.storage.data_version import read_detection_count
from wiki_activity.storage.database import checkpoint, reading
from wiki_activity.storage.frames import read_edit_frames, read_series
from wiki_activity.storage.peak_table import PeakChanges, replace_peaks
from wiki_activity.storage.provisional_table import read_provisional
from wiki_activity.storage.storage_errors import DetectedMeanwhileError

logger = logging.getLogger(__name__)

_ATTEMPTS = 5


def read_wide_counts(engine: Engine, projects: Collection[str] | None = None) -> WideCounts:
    """Read all series over all stored months side by side; no wikis and no months when nothing is stored."""
    frames = {
        **read_edit_frames(engine, projects),
        **{series: read_series(engine, series, projects) for series in (Series.EDITORS, Series.USER_EDITORS)},
    }
    stored = [frame for frame in frames.values() if not frame.empty]
    if not stored:
        nothing = np.empty((0, 0))
        return WideCounts((), (), nothing, nothing, nothing, nothing)
    months = pd.date_range(min(frame.index[0] for frame in stored), max(frame.index[-1] for frame in stored), freq="MS")
    names = sorted(set().union(*(frame.columns for frame in stored)))
    arrays = {
        series: frame.reindex(index=months, columns=names).to_numpy(dtype=float).T for series, frame in frames.items()
    }
    return WideCounts(
        projects=names,
        months=[date(month.year, month.month, 1) for month in months],
        edits=arrays[Series.EDITS],
        user_edits=arrays[Series.USER_EDITS],
        anonymous_edits=arrays[Series.ANONYMOUS_EDITS],
        editors=arrays[Series.EDITORS],
        user_editors=None if frames[Series.USER_EDITORS].empty else arrays[Series.USER_EDITORS],
    )


def refresh_peaks(engine: Engine, percent: float, now: datetime) -> PeakChanges:
    """Find the peaks of every metric by every detector over all stored months, and store what changed of them.

    Annotations are keyed by month, not by peak: they are not touched. A provisional month is judged by nobody. When
    another process judges meanwhile, counts are read anew, so that older ones never have the last word.

    Parameters
    ----------
    percent
        `rolling_mean`'s own knob.
    now
        With its time zone; when new peaks were found.

    Raises
    ------
    DetectedMeanwhileError
        If another process did so each time.
    """
    for attempt in stamina.retry_context(on=DetectedMeanwhileError, attempts=_ATTEMPTS, timeout=None, wait_initial=0.1):
        with attempt:
            changes = _judge(engine, percent, now)
    checkpoint(engine)
    return changes


def _judge(engine: Engine, percent: float, now: datetime) -> PeakChanges:
    with reading(engine) as connection:
        detections = read_detection_count(connection)
    counts = read_wide_counts(engine).without(read_provisional(engine))
    # One by one: hundreds of thousands of them need not be there at once.
    peaks = (
        peak for metric in Metric for detector in Detector for peak in find_peaks(counts, metric, detector, percent)
    )
    changes = replace_peaks(engine, peaks, found_at=now, detections=detections)
    added, stay = len(changes.added), changes.changed + changes.kept
    logger.info(
        "judged %d wikis over %d months: %d peaks, %d of them new, %d gone",
        len(counts.projects), len(counts.months), added + stay, added, changes.removed,
    )  # fmt: skip
    return changes
