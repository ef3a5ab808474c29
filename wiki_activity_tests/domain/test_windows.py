"""Medians of windows with missing months."""

import math
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.detection import Floats
from wiki_activity.domain.windows import count_stored, find_medians, find_second_lowest, shift
from wiki_activity_tests.domain.series import MISSING, matrices, one_wiki, random_wikis


def find_medians_by_hand(values: Floats, lags: range, at_least: int) -> list[list[float]]:
    medians = []
    for series in values.tolist():
        windows = [[series[t - lag] for lag in lags if 0 <= t - lag < len(series)] for t in range(len(series))]
        stored = [[value for value in window if not math.isnan(value)] for window in windows]
        medians.append([median(window) if len(window) >= at_least else math.nan for window in stored])
    return medians


@given(values=matrices(40), first=st.integers(-8, 8), size=st.integers(1, 26), at_least=st.integers(1, 9))
def test_medians_equal_those_of_each_window(values: Floats, first: int, size: int, at_least: int) -> None:
    lags = range(first, first + size)
    by_hand = np.reshape(find_medians_by_hand(values, lags, at_least), values.shape)
    np.testing.assert_array_equal(find_medians(values, lags, at_least), by_hand)


@given(values=matrices(40), size=st.integers(2, 9), at_least=st.integers(1, 9))
def test_the_second_lowest_is_that_of_each_window(values: Floats, size: int, at_least: int) -> None:
    found = find_second_lowest(values, range(1, size + 1), at_least)
    for wiki, series in enumerate(values.tolist()):
        for t, one in enumerate(found[wiki].tolist()):
            stored = sorted(value for value in series[max(t - size, 0) : t] if not math.isnan(value))
            assert one == stored[1] if len(stored) >= max(at_least, 2) else math.isnan(one)


@pytest.mark.parametrize("lags", [range(-6, 7), range(12, 61, 12), range(1, 37), range(1, 4)])
def test_many_wikis_are_worked_through_in_parts(lags: range) -> None:
    values = random_wikis(seed=2, wikis=120, months=90)
    np.testing.assert_array_equal(find_medians(values, lags, 2), find_medians_by_hand(values, lags, 2))


def test_months_beyond_the_ends_are_missing() -> None:
    values = one_wiki(1, MISSING, 3, 4)
    assert count_stored(values, range(1, 3)).tolist() == [[0, 1, 1, 1]]
    assert count_stored(values, range(-1, 2)).tolist() == [[1, 2, 2, 2]]


@pytest.mark.parametrize("lag", [-9, -4, 4, 9])
def test_a_shift_past_the_end_leaves_nothing(lag: int) -> None:
    assert np.isnan(shift(one_wiki(1, 2, 3, 4), lag)).all()
