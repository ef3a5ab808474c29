"""How well peaks match planted events: precision over runs of peak months, recall over events."""

from dataclasses import dataclass

import numpy as np

from benchmarks.monthly_series import Flags, Floats, World

_MONTHS_IN = 12


@dataclass(frozen=True, slots=True)
class Score:
    """Findings held against the truth.

    Parameters
    ----------
    precision, recall
        Shares of true runs among all runs, and of found events among all events.
    average_precision
        Area under the precision-recall curve, over wiki-months ranked by their score.
    false_alarms
        False runs per 100 wiki-years.
    """

    precision: float
    recall: float
    average_precision: float
    false_alarms: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def score_peaks(world: World, peak: Flags, strength: Floats) -> Score:
    """Hold peaks against planted events.

    Scored are stored months at least twelve after the wiki's first edit, the three after an upward shift left out.
    A run counts as true where any of its months belongs to an event; an event none of whose months is scored is
    left out.

    Parameters
    ----------
    world
        Counts and truth.
    peak
        (wikis, months).
    strength
        Ranks the months for the average precision; NaN where not judged.
    """
    scored = _find_scored(world)
    events = np.unique(world.event[scored & (world.event > 0)])
    found = np.unique(world.event[peak & scored & (world.event > 0)])
    runs, true_runs = _count_runs(peak & scored, world.event > 0)
    return Score(
        precision=true_runs / runs if runs else 1.0,
        recall=len(found) / len(events) if len(events) else 1.0,
        average_precision=_average_precision(world.event[scored] > 0, strength[scored]),
        false_alarms=100 * (runs - true_runs) / (scored.sum() / 12),
    )


def _find_scored(world: World) -> Flags:
    begun = np.maximum.accumulate(world.counts > 0, axis=1)
    old_enough = np.zeros_like(begun)
    old_enough[:, _MONTHS_IN:] = begun[:, :-_MONTHS_IN]
    scored: Flags = old_enough & ~np.isnan(world.counts) & ~world.shifted
    return scored


def _count_runs(peak: Flags, true: Flags) -> tuple[int, int]:
    """Count runs of peak months, and those that touch a true month."""
    before = np.concatenate([np.zeros((len(peak), 1), dtype=bool), peak[:, :-1]], axis=1)
    number = np.cumsum(peak & ~before).reshape(peak.shape)
    return int(number.max(initial=0)), len(np.unique(number[peak & true]))


def _average_precision(true: Flags, strength: Floats) -> float:
    order = np.argsort(-np.nan_to_num(strength, nan=-np.inf), kind="stable")
    hits = true[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 1.0
