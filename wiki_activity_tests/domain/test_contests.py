"""Yearly contests: told only where a wiki's own earlier years show them."""

from datetime import date
from urllib.parse import urlsplit

import pytest

from wiki_activity.domain.contests import COMMONS, CONTESTS, find_expected

HI = "hi.wikipedia.org"


def test_the_table_is_whole() -> None:
    assert len({one.name for one in CONTESTS}) == len(CONTESTS)
    for one in CONTESTS:
        assert one.months <= set(range(1, 13))
        assert one.months
        assert urlsplit(one.url).scheme == "https"
        assert all(tag == tag.casefold() and not tag.startswith("#") for tag in one.hashtags)


def test_nothing_is_expected_of_a_wiki_that_never_showed_it() -> None:
    assert find_expected(HI, date(2025, 7, 1), {}, [date(2025, 7, 1)]) == []
    assert find_expected(HI, date(2025, 7, 1), {}, [date(2024, 7, 1), date(2025, 7, 1)]) == [], "one year is chance"


def test_its_hashtag_in_an_earlier_year_is_enough() -> None:
    found = find_expected(HI, date(2025, 7, 1), {date(2023, 8, 1): {"wpwp"}, date(2025, 7, 1): {"wpwp"}}, [])
    assert [(one.contest.name, one.before, one.tagged) for one in found] == [
        ("Wikipedia Pages Wanting Photos", (date(2023, 8, 1),), True)
    ]
    assert find_expected(HI, date(2025, 7, 1), {date(2025, 7, 1): {"wpwp"}}, []) == [], "not of the same year"
    assert find_expected(HI, date(2025, 9, 1), {date(2023, 8, 1): {"wpwp"}}, []) == [], "not in September"


def test_the_same_month_of_two_earlier_years_is_enough_since_there_is_the_contest() -> None:
    peaks = [date(year, 11, 1) for year in (2013, 2014, 2016, 2018)]
    assert [one.before for one in find_expected(HI, date(2018, 11, 1), {}, peaks)] == []
    assert [(one.contest.name, one.before, one.tagged) for one in find_expected(HI, date(2020, 11, 1), {}, peaks)] == [
        ("Wikipedia Asian Month", (date(2016, 11, 1), date(2018, 11, 1)), False)
    ]


@pytest.mark.parametrize(
    ("project", "names"), [(COMMONS, ["Wiki Loves Monuments"]), (HI, []), ("or.wikisource.org", [])]
)
def test_contests_of_pictures_land_on_commons_alone(project: str, names: list[str]) -> None:
    peaks = [date(year, 9, 1) for year in range(2015, 2025)]
    assert [one.contest.name for one in find_expected(project, date(2024, 9, 1), {}, peaks)] == names
