"""Simulated edits of one wiki, second by second, with planted bursts, seeded."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from wiki_activity.domain.live import TICK_SECONDS, Tick

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY_SECONDS = 86_400
WINDOW_SECONDS = 120
_STEP_SECONDS = 10
_QUIET_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class LiveRecipe:
    """How a wiki is edited.

    What is not Poisson here is not measured: no feed at its full rate was recorded. So there are three kinds of
    overdispersion, to be had alone or mixed, and a rule has to stand all of them.

    Parameters
    ----------
    days
        Length of the series.
    rate
        People's edits per second, on average.
    day, week
        Ratios of the busiest to the calmest hour and day; that of a day is drawn anew for each series.
    wander, wander_seconds
        Standard deviation of the log rate around its cycle, and the time in which it forgets (Ornstein-Uhlenbeck).
    flicker, flicker_seconds
        Relative standard deviation of the rate from one stretch of so many seconds to the next (gamma).
    runs, run_edits, run_seconds
        Share of the edits that come in runs of one person; mean length of a run; mean time from its begin to an edit.
    bots
        Bots' edits per edit of people; half of them in runs of a hundred within two minutes.
    bursts_per_day
        Planted ones: at least half an hour apart, factors log-uniform from 1.5 to 5, lengths from 2 to 60 minutes.
    rises_per_day, highest_rise
        Small unlabelled rises of half a minute to five minutes, by a factor from 1.1 up.
    ramp
        Share of a burst's length in which it rises, and again in which it falls.
    """

    days: int = 14
    rate: float = 1.2
    day: tuple[float, float] = (1.6, 1.9)
    week: float = 1.2
    wander: float = 0.0
    wander_seconds: float = 600.0
    flicker: float = 0.0
    flicker_seconds: int = 120
    runs: float = 0.0
    run_edits: float = 6.0
    run_seconds: float = 200.0
    bots: float = 0.1
    bursts_per_day: float = 5.0
    rises_per_day: float = 3.0
    highest_rise: float = 1.3
    ramp: float = 0.0


@dataclass(frozen=True, slots=True)
class PlantedBurst:
    """A planted burst, from its first second to the first after it."""

    begin: int
    end: int
    factor: float


@dataclass(frozen=True, slots=True, eq=False)
class LiveSeries:
    """Edits by second from 0 on, and the planted bursts in order of time."""

    people: Counts
    bots: Counts
    bursts: tuple[PlantedBurst, ...]


def make_live_series(recipe: LiveRecipe, seed: int) -> LiveSeries:
    """Simulate a wiki: cycles, noise, rises, bursts, and the edits that these rates give."""
    rng = np.random.default_rng(seed)
    seconds = recipe.days * DAY_SECONDS
    rate = recipe.rate * _make_cycles(rng, recipe, seconds)
    rate *= _make_wander(rng, recipe, seconds) * _make_flicker(rng, recipe, seconds)
    for _ in range(rng.poisson(recipe.rises_per_day * recipe.days)):
        begin = int(rng.integers(seconds))
        rate[begin : begin + int(rng.integers(30, 300))] *= rng.uniform(1.1, recipe.highest_rise)
    bursts = tuple(plan_bursts(rng, recipe, seconds)) if recipe.bursts_per_day else ()
    for burst in bursts:
        rate[burst.begin : burst.end] *= 1 + (burst.factor - 1) * _shape_burst(burst.end - burst.begin, recipe.ramp)
    people = rng.poisson(rate * (1 - recipe.runs)) + _draw_runs(
        rng, rate * recipe.runs, recipe.run_edits, recipe.run_seconds
    )
    botted = np.full(seconds, recipe.rate * recipe.bots / 2)
    return LiveSeries(people, rng.poisson(botted) + _draw_runs(rng, botted, 100.0, 60.0), bursts)


def list_ticks(series: LiveSeries) -> Iterator[Tick]:
    """Go through a series as the watcher would, a tick at a time; windows at its very start are shorter."""
    every = series.people + series.bots
    second = np.arange(len(every))
    last = np.maximum.accumulate(np.where(every > 0, second, -1))
    first = np.minimum.accumulate(np.where(every > 0, second, len(every))[::-1])[::-1]
    total = np.concatenate([[0], np.cumsum(every)])
    people = np.concatenate([[0], np.cumsum(series.people)])
    end = np.arange(TICK_SECONDS, len(every) + 1, TICK_SECONDS)
    begin = np.maximum(end - WINDOW_SECONDS, 0)
    window = total[end] - total[begin]
    columns = (
        end,
        total[end] - total[end - TICK_SECONDS],
        people[end] - people[end - TICK_SECONDS],
        window,
        np.where(window > 0, first[begin], 0),
        np.where(window > 0, last[end - 1], 0),
    )
    yield from map(Tick, *(column.tolist() for column in columns))


def _make_cycles(rng: np.random.Generator, recipe: LiveRecipe, seconds: int) -> Floats:
    day = np.arange(seconds) / DAY_SECONDS
    daily = np.log(rng.uniform(*recipe.day)) / 2 * np.sin(2 * np.pi * (day - rng.random()))
    weekly = np.log(recipe.week) / 2 * np.sin(2 * np.pi * (day / 7 - rng.random()))
    cycles: Floats = np.exp(daily + weekly)
    return cycles


def _make_wander(rng: np.random.Generator, recipe: LiveRecipe, seconds: int) -> Floats:
    kept = np.exp(-_STEP_SECONDS / recipe.wander_seconds)
    steps = rng.normal(0, recipe.wander * np.sqrt(1 - kept**2), seconds // _STEP_SECONDS)
    steps[0] = rng.normal(0, recipe.wander)
    wander: Floats = np.exp(np.repeat(np.asarray(lfilter([1.0], [1.0, -kept], steps)), _STEP_SECONDS))
    return wander


def _make_flicker(rng: np.random.Generator, recipe: LiveRecipe, seconds: int) -> Floats:
    if not recipe.flicker:
        return np.ones(seconds)
    variance = recipe.flicker**2
    stretches = rng.gamma(1 / variance, variance, seconds // recipe.flicker_seconds + 2)
    skipped = int(rng.integers(recipe.flicker_seconds))
    return np.repeat(stretches, recipe.flicker_seconds)[skipped : skipped + seconds]


def plan_bursts(rng: np.random.Generator, recipe: LiveRecipe, seconds: int) -> Iterator[PlantedBurst]:
    """Plan bursts from the third hour on, so that the usual level is known."""
    spare = max(DAY_SECONDS / recipe.bursts_per_day - _QUIET_SECONDS, 0)
    end = 2 * 3600.0
    while True:
        begin = end + _QUIET_SECONDS + rng.exponential(spare)
        end = begin + np.exp(rng.uniform(np.log(120), np.log(3600)))
        if end + _QUIET_SECONDS > seconds:
            return
        yield PlantedBurst(int(begin), int(end), float(np.exp(rng.uniform(np.log(1.5), np.log(5)))))


def _shape_burst(seconds: int, ramp: float) -> Floats:
    from_edge = np.minimum(np.arange(1, seconds + 1), np.arange(seconds, 0, -1))
    shape: Floats = np.minimum(from_edge / max(ramp * seconds, 1), 1.0)
    return shape


def _draw_runs(rng: np.random.Generator, rate: Floats, run_edits: float, run_seconds: float) -> Counts:
    begin = np.repeat(np.arange(len(rate)), rng.poisson(rate / run_edits))
    length = rng.geometric(1 / run_edits, len(begin))
    at = np.repeat(begin, length) + rng.exponential(run_seconds, int(length.sum())).astype(np.int64)
    return np.bincount(at[at < len(rate)], minlength=len(rate))
