"""Monthly counts from elsewhere than :mod:`benchmarks.monthly_series`: a rule must not know one world only.

Calm wikis, whose noise is a few percent; the demo's simulator, written for other ends; and recorded wikis with events
planted in them, on which nothing was tuned. What stands out in these by itself counts as a false alarm, and some of it
was an event: only their recall can be read as it is.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.monthly_series import Floats, World
from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.simulator.activity import make_activity
from wiki_activity.simulator.wiki_catalogue import make_catalogue

_SIMULATED_MONTHS = 300
_LEAST_PLANTED = 20


def make_calm_world(
    seed: int,
    *,
    wikis: int = 800,
    months: int = 84,
    size: float = 5000.0,
    noise: tuple[float, float] = (0.02, 0.06),
    events_per_year: float = 0.3,
    highest: float = 2.5,
) -> tuple[World, Floats]:
    """Simulate wikis that are as calm as their own noise, a relative standard deviation, says; return their level too.

    Half have a season. Events of one or two months raise a month by half and more.
    """
    rng = np.random.default_rng(seed)
    shape = (wikis, months)
    log_level = rng.normal(np.log(size), 1.5, wikis)[:, None] + np.cumsum(rng.normal(0, 0.01, shape), axis=1)
    season = rng.uniform(0, 0.2, (wikis, 1)) * (rng.random((wikis, 1)) < 0.5)
    log_level += season * np.sin(2 * np.pi * (np.arange(months) / 12 + rng.random((wikis, 1))))
    event, lift = _plant(rng, shape, events_per_year, (1.5, highest))
    deviation = rng.uniform(*noise, (wikis, 1))
    counts = rng.poisson(np.exp(log_level + lift + deviation * rng.normal(size=shape))).astype(np.float64)
    return World(counts, event, np.zeros(shape, dtype=bool)), np.exp(log_level)


def make_simulated_world(seed: int, wikis: int = 400) -> World:
    """Take people's edits of the demo's simulator, with the peaks that it planted in them."""
    chosen = make_catalogue(wikis).open_wikis
    activity = make_activity(chosen, seed)
    counts = (activity.edits["user"] + activity.edits["anonymous"])[:_SIMULATED_MONTHS].T.astype(np.float64)
    row = {wiki.host: place for place, wiki in enumerate(chosen)}
    column = {shift_month(EARLIEST_MONTH, place): place for place in range(_SIMULATED_MONTHS)}
    event = np.zeros(counts.shape, dtype=np.int64)
    shifted = np.zeros(counts.shape, dtype=bool)
    number = 0
    for peak in sorted(activity.peaks, key=lambda peak: (peak.project, peak.month)):
        if "people_edits" in peak.metrics and peak.month in column:
            number += peak.starts
            event[row[peak.project], column[peak.month]] = number
    for shift in activity.shifts:
        if shift.factor > 1 and shift.month in column:
            shifted[row[shift.project], column[shift.month] :][:3] = True
    return World(counts, event, shifted)


def plant_in_recorded(file: Path, columns: Sequence[str], seed: int, events_per_year: float = 0.3) -> World:
    """Read recorded wikis and multiply some of their months by 1.5 to 6."""
    counts = read_recorded(file, columns)
    rng = np.random.default_rng(seed)
    event, lift = _plant(rng, counts.shape, events_per_year, (1.5, 6.0))
    large = np.nan_to_num(counts) >= _LEAST_PLANTED
    # An event with a month that is missing or tiny is not planted at all.
    spoilt = np.unique(event[~large])
    event[np.isin(event, spoilt)] = 0
    raised = np.where(event > 0, np.round(counts * np.exp(lift)), counts)
    return World(raised, event, np.zeros(counts.shape, dtype=bool))


def plant_two_months(counts: Floats, seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Raise two months of each wiki, 60 or more months in, by 1.6 to 8; return the counts and the month after each."""
    rng = np.random.default_rng(seed)
    begin = rng.integers(60, counts.shape[1] - 6, len(counts))
    factor = np.exp(rng.uniform(np.log(1.6), np.log(8), len(counts)))
    raised = counts.copy()
    for wiki, (month, times) in enumerate(zip(begin, factor, strict=True)):
        raised[wiki, month : month + 2] = np.round(raised[wiki, month : month + 2] * times)
    return raised, begin + 2


def read_recorded(file: Path, columns: Sequence[str]) -> Floats:
    """Read (wikis, months) of a recorded file; a month without a row is missing."""
    by_wiki: dict[str, dict[str, float]] = defaultdict(dict)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if all(row[column] for column in columns):
                by_wiki[row["project"]][row["month"]] = float(sum(int(row[column]) for column in columns))
    months = sorted(set().union(*by_wiki.values()))
    return np.array([[by_wiki[wiki].get(month, np.nan) for month in months] for wiki in sorted(by_wiki)])


def _plant(
    rng: np.random.Generator, shape: tuple[int, int], per_year: float, factors: tuple[float, float]
) -> tuple[NDArray[np.int64], Floats]:
    event, lift = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    number = 0
    for wiki, month in np.argwhere(rng.random(shape) < per_year / 12):
        months = slice(month, month + int(rng.choice([1, 1, 1, 2])))
        if event[wiki, max(month - 2, 0) : months.stop + 2].any():
            continue
        number += 1
        event[wiki, months] = number
        lift[wiki, months] = rng.uniform(np.log(factors[0]), np.log(factors[1]))
    return event, lift
