"""The default live detector: hand-worked minutes, what must hold for every wiki, and simulated bursts."""

import json
import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.burst import Burst, find_height, find_least_rise, find_sure_rise
from wiki_activity.domain.live import EndReason, LiveDetectorName, Signal, Tick
from wiki_activity_tests.domain.live_ticks import START, draw_edits, feed, make_ticks

_CALM = [12] * 60
_HOUR = 360

counts = st.lists(st.sampled_from([0, 0, 1, 3, 12, 12, 12, 40, 200]), max_size=60).map(
    lambda blocks: [count for count in blocks for _ in range(4)]
)


def find_one(signals: list[Signal]) -> tuple[int, Signal]:
    """Return the tick at which the only episode began, from 1, and the signal that ended it."""
    begins = [number for number, signal in enumerate(signals, start=1) if signal.begins]
    ends = [signal for signal in signals if signal.ends is not None]
    assert (len(begins), len(ends)) == (1, 1)
    return begins[0], ends[0]


def test_a_burst_by_hand() -> None:
    signals = feed(Burst(), make_ticks(_CALM + [36] * 20 + [12] * 20))
    number, end = find_one(signals)
    # F is 3. At 36 a tick and a usual 12, S climbs by (36 ln 2 − 12)/3 = 4.32, and the usual learns of it, clipped to
    # 3√(3 · 12) above: 12 + 18/61 = 12.30. Three more ticks of (36 ln 2 − 12.30)/3 = 4.22 reach 12 + 8/√12.30 = 14.28.
    usual = (12 + 18 / 61) / 10
    assert number == 64
    assert signals[63] == Signal(True, True, None, 3.6, pytest.approx(usual), START + 600, None)
    # From there 12 a tick take (12.30 − 12 ln 2)/3 = 1.33 off, and the tick that ends it teaches again.
    usual += (1.2 - usual) / 62
    assert signals.index(end) == 60 + 20 + 11 - 1
    assert (end.ends, end.started_at, end.ended_at) == (EndReason.USUAL_AGAIN, START + 600, START + 800)
    assert (end.busy, end.rate, end.usual) == (False, pytest.approx(1.4), pytest.approx(usual))
    assert signals[-1] == Signal(False, False, None, pytest.approx(1.2), pytest.approx(1.225, abs=0.001), None, None)


def test_it_climbs_by_the_evidence_of_a_tick() -> None:
    detector = Burst()
    feed(detector, make_ticks([*_CALM, 24]))
    assert detector.save()["score"] == pytest.approx((24 * math.log(2) - 12) / 3)


def test_bots_make_no_burst() -> None:
    assert not any(signal.busy for signal in feed(Burst(), make_ticks([12] * 300, [0] * 100 + [500] * 200)))


def test_the_first_ten_minutes_are_not_judged() -> None:
    signals = feed(Burst(), make_ticks([1] * 30 + [50] * 29))
    assert not any(signal.busy or signal.usual for signal in signals)


def test_the_rate_is_that_of_two_minutes_and_of_no_calm_before_the_episode() -> None:
    signals = feed(Burst(), make_ticks([*_CALM, 36, 36, 36, 36, 36]))
    assert signals[0].rate == 1.2
    assert [signal.begins for signal in signals[60:]] == [False, False, False, True, False]
    assert signals[62].rate == pytest.approx((9 * 12 + 3 * 36) / 120)
    assert signals[63].rate == signals[64].rate == 3.6
    assert feed(Burst(), make_ticks([1]))[0].rate is None


def test_a_new_usual_level_is_taken_after_three_hours() -> None:
    detector = Burst()
    number, end = find_one(feed(detector, make_ticks(_CALM + [30] * (4 * _HOUR))))
    assert end.ends is EndReason.NEW_USUAL_LEVEL
    assert end.usual == 3.0
    assert end.ended_at == START + 10 * (number + 3 * _HOUR)


def test_a_silent_feed_ends_an_episode_and_teaches_nothing() -> None:
    detector = Burst()
    feed(detector, make_ticks(_CALM + [36] * 20))
    level = detector.save()["level"]
    start = START + 10 * 80
    signals = feed(detector, make_ticks([0] * 500, start=start))
    assert signals[0].busy
    assert signals[1].ends is EndReason.FEED_SILENT  # 24 edits missing after the second tick
    assert signals[1].ended_at == start
    assert not any(signal.busy for signal in signals[1:])
    assert detector.save()["level"] == level
    assert detector.save()["score"] == 0


