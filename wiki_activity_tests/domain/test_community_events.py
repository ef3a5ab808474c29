"""Which events were on in a month, and in which order they are named."""

from datetime import UTC, date, datetime, time, timedelta

from wiki_activity.domain.community_events import CommunityEvent, choose_events

MARCH = date(2026, 3, 1)


def event(number: int, first: date, last: date, *dbnames: str) -> CommunityEvent:
    starts_at, ends_at = (datetime.combine(day, time(12), UTC) for day in (first, last))
    names = dbnames or ("hiwiki",)
    return CommunityEvent(number, f"Event {number}", "Event:E", "metawiki", names, starts_at, ends_at, first, last)


def test_days_are_counted_within_the_month() -> None:
    assert event(1, date(2026, 2, 1), date(2026, 4, 30)).count_days(MARCH) == 31
    assert event(1, date(2026, 2, 1), date(2026, 3, 1)).count_days(MARCH) == 1
    assert event(1, date(2026, 3, 31), date(2026, 3, 31)).count_days(MARCH) == 1
    assert event(1, date(2026, 2, 1), date(2026, 2, 28)).count_days(MARCH) == 0
    assert event(1, date(2026, 4, 1), date(2026, 4, 2)).count_days(MARCH) == 0


def test_those_that_were_on_for_longest_come_first_and_of_these_the_shortest() -> None:
    day, year = event(1, MARCH, MARCH), event(2, date(2025, 9, 1), date(2026, 6, 1))
    whole, none = event(3, MARCH, date(2026, 3, 31)), event(4, MARCH - timedelta(days=9), MARCH - timedelta(days=1))
    assert choose_events([day, year, none, whole], MARCH) == [whole, year, day]
