"""The default detector: hand-worked months, what must hold for every series, and the rule read in plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain import seasonal
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Detection, Floats
from wiki_activity_tests.domain.seasonal_by_hand import judge_by_hand
from wiki_activity_tests.domain.series import MISSING, matrices, one_wiki, random_wikis
from wiki_activity_tests.shared_data import RECORDED, read_recorded


def assert_judged_as_by_hand(counts: Floats, metric: Metric) -> None:
    detection = seasonal.find_peaks(counts, metric)
    for wiki, series in enumerate(counts.tolist()):
        months = judge_by_hand(
            [None if math.isnan(count) else count for count in series], editors=metric is Metric.EDITORS
        )
        blank = (math.nan, math.nan, math.nan)
        figures = [blank if month is None else (month.expected, month.threshold, month.score) for month in months]
        found = np.stack([detection.expected[wiki], detection.threshold[wiki], detection.score[wiki]], axis=1)
        np.testing.assert_allclose(found, np.reshape(figures, found.shape), rtol=1e-9, atol=1e-9)
        assert detection.peak[wiki].tolist() == [month is not None and month.peak for month in months]


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("seed", range(4))
def test_simulated_wikis_are_judged_as_by_hand(metric: Metric, seed: int) -> None:
    assert_judged_as_by_hand(random_wikis(seed), metric)


@pytest.mark.parametrize(("name", "columns", "metric"), RECORDED)
def test_recorded_wikis_are_judged_as_by_hand(name: str, columns: tuple[str, ...], metric: Metric) -> None:
    assert_judged_as_by_hand(read_recorded(name, columns).counts, metric)


@given(counts=matrices(), metric=st.sampled_from([Metric.EDITS, Metric.EDITORS]))
def test_any_wiki_is_judged_as_by_hand(counts: Floats, metric: Metric) -> None:
    assert_judged_as_by_hand(counts, metric)


def test_a_steady_wiki_is_expected_to_go_on() -> None:
    detection = seasonal.find_peaks(one_wiki(*[1000] * 24, 3000), Metric.EDITS)
    # 21 of the 24 months have a level before them (the recent months' needs three), and all were as expected.
    rows = 21
    phi = 0.0036 ** (rows / (rows + 12)) * (0.9 * 1000**-0.3) ** (12 / (rows + 12))
    z = 2 / math.sqrt(phi) * (math.asinh(math.sqrt(phi * 3000.375)) - math.asinh(math.sqrt(phi * 1000.375)))
    assert detection.expected[0, 24] == 1000
    assert detection.score[0, 24] == pytest.approx(z)
    assert detection.peak.tolist() == [[False] * 24 + [True]]


def test_a_month_that_is_busy_every_year_is_no_peak() -> None:
    year = [10_000] * 11 + [30_000]
    detection = seasonal.find_peaks(one_wiki(*year * 8), Metric.EDITS)
    # A season is known from four earlier Decembers on; the first is within a year of the first edit.
    assert np.flatnonzero(detection.peak[0]).tolist() == [23, 35, 47]
    assert detection.expected[0, 71] == pytest.approx(30_000, rel=0.001)


def test_a_peak_does_not_raise_its_own_baseline() -> None:
    calm, busy = random_wikis(seed=5), random_wikis(seed=5)
    busy[:, 100] = calm[:, 100] + 1e6
    month = slice(100, 101)
    quiet, loud = (seasonal.find_peaks(counts, Metric.EDITS) for counts in (calm, busy))
    np.testing.assert_array_equal(quiet.expected[:, month], loud.expected[:, month])
    np.testing.assert_array_equal(quiet.threshold[:, month], loud.threshold[:, month])


def test_a_higher_level_is_learned_in_four_months() -> None:
    detection = seasonal.find_peaks(one_wiki(*[100] * 30, *[300] * 6), Metric.EDITS)
    assert detection.peak[0, 30:].tolist() == [True, True, True, True, False, False]


@pytest.mark.parametrize("event", [[900], [900, 700], [2000, 900, 700]])
def test_an_event_of_up_to_three_months_does_not_become_what_is_expected(event: list[int]) -> None:
    detection = seasonal.find_peaks(one_wiki(*[100] * 30, *event, *[100] * 8), Metric.EDITS)
    assert detection.peak[0].sum() == len(event)
    assert detection.expected[0, 30:].tolist() == [100] * (len(event) + 8)


def test_a_wiki_is_judged_by_its_own_calm_the_longer_it_is_known() -> None:
    calm, wild = [1000, 1030, 970, 1010, 990, 1000], [1000, 1600, 640, 1250, 800, 1000]
    assert seasonal.find_peaks(one_wiki(*calm * 7, 1500), Metric.EDITS).peak[0, -1]
    assert not seasonal.find_peaks(one_wiki(*calm * 2, 1000, 1500), Metric.EDITS).peak[0, -1]
    assert not seasonal.find_peaks(one_wiki(*wild * 7, 1500), Metric.EDITS).peak[0, -1]


@pytest.mark.parametrize(("metric", "rise"), [(Metric.EDITS, 10), (Metric.EDITORS, 3)])
def test_a_rise_of_a_few_is_no_peak(metric: Metric, rise: int) -> None:
    counts = one_wiki(*[0, 1] * 15, rise)
    detection = seasonal.find_peaks(counts, metric)
    assert detection.expected[0, 30] <= 1
    assert detection.threshold[0, 30] >= detection.expected[0, 30] + rise
    assert not detection.peak[0, :30].any()


def test_editors_have_constants_of_their_own() -> None:
    counts = one_wiki(*[20] * 14, 43)
    assert seasonal.find_peaks(counts, Metric.EDITORS).peak[0, 14]
    assert not seasonal.find_peaks(counts, Metric.EDITS).peak[0, 14]


def test_a_wiki_is_judged_from_a_year_after_its_first_edit() -> None:
    counts = one_wiki(*[0] * 5, 7, *[50] * 20)
    judged = ~np.isnan(seasonal.find_peaks(counts, Metric.EDITS).score[0])
    assert np.flatnonzero(judged)[0] == 5 + 12


def test_zeros_before_the_first_edit_make_no_difference() -> None:
    counts = random_wikis(seed=3)[:, 45:]
    padded = np.concatenate([np.zeros((len(counts), 70)), counts], axis=1)
    detection, later = (seasonal.find_peaks(series, Metric.EDITS) for series in (counts, padded))
    np.testing.assert_array_equal(detection.score, later.score[:, 70:])


def test_a_missing_month_is_not_judged_and_is_no_zero() -> None:
    counts = one_wiki(*[100] * 20, MISSING, MISSING, MISSING, 100, 100, 100)
    detection = seasonal.find_peaks(counts, Metric.EDITS)
    assert np.isnan(detection.score[0, 20:23]).all()
    assert detection.expected[0, 23:].tolist() == [100, 100, 100]


def test_a_long_silence_of_the_source_stops_the_judging() -> None:
    counts = one_wiki(*[100] * 20, *[MISSING] * 12, 100, 100, 100, 100)
    judged = ~np.isnan(seasonal.find_peaks(counts, Metric.EDITS).score[0, 32:])
    assert judged.tolist() == [False, False, False, True]


@given(count=st.integers(0, 10**9), months=st.integers(0, 100), metric=st.sampled_from(Metric), data=st.data())
def test_a_constant_series_never_peaks(count: int, months: int, metric: Metric, data: st.DataObject) -> None:
    counts = np.full((1, months), float(count))
    for missing in data.draw(st.lists(st.integers(0, max(months - 1, 0)), max_size=20)):
        counts[:, missing : missing + 1] = np.nan
    assert not seasonal.find_peaks(counts, metric).peak.any()


@given(counts=matrices(), metric=st.sampled_from(Metric), data=st.data())
def test_a_prefix_of_the_months_is_judged_as_the_whole(counts: Floats, metric: Metric, data: st.DataObject) -> None:
    months = data.draw(st.integers(0, counts.shape[1]))
    whole, prefix = seasonal.find_peaks(counts, metric), seasonal.find_peaks(counts[:, :months], metric)
    assert_equal(prefix, whole, (slice(None), slice(0, months)))


@pytest.mark.parametrize("metric", Metric)
def test_every_prefix_of_simulated_wikis_is_judged_as_the_whole(metric: Metric) -> None:
    counts = random_wikis(seed=9)
    whole = seasonal.find_peaks(counts, metric)
    for months in range(counts.shape[1]):
        prefix = seasonal.find_peaks(counts[:, :months], metric)
        assert_equal(prefix, whole, (slice(None), slice(0, months)))


@given(counts=matrices(), metric=st.sampled_from(Metric), more=st.integers(1, 10_000), data=st.data())
def test_more_edits_never_score_less(counts: Floats, metric: Metric, more: int, data: st.DataObject) -> None:
    if counts.size == 0:
        return
    month = data.draw(st.integers(0, counts.shape[1] - 1))
    busier = counts.copy()
    busier[:, month] += more
    before, after = seasonal.find_peaks(counts, metric), seasonal.find_peaks(busier, metric)
    judged = ~np.isnan(before.score[:, month])
    assert (after.score[judged, month] > before.score[judged, month]).all()
    assert (after.peak[:, month] >= before.peak[:, month]).all()


@given(counts=matrices(), metric=st.sampled_from(Metric))
def test_wikis_are_judged_each_for_itself(counts: Floats, metric: Metric) -> None:
    upside_down = seasonal.find_peaks(counts[::-1], metric)
    assert_equal(upside_down, seasonal.find_peaks(counts, metric), slice(None, None, -1))


@pytest.mark.parametrize("metric", Metric)
def test_a_peak_reaches_its_threshold_and_a_score_of_3_1(metric: Metric) -> None:
    counts = random_wikis(seed=7, wikis=100)
    detection = seasonal.find_peaks(counts, metric)
    judged = ~np.isnan(detection.score)
    np.testing.assert_array_equal(detection.peak[judged], counts[judged] >= detection.threshold[judged])
    assert detection.peak.sum() > 20
    assert detection.score[detection.peak].min() >= 3.1 - 1e-9
    assert (counts[detection.peak] >= 1.3 * detection.expected[detection.peak]).all()


def assert_equal(one: Detection, other: Detection, where: slice | tuple[slice, slice]) -> None:
    np.testing.assert_array_equal(one.peak, other.peak[where])
    for name in ("expected", "threshold", "score"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name)[where])
