"""Which wikis have more logged-out edits than is usual there, of the last day and of the last week."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HOURS: Final = 24
_WEEK: Final = 7
_DAYS_BEFORE: Final = 28
_DAYS_NEEDED: Final = 14
_WEEKS_BEFORE: Final = 8
_WEEKS_NEEDED: Final = 3
_MOST_DAYS: Final = _WEEK * (_WEEKS_BEFORE + 1)
_SEEN_SHARE: Final = 0.95

Ints = NDArray[np.int64]


class Span(StrEnum):
    """How long a time is looked at."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class _Rule:
    """When a count is above usual.

    Parameters
    ----------
    times, edits
        So many times the usual, and so many edits, it has at least.
    outdone
        So many of the times before may have had more.
    """

    times: float
    edits: int
    outdone: int


_RULES: Final = {Span.DAY: _Rule(2.0, 10, 1), Span.WEEK: _Rule(1.5, 20, 0)}
_SPREAD: Final = 4.0
"""So many standard deviations of a count that varies by chance alone it is above the usual, too."""


@dataclass(frozen=True, slots=True)
class LoggedOutRise:
    """One wiki with more logged-out edits than usual.

    Parameters
    ----------
    place
        Which wiki: its row.
    edits
        Logged-out edits in the time looked at.
    usual
        The median of the times of the same length before.
    size
        Edits without bots of a usual day.
    """

    place: int
    edits: int
    usual: float
    size: float


@dataclass(frozen=True, slots=True)
class LoggedOutRises:
    """What was found of one span.

    Parameters
    ----------
    first, last
        Which days were looked at, by their place; both included.
    before
        How many times of that length before could be compared with; where they are too few, nothing is known.
    is_known
        Whether anything could be judged.
    hours_missing
        Hours of the time looked at that were not seen whole: counts are at least so many.
    rises
        Small wikis first.
    """

    first: int
    last: int
    before: int
    is_known: bool
    hours_missing: int
    rises: tuple[LoggedOutRise, ...]


def find_rises(logged_out: Ints, edits: Ints, hours: Ints, span: Span) -> LoggedOutRises:
    """Find the wikis whose logged-out edits of the last whole day, or week, are above usual.

    The usual is the median of the 28 days or eight weeks before, as far as they were seen. A day is above it from twice
    as many on, and with more than all but one of those days; a week from 1.5 times as many, and more than in each of
    those weeks.

    Parameters
    ----------
    logged_out, edits
        Logged-out edits, and all edits without bots; a row a wiki, a column a day, the last one whole.
    hours
        How many hours of each day were seen whole.
    """
    length, days_given = (1 if span is Span.DAY else _WEEK), len(hours)
    most, needed = (_DAYS_BEFORE, _DAYS_NEEDED) if span is Span.DAY else (_WEEKS_BEFORE, _WEEKS_NEEDED)
    logged_out, edits, hours = logged_out[:, -_MOST_DAYS:], edits[:, -_MOST_DAYS:], hours[-_MOST_DAYS:]
    days = len(hours)
    times = min(days // length, most + 1)
    if not times:
        return LoggedOutRises(days_given, days_given - 1, 0, is_known=False, hours_missing=0, rises=())
    shape = (len(logged_out), times, length)
    sums = logged_out[:, days - times * length :].reshape(shape).sum(axis=2)
    seen = hours[days - times * length :].reshape(times, length).sum(axis=1)
    now, before = sums[:, -1], sums[:, :-1][:, seen[:-1] >= _SEEN_SHARE * _HOURS * length]
    known = before.shape[1] >= needed and bool(seen[-1] > 0)
    rises = _list(now, before, edits[:, hours > 0], _RULES[span]) if known else ()
    missing = _HOURS * length - int(seen[-1])
    return LoggedOutRises(
        days_given - length, days_given - 1, before.shape[1], is_known=known, hours_missing=missing, rises=rises
    )


def _list(now: Ints, before: Ints, edits: Ints, rule: _Rule) -> tuple[LoggedOutRise, ...]:
    usual = np.median(before, axis=1)
    highest = np.sort(before, axis=1)[:, -1 - rule.outdone]
    found = (now >= rule.times * usual) & (now >= usual + _SPREAD * np.sqrt(usual + 1)) & (now >= rule.edits)
    sizes = np.median(edits[:, -_DAYS_BEFORE:], axis=1)
    rises = [
        LoggedOutRise(int(at), int(now[at]), float(usual[at]), float(sizes[at]))
        for at in np.flatnonzero(found & (now > highest))
    ]
    return tuple(sorted(rises, key=lambda rise: (rise.size, rise.place)))
