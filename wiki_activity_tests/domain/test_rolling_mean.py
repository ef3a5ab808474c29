"""The earlier program's rule, to the letter."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain import rolling_mean
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Floats
from wiki_activity_tests.domain.series import MISSING, matrices, one_wiki, random_wikis
from wiki_activity_tests.shared_data import RECORDED, read_recorded


def judge_row_by_row(counts: Floats, metric: Metric, percent: float = 30) -> tuple[list[list[bool]], list[list[float]]]:
    """Read the rule one month at a time, as the earlier program did; NaN is a mean that is not known."""
    peaks, means = [], []
    for series in counts.tolist():
        peaks.append([False] * len(series))
        means.append([math.nan] * len(series))
        for t, count in enumerate(series):
            end = t if metric is Metric.EDITORS else t + 1
            window = [row for row in series[max(t - 36, 0) : end] if not math.isnan(row)]
            if math.isnan(count) or not window or (metric is Metric.EDITORS and (len(window) < 2 or not sum(window))):
                continue
            means[-1][t] = sum(window) / len(window)
            peaks[-1][t] = count >= (100 + percent) / 100 * means[-1][t]
    return peaks, means


@pytest.mark.parametrize(("name", "columns", "metric"), RECORDED)
def test_every_recorded_month_is_judged_as_row_by_row(name: str, columns: tuple[str, ...], metric: Metric) -> None:
    counts = read_recorded(name, columns).counts
    detection = rolling_mean.find_peaks(counts, metric)
    peaks, means = judge_row_by_row(counts, metric)
    assert detection.peak.tolist() == peaks
    np.testing.assert_array_equal(detection.expected, means)


@given(counts=matrices(), metric=st.sampled_from(Metric), percent=st.sampled_from([0, 10, 30, 50.5, 100]))
def test_any_month_is_judged_as_row_by_row(counts: Floats, metric: Metric, percent: float) -> None:
    detection = rolling_mean.find_peaks(counts, metric, percent)
    peaks, means = judge_row_by_row(counts, metric, percent)
    assert detection.peak.tolist() == peaks
    np.testing.assert_array_equal(detection.expected, np.array(means).reshape(counts.shape))


def test_the_window_holds_the_month_itself_and_36_before_it() -> None:
    counts = one_wiki(3700, *[0] * 36, 10)
    detection = rolling_mean.find_peaks(counts, Metric.EDITS)
    assert detection.expected[0, 36] == 3700 / 37
    assert detection.expected[0, 37] == 10 / 37
    assert detection.peak[0, 37]


def test_a_month_exactly_at_the_threshold_is_a_peak() -> None:
    # 9 months of 87 and one of 117: the mean is 90, and 1.3 × 90 = 117.
    counts = one_wiki(*[87] * 9, 117)
    detection = rolling_mean.find_peaks(counts, Metric.EDITS)
    assert detection.expected[0, 9] == 90
    assert detection.threshold[0, 9] == 117
    assert detection.score[0, 9] == pytest.approx(0.3)
    assert detection.peak.tolist() == [[False] * 9 + [True]]


def test_a_window_of_zeros_makes_a_peak_without_a_score() -> None:
    detection = rolling_mean.find_peaks(one_wiki(0, 0, 5, 0), Metric.EDITS)
    assert detection.peak.tolist() == [[True, True, True, False]]
    assert detection.threshold[0, 0] == 0
    assert np.isnan(detection.score[0, :2]).all()


def test_a_missing_month_is_no_zero() -> None:
    detection = rolling_mean.find_peaks(one_wiki(100, MISSING, 100, 400), Metric.EDITS)
    assert detection.expected[0, 3] == 200
    assert np.isnan(detection.expected[0, 1])
    assert detection.peak.tolist() == [[False, False, False, True]]


def test_editors_are_held_against_earlier_months_only() -> None:
    detection = rolling_mean.find_peaks(one_wiki(10, 10, 13, 12), Metric.EDITORS)
    assert detection.expected[0, 2] == 10
    assert detection.peak.tolist() == [[False, False, True, False]]


def test_editors_need_two_earlier_months_and_a_mean_above_zero() -> None:
    assert not rolling_mean.find_peaks(one_wiki(0, 0, 50), Metric.EDITORS).peak.any()
    assert not rolling_mean.find_peaks(one_wiki(10, MISSING, 50), Metric.EDITORS).peak.any()


def test_a_percent_of_its_own_moves_the_threshold() -> None:
    counts = one_wiki(100, 100, 100, 200)
    assert rolling_mean.find_peaks(counts, Metric.EDITS, percent=50).peak[0, 3]
    assert not rolling_mean.find_peaks(counts, Metric.EDITS, percent=70).peak[0, 3]


def test_a_prefix_of_the_months_is_judged_as_the_whole() -> None:
    counts = random_wikis(seed=1)
    whole = rolling_mean.find_peaks(counts, Metric.EDITS)
    for months in (0, 1, 36, 37, 38, 100):
        prefix = rolling_mean.find_peaks(counts[:, :months], Metric.EDITS)
        np.testing.assert_array_equal(prefix.peak, whole.peak[:, :months])
        np.testing.assert_array_equal(prefix.expected, whole.expected[:, :months])


def test_sums_stay_exact_below_two_to_the_53() -> None:
    big = 2.0**46 + 1
    counts = np.array([[big + month % 3 for month in range(120)]])
    detection = rolling_mean.find_peaks(counts, Metric.EDITS)
    exact = [sum(int(count) for count in counts[0, t - 36 : t + 1]) / 37 for t in range(36, 120)]
    assert detection.expected[0, 36:].tolist() == exact