@given(rate=st.sampled_from([0.05, 0.3, 1.2, 20.0]), ticks=st.integers(1, 3000), seed=st.integers(0, 9))
def test_what_a_silent_feed_taught_is_forgotten(rate: float, ticks: int, seed: int) -> None:
    detector = Burst()
    calm = [*draw_edits(random.Random(seed), rate, 2 * _HOUR), 1]
    usual = feed(detector, make_ticks(calm))[-1].usual
    assert usual is not None
    level = detector.save()["level"]
    signals = feed(detector, make_ticks([0] * ticks, start=START + 10 * len(calm)))
    # Sums of the usual level fall short of a whole number of them by rounding.
    if 10 * usual * ticks > 20 + 1e-6:
        assert detector.save()["level"] == level
        assert signals[-1].usual == usual


def test_bots_that_go_on_are_no_silence() -> None:
    detector = Burst()
    ticks = make_ticks(_CALM + [36] * 20 + [0] * 60, [1] * 140)
    _, end = find_one(feed(detector, ticks))
    assert end.ends is EndReason.USUAL_AGAIN


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.2, 20.0])
def test_a_feed_that_falls_silent_amid_a_burst_is_no_calm(rate: float) -> None:
    rng = random.Random(5)
    burst = draw_edits(rng, rate, 12 * _HOUR) + draw_edits(rng, 4 * rate, _HOUR)
    _, end = find_one(feed(Burst(), make_ticks(burst + [0] * 1000)))
    assert end.ends is EndReason.FEED_SILENT


@given(people=counts)
def test_begin_and_end_alternate_and_dates_are_in_order(people: list[int]) -> None:
    busy = False
    opened_at = 0
    ticks = make_ticks(people)
    for tick, signal in zip(ticks, feed(Burst(), ticks), strict=True):
        assert signal.begins == (signal.busy and not busy)
        assert (signal.ends is not None) == (busy and not signal.busy)
        if signal.begins:
            opened_at = tick.at
        if signal.busy or signal.ends:
            assert signal.started_at is not None
            assert signal.started_at < opened_at
        if signal.ends:
            assert signal.ended_at is not None
            assert opened_at <= signal.ended_at <= tick.at
        assert (signal.ended_at is None) == (signal.ends is None)
        busy = signal.busy


@given(people=counts, bots=counts, cut=st.integers(0, 240))
def test_a_restored_detector_goes_on_as_if_nothing_had_happened(people: list[int], bots: list[int], cut: int) -> None:
    ticks = make_ticks(people, bots)
    whole, first, second = Burst(), Burst(), Burst()
    expected = feed(whole, ticks)
    signals = feed(first, ticks[:cut])
    second.restore(json.loads(json.dumps(first.save())))
    assert signals + feed(second, ticks[cut:]) == expected
    assert second.save() == whole.save()


@given(people=counts, cut=st.integers(0, 240))
def test_a_prefix_is_judged_as_the_whole(people: list[int], cut: int) -> None:
    ticks = make_ticks(people)
    assert feed(Burst(), ticks[:cut]) == feed(Burst(), ticks)[:cut]


@given(people=st.lists(st.integers(0, 10**6), max_size=150))
def test_the_score_stays_within_its_bounds(people: list[int]) -> None:
    detector = Burst()
    for tick in make_ticks(people):
        detector.tick(tick)
        assert 0 <= detector.save()["score"] <= find_height(0)


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.2, 10.0, 50.0])
def test_a_steady_wiki_rarely_opens_an_episode(rate: float) -> None:
    rng = random.Random(int(rate * 100))
    days = 7 if rate < 10 else 1
    signals = feed(Burst(), make_ticks(draw_edits(rng, rate, days * 24 * _HOUR)))
    assert sum(signal.begins for signal in signals) == 0


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.2, 10.0, 50.0])
def test_cold_starts_open_nothing(rate: float) -> None:
    rng = random.Random(7)
    opened = [any(s.begins for s in feed(Burst(), make_ticks(draw_edits(rng, rate, _HOUR)))) for _ in range(20)]
    assert sum(opened) == 0


