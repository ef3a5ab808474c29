"""Days of the simulated months: each month's count spread over its days, which add up to it exactly."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.months import EARLIEST_MONTH, shift_month

_WEEKEND: Final = 0.85
"""Edits of a day of the weekend, per edit of another day."""


def spread_months(counts: Sequence[Sequence[int]], first: date, end: date, key: Sequence[int]) -> dict[date, int]:
    """Spread counts over days and add the kinds up.

    Parameters
    ----------
    counts
        Of each kind that is added up, its months from 2001-01; days of later ones are absent.
    first, end
        The first day, and the day after the last.
    key
        Whose days these are: the same key gives every kind of a month the same busy days.
    """
    found: dict[date, int] = {}
    month = max(first, EARLIEST_MONTH).replace(day=1)
    while month < end and (at := _number(month)) < len(counts[0]):
        weights = weigh_days(month, key)
        days = [month + timedelta(days=day) for day in range(len(weights))]
        shares = np.cumsum(weights) / weights.sum()
        spread = sum(np.diff(np.rint(kind[at] * shares), prepend=0.0) for kind in counts)
        found |= {day: int(edits) for day, edits in zip(days, spread, strict=True) if first <= day < end}
        month = shift_month(month, 1)
    return found


def weigh_days(month: date, key: Sequence[int]) -> NDArray[np.float64]:
    """Return how busy the days of a month usually are, relative to each other."""
    length = (shift_month(month, 1) - month).days
    weights = np.random.default_rng([*key, _number(month)]).uniform(0.7, 1.3, length)
    weekdays = [(month + timedelta(days=day)).weekday() for day in range(length)]
    return weights * np.where(np.array(weekdays) >= 5, _WEEKEND, 1.0)


def _number(month: date) -> int:
    return (month.year - EARLIEST_MONTH.year) * 12 + month.month - 1
