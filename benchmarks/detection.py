"""How well the monthly detectors find planted events, and how often they speak of recorded wikis."""

import csv
import gzip
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.monthly_series import Floats, Recipe, make_world
from benchmarks.scoring import Score, score_peaks
from benchmarks.table import Row
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.judging import judge_months
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
_LEAST_F1 = 0.64
_MOST_FALSE_ALARMS = {"edits": 1.4, "edits, heavy tails (t, 5 degrees)": 3.5}

_RECORDED = Path(__file__).parents[2] / "shared" / "data" / "aqs_monthly.csv.gz"
_RECORDED_METRICS = (
    (Metric.EDITS, ("edits_all",)),
    (Metric.PEOPLE_EDITS, ("edits_user", "edits_anonymous")),
    (Metric.EDITORS, ("editors_user",)),
)


def run() -> list[Row]:
    """Score both detectors on simulated worlds, then count their peaks in recorded wikis."""
    rows = []
    for name, metric, recipe in _WORLDS:
        for detector in (Detector.SEASONAL, Detector.ROLLING_MEAN):
            rows += _describe(name, detector, _score(metric, recipe, detector))
    return rows + _describe_noise() + _describe_recorded()


def _score(metric: Metric, recipe: Recipe, detector: Detector) -> Score:
    """Average the scores over the seeds."""
    scores = []
    for seed in _SEEDS:
        world = make_world(recipe, seed)
        judgement = judge_months(world.counts, metric, detector)
        scores.append(score_peaks(world, judgement.peak, judgement.score))
    return Score(
        precision=fmean(score.precision for score in scores),
        recall=fmean(score.recall for score in scores),
        average_precision=fmean(score.average_precision for score in scores),
        false_alarms=fmean(score.false_alarms for score in scores),
    )


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
    most = _MOST_FALSE_ALARMS.get(name)
    rows.append(Row(label, alarms) if most is None else Row(label, alarms, "", f"≤ {most}", score.false_alarms <= most))
    return rows


def _describe_noise() -> list[Row]:
    """Set the simulated overdispersion beside the recorded one, so that the figures above can be weighed."""
    simulated = _measure_noise(make_world(_EDITS, _SEEDS[0]).counts)
    rows = [Row("noise φ of simulated edits (median wiki, 1,000 to 10,000 a month)", f"{simulated:.3f}")]
    if _RECORDED.exists():
        recorded = _measure_noise(_read_recorded(_RECORDED_METRICS[1][1]))
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
        counts = _read_recorded(columns)
        for detector in (Detector.SEASONAL, Detector.ROLLING_MEAN):
            judgement = judge_months(counts, metric, detector)
            peaks = int((judgement.peak & (counts > 0)).sum())
            years = int((~np.isnan(judgement.threshold) & (counts > 0)).sum()) / 12
            figure = f"{peaks} peaks in {years:.0f} wiki-years: {100 * peaks / years:.0f} in 100"
            rows.append(Row(f"{detector}: recorded {metric}", figure))
    return rows


def _read_recorded(columns: tuple[str, ...]) -> Floats:
    """Read eleven wikis, (wikis, months); every month of theirs is stored."""
    with gzip.open(_RECORDED, "rt", encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: (row["project"], row["month"]))
    wikis = len({row["project"] for row in rows})
    return np.array([float(sum(int(row[column]) for column in columns)) for row in rows]).reshape(wikis, -1)
