"""The running month beside what is usual by this day."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from wiki_activity.domain.month_so_far import Basis, WikiDays, measure_month

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
"""In the middle of day 16."""


def make_days(first: date, until: datetime = NOON, a_day: float = 100, hours: int = 24) -> WikiDays:
    """Make days of so many edits without bots, a quarter of them logged out; the last one as far as it goes."""
    count = (until.date() - first).days + 1
    edits, seen = np.full(count, a_day), np.full(count, hours)
    edits[-1], seen[-1] = a_day * until.hour / 24, until.hour
    logged_out = (edits / 4).astype(np.int64)
    return WikiDays(first, edits.astype(np.int64) - logged_out, np.full(count, 7), logged_out, seen, until)


def test_a_steady_wiki_has_its_usual_after_two_counted_months() -> None:
    so_far = measure_month(make_days(date(2026, 9, 1)), {})
    assert so_far is not None
    assert (so_far.edits, so_far.logged_out_edits, so_far.bot_edits) == (1550, 387, 112)
    assert (so_far.hours, so_far.hours_missing, so_far.months, so_far.basis) == (372, 0, 2, Basis.DAYS)
    assert so_far.usual == pytest.approx(1575, rel=0.02)  # 15.5 of 30 days, and the same part of 31
    assert so_far.times == pytest.approx(1.0, abs=0.02)
    assert so_far.by_day[0] == 100
    assert (len(so_far.by_day), so_far.by_day[-1]) == (16, 1550)


def test_the_usual_is_that_of_the_same_part_of_earlier_months() -> None:
    days = make_days(date(2026, 9, 1))
    # The second half of September and October is nothing to what is usual by the middle.
    days.user_edits[16:30] = 10_000
    days.user_edits[30 + 17 : 61] = 10_000
    so_far = measure_month(days, {})
    assert so_far is not None
    assert so_far.usual == pytest.approx(1575, rel=0.02)


def test_before_two_counted_months_there_is_no_usual() -> None:
    so_far = measure_month(make_days(date(2026, 9, 15)), {})
    assert so_far is not None
    assert (so_far.months, so_far.usual, so_far.basis, so_far.times) == (1, None, None, None)


def test_one_month_that_both_counted_lends_the_monthly_counts_usual() -> None:
    monthly = {date(2026, month, 1): 4000.0 for month in range(1, 11)}
    so_far = measure_month(make_days(date(2026, 10, 1)), monthly)
    assert so_far is not None
    assert so_far.basis is Basis.MONTHS
    assert so_far.share == pytest.approx(0.775)  # 3,100 of 4,000
    assert so_far.usual == pytest.approx(4000 * 0.775 * 15.5 / 30)


def test_a_month_of_which_much_was_not_seen_is_not_counted() -> None:
    days = make_days(date(2026, 9, 1))
    days.hours[5:10] = 0
    so_far = measure_month(days, {})
    assert so_far is not None
    assert (so_far.months, so_far.usual) == (1, None)


def test_hours_that_were_not_seen_are_taken_out_of_the_comparison() -> None:
    days = make_days(date(2026, 9, 1))
    days.hours[-5] = 12
    days.user_edits[-5] -= 50
    so_far = measure_month(days, {})
    assert so_far is not None
    assert (so_far.edits, so_far.hours_missing) == (1500, 12)
    assert so_far.times == pytest.approx(1500 / (1 - 12 / 372) / 1575, rel=0.02)


def test_a_month_that_was_hardly_seen_is_compared_with_nothing() -> None:
    days = make_days(date(2026, 9, 1))
    days.hours[-10:-4] = 0
    so_far = measure_month(days, {})
    assert so_far is not None
    assert so_far.usual is not None
    assert so_far.times is None


def test_a_wiki_of_few_edits_is_compared_with_nothing() -> None:
    so_far = measure_month(make_days(date(2026, 9, 1), a_day=1), {})
    assert so_far is not None
    assert so_far.times is None


def test_nothing_seen_of_the_month_is_nothing_to_say() -> None:
    days = make_days(date(2026, 9, 1))
    days.hours[-16:] = 0
    for column in (days.user_edits, days.logged_out_edits):
        column[-16:] = 0
    assert measure_month(days, {}) is None
    assert measure_month(make_days(date(2026, 10, 1), datetime(2026, 11, 1, tzinfo=UTC)), {}) is None


def test_a_watch_that_began_in_this_month_misses_what_was_before() -> None:
    so_far = measure_month(make_days(date(2026, 11, 6)), {})
    assert so_far is not None
    assert so_far.hours_missing == 5 * 24
    assert so_far.by_day[:6] == (0, 0, 0, 0, 0, 100)


def test_no_month_before_is_looked_at_beyond_a_year() -> None:
    first = date(2025, 1, 1)
    days = make_days(first)
    days.user_edits[: (date(2025, 11, 1) - first).days] = 10**6
    so_far = measure_month(days, {})
    assert so_far is not None
    assert so_far.times == pytest.approx(1.0, abs=0.05)
    assert so_far.until - timedelta(days=15.5) == datetime(2026, 11, 1, tzinfo=UTC)
