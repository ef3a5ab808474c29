"""How the edits of one wiki and month are spread over its days, over kinds of editors and pages, and over causes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.months import shift_month
from wiki_activity.simulator.activity import EDITOR_TYPES
from wiki_activity.simulator.days import weigh_days
from wiki_activity.simulator.evidence.causes import ON_OTHER_PAGES, PlantedCause

CONTENT: Final = 0
OTHER: Final = 1
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """The edits of one wiki in one month.

    Parameters
    ----------
    month
        First day.
    causes
        Those of the month.
    totals
        Of the month, by type of editor and class of page.
    extra
        So many of them are above the usual, of the same shape.
    counts
        By type of editor, class of page (content, other), part (0 is what carries no cause, then each cause) and day.
    """

    month: date
    causes: tuple[PlantedCause, ...]
    totals: Counts
    extra: Counts
    counts: Counts

    @property
    def days(self) -> list[date]:
        """The days of the month."""
        return [self.month + timedelta(days=day) for day in range(self.counts.shape[3])]

    def share_of_rise(self, place: int, editor_types: Sequence[str]) -> float:
        """Return which share of the extra content edits of these types carry a cause; 0 where there are none."""
        rows = [EDITOR_TYPES.index(name) for name in editor_types]
        extra = int(self.extra[rows, CONTENT].sum())
        return float(self.counts[rows, CONTENT, place + 1].sum() / extra) if extra else 0.0


def make_plan(
    month: date,
    totals: Counts,
    extra_shares: Mapping[str, float],
    causes: tuple[PlantedCause, ...],
    key: Sequence[int],
) -> MonthPlan:
    """Spread the totals of a month.

    Parameters
    ----------
    month
        First day.
    totals
        Edits by type of editor and class of page, shape (4, 2).
    extra_shares
        Which share of the edits of a type of editor is above the usual.
    causes
        Complete ones.
    key
        Whose days these are: the same key gives the same busy days.
    """
    usual_weights = weigh_days(month, key)
    length = (shift_month(month, 1) - month).days
    shares = np.array([extra_shares.get(name, 0.0) for name in EDITOR_TYPES])
    extra = np.rint(totals * shares[:, None]).astype(np.int64)
    counts = np.zeros((len(EDITOR_TYPES), 2, len(causes) + 1, length), dtype=np.int64)
    for place, cause in enumerate(causes):
        weights = np.random.default_rng([*key, 33, place]).uniform(0.7, 1.3, length)
        weights[: cause.first_day - 1] = 0
        weights[cause.last_day :] = 0
        for row, name in enumerate(EDITOR_TYPES):
            if name not in cause.carrying_types:
                continue
            for pages in (CONTENT, OTHER) if cause.kind in ON_OTHER_PAGES else (CONTENT,):
                carrying = min(round(cause.share * int(extra[row, pages])), int(totals[row, pages]))
                counts[row, pages, place + 1] = spread_count(carrying, weights)
    rest = totals - counts.sum(axis=(2, 3))
    for row in range(len(EDITOR_TYPES)):
        for pages in (CONTENT, OTHER):
            counts[row, pages, 0] = spread_count(int(rest[row, pages]), usual_weights)
    return MonthPlan(month, causes, totals, extra, counts)


def spread_count(count: int, weights: NDArray[np.float64]) -> Counts:
    """Spread a count over days after their weights; the days add up to it exactly."""
    heights = np.cumsum(weights) / weights.sum()
    spread: Counts = np.diff(np.rint(count * heights), prepend=0.0).astype(np.int64)
    return spread
