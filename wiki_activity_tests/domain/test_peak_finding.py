"""Peaks as the rest of the program gets them."""

from datetime import date

import numpy as np
import pytest

from wiki_activity.domain import rolling_mean, seasonal
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import list_months, shift_month
from wiki_activity.domain.peak_finding import find_peaks
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.domain.wide_counts import WideCounts
from wiki_activity_tests.domain.series import MISSING, random_wikis

FIRST = date(2001, 1, 1)
PROJECTS = ["bn.wikipedia.org", "hi.wikipedia.org"]


def make_wide(edits: list[list[float]], people: float, anonymous: float, editors: float) -> WideCounts:
    """Make wikis whose other counts are constant shares of their edits."""
    counts = np.array(edits)
    months = list_months(FIRST, shift_month(FIRST, counts.shape[1] - 1))
    return WideCounts(PROJECTS, months, counts, people * counts, anonymous * counts, editors * counts)


def test_a_peak_comes_with_all_that_is_known_about_it() -> None:
    wide = make_wide([[1000] * 30, [*[1000] * 24, 5000, 1000, *[1000] * 4]], people=0.6, anonymous=0.2, editors=0.1)
    peaks = find_peaks(wide, Metric.EDITS, Detector.SEASONAL)
    detection = seasonal.find_peaks(wide.edits, Metric.EDITS)
    assert peaks == [
        Peak(
            metric=Metric.EDITS,
            project="hi.wikipedia.org",
            month=date(2003, 1, 1),
            detector=Detector.SEASONAL,
            value=5000,
            expected=1000,
            threshold=detection.threshold[1, 24],
            score=detection.score[1, 24],
            kind=Kind.MORE_PEOPLE,
            outcome=Outcome.OVER,
            shared=False,
            starts_episode=True,
        )
    ]


def test_a_month_of_zero_is_no_peak_and_no_part_of_an_episode() -> None:
    wide = make_wide([[0.0, 0.0, 9.0], [MISSING, MISSING, 4.0]], people=0.6, anonymous=0.2, editors=0.1)
    peaks = find_peaks(wide, Metric.EDITS, Detector.ROLLING_MEAN)
    assert [(peak.project, peak.month.month, peak.score) for peak in peaks] == [
        ("bn.wikipedia.org", 3, 2.0),
    ]
    assert [peak.percentage_difference for peak in peaks] == [200.0]
    assert peaks[0].starts_episode


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("detector", Detector)
def test_the_peaks_are_those_of_the_detector(metric: Metric, detector: Detector) -> None:
    edits, users, anonymous, editors = (random_wikis(seed, months=120) for seed in range(4))
    months = list_months(FIRST, shift_month(FIRST, 119))
    projects = [f"{wiki}.wikipedia.org" for wiki in range(len(edits))]
    wide = WideCounts(projects, months, edits, users, anonymous, editors)
    peaks = find_peaks(wide, metric, detector, percent=40)
    judged = {Metric.EDITS: edits, Metric.PEOPLE_EDITS: users + anonymous, Metric.EDITORS: editors}[metric]
    if detector is Detector.ROLLING_MEAN:
        detection = rolling_mean.find_peaks(judged, metric, percent=40)
    else:
        detection = seasonal.find_peaks(judged, metric)
    is_peak = detection.peak & (judged > 0)
    places = [(projects.index(peak.project), months.index(peak.month)) for peak in peaks]
    assert places == [(wiki, month) for wiki, month in np.argwhere(is_peak).tolist()]
    assert [peak.value for peak in peaks] == judged[is_peak].tolist()
    assert all((peak.metric, peak.detector) == (metric, detector) for peak in peaks)
    assert not any(peak.score is not None and np.isnan(peak.score) for peak in peaks)


def test_people_edits_are_missing_where_either_part_is() -> None:
    months = list_months(FIRST, shift_month(FIRST, 2))
    known, users, anonymous = np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 3))
    users[0, 1] = anonymous[1, 2] = np.nan
    wide = WideCounts(PROJECTS, months, known, users, anonymous, known)
    assert np.argwhere(np.isnan(wide.read_metric(Metric.PEOPLE_EDITS))).tolist() == [[0, 1], [1, 2]]


def test_an_array_of_another_shape_is_refused() -> None:
    good, bad = np.ones((2, 3)), np.ones((3, 2))
    with pytest.raises(ValueError, match=r"user_edits has the shape \(3, 2\); 2 wikis and 3 months need \(2, 3\)"):
        WideCounts(PROJECTS, list_months(FIRST, date(2001, 3, 1)), good, bad, good, good)


def test_months_that_are_left_out_are_refused() -> None:
    good = np.ones((2, 2))
    with pytest.raises(ValueError, match="not contiguous"):
        WideCounts(PROJECTS, [date(2001, 1, 1), date(2001, 3, 1)], good, good, good, good)
