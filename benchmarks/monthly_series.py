"""Simulated monthly counts with planted events, seeded; what they imitate was measured on recorded wikis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a world of wikis behaves.

    Parameters
    ----------
    wikis, months
        Size of the world.
    size
        Median and log standard deviation of the wikis' usual monthly counts, which are log-normal.
    noise
        Relative variance φ of small wikis' months beyond chance; it falls as size^-0.6 above `noise_size`, and
        varies between wikis by a log standard deviation of 0.7.
    tails
        Degrees of freedom of Student's t for the log noise; None for the gamma mixture that makes a negative binomial.
    drift
        Standard deviation of the level's random walk, per month, in logs.
    events_per_year, largest
        Planted spikes per wiki and year; factors are log-uniform from 1.3 to `largest`, a third last 2 or 3 months.
    shifts_per_year
        Lasting changes of level per wiki and year, by a log-uniform factor of 0.4 to 2.5.
    """

    wikis: int = 400
    months: int = 180
    size: tuple[float, float] = (800.0, 2.0)
    noise: float = 0.1
    noise_size: float = 5000.0
    tails: float | None = None
    drift: float = 0.03
    events_per_year: float = 0.25
    largest: float = 10.0
    shifts_per_year: float = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Counts and the truth about them; arrays are (wikis, months).

    Parameters
    ----------
    counts
        NaN for a missing month, zeros before a wiki's first edit.
    event
        Number of the planted event a month belongs to, from 1; 0 for none.
    shifted
        The three months from an upward shift on, which are not scored.
    """

    counts: Floats
    event: NDArray[np.int64]
    shifted: Flags


def make_world(recipe: Recipe, seed: int) -> World:
    """Simulate wikis: birth, growth, drift, seasons, shifts, events, noise, and missing months, in this order."""
    rng = np.random.default_rng(seed)
    shape = (recipe.wikis, recipe.months)
    age = np.arange(recipe.months) - _draw_births(rng, recipe)[:, None]
    level = rng.normal(np.log(recipe.size[0]), recipe.size[1], recipe.wikis)[:, None] + _grow(rng, age)
    level = level + np.cumsum(rng.normal(0, recipe.drift, shape), axis=1) + _make_seasons(rng, recipe)
    step, shifted = _make_shifts(rng, recipe)
    event, lift = _plant_events(rng, recipe)
    expected = np.exp(np.minimum(level + step + lift, np.log(2e7)))
    counts = rng.poisson(expected * _draw_noise(rng, recipe, expected)).astype(np.float64)
    counts[age < 0] = 0
    counts[_draw_missing(rng, recipe)] = np.nan
    return World(counts, np.where(age < 0, 0, event), shifted)


def _draw_births(rng: np.random.Generator, recipe: Recipe) -> NDArray[np.int64]:
    births = rng.integers(0, recipe.months // 2, recipe.wikis)
    return np.where(rng.random(recipe.wikis) < 0.3, 0, births)


def _grow(rng: np.random.Generator, age: NDArray[np.int64]) -> Floats:
    """Start at a fraction of the usual size, approach it in one to three years, then slowly rise or fall."""
    wikis = len(age)
    start, pace = rng.uniform(0.5, 3.0, (wikis, 1)), rng.uniform(6, 24, (wikis, 1))
    trend = rng.normal(0, 0.08, (wikis, 1)) / 12
    alive = np.maximum(age, 0)
    grown: Floats = -start * np.exp(-alive / pace) + trend * alive
    return grown


def _make_seasons(rng: np.random.Generator, recipe: Recipe) -> Floats:
    """Give half of the wikis a season: a yearly wave and one odd month."""
    wikis, month = recipe.wikis, np.arange(recipe.months)
    strength = rng.uniform(0.05, 0.3, (wikis, 1)) * (rng.random((wikis, 1)) < 0.5)
    wave = np.sin(2 * np.pi * (month / 12 + rng.random((wikis, 1))))
    odd = (month % 12 == rng.integers(0, 12, (wikis, 1))) * rng.normal(0, 1, (wikis, 1))
    season: Floats = strength * (wave + odd)
    return season


def _make_shifts(rng: np.random.Generator, recipe: Recipe) -> tuple[Floats, Flags]:
    shape = (recipe.wikis, recipe.months)
    size = rng.uniform(np.log(0.4), np.log(2.5), shape) * (rng.random(shape) < recipe.shifts_per_year / 12)
    shifted = np.zeros(shape, dtype=bool)
    for later in range(3):
        shifted[:, later:] |= size[:, : recipe.months - later] > 0
    return np.cumsum(size, axis=1), shifted


def _plant_events(rng: np.random.Generator, recipe: Recipe) -> tuple[NDArray[np.int64], Floats]:
    """Plant spikes with at least one calm month between them."""
    event = np.zeros((recipe.wikis, recipe.months), dtype=np.int64)
    lift = np.zeros(event.shape)
    number = 0
    for wiki, month in np.argwhere(rng.random(event.shape) < recipe.events_per_year / 12):
        months = slice(month, month + int(rng.choice([1, 1, 1, 1, 2, 3])))
        if event[wiki, max(month - 1, 0) : months.stop + 1].any():
            continue
        number += 1
        event[wiki, months] = number
        lift[wiki, months] = rng.uniform(np.log(1.3), np.log(recipe.largest))
    return event, lift


def _draw_noise(rng: np.random.Generator, recipe: Recipe, expected: Floats) -> Floats:
    spread = np.exp(rng.normal(0, 0.7, (recipe.wikis, 1)))
    variance = np.clip(recipe.noise * (1 + expected / recipe.noise_size) ** -0.6 * spread, 1e-4, 0.5)
    if recipe.tails is None:
        return rng.gamma(1 / variance, variance)
    noise = np.sqrt(variance * (recipe.tails - 2) / recipe.tails) * rng.standard_t(recipe.tails, expected.shape)
    return np.exp(np.clip(noise, -3, 3))


def _draw_missing(rng: np.random.Generator, recipe: Recipe) -> Flags:
    """Lose one month in 200, and from every tenth wiki a stretch of two to eight."""
    missing = rng.random((recipe.wikis, recipe.months)) < 0.005
    for wiki in np.flatnonzero(rng.random(recipe.wikis) < 0.1):
        begin = int(rng.integers(0, recipe.months))
        missing[wiki, begin : begin + int(rng.integers(2, 9))] = True
    return missing
