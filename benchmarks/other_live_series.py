"""Edits of one wiki from elsewhere than :mod:`benchmarks.live_series`: a rule must not know one world only.

Sessions of people, each of whom saves several edits in a row; and a recorded day of English Wikipedia, with its own
course. With bursts both have small rises besides that are nobody's event. Nothing was tuned on the recorded day.
"""

import csv
import gzip
from datetime import datetime
from pathlib import Path

import numpy as np

from benchmarks.live_series import DAY_SECONDS, Counts, Floats, LiveRecipe, LiveSeries, PlantedBurst, plan_bursts

_BOTS_RATE = 0.1
_SMOOTHED_SECONDS = 900
_RISES_PER_DAY = 3.0


def make_sessions(
    seed: int, *, rate: float = 1.7, session_edits: float = 3.0, gap_seconds: float = 45.0, days: int = 14,
    bursts: bool = True,
) -> LiveSeries:  # fmt: skip
    """Simulate people who come by chance and save a run of edits each: `session_edits` on average, so far apart.

    With bursts there are rises up to 1.4 × besides, that nobody labelled; a calm series has neither.
    """
    rng = np.random.default_rng([seed, 1])
    seconds = days * DAY_SECONDS
    day = np.arange(seconds) / DAY_SECONDS
    pace = rate * np.exp(
        0.3 * np.sin(2 * np.pi * (day - rng.random())) + 0.1 * np.sin(4 * np.pi * (day - rng.random()))
    )
    planted = _add_bursts(rng, pace, days) if bursts else ()
    if session_edits <= 1:
        return LiveSeries(rng.poisson(pace), rng.poisson(_BOTS_RATE, seconds), planted)
    begin = np.repeat(np.arange(seconds), rng.poisson(pace / session_edits))
    length = rng.geometric(1 / session_edits, len(begin))
    first = np.cumsum(length) - length
    waits = rng.exponential(gap_seconds, int(length.sum()))
    waits[first] = 0
    since_all = np.cumsum(waits)
    at = np.repeat(begin, length) + (since_all - np.repeat(since_all[first], length)).astype(np.int64)
    people = np.bincount(at[at < seconds], minlength=seconds)
    return LiveSeries(people, rng.poisson(_BOTS_RATE, seconds), planted)


def replay_recorded(file: Path, seed: int, *, times: float = 10.0, days: int = 14, bursts: bool = True) -> LiveSeries:
    """Draw edits from the pace of a recorded day, means of a quarter of an hour, again and again.

    Parameters
    ----------
    file
        A sample of a day's edits: each with its time and whether a bot made it.
    times
        How many edits each of the sample stands for.
    """
    rng = np.random.default_rng([seed, 2])
    sample = read_people_edits(file).astype(np.float64)
    pace = np.convolve(np.tile(sample, days + 1), np.full(_SMOOTHED_SECONDS, times / _SMOOTHED_SECONDS), "same")
    pace = pace[: days * DAY_SECONDS]
    planted = _add_bursts(rng, pace, days) if bursts else ()
    return LiveSeries(rng.poisson(pace), rng.poisson(_BOTS_RATE, len(pace)), planted)


def read_people_edits(file: Path) -> Counts:
    """Read people's edits of a recorded day by second."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        stamps = [datetime.fromisoformat(row["time_iso_ms"]) for row in csv.DictReader(lines) if row["isRobot"] == "0"]
    seconds = np.array([int(stamp.timestamp()) for stamp in stamps])
    return np.bincount(seconds - seconds.min())


def _add_bursts(rng: np.random.Generator, pace: Floats, days: int) -> tuple[PlantedBurst, ...]:
    for _ in range(rng.poisson(_RISES_PER_DAY * days)):
        begin = int(rng.integers(len(pace)))
        pace[begin : begin + int(rng.integers(60, 600))] *= rng.uniform(1.1, 1.4)
    planted = tuple(plan_bursts(rng, LiveRecipe(days=days), len(pace)))
    for burst in planted:
        pace[burst.begin : burst.end] *= burst.factor
    return planted
