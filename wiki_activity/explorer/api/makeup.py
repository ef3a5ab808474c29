"""What one month was made of: each count beside the median of the twelve months before."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from wiki_activity.domain.months import list_months, shift_month
from wiki_activity.domain.sentences import MonthCounts

_MONTHS = 12
_LEAST_MONTHS = 6
"""As the kinds of peaks are judged."""


class Part(StrEnum):
    """What is counted."""

    EDITS = "edits"
    PEOPLE_EDITS = "people_edits"
    USER_EDITS = "user_edits"
    ANONYMOUS_EDITS = "anonymous_edits"
    BOT_EDITS = "bot_edits"
    EDITORS = "editors"
    USER_EDITORS = "user_editors"


@dataclass(frozen=True, slots=True)
class Makeup:
    """One count of a month.

    Parameters
    ----------
    part
        What is counted.
    value
        Of the month; None where it is not known.
    usual
        Median of the twelve months before; None where fewer than six of them are known.
    rise
        Value over usual.
    share
        The rise as a share of the rise in all edits; None where those did not rise, and for editors.
    """

    part: Part
    value: float | None
    usual: float | None
    rise: float | None
    share: float | None


def list_months_before(month: date) -> list[date]:
    """List the months that a month is held against, and the month itself."""
    return list_months(shift_month(month, -_MONTHS), month)


def find_makeup(counts: Callable[[date], MonthCounts | None], month: date, parts: Iterable[Part]) -> list[Makeup]:
    """Tell what a month was made of.

    Parameters
    ----------
    counts
        Tells those of a month; None where nothing of it is known.
    month
        Which one.
    parts
        Which counts, in which order.
    """
    own = {part: _value(counts(month), part) for part in Part}
    before = [counts(one) for one in list_months_before(month)[:-1]]
    usual = {part: _find_median([_value(one, part) for one in before]) for part in Part}
    rises = {part: _subtract(own[part], usual[part]) for part in Part}
    whole = rises[Part.EDITS]
    found = []
    for part in parts:
        rise = rises[part]
        shares = part not in {Part.EDITORS, Part.USER_EDITORS} and whole is not None and whole > 0
        share = rise / whole if shares and rise is not None and whole else None
        found.append(Makeup(part, own[part], usual[part], rise, share))
    return found


def _value(counts: MonthCounts | None, part: Part) -> float | None:
    if counts is None:
        return None
    by_part = {
        Part.EDITS: counts.edits,
        Part.PEOPLE_EDITS: counts.people_edits,
        Part.USER_EDITS: _subtract(counts.people_edits, counts.anonymous_edits),
        Part.ANONYMOUS_EDITS: counts.anonymous_edits,
        Part.BOT_EDITS: _subtract(counts.edits, counts.people_edits),
        Part.EDITORS: counts.editors,
        Part.USER_EDITORS: counts.user_editors,
    }
    return by_part[part]


def _find_median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if len(known) >= _LEAST_MONTHS else None


def _subtract(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
