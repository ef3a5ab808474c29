"""Which hours of the stream were seen from end to end, and who is logged out."""

import pytest

from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.watch.coverage import Coverage, list_hours
from wiki_activity_tests.watch.test_day_counts import MIDNIGHT


def test_an_hour_is_whole_when_it_was_seen_from_end_to_end() -> None:
    coverage = Coverage()
    begin = MIDNIGHT + 1800
    for second in range(begin, begin + 3 * 3600, 300):
        coverage.note(second)
    midnight = MIDNIGHT // 3600
    assert list_hours(coverage.days) == [
        (midnight, False),
        (midnight + 1, True),
        (midnight + 2, True),
        (midnight + 3, False),
    ]


def test_an_hour_with_ten_minutes_of_silence_is_not_whole() -> None:
    coverage = Coverage()
    for second in [*range(MIDNIGHT, MIDNIGHT + 5400, 60), *range(MIDNIGHT + 6060, MIDNIGHT + 15_000, 60)]:
        coverage.note(second)
    assert [whole for _, whole in list_hours(coverage.days)] == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("user", "is_out"),
    [
        ("203.0.113.7", True),
        ("2001:DB8:0:0:0:0:0:1", True),
        ("~2026-12345-67", True),
        ("~tilde", False),
        ("1.2.3", False),
        ("Cafe", False),
        ("12:30", False),
        ("", False),
        (None, False),
    ],
)
def test_logged_out_is_who_has_an_address_or_a_temporary_account(user: str | None, is_out: bool) -> None:
    assert is_logged_out(user) is is_out
