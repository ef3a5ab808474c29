"""Who stayed, in days, shares and words, by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import (
    RangeError,
    Retention,
    Stayed,
    Window,
    check_days,
    describe_retention,
    describe_windows,
    find_margin,
    list_usual,
)

MARCH = DayRange(date(2026, 3, 1), date(2026, 3, 31))
KNOWN = Retention(
    "hi.wikipedia.org", MARCH, Window.FIRST, accounts=212, found=Stayed(212, 31, 12), usual=Stayed(300, 27, 9)
)


def test_windows_begin_and_end_with_days_after_the_last_one() -> None:
    assert Window.FIRST.between(MARCH.last) == (datetime(2026, 4, 8, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
    assert Window.FIRST.known_from(MARCH.last) == date(2026, 5, 1)
    ends = [window.between(MARCH.last) for window in Window]
    assert [end for _, end in ends[:-1]] == [begin for begin, _ in ends[1:]], "no day is in two, and none between two"


@pytest.mark.parametrize(
    "days", [MARCH, DayRange(date(2026, 3, 8), date(2026, 3, 8)), DayRange(date(2026, 1, 1), MARCH.last)]
)
def test_what_is_usual_is_as_long_on_the_same_days_of_the_week_and_known_when_the_range_ends(days: DayRange) -> None:
    usual = list_usual(days)

    assert len(usual) == 3
    for one, following in zip(usual, [days, *usual], strict=False):
        assert one.last - one.first == days.last - days.first
        assert one.first.weekday() == days.first.weekday()
        assert one.last < following.first, "no account is in two of them"
    assert max(window.known_from(usual[0].last) for window in Window) <= days.last


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "reversed"),
        (date(2026, 1, 1), date(2026, 4, 3), "93 days"),
        (date(2026, 3, 1), date(2026, 5, 5), "to yesterday"),
        (date(2000, 12, 31), date(2001, 1, 5), "2001-01-01"),
    ],
)
def test_days_of_which_nobody_can_be_asked_are_refused(first: date, last: date, words: str) -> None:
    with pytest.raises(RangeError, match=words):
        check_days(DayRange(first, last), date(2026, 5, 5))


def test_days_that_are_over_may_be_asked_about() -> None:
    assert check_days(DayRange(date(2026, 2, 2), date(2026, 5, 4)), date(2026, 5, 5)).last == date(2026, 5, 4)


def test_the_margin_is_wilsons_and_closes_as_all_are_asked() -> None:
    # Wilson, 1927: 10 of 100 lie between 5.52 and 17.44 per cent.
    assert find_margin(10, 100, 10**9) == pytest.approx(0.0744, abs=0.0002)
    assert find_margin(0, 400, 10**9) > 0.005, "none of a sample is not none of all"
    assert find_margin(40, 400, 500) < find_margin(40, 400, 1_000) < find_margin(40, 400, 100_000)
    assert find_margin(31, 212, 212) == 0


def test_all_accounts_are_told_of_in_numbers_and_a_sample_in_shares_with_its_margin() -> None:
    assert describe_retention(KNOWN) == (
        "31 of 212 accounts made here in March 2026 still edited 7 to 30 days after (15 %), 12 with five edits or "
        "more; usual 9 %."
    )
    sample = replace(KNOWN, accounts=3_112, found=Stayed(400, 60, 8), usual=None)
    assert describe_retention(sample) == (
        "About 15 % (± 4) of 3,112 accounts made here in March 2026 still edited 7 to 30 days after, by a sample of "
        "400; 2 % with five edits or more; what is usual is not known."
    )
    assert "of about 3,112 accounts" in describe_retention(replace(sample, estimated=True))


def test_what_is_not_known_is_not_told_as_none() -> None:
    few = replace(KNOWN, accounts=9, found=None)
    assert describe_retention(few) == "Fewer than ten accounts were made here in March 2026: too few for figures."
    later = replace(KNOWN, found=None, window=Window.SECOND)
    assert describe_retention(later).endswith("still edit 30 to 60 days after; that is asked for from 31 May 2026 on.")
    unread = describe_retention(replace(KNOWN, found=None, error="503 from somewhere"))
    assert unread.startswith("Not known, since it could not be read")
    assert "503" not in unread
    none = replace(KNOWN, found=Stayed(212, 0, 0), usual=Stayed(9, 3, 1))
    assert "0 of 212" in describe_retention(none)
    assert "what is usual is not known" in describe_retention(none), "of nine accounts no share is told"


def test_later_windows_are_told_in_few_words() -> None:
    second = replace(KNOWN, window=Window.SECOND, found=Stayed(212, 20, 0))
    third = replace(KNOWN, window=Window.THIRD, found=None)
    first, *rest = describe_windows([KNOWN, second, third])

    assert first == describe_retention(KNOWN)
    assert rest == [
        "30 to 60 days after: 20 (9 %), none with five edits or more; usual 9 %.",
        "60 to 90 days after: asked for from 30 June 2026 on.",
    ]
    few = [replace(KNOWN, window=window, accounts=3, found=None) for window in Window]
    assert describe_windows(few) == [describe_retention(few[0])]
    assert describe_windows([]) == []
