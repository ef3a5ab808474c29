"""The detector `rolling_mean`: a month at least 30 % over its three-year average, as the earlier program judged."""

import numpy as np

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Detection, Floats, detect_over_threshold

_YEARS = 3


def find_peaks(counts: Floats, metric: Metric, percent: float = 30) -> Detection:
    """Find the months of at least (100 + percent) / 100 × the mean of the trailing three calendar years.

    The window of edits holds the month itself and the 36 before it, so that a peak raises its own mean and a window of
    zeros makes a peak of 0 ≥ 1.3 × 0: both are the rolling mean's, kept to the letter. Its rule for editors left the
    current month out and asked for at least two stored months and a mean above zero. Peaks of 0 are neither stored nor
    shown: `domain.judging` leaves them out.

    Sums are differences of cumulative sums: exact for whole counts while a wiki's total stays below 2⁵³, so that each
    mean and each decision equals the one made row by row.

    Parameters
    ----------
    counts
        (wikis, months), whole numbers, contiguous months in order, NaN for a missing month.
    metric
        Which counts they are; only editors have rules of their own.
    percent
        How far over the mean a peak begins.

    Returns
    -------
    Detection
        Expected is the mean, the score is (count − mean) / mean; NaN over a mean of zero.
    """
    stored = ~np.isnan(counts)
    sums = _sum_window(np.where(stored, counts, 0.0), with_current=metric is not Metric.EDITORS)
    rows = _sum_window(stored.astype(np.float64), with_current=metric is not Metric.EDITORS)
    enough = (rows >= 2) & (sums > 0) if metric is Metric.EDITORS else rows >= 1
    mean = np.divide(sums, rows, out=np.full_like(sums, np.nan), where=enough)
    score = np.divide(counts - mean, mean, out=np.full_like(sums, np.nan), where=mean > 0)
    return detect_over_threshold(counts, mean, (100 + percent) / 100 * mean, score)


def _sum_window(values: Floats, *, with_current: bool) -> Floats:
    """Sum the 36 months before each month, and the month itself where asked."""
    wikis, months = values.shape
    before = np.zeros((wikis, months + 1))
    np.cumsum(values, axis=1, out=before[:, 1:])
    ends = np.arange(months) + with_current
    begins = np.maximum(np.arange(months) - 12 * _YEARS, 0)
    sums: Floats = before[:, ends] - before[:, begins]
    return sums
