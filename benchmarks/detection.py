"""How well the monthly detectors find planted events, and how often they speak of recorded wikis."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.monthly_series import Floats, Recipe, World, make_world
from benchmarks.other_series import (
    make_calm_world,
    make_simulated_world,
    plant_in_recorded,
    plant_two_months,
    read_recorded,
)
from benchmarks.scoring import Score, score_peaks
from benchmarks.table import Row
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detectors import detect_months
from wiki_activity.domain.peaks import Detector

_SEEDS = (11, 12, 13)
_EDITS = Recipe()
# Editors vary little more than chance does: φ of recorded editor counts is below .01.
_WORLDS = (
    ("edits", Metric.EDITS, _EDITS),
    ("edits, heavy tails (t, 5 degrees)", Metric.EDITS, Recipe(tails=5)),
    ("edits, heavier tails (t, 3 degrees)", Metric.EDITS, Recipe(tails=3)),
    ("editors", Metric.EDITORS, Recipe(size=(40.0, 1.5), noise=0.01, noise_size=np.inf)),
)
_LEAST_F1 = 0.68
_MOST_FALSE_ALARMS = {"edits": 1.4, "calm edits": 1.5, "calm edits of small wikis": 1.5}
_LEAST_RECALL = {"calm edits": 0.6, "calm edits of small wikis": 0.6}

_DATA = Path(__file__).parents[2] / "shared" / "data"
_RECORDED, _EARLIER = _DATA / "aqs_monthly.csv.gz", _DATA / "wikistats1_monthly.csv.gz"
_PEOPLE = ("edits_user", "edits_anonymous")
_RECORDED_METRICS = (
    (Metric.EDITS, ("edits_all",)),
    (Metric.PEOPLE_EDITS, _PEOPLE),
    (Metric.EDITORS, ("editors_user",)),
)


def run() -> list[Row]:
    """Score both detectors on simulated worlds and on others', then count their peaks in recorded wikis."""
    rows = []
    for name, metric, make in _list_worlds():
        worlds = [make(seed) for seed in _SEEDS]
        for detector in (Detector.SEASONAL, Detector.ROLLING_MEAN):
            rows += _describe(name, detector, _score(metric, worlds, detector))
    return rows + _describe_aftermath() + _describe_noise() + _describe_recorded()


def _list_worlds() -> list[tuple[str, Metric, Callable[[int], World]]]:
    """List where the detectors are tried; those of the recorded wikis, where they are, come last."""
    worlds: list[tuple[str, Metric, Callable[[int], World]]] = [
        (name, metric, partial(make_world, recipe)) for name, metric, recipe in _WORLDS
    ]
    worlds += [
        ("calm edits", Metric.EDITS, lambda seed: make_calm_world(seed)[0]),
        ("calm edits of small wikis", Metric.EDITS, lambda seed: make_calm_world(seed, size=200.0)[0]),
        ("the demo's simulator, people's edits", Metric.PEOPLE_EDITS, make_simulated_world),
    ]
    for name, file, columns in (("2001 to 2022", _RECORDED, _PEOPLE), ("2001 to 2011", _EARLIER, ("edits",))):
        if file.exists():
            make = partial(plant_in_recorded, file, columns)
            worlds.append((f"planted in recorded wikis, {name}", Metric.EDITS, make))
    return worlds


def _score(metric: Metric, worlds: Sequence[World], detector: Detector) -> Score:
    """Average the scores over the worlds."""
    scores = []
    for world in worlds:
        detection = detect_months(world.counts, metric, detector)
        scores.append(score_peaks(world, detection.peak, detection.score))
    return Score(
        precision=fmean(score.precision for score in scores),
        recall=fmean(score.recall for score in scores),
        average_precision=fmean(score.average_precision for score in scores),
        false_alarms=fmean(score.false_alarms for score in scores),
    )


