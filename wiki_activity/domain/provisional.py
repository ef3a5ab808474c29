"""Whether a month is loaded in full, by its total over all wikis; pure."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from wiki_activity.domain.months import shift_month

COMPLETE_SHARE: Final = 0.85
"""A month of fewer edits than this share of what is expected is taken to be loaded only in part."""
TOLERATED_MISSING: Final = 0.1
"""So many of the wikis of the month before may lack a month that is complete."""
PATIENCE: Final = timedelta(days=14)
"""A month that has not changed for so long is taken as it is: what is loaded in part is completed within days."""
_YEAR: Final = 12
_LEAST_MONTHS: Final = 6


@dataclass(frozen=True, slots=True)
class ProvisionalMonth:
    """A month that Wikimedia has published only in part, as far as its total tells.

    Parameters
    ----------
    month
        The newest one.
    total, expected
        Edits of all wikis together, and how many were expected.
    wikis_missing
        How many of the wikis of the month before lack it.
    seen_at
        When that was last found so, UTC.
    changed_at
        Since when total and missing wikis have been the same, UTC.
    """

    month: date
    total: int
    expected: int
    wikis_missing: int
    seen_at: datetime
    changed_at: datetime

    @property
    def is_settled(self) -> bool:
        """Whether it has stayed so for so long that it is no longer taken for a part."""
        return self.seen_at - self.changed_at >= PATIENCE


def expect_total(totals: Mapping[date, int], month: date) -> int | None:
    """Tell how many edits all wikis together should have in a month; None where too few months are known.

    The lower one of the median of the twelve months before and of the same month a year ago. Of 180 real months of
    eleven Wikipedias together, 4 were under 85 % of the lower one and 13 under 85 % of the higher one: bots' runs of
    last year, and seasons, are no reason to hold a month back; a month that is loaded in part is far below both.

    Parameters
    ----------
    totals
        Edits of all wikis together, by month.
    month
        The one to judge; its own total does not count.
    """
    before = [totals[one] for lag in range(1, _YEAR + 1) if (one := shift_month(month, -lag)) in totals]
    if len(before) < _LEAST_MONTHS:
        return None
    usual = statistics.median(before)
    return round(min(usual, totals.get(shift_month(month, -_YEAR), usual)))
