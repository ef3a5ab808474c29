"""The earlier program's live rule: the mean gap of the window, strict, begin and end on change."""

import json
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.live import EndReason, LiveDetectorName, Signal, Tick
from wiki_activity.domain.mean_gap import MeanGap, find_mean_gap


def make_window(edits: int, first: int, last: int, at: int = 1_000_000) -> Tick:
    return Tick(at, 0, 0, edits, first, last)


@given(times=st.lists(st.integers(0, 119), min_size=2))
def test_the_mean_gap_is_the_mean_of_the_gaps(times: list[int]) -> None:
    times.sort()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert find_mean_gap(make_window(len(times), times[0], times[-1])) == float(Fraction(sum(gaps), len(gaps)))


def test_below_two_edits_there_is_neither_gap_nor_rate() -> None:
    for tick in (make_window(0, 0, 0), make_window(1, 5, 5)):
        assert find_mean_gap(tick) is None
        assert MeanGap().tick(tick).rate is None


def test_the_threshold_itself_is_not_busy() -> None:
    assert not MeanGap(0.5).tick(make_window(41, 100, 120)).busy  # 20 s / 40 gaps
    assert MeanGap(0.5).tick(make_window(42, 100, 120)).busy


def test_nineteen_edits_are_too_few() -> None:
    assert not MeanGap(0.5).tick(make_window(19, 100, 101)).busy
    assert MeanGap(0.5).tick(make_window(20, 100, 101)).busy


def test_edits_all_in_one_second_are_busy_at_no_known_rate() -> None:
    signal = MeanGap().tick(make_window(20, 100, 100))
    assert signal.busy
    assert signal.rate is None


def test_it_begins_and_ends_as_the_comparison_changes() -> None:
    detector = MeanGap(0.1)
    assert detector.name is LiveDetectorName.MEAN_GAP
    calm, busy = (100, 0, 100), (2001, 0, 100)
    windows = [calm, busy, busy, calm, calm]
    signals = [detector.tick(make_window(*window, at=10 * at)) for at, window in enumerate(windows, start=1)]
    quiet = Signal(False, False, None, pytest.approx(0.99), None, None, None)
    assert signals == [
        quiet,
        Signal(True, True, None, pytest.approx(20), None, 20, None),
        Signal(True, False, None, pytest.approx(20), None, 20, None),
        Signal(False, False, EndReason.USUAL_AGAIN, pytest.approx(0.99), None, 20, 40),
        quiet,
    ]


windows = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 50), st.integers(0, 60)), max_size=30)


@given(windows=windows, cut=st.integers(0, 30))
def test_a_restored_detector_goes_on_as_if_nothing_had_happened(windows: list[tuple[int, int, int]], cut: int) -> None:
    ticks = [make_window(edits, first, first + span, 10 * at) for at, (edits, first, span) in enumerate(windows, 1)]
    whole, first = MeanGap(1.0), MeanGap(1.0)
    expected = [whole.tick(tick) for tick in ticks]
    signals = [first.tick(tick) for tick in ticks[:cut]]
    second = MeanGap(1.0)
    second.restore(json.loads(json.dumps(first.save())))
    assert signals + [second.tick(tick) for tick in ticks[cut:]] == expected


@pytest.mark.parametrize("state", [{}, {"opened_at": -1}, {"opened_at": "1"}, {"opened_at": 1, "more": 2}])
def test_what_is_no_state_of_it_is_refused(state: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no state of mean_gap"):
        MeanGap().restore(state)
