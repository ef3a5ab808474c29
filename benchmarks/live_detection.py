"""How well the live detectors find planted bursts, and how often they speak of calm weeks."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.live_scoring import LiveScore, find_episodes, match_episodes, score_matches
from benchmarks.live_series import Counts, LiveRecipe, LiveSeries, make_live_series
from benchmarks.other_live_series import make_sessions, read_people_edits, replay_recorded
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
    ("5 edits/s", replace(_MIXED, rate=5.0)),
    ("30 edits/s", replace(_MIXED, rate=30.0)),
)
_SLOW_RATES = (0.05, 0.1, 0.15, 0.3)
_SEEDS, _CALM_SEEDS = (1, 2, 3), tuple(range(11, 19))
_DAYS, _CALM_DAYS = 14, 21

_RECORDED = Path(__file__).parents[2] / "shared" / "data" / "enwiki_edits_2015-09-12.csv.gz"
_RECORDED_SHARE = 0.1
_BLOCK_SECONDS = 120
_BLOCKS_AROUND = 30


Make = Callable[[int, int, bool], LiveSeries]
"""Makes a series of a seed and so many days, with bursts or without."""


def run() -> list[Row]:
    """Score both detectors on an ordinary wiki, then `burst` on others' and on kinds of wikis that it may meet."""
    score, alarms = _measure(_make_mixed(_MIXED), LiveDetectorName.BURST, _SEEDS, _CALM_SEEDS)
    rows = _describe_wanted(score, alarms)
    score, alarms = _measure(_make_mixed(_MIXED), LiveDetectorName.MEAN_GAP, _SEEDS[:1], _CALM_SEEDS[:1])
    rows.append(Row("mean_gap: 1.2 edits/s", _describe(score, alarms)))
    for name, make in _list_others():
        score, alarms = _measure(make, LiveDetectorName.BURST, _SEEDS[:2], _CALM_SEEDS)
        figure = (
            f"F1 {score.f1:.2f}, recall of 2 × and more {score.recall_of_2x:.2f}, {alarms:.2f} false alarms a calm week"
        )
        met = score.f1 >= 0.9 and score.recall_of_2x >= 0.95 and alarms <= 0.05
        rows.append(Row(f"burst, others' series: {name}", figure, "", "≥ .90, ≥ .95, ≤ .05", met))
    for rate in _SLOW_RATES:
        for name, make in (
            ("mixed noise", _make_mixed(replace(_MIXED, rate=rate))),
            ("sessions", partial(_make_sessions, rate=rate, gap_seconds=60.0)),
        ):
            score, alarms = _measure(make, LiveDetectorName.BURST, _SEEDS[:1], _CALM_SEEDS)
            figure = f"recall of 3 × {score.recall_of_3x:.2f}, {alarms:.2f} false alarms a calm week"
            rows.append(Row(f"burst: {rate} edits/s, {name}", figure, "", "≤ .1 alarms", alarms <= 0.1))
    for name, recipe in _WORLDS:
        score, alarms = _measure(_make_mixed(recipe), LiveDetectorName.BURST, _SEEDS[:1], _CALM_SEEDS[:1])
        rows.append(Row(f"burst: {name}", _describe(score, alarms)))
    return rows + _describe_dispersion()


def _list_others() -> list[tuple[str, Make]]:
    others: list[tuple[str, Make]] = [
        ("1.7 edits/s by chance, small rises", partial(_make_sessions, session_edits=1.0)),
        ("1.7 edits/s, sessions of 3 edits", _make_sessions),
        ("1.7 edits/s, sessions of 2 edits", partial(_make_sessions, session_edits=2.0, gap_seconds=30.0)),
    ]
    if _RECORDED.exists():
        others.append(("a recorded day's pace", _replay))
    return others


def _make_mixed(recipe: LiveRecipe) -> Make:
    def make(seed: int, days: int, bursts: bool) -> LiveSeries:
        return make_live_series(replace(recipe, days=days, bursts_per_day=recipe.bursts_per_day * bursts), seed)

    return make


def _make_sessions(seed: int, days: int, bursts: bool, **how: float) -> LiveSeries:
    return make_sessions(seed, days=days, bursts=bursts, **how)


def _replay(seed: int, days: int, bursts: bool) -> LiveSeries:
    return replay_recorded(_RECORDED, seed, days=days, bursts=bursts)


def _measure(
    make_series: Make, name: LiveDetectorName, seeds: tuple[int, ...], calm_seeds: tuple[int, ...]
) -> tuple[LiveScore, float]:
    """Score a detector on two weeks with bursts for each seed, and count its alarms per calm week."""
    make: Callable[[], LiveDetector] = partial(make_detector, name)
    matches = []
    for seed in seeds:
        series = make_series(seed, _DAYS, True)
        matches.append(match_episodes(series.bursts, find_episodes(series, make())))
    alarms = sum(len(find_episodes(make_series(seed, _CALM_DAYS, False), make())) for seed in calm_seeds)
    return score_matches(matches), alarms / (len(calm_seeds) * _CALM_DAYS / 7)


def _describe_wanted(score: LiveScore, alarms: float) -> list[Row]:
    name = "burst: 1.2 edits/s"
    accuracy = f"F1 {score.f1:.2f} (precision {score.precision:.2f}, recall {score.recall:.2f})"
    end = f"median distance {score.end_error_seconds:.0f} s"
    return [
        Row(name, accuracy, "", "F1 ≥ .90", score.f1 >= 0.9),
        Row(
            f"{name}, bursts of 2 × and more",
            f"recall {score.recall_of_2x:.3f}",
            "",
            "≥ .95",
            score.recall_of_2x >= 0.95,
        ),
        Row(
            f"{name}, bursts of 3 × and more",
            f"recall {score.recall_of_3x:.3f}",
            "",
            "≥ .99",
            score.recall_of_3x >= 0.99,
        ),
        Row(name, f"{score.begins:.3f} begins a burst", "", "≤ 1.03", score.begins <= 1.03),
        Row(name, f"median delay {score.delay_seconds:.0f} s", "", "≤ 45 s", score.delay_seconds <= 45),
        Row(f"{name}, ends of 3 × and more", end, "", "≤ 20 s", score.end_error_seconds <= 20),
        Row(name, f"{alarms:.2f} false alarms a calm week", "", "≤ 0.05", alarms <= 0.05),
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
        Row("recorded, a tenth of a day's edits", f"{_measure_dispersion(read_people_edits(_RECORDED)):.2f}"),
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
