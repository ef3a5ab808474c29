"""The detectors by their names."""

from dataclasses import replace

from wiki_activity.domain import rolling_mean, seasonal
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Detection, Floats
from wiki_activity.domain.peaks import Detector


def detect_months(counts: Floats, metric: Metric, detector: Detector, percent: float = 30) -> Detection:
    """Judge every month by the detector of that name; `percent` is `rolling_mean`'s alone.

    A count of 0 is no peak, whatever the rule says: `rolling_mean`'s 0 ≥ 1.3 × 0 tells nobody anything.

    Parameters
    ----------
    counts
        (wikis, months), contiguous months in order, NaN for a missing month.
    """
    if detector is Detector.SEASONAL:
        return seasonal.find_peaks(counts, metric)
    detection = rolling_mean.find_peaks(counts, metric, percent)
    return replace(detection, peak=detection.peak & (counts > 0))
