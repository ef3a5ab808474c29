"""Whether the newest month is complete: by the total of all wikis, or else by those that are stored."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import list_months, shift_month
from wiki_activity.domain.provisional import expect_total
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.monthly.provisional_month import ALL_WIKIS, ask_totals, mark_provisional
from wiki_activity.monthly.publication import (
    Requested,
    decide_on_new_month,
    find_completed,
    find_stored_month,
)
from wiki_activity.storage.data_version import read_data_version
from wiki_activity.storage.database import writing
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.provisional_table import list_provisional, newest_complete_month, read_provisional
from wiki_activity.wikimedia.answer_errors import PassingError
from wiki_activity_tests.monthly.fakes import FakeWikimedia
from wiki_activity_tests.storage.storing import store_counts

FIRST, APRIL, MAY = date(2021, 1, 1), date(2024, 4, 1), date(2024, 5, 1)
NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)


def calm(last: date, newest: int = 1000) -> dict[date, int]:
    return dict.fromkeys(list_months(FIRST, last), 1000) | {last: newest}


def store(engine: Engine, last: date, newest: int = 1000, wikis: Sequence[int] = range(30)) -> None:
    with writing(engine) as connection:
        for wiki in wikis:
            counts = calm(last, newest)
            answers = {
                Series.EDITS: counts,
                Series.USER_EDITS: counts,
                Series.ANONYMOUS_EDITS: dict.fromkeys(counts, 0),
            }
            store_counts(connection, f"w{wiki:02}.wikipedia.org", answers, FIRST, last, NOW)


@pytest.mark.parametrize(("share", "is_provisional"), [(0.84, True), (0.86, False), (1.5, False), (0.0, True)])
def test_a_month_under_85_percent_of_what_is_expected_is_provisional(
    engine: Engine, share: float, is_provisional: bool
) -> None:
    store(engine, APRIL)
    found = mark_provisional(engine, calm(MAY, round(1000 * share)), NOW)
    assert (found is not None, read_provisional(engine)) == (is_provisional, {MAY} if is_provisional else set())
    assert newest_complete_month(engine) == APRIL


def test_expected_is_the_lower_one_of_last_years_month_and_the_years_median() -> None:
    totals = calm(APRIL)
    assert expect_total(totals, MAY) == 1000
    assert expect_total(totals | {date(2023, 5, 1): 600}, MAY) == 600
    assert expect_total(totals | {date(2023, 5, 1): 9000}, MAY) == 1000
    assert expect_total({}, MAY) is None


def test_it_is_judged_by_nobody_until_it_is_complete(engine: Engine) -> None:
    store(engine, MAY, 400)
    with writing(engine) as connection:
        spike = {Series.EDITS: {MAY: 9000}, Series.USER_EDITS: {MAY: 9000}, Series.ANONYMOUS_EDITS: {MAY: 0}}
        store_counts(connection, "w00.wikipedia.org", spike, MAY, MAY, NOW)
    mark_provisional(engine, calm(MAY, 400), NOW)
    refresh_peaks(engine, 30, NOW)
    assert read_peaks(engine, month=MAY) == []
    mark_provisional(engine, calm(MAY), NOW)
    refresh_peaks(engine, 30, NOW)
    assert {peak.project for peak in read_peaks(engine, month=MAY)} == {"w00.wikipedia.org"}


def test_readers_who_keep_pages_see_when_that_changes_and_only_then(engine: Engine) -> None:
    store(engine, MAY, 400)
    versions = []
    for newest in (400, 500, 1000, 1000):
        mark_provisional(engine, calm(MAY, newest), NOW)
        versions.append(read_data_version(engine).of("w00.wikipedia.org", "peaks"))
    assert versions[0] == versions[1] != versions[2] == versions[3]


def test_without_a_total_of_all_wikis_the_stored_ones_tell(engine: Engine) -> None:
    store(engine, MAY, 400)
    assert mark_provisional(engine, None, NOW) is not None
    store(engine, MAY, 990)
    assert mark_provisional(engine, None, NOW) is None


def test_the_total_of_a_few_stored_wikis_tells_nothing(engine: Engine) -> None:
    store(engine, MAY, 400, range(5))
    assert mark_provisional(engine, None, NOW) is None


def test_a_month_that_over_a_tenth_of_the_wikis_lack_is_provisional(engine: Engine) -> None:
    store(engine, APRIL)
    store(engine, MAY, wikis=range(26))
    found = mark_provisional(engine, calm(MAY), NOW)
    assert found is not None
    assert found.wikis_missing == 4
    store(engine, MAY, wikis=range(27))
    assert mark_provisional(engine, calm(MAY), NOW) is None


def test_a_month_that_stays_the_same_for_two_weeks_is_taken_as_it_is(engine: Engine) -> None:
    store(engine, MAY, 400)
    for days in (0, 3, 13):
        mark_provisional(engine, calm(MAY, 400), NOW + timedelta(days=days))
        assert read_provisional(engine) == {MAY}
    mark_provisional(engine, calm(MAY, 400), NOW + timedelta(days=14))
    assert read_provisional(engine) == set()
    assert newest_complete_month(engine) == MAY
    mark_provisional(engine, calm(MAY, 500), NOW + timedelta(days=15))
    assert [one.changed_at for one in list_provisional(engine)] == [NOW + timedelta(days=15)]


def test_a_newer_month_ends_what_is_said_of_an_older_one(engine: Engine) -> None:
    store(engine, MAY, 400)
    mark_provisional(engine, calm(MAY, 400), NOW)
    june = shift_month(MAY, 1)
    mark_provisional(engine, calm(june), NOW + timedelta(days=30))
    assert read_provisional(engine) == set()


def test_totals_that_cannot_be_read_are_none_and_old_months_are_not_asked_for() -> None:
    client = FakeWikimedia(errors={(ALL_WIKIS, Series.EDITS): PassingError("503")})
    assert ask_totals(client, MAY, NOW) is None
    assert ask_totals(FakeWikimedia(), MAY, NOW) is None
    client = FakeWikimedia([ALL_WIKIS])
    assert ask_totals(client, date(2020, 1, 1), NOW) is None
    assert ask_totals(client, MAY, NOW) == client.counts[ALL_WIKIS, Series.EDITS]


def test_a_provisional_month_counts_as_not_stored_and_is_asked_for_again(engine: Engine) -> None:
    store(engine, MAY, 400)
    mark_provisional(engine, calm(MAY, 400), NOW)
    assert find_stored_month(engine, 30) == APRIL
    client = FakeWikimedia([ALL_WIKIS])
    client.counts[ALL_WIKIS, Series.EDITS] = calm(MAY, 400)
    assert find_completed(engine, client, MAY, NOW) is False
    client.counts[ALL_WIKIS, Series.EDITS] = calm(MAY)
    assert find_completed(engine, client, MAY, NOW) is True
    assert find_completed(engine, client, APRIL, NOW) is None


@pytest.mark.parametrize(
    ("completed", "hours", "ask_until", "reason"),
    [
        (False, 23, None, "2024-05 is published, and loaded in part so far: asked for again later"),
        (False, 24, MAY, "2024-05 is published, and the run asked for has not stored it"),
        (True, 5, None, "2024-05 is published, and loaded in part so far: asked for again later"),
        (True, 6, MAY, "2024-05 was loaded in part, and is complete now"),
        (None, 23, None, "2024-05 is published, and a run was asked for already"),
    ],
)
def test_it_is_asked_for_at_once_when_it_is_complete_and_else_once_a_day(
    completed: bool | None, hours: int, ask_until: date | None, reason: str
) -> None:
    requested = Requested(MAY, NOW - timedelta(hours=hours))
    decision = decide_on_new_month(MAY, APRIL, requested, NOW, completed=completed)
    assert (decision.ask_until, decision.reason) == (ask_until, reason)
