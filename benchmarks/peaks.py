"""Speed of the monthly detectors, beside the plain way: one pandas window for each row."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.monthly_series import Floats, Recipe, make_world
from benchmarks.table import Row
from wiki_activity.domain import rolling_mean, seasonal
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import EARLIEST_MONTH, list_months, shift_month
from wiki_activity.domain.peak_finding import find_peaks
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.wide_counts import WideCounts

_WIKIS, _MONTHS = 850, 280
_PLAIN_WIKIS = 4  # the plain way takes minutes for all of them


def run() -> list[Row]:
    """Time both detectors on 850 wikis × 280 months, and all that one refresh judges."""
    counts = make_world(Recipe(wikis=_WIKIS, months=_MONTHS), seed=1).counts
    plain = _time_once(partial(_judge_with_pandas, counts[:_PLAIN_WIKIS])) * _WIKIS / _PLAIN_WIKIS
    earlier = _time_best(lambda: rolling_mean.find_peaks(counts, Metric.EDITS))
    default = _time_best(lambda: seasonal.find_peaks(counts, Metric.EDITS))
    all_of_it = _time_once(lambda: _judge_everything(counts))
    size = f"{_WIKIS} wikis × {_MONTHS} months"
    return [
        Row(f"pandas, a window for each row: {size}", f"{plain:.0f} s (from {_PLAIN_WIKIS} wikis)", "1"),
        _make_row(f"rolling_mean: {size}", earlier, plain, wanted=0.025),
        _make_row(f"seasonal: {size}", default, plain, wanted=0.25),
        Row("all metrics by all detectors, with kinds, as objects", f"{all_of_it:.1f} s", "", "≤ 2 s", all_of_it <= 2),
    ]


def _make_row(name: str, seconds: float, plain: float, wanted: float) -> Row:
    ratio = f"{plain / seconds:,.0f} × as fast"
    return Row(name, f"{1000 * seconds:.0f} ms", ratio, f"≤ {1000 * wanted:.0f} ms", seconds <= wanted)


def _judge_with_pandas(counts: Floats) -> list[bool]:
    """Select each row's window by its dates and take its mean: the rule as it reads, and as it used to be run."""
    stamps = pd.date_range(EARLIEST_MONTH, periods=counts.shape[1], freq="MS")
    peaks = []
    for series in counts:
        rows = pd.DataFrame({"timestamp": stamps, "edits": series}).dropna()
        for stamp, edits in zip(rows["timestamp"], rows["edits"], strict=True):
            begin = stamp - pd.DateOffset(years=3)
            window = rows[(rows["timestamp"] >= begin) & (rows["timestamp"] <= stamp)]
            peaks.append(bool(edits >= 1.30 * window["edits"].mean()))
    stored = ~np.isnan(counts)
    if peaks != rolling_mean.find_peaks(counts, Metric.EDITS).peak[stored].tolist():
        msg = "the two readings of rolling_mean differ"
        raise AssertionError(msg)
    return peaks


def _judge_everything(counts: Floats) -> None:
    shares = [np.floor(share * counts) for share in (0.6, 0.2, 0.1)]
    months = list_months(EARLIEST_MONTH, shift_month(EARLIEST_MONTH, counts.shape[1] - 1))
    wide = WideCounts([f"{wiki}.wikipedia.org" for wiki in range(len(counts))], months, counts, *shares)
    for detector in Detector:
        for metric in Metric:
            find_peaks(wide, metric, detector)


def _time_once(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _time_best(work: Callable[[], object]) -> float:
    return min(_time_once(work) for _ in range(5))