def _describe_aftermath() -> list[Row]:
    """Tell how often the months after an event of two months are expected within 1.3 × of the truth."""
    rows = []
    for noise in (0.05, 0.1, 0.15):
        world, level = make_calm_world(_SEEDS[0], months=96, noise=(noise, noise), events_per_year=0.0)
        raised, after = plant_two_months(world.counts, _SEEDS[0])
        expected = detect_months(raised, Metric.EDITS, Detector.SEASONAL).expected
        months = after[:, None] + np.arange(4)
        away = np.abs(np.log(np.take_along_axis(expected / level, months, axis=1)))
        share = float((away <= np.log(1.3)).all(axis=1).mean())
        label = f"seasonal: four months after an event of two, noise {noise:.0%}"
        figure = f"{share:.1%} of wikis expected within 1.3 ×"
        wanted = ("≥ 95 %", share >= 0.95) if noise <= 0.1 else ("", None)
        rows.append(Row(label, figure, "", *wanted))
    return rows


def _describe(name: str, detector: Detector, score: Score) -> list[Row]:
    accuracy = (
        f"F1 {score.f1:.2f} (precision {score.precision:.2f}, recall {score.recall:.2f}, "
        f"area {score.average_precision:.2f})"
    )
    alarms = f"{score.false_alarms:.1f} false alarms in 100 wiki-years"
    label = f"{detector}: {name}"
    if detector is not Detector.SEASONAL:
        return [Row(label, accuracy), Row(label, alarms)]
    rows = [Row(label, accuracy)]
    if name == "edits":
        rows = [Row(label, accuracy, "", f"F1 ≥ {_LEAST_F1}", score.f1 >= _LEAST_F1)]
    least = _LEAST_RECALL.get(name)
    if least is not None:
        rows = [Row(label, accuracy, "", f"recall ≥ {least}", score.recall >= least)]
    most = _MOST_FALSE_ALARMS.get(name)
    rows.append(Row(label, alarms) if most is None else Row(label, alarms, "", f"≤ {most}", score.false_alarms <= most))
    return rows


def _describe_noise() -> list[Row]:
    """Set the simulated overdispersion beside the recorded one, so that the figures above can be weighed."""
    simulated = _measure_noise(make_world(_EDITS, _SEEDS[0]).counts)
    rows = [Row("noise φ of simulated edits (median wiki, 1,000 to 10,000 a month)", f"{simulated:.3f}")]
    if _RECORDED.exists():
        recorded = _measure_noise(read_recorded(_RECORDED, _PEOPLE))
        rows.append(Row("noise φ of recorded people's edits, the same sizes", f"{recorded:.3f}"))
    return rows


def _measure_noise(counts: Floats) -> float:
    """Measure the relative variance beyond chance around the median of seven months, robustly; median over wikis."""
    windows = np.lib.stride_tricks.sliding_window_view(counts, 7, axis=1)
    whole = ~np.isnan(windows).any(axis=2)
    centre = np.where(whole, np.median(np.where(np.isnan(windows), 0, windows), axis=2), 0)
    middle = windows[:, :, 3]
    found = []
    for wiki in range(len(counts)):
        used = centre[wiki] >= 20
        size = np.median(centre[wiki][used]) if used.sum() >= 36 else 0
        if 1000 <= size < 10_000:
            away = np.abs(np.log((middle[wiki][used] + 0.5) / (centre[wiki][used] + 0.5)))
            found.append(max((1.4826 * np.median(away)) ** 2 - 1 / size, 0))
    return float(np.median(found))


def _describe_recorded() -> list[Row]:
    if not _RECORDED.exists():
        return [Row("peaks in recorded wikis", f"no recorded data beside the project ({_RECORDED.name})")]
    rows = []
    for metric, columns in _RECORDED_METRICS:
        counts = read_recorded(_RECORDED, columns)
        for detector in (Detector.SEASONAL, Detector.ROLLING_MEAN):
            detection = detect_months(counts, metric, detector)
            peaks = int((detection.peak & (counts > 0)).sum())
            years = int((~np.isnan(detection.threshold) & (counts > 0)).sum()) / 12
            figure = f"{peaks} peaks in {years:.0f} wiki-years: {100 * peaks / years:.0f} in 100"
            rows.append(Row(f"{detector}: recorded {metric}", figure))
    return rows
