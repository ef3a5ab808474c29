from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest

from wiki_activity.domain.detection import Detection
from wiki_activity.domain.months import list_months
from wiki_activity.domain.report import Change, CountsOf, Figure, add_up, find_smallest_rises
from wiki_activity.domain.sentences import MonthCounts

NOV, DEC = date(2025, 11, 1), date(2025, 12, 1)


def wiki(counts: Mapping[date, MonthCounts]) -> CountsOf:
    return counts.get


def steady(edits: float, people: float, editors: float, *, but: Mapping[date, MonthCounts] | None = None) -> CountsOf:
    """A wiki with the same counts in every month of three years, but for some."""
    months = list_months(date(2023, 1, 1), date(2025, 12, 1))
    return wiki({month: MonthCounts(edits, people, people / 10, editors) for month in months} | dict(but or {}))


def find(lines: list, figure: Figure) -> object:  # type: ignore[type-arg]
    return next(line for line in lines if line.figure is figure)


def test_edits_are_added_up_over_months_and_editors_are_a_mean() -> None:
    busy = {NOV: MonthCounts(300, 200, 20, 30)}
    lines = {line.figure: line for line in add_up({"a": steady(100, 80, 10, but=busy)}, [NOV, DEC])}
    assert lines[Figure.EDITS].value == 400
    assert lines[Figure.BOT_EDITS].value == 120
    assert lines[Figure.LOGGED_OUT_EDITS].value == 28
    assert lines[Figure.EDITORS].value == 20
    assert lines[Figure.EDITS].year_before == Change(400, 200, 1)
    assert lines[Figure.EDITS].months_before == Change(400, 200, 1)
    assert Change(400, 200, 1).percent == 100


def test_editors_of_several_wikis_are_in_no_line() -> None:
    lines = add_up({"a": steady(100, 80, 10), "b": steady(100, 80, 10)}, [NOV])
    assert Figure.EDITORS not in {line.figure for line in lines}
    assert lines[0].value == 200


def test_a_wiki_that_lacks_a_month_is_in_no_total_and_compared_are_the_same_wikis() -> None:
    young = wiki({NOV: MonthCounts(5000, 4000, 1, 9)})
    lines = {one.figure: one for one in add_up({"a": steady(100, 80, 10), "b": young}, [NOV])}
    assert (lines[Figure.EDITS].value, lines[Figure.EDITS].wikis) == (5100, 2)
    assert lines[Figure.EDITS].year_before == Change(100, 100, 1)
    both = {one.figure: one for one in add_up({"a": steady(100, 80, 10), "b": young}, [NOV, DEC])}
    assert (both[Figure.EDITS].value, both[Figure.EDITS].wikis) == (200, 1)


def test_what_is_not_known_is_not_zero() -> None:
    only_total = wiki({NOV: MonthCounts(edits=7)})
    lines = {one.figure: one for one in add_up({"a": only_total}, [NOV])}
    assert lines[Figure.EDITS].value == 7
    assert lines[Figure.PEOPLE_EDITS].value is lines[Figure.BOT_EDITS].value is lines[Figure.EDITORS].value is None
    assert add_up({"a": wiki({})}, [NOV])[0].value is None


def test_nothing_before_is_no_percentage() -> None:
    assert Change(5, 0, 1).percent is None
    assert Change(0, 5, 1).percent == pytest.approx(-100)


def test_the_smallest_rise_is_that_to_the_alert_line_and_unjudged_months_have_none() -> None:
    row = np.array([[100.0, 100.0, np.nan, 0.0]])
    line = np.array([[152.0, 130.0, np.nan, 5.0]])
    flags = np.zeros((1, 4), dtype=bool)
    found = Detection(expected=row, threshold=line, score=row, peak=flags)
    months = list_months(date(2025, 9, 1), date(2025, 12, 1))
    rises = find_smallest_rises(found, months, [*months, date(2026, 1, 1)])
    assert rises == pytest.approx({months[0]: 52.0, months[1]: 30.0})


def test_active_editors_are_a_mean_of_one_wiki_and_new_accounts_and_pages_are_added_up() -> None:
    def know(active: float, users: float, pages: float) -> CountsOf:
        counts = MonthCounts(9, 8, 1, 7, active_editors=active, new_users=users, new_pages=pages)
        return wiki(dict.fromkeys((NOV, DEC), counts))

    one = {line.figure: line for line in add_up({"a": know(5, 3, 2)}, [NOV, DEC])}
    assert [one[figure].value for figure in (Figure.ACTIVE_EDITORS, Figure.NEW_USERS, Figure.NEW_PAGES)] == [5, 6, 4]
    several = {"a": know(5, 3, 2), "b": know(6, 4, 1), "c": wiki({NOV: MonthCounts(7), DEC: MonthCounts(7)})}
    lines = {line.figure: line for line in add_up(several, [NOV, DEC])}
    assert Figure.ACTIVE_EDITORS not in lines
    assert (lines[Figure.NEW_USERS].value, lines[Figure.NEW_USERS].wikis) == (14, 2)
    assert (lines[Figure.NEW_PAGES].value, lines[Figure.NEW_PAGES].wikis) == (6, 2)
