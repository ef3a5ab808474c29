"""One refresh's counts in, peaks out: any detector on any metric, with all that is known about each peak."""

import math

import numpy as np

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import find_episode_starts
from wiki_activity.domain.detectors import detect_months
from wiki_activity.domain.kinds import KINDS, OUTCOMES, find_kinds, find_outcomes, find_shared_months
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.domain.wide_counts import WideCounts


def find_peaks(counts: WideCounts, metric: Metric, detector: Detector, percent: float = 30) -> list[Peak]:
    """Find the peaks of one metric by one detector, wiki by wiki, oldest first.

    Parameters
    ----------
    counts
        All series over all stored months: outcomes and shared months need more than the months asked about.
    metric, detector
        What is judged, by which rule.
    percent
        `rolling_mean`'s own knob.
    """
    judged = counts.read_metric(metric)
    detection = detect_months(judged, metric, detector, percent)
    at = np.nonzero(detection.peak)
    shared = find_shared_months(judged, detection)[at[1]]
    columns = zip(
        at[0].tolist(),
        at[1].tolist(),
        judged[at].tolist(),
        detection.expected[at].tolist(),
        detection.threshold[at].tolist(),
        detection.score[at].tolist(),
        find_kinds(counts, metric)[at].tolist(),
        find_outcomes(judged, detection.expected)[at].tolist(),
        shared.tolist(),
        find_episode_starts(judged, detection.peak)[at].tolist(),
        strict=True,
    )
    return [
        Peak(
            metric=metric,
            project=counts.projects[wiki],
            month=counts.months[month],
            detector=detector,
            value=value,
            expected=expected,
            threshold=threshold,
            score=None if math.isnan(score) else score,
            kind=KINDS[kind],
            outcome=OUTCOMES[outcome],
            shared=is_shared,
            starts_episode=starts,
        )
        for wiki, month, value, expected, threshold, score, kind, outcome, is_shared, starts in columns
    ]
