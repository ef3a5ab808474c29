"""The live detectors by name."""

from wiki_activity.domain.burst import Burst
from wiki_activity.domain.live import LiveDetector, LiveDetectorName
from wiki_activity.domain.mean_gap import THRESHOLD_SECONDS, MeanGap


def make_detector(name: LiveDetectorName, *, mean_gap_seconds: float = THRESHOLD_SECONDS) -> LiveDetector:
    """Make a detector that knows nothing yet, for one wiki.

    Parameters
    ----------
    name
        Which rule.
    mean_gap_seconds
        Threshold of `mean_gap`; the others do without.
    """
    if name is LiveDetectorName.MEAN_GAP:
        return MeanGap(mean_gap_seconds)
    return Burst()
