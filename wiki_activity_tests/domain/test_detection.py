"""Runs of peak months."""

import numpy as np

from wiki_activity.domain.detection import find_episode_starts
from wiki_activity_tests.domain.series import MISSING, one_wiki


def test_consecutive_peak_months_are_one_episode() -> None:
    peak = np.array([[True, True, False, True, False, False, True]])
    starts = find_episode_starts(one_wiki(9, 9, 1, 9, 1, 1, 9), peak)
    assert starts.tolist() == [[True, False, False, True, False, False, True]]


def test_a_missing_month_does_not_end_an_episode() -> None:
    peak = np.array([[False, True, False, False, True, True]])
    starts = find_episode_starts(one_wiki(1, 9, MISSING, MISSING, 9, 9), peak)
    assert starts.tolist() == [[False, True, False, False, False, False]]


def test_a_missing_month_does_not_hide_a_start() -> None:
    peak = np.array([[False, False, True], [False, False, True]])
    counts = np.array([[1, MISSING, 9], [MISSING, MISSING, 9]])
    assert find_episode_starts(counts, peak).tolist() == [[False, False, True]] * 2


def test_no_months_have_no_episodes() -> None:
    assert find_episode_starts(np.empty((3, 0)), np.empty((3, 0), dtype=bool)).shape == (3, 0)
