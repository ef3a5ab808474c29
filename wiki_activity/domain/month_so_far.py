"""The running month, as far as the stream was counted, held against what is usual by this day."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.months import shift_month

_COUNTED_SHARE: Final = 0.95
"""A month is counted when so much of its hours was seen."""
_COMPARED_SHARE: Final = 0.9
"""Of the running month's hours, so that it can be held against anything."""
_MONTHS_NEEDED: Final = 2
_MOST_MONTHS: Final = 12
_LEAST_USUAL: Final = 20.0
"""Below so many edits a ratio says nothing."""
_HOURS: Final = 24

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Basis(StrEnum):
    """What the usual is known from."""

    DAYS = "days"
    """Earlier months of the stream, each as far as the running one is."""
    MONTHS = "months"
    """Wikimedia's monthly counts, times what one month of the stream was of its monthly count."""


@dataclass(frozen=True, slots=True, eq=False)
class WikiDays:
    """What the stream has of one wiki, day by day without gaps.

    Parameters
    ----------
    first
        The first day.
    user_edits, bot_edits, logged_out_edits
        One number a day; of a day of which nothing was seen, 0.
    hours
        How many hours of each day were seen whole.
    until
        Up to when is counted, UTC; within the last day.
    """

    first: date
    user_edits: Ints
    bot_edits: Ints
    logged_out_edits: Ints
    hours: Ints
    until: datetime

    @property
    def edits(self) -> Ints:
        """Edits without bots."""
        return self.user_edits + self.logged_out_edits


@dataclass(frozen=True, slots=True)
class MonthSoFar:
    """A month that has not ended.

    Parameters
    ----------
    month
        Its first day.
    until
        Up to when is counted, UTC.
    edits, bot_edits, logged_out_edits
        Edits without bots, those by bots, and those of the first that were made logged out.
    hours, hours_missing
        How many have gone by, and how many of them were not seen whole: then the counts are at least so many.
    usual
        Edits without bots that are usual by then; None where that is not known.
    usual_by_day
        The same by the end of each day of the whole month; empty where it is not known.
    basis
        What it is known from.
    months
        How many months of the stream are behind it.
    share
        What those were of Wikimedia's monthly counts; None where the usual does not come from them.
    by_day
        Edits without bots from the month's begin to the end of each day, the last one as far as it goes.
    unseen_days
        How many days at its begin were not seen at all.
    """

    month: date
    until: datetime
    edits: int
    bot_edits: int
    logged_out_edits: int
    hours: int
    hours_missing: int
    usual: float | None
    usual_by_day: tuple[float, ...]
    basis: Basis | None
    months: int
    share: float | None
    by_day: tuple[int, ...]
    unseen_days: int = 0

    @property
    def times(self) -> float | None:
        """How many times the usual, hours that were not seen taken out; None where that cannot be said."""
        seen = 1 - self.hours_missing / self.hours if self.hours else 0.0
        if self.usual is None or self.usual < _LEAST_USUAL or seen < _COMPARED_SHARE:
            return None
        return self.edits / seen / self.usual


def measure_month(days: WikiDays, monthly: Mapping[date, float]) -> MonthSoFar | None:
    """Measure the month that is running; None where nothing of it was seen.

    Parameters
    ----------
    days
        What was counted.
    monthly
        Wikimedia's counts of people's edits, by month; missing ones absent.
    """
    month = days.until.date().replace(day=1)
    begin, end = _place(days, month), len(days.hours)
    elapsed = (days.until - _midnight(month)) / timedelta(hours=1)
    whole, seen = int(elapsed), int(days.hours[max(begin, 0) :].sum())
    edits = days.edits[max(begin, 0) : end]
    if elapsed <= 0 or not (seen or edits.any()):
        return None
    lead = max(-begin, 0)
    any_seen = np.flatnonzero((days.hours[max(begin, 0) : end] > 0) | (edits > 0))
    length = _length(month)
    parts = np.array([elapsed / (_HOURS * length), *(np.arange(1, length + 1) / length)])
    counted = [one for one in _list_months(days, month) if _is_counted(days, one)]
    usual, basis, share = _find_usual(days, counted, monthly, month, parts)
    return MonthSoFar(
        month=month,
        until=days.until,
        edits=int(edits.sum()),
        bot_edits=int(days.bot_edits[max(begin, 0) :].sum()),
        logged_out_edits=int(days.logged_out_edits[max(begin, 0) :].sum()),
        hours=whole,
        hours_missing=max(whole - seen, 0),
        usual=usual[0] if usual else None,
        usual_by_day=usual[1:],
        basis=basis,
        months=len(counted),
        share=share,
        by_day=(*([0] * lead), *np.cumsum(edits).tolist()),
        unseen_days=lead + int(any_seen[0]),
    )


def _find_usual(
    days: WikiDays, counted: Sequence[date], monthly: Mapping[date, float], month: date, parts: Floats
) -> tuple[tuple[float, ...], Basis | None, float | None]:
    """Find what is usual by each part of the month, from 0 to 1; nothing where it is not known."""
    if len(counted) >= _MONTHS_NEEDED:
        sums = np.median([_add_up(days, one, parts) for one in counted[-_MOST_MONTHS:]], axis=0)
        return tuple(sums.tolist()), Basis.DAYS, None
    both = [(float(_add_up(days, one, np.ones(1))[0]), monthly[one]) for one in counted if monthly.get(one)]
    recent = [monthly[one] for at in range(1, _MOST_MONTHS + 1) if (one := shift_month(month, -at)) in monthly]
    if not both or not recent:
        return (), None, None
    share = statistics.median(ours / theirs for ours, theirs in both)
    return tuple((statistics.median(recent) * share * parts).tolist()), Basis.MONTHS, share


def _list_months(days: WikiDays, before: date) -> list[date]:
    month = days.first if days.first.day == 1 else shift_month(days.first, 1)
    months = []
    while month < before:
        months.append(month)
        month = shift_month(month, 1)
    return months


def _is_counted(days: WikiDays, month: date) -> bool:
    begin, length = _place(days, month), _length(month)
    return bool(days.hours[begin : begin + length].sum() >= _COUNTED_SHARE * _HOURS * length)


def _add_up(days: WikiDays, month: date, parts: Floats) -> Floats:
    """Add up a month from its begin to each part of it, hours that were not seen taken out."""
    begin, length = _place(days, month), _length(month)
    at, ends = parts * length, np.arange(length + 1)
    edits, hours = (
        np.interp(at, ends, np.concatenate([[0], np.cumsum(one[begin : begin + length])]))
        for one in (days.edits, days.hours)
    )
    sums: Floats = np.divide(edits * _HOURS * at, hours, out=np.zeros_like(at), where=hours > 0)
    return sums


def _place(days: WikiDays, day: date) -> int:
    return (day - days.first).days


def _length(month: date) -> int:
    return (shift_month(month, 1) - month).days


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
