"""What is usual for a wiki, and how far from it its ticks are: hand-worked, and over long stretches."""

import json
import math
import random

import pytest

from wiki_activity.domain.usual_level import LEAST_NOISE, LEAST_USUAL, WARM_UP_TICKS, UsualLevel
from wiki_activity_tests.domain.live_ticks import draw_edits


def learn(level: UsualLevel, counts: list[int], *, frozen: bool = False, disturbed: bool = False) -> UsualLevel:
    for count in counts:
        level.learn(count, frozen=frozen, disturbed=disturbed)
    return level


def test_the_first_ten_minutes_make_the_mean() -> None:
    level = learn(UsualLevel(), [4, 8] * 29 + [4])
    assert not level.known
    learn(level, [8])
    assert level.known
    assert level.usual == 6


def test_they_begin_with_the_first_edit() -> None:
    level = learn(UsualLevel(), [0] * 500)
    assert level == UsualLevel()
    learn(level, [6] * WARM_UP_TICKS)
    assert level.usual == 6


def test_a_burst_in_them_is_clipped_to_what_their_median_allows() -> None:
    level = learn(UsualLevel(), [10] * 12 + [50] * 24 + [10] * 24)
    most = 120 + 3 * math.sqrt(3 * 120)
    assert level.usual == pytest.approx((3 * 120 + 2 * most) / 60)
    assert level.usual < 12


def test_a_tick_weighs_as_in_a_mean_of_all_seen_until_half_an_hour_is() -> None:
    level = learn(UsualLevel(), [12] * 60)
    learn(level, [14])
    assert level.usual == pytest.approx(12 + 2 / 61)
    learn(level, [12] * 200)
    before = level.usual
    learn(level, [14])
    assert level.usual == pytest.approx(before + (14 - before) / 180)


def test_a_single_tick_is_clipped() -> None:
    level = learn(UsualLevel(), [12] * 60)
    learn(level, [1000])
    assert level.usual == pytest.approx(12 + 3 * math.sqrt(3 * 12) / 61)


def test_a_frozen_level_stays() -> None:
    level = learn(UsualLevel(), [12] * 60)
    learn(level, [30] * 100, frozen=True)
    assert level.usual == 12


def test_the_noise_is_that_of_two_minutes() -> None:
    level = learn(UsualLevel(), [12] * 60)
    learn(level, [12] * 11 + [12 + 36], frozen=True)
    distance = 36**2 / 144  # 180 edits where 144 were expected
    assert level.noise == pytest.approx(3 + 0.006 * (distance - 3))
    learn(level, [12] * 11 + [1000], frozen=True)
    assert level.noise == pytest.approx((3 + 0.006 * (distance - 3)) * (1 + 0.006 * 8))


def test_blocks_with_an_episode_in_them_say_nothing_of_the_noise() -> None:
    level = learn(UsualLevel(), [12] * 60)
    learn(level, [48], disturbed=True, frozen=True)
    learn(level, [48] * 11, frozen=True)
    assert level.noise == 3


@pytest.mark.parametrize("rate", [0.0005, 0.05, 1.2, 50.0])
def test_a_steady_rate_is_learned(rate: float) -> None:
    level = learn(UsualLevel(), draw_edits(random.Random(1), rate, 6 * 360))
    assert level.usual == pytest.approx(max(10 * rate, LEAST_USUAL), rel=0.3, abs=0.01)
    assert LEAST_NOISE <= level.noise < 3


def test_a_new_level_is_well_known() -> None:
    level = learn(UsualLevel(), [12] * 65)
    level.start_from(40.0)
    assert level.usual == 40
    learn(level, [41])
    assert level.usual == pytest.approx(40 + 1 / 180)


@pytest.mark.parametrize("seen", [0, 1, 30, 60, 100, 500])
def test_a_saved_level_is_restored(seen: int) -> None:
    level = learn(UsualLevel(), draw_edits(random.Random(seen), 1.2, seen))
    assert UsualLevel.restore(json.loads(json.dumps(level.save()))) == level


@pytest.mark.parametrize(
    "change",
    [{"usual": 0}, {"usual": "1"}, {"noise": 1.0}, {"noise": math.inf}, {"ticks": -1}, {"first_blocks": 1},
     {"first_blocks": [1.5]}, {"first_blocks": [1] * 5}, {"ticks": True}, {"more": 1}],
)  # fmt: skip
def test_what_is_no_level_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"usual level|saved state"):
        UsualLevel.restore(UsualLevel().save() | change)
