"""What a detector says about every month of every wiki; which rules there are is said in their own modules."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """What one detector finds in one metric; all arrays are (wikis, months), as the counts it was made from.

    Parameters
    ----------
    peak
        Whether the count is at or over the threshold; False where the month was not judged.
    expected
        What the month was held against; NaN where it was not judged.
    threshold
        The value at which the month becomes a peak; NaN where it was not judged.
    score
        How far the count stands out, comparable within one detector; NaN where the month was not judged or where
        the detector has no score (a percentage over zero).
    """

    peak: Flags
    expected: Floats
    threshold: Floats
    score: Floats

    def without(self, months: Flags) -> "Detection":
        """Return the same with the flagged months not judged; one flag for each month."""
        return Detection(
            peak=self.peak & ~months,
            expected=np.where(months, np.nan, self.expected),
            threshold=np.where(months, np.nan, self.threshold),
            score=np.where(months, np.nan, self.score),
        )


def detect_over_threshold(counts: Floats, expected: Floats, threshold: Floats, score: Floats) -> Detection:
    """Hold counts against their thresholds, and blank what cannot be judged.

    Parameters
    ----------
    counts
        (wikis, months), NaN for a missing month.
    expected, threshold, score
        The same shape; a NaN threshold means that the month is not judged.
    """
    judged = ~(np.isnan(counts) | np.isnan(threshold))
    return Detection(
        peak=judged & (counts >= threshold),
        expected=np.where(judged, expected, np.nan),
        threshold=np.where(judged, threshold, np.nan),
        score=np.where(judged, score, np.nan),
    )


def find_episode_starts(counts: Floats, peak: Flags) -> Flags:
    """Find the first month of each run of consecutive peak months.

    A missing month is unknown, which is not calm: a peak on either side of it belongs to one episode.

    Parameters
    ----------
    counts
        (wikis, months), NaN for a missing month.
    peak
        The same shape; False where the count is missing.

    Returns
    -------
    Flags
        The same shape: peaks whose last stored month before was none.
    """
    wikis, months = counts.shape
    columns = np.where(np.isnan(counts), 0, np.arange(1, months + 1))
    newest = np.maximum.accumulate(columns, axis=1)
    # Column 0 of both stands for "nothing stored before", which is no peak.
    before = np.concatenate([np.zeros((wikis, 1), dtype=newest.dtype), newest], axis=1)[:, :-1]
    known = np.concatenate([np.zeros((wikis, 1), dtype=bool), peak], axis=1)
    starts: Flags = peak & ~np.take_along_axis(known, before, axis=1)
    return starts
