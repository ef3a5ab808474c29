"""How well the live detectors find planted bursts, and how often they speak of calm weeks."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.live_scoring import LiveScore, find_episodes, match_episodes, score_matches
from benchmarks.live_series import Counts, LiveRecipe, make_live_series
from benchmarks.table import Row
from wiki_activity.domain.live import LiveDetector, LiveDetectorName
from wiki_activity.domain.live_detectors import make_detector

# All kinds of noise at once; runs of a minute or two, as of somebody who works through a list.
_MIXED = LiveRecipe(wander=0.08, flicker=0.05, runs=0.2)
_WORLDS = (
    ("its rate wanders by 15 % in 30 minutes", replace(_MIXED, wander=0.15, wander_seconds=1800, flicker=0, runs=0)),
    ("its rate wanders by 20 % in 10 minutes", replace(_MIXED, wander=0.2, flicker=0, runs=0)),
    ("its rate flickers every 30 s", replace(_MIXED, wander=0, flicker=0.24, flicker_seconds=30, runs=0)),
    ("two edits of five come in runs", replace(_MIXED, wander=0, flicker=0, runs=0.4)),
    ("edits come by chance", replace(_MIXED, wander=0, flicker=0, runs=0)),
    ("rises up to 1.4 ×", replace(_MIXED, highest_rise=1.4)),
    ("bursts rise and fall slowly", replace(_MIXED, ramp=0.2)),
    ("0.1 edits/s", replace(_MIXED, rate=0.1)),
    ("0.3 edits/s", replace(_MIXED, rate=0.3)),
    ("5 edits/s", replace(_MIXED, rate=5.0)),
    ("30 edits/s", replace(_MIXED, rate=30.0)),
)
_SEEDS, _CALM_SEEDS = (1, 2, 3), (11, 12, 13, 14, 15, 16)
_CALM_DAYS = 21

_RECORDED = Path(__file__).parents[2] / "shared" / "data" / "enwiki_edits_2015-09-12.csv.gz"
_RECORDED_SHARE = 0.1
_BLOCK_SECONDS = 120
_BLOCKS_AROUND = 30


def run() -> list[Row]:
    """Score both detectors on an ordinary wiki, then `burst` on kinds of wikis that it may meet."""
    score, alarms = _measure(_MIXED, LiveDetectorName.BURST, _SEEDS, _CALM_SEEDS)
    rows = _describe_wanted(score, alarms)
    score, alarms = _measure(_MIXED, LiveDetectorName.MEAN_GAP, _SEEDS[:1], _CALM_SEEDS[:1])
    rows.append(Row("mean_gap: 1.2 edits/s", _describe(score, alarms)))
    for name, recipe in _WORLDS:
        score, alarms = _measure(recipe, LiveDetectorName.BURST, _SEEDS[:1], _CALM_SEEDS[:1])
        rows.append(Row(f"burst: {name}", _describe(score, alarms)))
    return rows + _describe_dispersion()


def _measure(
    recipe: LiveRecipe, name: LiveDetectorName, seeds: tuple[int, ...], calm_seeds: tuple[int, ...]
) -> tuple[LiveScore, float]:
    """Score a detector on two weeks with bursts for each seed, and count its alarms per calm week."""
    make: Callable[[], LiveDetector] = partial(make_detector, name)
    matches = []
    for seed in seeds:
        series = make_live_series(recipe, seed)
        matches.append(match_episodes(series.bursts, find_episodes(series, make())))
    calm = replace(recipe, bursts_per_day=0, days=_CALM_DAYS)
    alarms = sum(len(find_episodes(make_live_series(calm, seed), make())) for seed in calm_seeds)
    return score_matches(matches), alarms / (len(calm_seeds) * _CALM_DAYS / 7)


def _describe_wanted(score: LiveScore, alarms: float) -> list[Row]:
    name = "burst: 1.2 edits/s"
    accuracy = f"F1 {score.f1:.2f} (precision {score.precision:.2f}, recall {score.recall:.2f})"
    end = f"median distance {score.end_error_seconds:.0f} s"
    return [
        Row(name, accuracy, "", "F1 ≥ .86", score.f1 >= 0.86),
        Row(
            f"{name}, bursts of 3 × and more",
            f"recall {score.recall_of_3x:.3f}",
            "",
            "≥ .99",
            score.recall_of_3x >= 0.99,
        ),
        Row(name, f"{score.begins:.3f} begins a burst", "", "≤ 1.03", score.begins <= 1.03),
        Row(name, f"median delay {score.delay_seconds:.0f} s", "", "≤ 41 s", score.delay_seconds <= 41),
        Row(f"{name}, ends of 3 × and more", end, "", "≤ 20 s", score.end_error_seconds <= 20),
        Row(name, f"{alarms:.2f} false alarms a calm week", "", "≤ 0.2", alarms <= 0.2),
    ]


def _describe(score: LiveScore, alarms: float) -> str:
    if not score.recall:
        return f"F1 0 (nothing found), {alarms:.2f} false alarms a calm week"
    return (
        f"F1 {score.f1:.2f}, recall of 3 × {score.recall_of_3x:.2f}, {score.begins:.2f} begins a burst, "
        f"delay {score.delay_seconds:.0f} s, {alarms:.2f} false alarms a calm week"
    )


def _describe_dispersion() -> list[Row]:
    """Set the simulated dispersion beside the recorded one, so that the figures above can be weighed."""
    people = make_live_series(replace(_MIXED, bursts_per_day=0), _SEEDS[0]).people
    rows = [Row("dispersion of two minutes' simulated edits", f"{_measure_dispersion(people):.2f}")]
    if not _RECORDED.exists():
        return rows
    thinned = np.random.default_rng(1).binomial(people, _RECORDED_SHARE)
    return [
        *rows,
        Row("the same of a tenth of them", f"{_measure_dispersion(thinned):.2f}"),
        Row("recorded, a tenth of a day's edits", f"{_measure_dispersion(_read_recorded()):.2f}"),
    ]


def _measure_dispersion(people: Counts) -> float:
    """Measure the variance over the mean of blocks of two minutes, each held against the two hours around it."""
    whole = len(people) // _BLOCK_SECONDS
    blocks = people[: whole * _BLOCK_SECONDS].reshape(whole, _BLOCK_SECONDS).sum(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(blocks, 2 * _BLOCKS_AROUND + 1)
    middle, around = windows[:, _BLOCKS_AROUND], windows.sum(axis=1)
    mean = (around - middle) / (2 * _BLOCKS_AROUND)
    # The mean of 60 blocks has a variance of its own, a sixtieth of theirs.
    return float(((middle - mean) ** 2 / mean).mean() / (1 + 1 / (2 * _BLOCKS_AROUND)))


def _read_recorded() -> Counts:
    """Read people's edits by second."""
    with gzip.open(_RECORDED, "rt", encoding="utf-8", newline="") as lines:
        stamps = [datetime.fromisoformat(row["time_iso_ms"]) for row in csv.DictReader(lines) if row["isRobot"] == "0"]
    seconds = np.array([int(stamp.timestamp()) for stamp in stamps])
    return np.bincount(seconds - seconds.min())
