"""The series of people of one wiki, packed."""

import numpy as np

from wiki_activity.domain.counts import PEOPLE_SERIES, PeopleMetric, Series
from wiki_activity.domain.people_counts import PeopleCounts

MISSING = -1


def pack(**rows: list[int]) -> PeopleCounts:
    """Pack three months from number 100 on; what is not named is missing."""
    return PeopleCounts(100, np.array([rows.get(one.value, [MISSING] * 3) for one in PEOPLE_SERIES], dtype=np.int32))


def read(counts: PeopleCounts, metric: PeopleMetric, first: int, months: int) -> list[float | None]:
    return [None if np.isnan(one) else float(one) for one in counts.read(metric, first, months)[0]]


def test_active_editors_are_the_three_levels_and_missing_where_one_is() -> None:
    counts = pack(editors_5_24=[5, 6, 0], editors_25_99=[2, 3, 0], editors_100=[1, MISSING, 0])

    assert read(counts, PeopleMetric.ACTIVE_EDITORS, 100, 3) == [8, None, 0]
    assert read(counts, PeopleMetric.USER_EDITORS, 100, 3) == [None] * 3


def test_months_beyond_either_end_are_missing() -> None:
    counts = pack(new_pages=[7, 8, 9])

    assert read(counts, PeopleMetric.NEW_PAGES, 98, 4) == [None, None, 7, 8]
    assert read(counts, PeopleMetric.NEW_PAGES, 102, 2) == [9, None]
    assert read(counts, PeopleMetric.NEW_PAGES, 200, 2) == [None, None]


def test_every_metric_of_people_is_made_of_series_that_are_asked_for() -> None:
    counts = pack(**{one.value: [1, 1, 1] for one in Series if one in PEOPLE_SERIES})

    assert [read(counts, metric, 100, 1) for metric in PeopleMetric] == [[1], [3], [1], [1]]
