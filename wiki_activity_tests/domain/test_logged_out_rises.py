"""Which wikis have more logged-out edits than usual."""

import numpy as np
import pytest

from wiki_activity.domain.logged_out_rises import LoggedOutRises, Span, find_rises

DAYS = 63


def look(rows: list[list[int]], span: Span, hours: list[int] | None = None) -> LoggedOutRises:
    logged_out = np.array(rows, dtype=np.int64)
    seen = np.full(logged_out.shape[1], 24) if hours is None else np.array(hours)
    return find_rises(logged_out, 10 * logged_out + 1, seen, span)


def steady(level: int, *last: int) -> list[int]:
    return [level] * (DAYS - len(last)) + list(last)


def test_twice_the_usual_is_found_and_small_wikis_come_first() -> None:
    found = look([steady(300, 900), steady(4, 30), steady(300, 450), steady(0, 10)], Span.DAY)
    assert found.is_known
    assert [(one.place, one.edits, one.usual) for one in found.rises] == [(3, 10, 0), (1, 30, 4), (0, 900, 300)]


def test_few_edits_are_no_rise_however_many_times_the_usual() -> None:
    assert look([steady(0, 9), steady(1, 9)], Span.DAY).rises == ()


def test_a_wiki_with_such_days_now_and_then_has_no_rise() -> None:
    row = steady(5, 40)
    row[-10] = row[-20] = 60
    assert look([row], Span.DAY).rises == ()


def test_a_week_is_held_against_weeks() -> None:
    found = look([steady(10, *[20] * 7), steady(10, *[13] * 7), steady(10, 0, 0, 0, 0, 0, 0, 60)], Span.WEEK)
    assert [(one.place, one.edits, one.usual) for one in found.rises] == [(0, 140, 70)]
    assert (found.first, found.last, found.before) == (DAYS - 7, DAYS - 1, 8)


@pytest.mark.parametrize(("span", "days", "is_known"), [
    (Span.DAY, 14, False), (Span.DAY, 15, True), (Span.WEEK, 27, False), (Span.WEEK, 28, True), (Span.WEEK, 0, False),
])  # fmt: skip
def test_it_takes_a_while_until_anything_is_known(span: Span, days: int, is_known: bool) -> None:
    assert look([[5] * days], span).is_known is is_known


def test_days_that_were_not_seen_whole_are_compared_with_nobody() -> None:
    hours = [24] * DAYS
    hours[-15:-1] = [10] * 14
    assert look([steady(5)], Span.DAY, hours).before == 14
    hours[-16] = 10
    assert not look([steady(5)], Span.DAY, hours).is_known


def test_hours_that_are_missing_now_are_said() -> None:
    hours = [24] * DAYS
    hours[-1] = 20
    assert look([steady(5)], Span.DAY, hours).hours_missing == 4
    assert look([steady(5)], Span.WEEK, hours).hours_missing == 4
    hours[-1] = 0
    assert not look([steady(5)], Span.DAY, hours).is_known
