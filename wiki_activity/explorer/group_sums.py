"""The counts of many wikis side by side, and their sum: which months lack whose is said, never taken for zero."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Floats
from wiki_activity.domain.months import month_at, number_month
from wiki_activity.explorer.snapshot import WikiSnapshot

_MATTERS: Final = 0.01
"""A sum that lacks wikis with more than this part of it is no sum."""


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Counts of wikis over the same months.

    Parameters
    ----------
    months
        Contiguous, oldest first, from the first to the last that any of the wikis has.
    counts
        (wikis, months); NaN where a month is missing, and before a wiki's first one.
    sums
        Of each month; None where wikis are missing that had over a hundredth of what is there.
    lacking
        By month, how many wikis that had begun have no count of it, where any.
    begun
        By month, how many had begun.
    unknown
        Places of wikis of which nothing is known in this metric.
    provisional
        The months that are published only in part.
    """

    months: Sequence[date]
    counts: Floats
    sums: Sequence[int | None]
    lacking: Sequence[int]
    begun: Sequence[int]
    unknown: Sequence[int]
    provisional: frozenset[date]


def sum_up(wikis: Sequence[WikiSnapshot], metric: Metric, *, open_ones: Sequence[bool]) -> SideBySide:
    """Lay counts side by side and sum them up.

    A wiki has begun with its first stored month. After its last one it lacks a month only where it is open, which
    `open_ones` says for each.
    """
    spans = [(wiki.months(metric), wiki.counts(metric)[0]) for wiki in wikis]
    known = [number_month(months[0]) for months, _ in spans if months]
    unknown = [at for at, (months, _) in enumerate(spans) if not months]
    if not known:
        nothing = np.empty((len(wikis), 0))
        return SideBySide((), nothing, (), (), (), unknown, frozenset())
    begin = min(known)
    end = max(number_month(months[0]) + len(row) for months, row in spans if months)
    counts = np.full((len(wikis), end - begin), np.nan)
    begun = np.zeros(counts.shape, dtype=bool)
    for own, has_begun, is_open, (months, row) in zip(counts, begun, open_ones, spans, strict=True):
        if months:
            at = number_month(months[0]) - begin
            own[at : at + len(row)] = row
            has_begun[at : None if is_open else at + len(row)] = True
    missing = begun & np.isnan(counts)
    totals = np.nansum(counts, axis=0)
    # What is missing of a wiki is taken to be as much as it had last, to see whether it matters.
    lost = np.where(missing, _fill_forward(counts), 0.0).sum(axis=0)
    complete = (lost <= _MATTERS * (totals + lost)).tolist()
    return SideBySide(
        months=tuple(month_at(begin + at) for at in range(end - begin)),
        counts=counts,
        sums=[int(total) if is_sum else None for total, is_sum in zip(totals.tolist(), complete, strict=True)],
        lacking=missing.sum(axis=0).tolist(),
        begun=begun.sum(axis=0).tolist(),
        unknown=unknown,
        provisional=frozenset(month for wiki in wikis[:1] for month in wiki.data.provisional),
    )


def _fill_forward(counts: Floats) -> Floats:
    """Put in the place of each missing count the last known one before it; 0 where there is none."""
    known = np.where(np.isnan(counts), 0, np.arange(1, counts.shape[1] + 1))
    last = np.maximum.accumulate(known, axis=1)
    padded = np.concatenate([np.zeros((len(counts), 1)), np.nan_to_num(counts)], axis=1)
    filled: Floats = np.take_along_axis(padded, last, axis=1)
    return filled


def whole(value: float) -> int | None:
    """Return a count; None where it is missing."""
    return None if math.isnan(value) else int(value)
