"""The series of people of one wiki, in few bytes: many wikis have none of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.counts import ACTIVE_EDITORS, PEOPLE_SERIES, PeopleMetric, Series
from wiki_activity.domain.detection import Floats

_PARTS: Final = {
    PeopleMetric.USER_EDITORS: (Series.USER_EDITORS,),
    PeopleMetric.ACTIVE_EDITORS: ACTIVE_EDITORS,
    PeopleMetric.NEW_USERS: (Series.NEW_USERS,),
    PeopleMetric.NEW_PAGES: (Series.NEW_PAGES,),
}
"""What each is the sum of: an editor of a month is of one level only."""


@dataclass(frozen=True, slots=True, eq=False)
class PeopleCounts:
    """All of them.

    Parameters
    ----------
    first
        Number of the first month, year × 12 + month − 1.
    counts
        (series, months), in the order of `PEOPLE_SERIES`; −1 for a missing month.
    """

    first: int
    counts: NDArray[np.int32]

    def read(self, metric: PeopleMetric, first: int, months: int) -> Floats:
        """Return one row of so many months from the one of number `first` on; NaN where a part of it is missing."""
        rows = [PEOPLE_SERIES.index(series) for series in _PARTS[metric]]
        row = np.full((1, months), np.nan)
        begin, end = max(first, self.first), min(first + months, self.first + self.counts.shape[1])
        if begin < end:
            known = self.counts[rows, begin - self.first : end - self.first]
            row[0, begin - first : end - first] = np.where((known < 0).any(axis=0), np.nan, known.sum(axis=0))
        return row
