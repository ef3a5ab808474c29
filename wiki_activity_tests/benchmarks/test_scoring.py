"""Peaks held against planted events."""

import numpy as np
import pytest

from benchmarks.monthly_series import Recipe, World, make_world
from benchmarks.scoring import score_peaks
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detectors import detect_months
from wiki_activity.domain.peaks import Detector


def make_truth(events: list[int], shifted: tuple[int, ...] = ()) -> World:
    """Make one wiki, a year of nothing much before the given months."""
    event = np.array([[0] * 12 + events])
    late = np.zeros(event.shape, dtype=bool)
    late[0, [12 + month for month in shifted]] = True
    return World(np.full(event.shape, 10.0), event, late)


def test_a_run_of_peak_months_counts_once() -> None:
    world = make_truth([1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    peak = np.array([[False] * 12 + [True, True, True, False, False, False, True, True, False, False, False, True]])
    score = score_peaks(world, peak, peak.astype(np.float64))
    assert score.precision == pytest.approx(1 / 3)
    assert score.recall == pytest.approx(1 / 2)
    assert score.f1 == pytest.approx(2 / 5)
    assert score.false_alarms == pytest.approx(200)


def test_months_after_an_upward_shift_are_not_scored() -> None:
    world = make_truth([0, 0, 0, 0, 1], shifted=(0, 1, 2))
    peak = np.array([[False] * 12 + [True, True, True, False, True]])
    score = score_peaks(world, peak, peak.astype(np.float64))
    assert (score.precision, score.recall, score.false_alarms) == (1, 1, 0)


def test_the_first_year_is_not_scored() -> None:
    world = make_truth([0, 0])
    world.event[0, 5] = 1
    peak = np.zeros(world.event.shape, dtype=bool)
    peak[0, 3] = True
    score = score_peaks(world, peak, peak.astype(np.float64))
    assert (score.precision, score.recall, score.false_alarms) == (1, 1, 0)


def test_a_seed_makes_one_world() -> None:
    recipe = Recipe(wikis=20, months=60)
    np.testing.assert_array_equal(make_world(recipe, 1).counts, make_world(recipe, 1).counts)
    assert not np.array_equal(make_world(recipe, 1).counts, make_world(recipe, 2).counts, equal_nan=True)


def test_the_default_detector_keeps_its_accuracy() -> None:
    world = make_world(Recipe(wikis=200, months=150), seed=99)
    default, earlier = (
        score_peaks(world, detection.peak, detection.score)
        for detection in (
            detect_months(world.counts, Metric.EDITS, detector)
            for detector in (Detector.SEASONAL, Detector.ROLLING_MEAN)
        )
    )
    assert default.f1 > 0.6
    assert default.false_alarms < 2
    assert earlier.precision < default.precision / 3
