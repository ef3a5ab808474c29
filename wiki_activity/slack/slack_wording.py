"""Figures and durations in the words that all messages use."""

import math
from datetime import datetime, timedelta

from wiki_activity.domain.sentences import format_count

_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
_SAME_DAY = timedelta(hours=12)


def count_of(count: float, one: str, many: str) -> str:
    """Write `1 person`, `118 people`."""
    return f"{format_count(count)} {one if count == 1 else many}"


def about(count: float) -> str:
    """Write a count to two digits, `2,700`."""
    size = max(math.floor(math.log10(abs(count))) - 1, 0) if count else 0
    return f"{round(count, -size):,.0f}"


def pace(rate: float) -> str:
    """Write edits per second as edits a minute, with the time between two where that says more.

    Parameters
    ----------
    rate
        Above zero.
    """
    return f"{format_count(60 * rate)} article edits a minute"


def gap(rate: float) -> str:
    """Write the mean time between two edits at a rate above zero: `0.35 s`, `12 s`, `2 min`."""
    seconds = 1 / rate
    return f"{seconds:.2g} s" if seconds < 10 else duration(seconds)


def duration(seconds: float) -> str:
    """Write a duration as people say it: `50 s`, `29 min`, `1 h 20 min`, `3 days`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(minutes / 1440)} days"


def times(ratio: float) -> str:
    """Write how many times the usual: `2.4×`, `12×`."""
    return f"{format_count(ratio)}×"


def percent(share: float) -> str:
    """Write a share, `6 %`; what is above nothing is never `0 %`."""
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def ordinal(position: int) -> str:
    """Write `Second`, `12th`."""
    if position <= len(_ORDINALS):
        return _ORDINALS[position - 1]
    ending = "th" if 10 <= position % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{ending}"


def needs_day(at: datetime, now: datetime) -> bool:
    """Tell whether a time is so far from now that its day has to be told."""
    return abs(now - at) > _SAME_DAY
