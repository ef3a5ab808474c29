"""Episodes held against planted bursts, and the simulated series that they are found in."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.live_scoring import Episode, find_episodes, match_episodes, score_matches
from benchmarks.live_series import LiveRecipe, LiveSeries, PlantedBurst, list_ticks, make_live_series
from benchmarks.other_live_series import make_sessions
from wiki_activity.domain.live import LiveDetectorName, Tick
from wiki_activity.domain.live_detectors import make_detector

_DAY = LiveRecipe(days=1)


def test_scores_by_hand() -> None:
    bursts = (PlantedBurst(1000, 1300, 3.0), PlantedBurst(5000, 5600, 1.5), PlantedBurst(9000, 9600, 4.0))
    episodes = [Episode(1040, 1100), Episode(1150, 1310), Episode(4000, 4500), Episode(5780, 5900), Episode(9781, 9790)]
    match = match_episodes(bursts, episodes)
    assert (match.true, match.false) == (3, 2)
    score = score_matches([match])
    assert score.precision == pytest.approx(3 / 5)
    assert score.recall == pytest.approx(2 / 3)
    assert score.f1 == pytest.approx(2 * 0.6 * 2 / 3 / (0.6 + 2 / 3))
    assert score.recall_of_2x == score.recall_of_3x == 1 / 2
    assert score.begins == 3 / 2
    assert score.delay_seconds == (40 + 780) / 2
    assert score.end_error_seconds == 10


def test_nothing_found_scores_nothing() -> None:
    score = score_matches([match_episodes((PlantedBurst(0, 10, 2.0),), [])])
    assert (score.recall, score.f1) == (0, 0)
    assert np.isnan([score.precision, score.begins, score.delay_seconds, score.recall_of_3x]).all()


def test_ticks_carry_the_window_that_ends_with_them() -> None:
    people, bots = np.zeros(150, dtype=np.int64), np.zeros(150, dtype=np.int64)
    people[[3, 125]], bots[[9, 12]] = (2, 1), (1, 5)
    ticks = list(list_ticks(LiveSeries(people, bots, ())))
    assert ticks[0] == Tick(10, 3, 2, 3, 3, 9)
    assert ticks[1] == Tick(20, 5, 0, 8, 3, 12)
    assert ticks[12] == Tick(130, 1, 1, 6, 12, 125)
    assert ticks[13] == Tick(140, 0, 0, 1, 125, 125)


def test_a_window_without_edits_has_no_first_and_no_last() -> None:
    nothing = np.zeros(200, dtype=np.int64)
    assert list(list_ticks(LiveSeries(nothing, nothing, ())))[-1] == Tick(200, 0, 0, 0, 0, 0)


def test_the_same_seed_makes_the_same_series() -> None:
    recipe = replace(_DAY, wander=0.1, flicker=0.1, runs=0.3, ramp=0.2)
    one, same, other = (make_live_series(recipe, seed) for seed in (1, 1, 2))
    assert (one.people == same.people).all()
    assert one.bursts == same.bursts
    assert not (one.people == other.people).all()


@pytest.mark.parametrize("recipe", [_DAY, replace(_DAY, wander=0.1, flicker=0.2, runs=0.5)])
def test_the_rate_is_as_asked_for(recipe: LiveRecipe) -> None:
    calm = make_live_series(replace(recipe, days=7, bursts_per_day=0, rises_per_day=0), seed=1)
    assert calm.bursts == ()
    assert calm.people.mean() == pytest.approx(1.2, rel=0.06)
    assert calm.bots.mean() == pytest.approx(0.12, rel=0.1)


def test_bursts_are_as_planned() -> None:
    series = make_live_series(replace(_DAY, days=14), seed=1)
    assert len(series.bursts) > 40
    for earlier, later in zip(series.bursts, series.bursts[1:], strict=False):
        assert later.begin - earlier.end >= 1799
    for burst in series.bursts:
        assert 119 <= burst.end - burst.begin <= 3600
        assert 1.5 <= burst.factor <= 5
        around = series.people[burst.begin - 900 : burst.begin].mean()
        assert series.people[burst.begin : burst.end].mean() > 1.2 * around


def test_an_open_episode_ends_with_the_series() -> None:
    people = np.ones(7000, dtype=np.int64)
    people[6000:] = 4
    series = LiveSeries(people, np.zeros_like(people), ())
    (episode,) = find_episodes(series, make_detector(LiveDetectorName.BURST))
    assert 6010 <= episode.opened_at <= 6060
    assert episode.ended_at == 7000


@pytest.mark.parametrize("session_edits", [1.0, 3.0])
def test_sessions_have_the_rate_that_was_asked_for_and_their_bursts(session_edits: float) -> None:
    calm = make_sessions(1, rate=2.0, session_edits=session_edits, days=2, bursts=False)
    assert calm.people.mean() == pytest.approx(2.0, rel=0.1)
    assert calm.bursts == ()
    busy = make_sessions(1, rate=2.0, session_edits=session_edits, days=2)
    strong = max(busy.bursts, key=lambda burst: burst.factor)
    assert busy.people[strong.begin : strong.end].mean() > 1.2 * busy.people.mean()