def run_bursts(rate: float, factor: float) -> list[tuple[float, float | None]]:
    """Return delay and error of the end's date for bursts of five minutes, each after three hours by chance."""
    found = []
    for seed in range(10):
        rng = random.Random(seed)
        calm, burst = draw_edits(rng, rate, 3 * _HOUR), draw_edits(rng, factor * rate, 30)
        ticks = make_ticks(calm + burst + draw_edits(rng, rate, _HOUR // 2))
        begin = START + 10 * len(calm)
        signals = feed(Burst(), ticks)
        opened = next(tick.at for tick, signal in zip(ticks, signals, strict=True) if signal.begins)
        ended = next(signal.ended_at for signal in signals if signal.ended_at is not None)
        found.append((opened - begin, ended - begin - 300))
    return found


@pytest.mark.parametrize("rate", [0.8, 1.2, 10.0, 50.0])
def test_a_burst_is_noticed_soon_and_its_end_dated_well(rate: float) -> None:
    for delay_seconds, end_error_seconds in run_bursts(rate, 3.0):
        assert 0 < delay_seconds <= 90
        assert end_error_seconds is not None
        assert abs(end_error_seconds) <= 20


def test_a_burst_amid_the_first_ten_minutes_does_not_hide_the_next() -> None:
    rng = random.Random(3)
    cold = draw_edits(rng, 1.2, 10) + draw_edits(rng, 6.0, 20) + draw_edits(rng, 1.2, 60)
    signals = feed(Burst(), make_ticks(cold + draw_edits(rng, 3.6, 30) + draw_edits(rng, 1.2, 60)))
    number, _ = find_one(signals)
    assert 90 < number <= 99


@given(people=counts)
def test_no_tick_goes_unanswered_after_an_hour_of_anything(people: list[int]) -> None:
    for earlier, later in pairwise(feed(Burst(), make_ticks(people))):
        assert (earlier.usual is None) or (later.usual is not None)


@pytest.mark.parametrize(
    "change",
    [{"score": -1.0}, {"score": 99.0}, {"score": "1"}, {"opened_at": 5}, {"recent": [-1]}, {"level": {}}, {"more": 1},
     {"missing": math.nan}],
)  # fmt: skip
def test_what_is_no_state_of_it_is_refused(change: dict[str, object]) -> None:
    detector = Burst()
    assert detector.name is LiveDetectorName.BURST
    with pytest.raises(ValueError, match="state"):
        detector.restore({**detector.save(), **change})
    assert feed(detector, [Tick(START, 12, 12, 0, 0, 0)]) == feed(Burst(), [Tick(START, 12, 12, 0, 0, 0)])


def test_a_slow_wiki_needs_more_evidence() -> None:
    assert find_height(12) == pytest.approx(12 + 8 / math.sqrt(12))
    assert find_height(1) == 20
    assert find_height(0) == find_height(0.1) == pytest.approx(12 + 8 / math.sqrt(0.1))


@pytest.mark.parametrize("usual", [0.1, 0.3, 1.2, 10.0])
def test_the_least_rise_fills_the_score_in_ten_minutes(usual: float) -> None:
    rise, per_tick = find_least_rise(usual), 10 * usual
    climb = (rise * per_tick * math.log(2) - per_tick) / 2.5
    assert 60 * climb == pytest.approx(find_height(per_tick))
    assert rise > find_least_rise(2 * usual)


def count_found(usual: float, times: float, runs: int = 20) -> int:
    """Count the simulated wikis on which ten minutes at `times` the usual pace were noticed while they lasted."""
    found = 0
    for run in range(runs):
        chance = np.random.default_rng((run, int(1000 * usual)))
        calm, busy = chance.poisson(10 * usual, 2160), chance.poisson(10 * usual * times, 60)
        detector = Burst()
        signals = [
            detector.tick(Tick(START + 10 * place, int(edits), int(edits), 0, 0, 0))
            for place, edits in enumerate([*calm, *busy], start=1)
        ]
        found += any(signal.begins for signal in signals[-60:])
    return found


@pytest.mark.parametrize("usual", [0.05, 0.3, 1.0, 5.0])
def test_a_simulated_wiki_is_judged_from_the_rise_that_is_told(usual: float) -> None:
    assert count_found(usual, find_sure_rise(usual)) >= 19
    assert count_found(usual, 1 + 0.6 * (find_least_rise(usual) - 1)) <= 2
