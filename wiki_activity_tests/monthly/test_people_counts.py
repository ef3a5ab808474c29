"""The series of people: asked for after the counts, first wikis first, and only where they are lacking."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES, Series
from wiki_activity.domain.wikis import Wiki
from wiki_activity.monthly.people_counts import list_unasked, plan_people
from wiki_activity.monthly.refresh import RefreshOutcome, holding_lease, run_refresh
from wiki_activity.storage.database import writing
from wiki_activity.storage.fetches import list_answered
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.my_wikis import keep_my_wikis
from wiki_activity.storage.wiki_table import load_wikis, store_wikis
from wiki_activity.wikimedia.answer_errors import NotFoundError, PassingError
from wiki_activity_tests.monthly.fakes import COUNTS, FIRST, LAST, FakeWikimedia
from wiki_activity_tests.monthly.refreshing import NOW, WIKIS, refresh

DOWN = PassingError("http://fake: 500")


def ask_people(engine: Engine, client: FakeWikimedia, wikis: Iterable[str] = WIKIS) -> RefreshOutcome:
    lease = holding_lease(
        engine,
        run_id="p",
        holder="one",
        clock=lambda: NOW,
        request=lambda: (FIRST, LAST, list(wikis), PEOPLE_SERIES),
    )
    with lease as held:
        return run_refresh(engine, client, held, connections=3, clock=lambda: NOW)


def store_list(engine: Engine) -> None:
    wikis = [Wiki(name, name, "wikipedia", name[:3], name, name, "ltr", closed=False) for name in WIKIS]
    with writing(engine) as connection:
        store_wikis(connection, wikis, NOW)


def test_each_wiki_is_asked_six_times_and_all_is_stored(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS)

    outcome = ask_people(engine, client)

    assert sorted(client.asked) == sorted((project, series) for project in WIKIS for series in PEOPLE_SERIES)
    for series in PEOPLE_SERIES:
        frame = read_series(engine, series)
        assert {month.date(): int(count) for month, count in frame[WIKIS[3]].items()} == COUNTS
    assert not outcome.fails


def test_what_cannot_be_read_of_people_takes_nothing_from_the_counts(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS, {(project, series): DOWN for project in WIKIS for series in PEOPLE_SERIES})

    assert not refresh(engine, client).failed
    assert ask_people(engine, client).fails

    assert read_series(engine, Series.EDITS).notna().all(axis=None)
    assert read_series(engine, Series.USER_EDITORS).empty
    assert list_answered(engine, PEOPLE_SERIES, LAST) == set()
    assert list_answered(engine, COUNT_SERIES, LAST) == set(WIKIS)


def test_a_wiki_that_has_no_new_accounts_at_wikimedia_has_the_rest(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS[:1], {(WIKIS[0], Series.NEW_USERS): NotFoundError("404")})

    outcome = ask_people(engine, client, WIKIS[:1])

    assert (outcome.failed, outcome.no_data) == ({}, {Series.NEW_USERS: [WIKIS[0]]})
    assert read_series(engine, Series.NEW_USERS).empty
    assert read_series(engine, Series.NEW_PAGES)[WIKIS[0]].count() == len(COUNTS)
    # It has answered, and is not asked every night.
    assert list_answered(engine, PEOPLE_SERIES, LAST) == {WIKIS[0]}


def test_an_emptied_answer_does_not_replace_what_is_known(engine: Engine) -> None:
    ask_people(engine, FakeWikimedia(WIKIS[:1]), WIKIS[:1])
    client = FakeWikimedia(WIKIS[:1])
    client.counts[WIKIS[0], Series.NEW_PAGES] = dict.fromkeys(COUNTS, 0)

    outcome = ask_people(engine, client, WIKIS[:1])

    assert "150 new pages are known" in outcome.failed[Series.NEW_PAGES][WIKIS[0]]
    assert read_series(engine, Series.NEW_PAGES)[WIKIS[0]].sum() == 150


def test_after_a_killed_run_only_the_rest_is_asked_for_first_wikis_first(engine: Engine) -> None:
    store_list(engine)
    keep_my_wikis(engine, "1", [WIKIS[15], WIKIS[3]], NOW)
    client = FakeWikimedia(WIKIS, {(WIKIS[9], Series.NEW_PAGES): KeyboardInterrupt()})
    order = list_unasked(engine, load_wikis(engine), [WIKIS[12]], LAST)
    assert order[:3] == [WIKIS[12], WIKIS[3], WIKIS[15]]
    assert sorted(order) == WIKIS

    with pytest.raises(KeyboardInterrupt):
        ask_people(engine, client, order)
    known = list_answered(engine, PEOPLE_SERIES, LAST)
    rest = list_unasked(engine, load_wikis(engine), [WIKIS[12]], LAST)
    client = FakeWikimedia(WIKIS)
    ask_people(engine, client, rest)

    assert {WIKIS[12], WIKIS[3], WIKIS[15]} <= known
    assert rest == [project for project in order if project not in known]
    assert {project for project, _ in client.asked} == set(rest)
    assert list_unasked(engine, load_wikis(engine), [], LAST) == []


def test_first_wikis_are_asked_at_once_and_others_from_the_next_night_on(engine: Engine) -> None:
    store_list(engine)
    counted = datetime(2024, 6, 9, 12, tzinfo=UTC)

    def plan(after: timedelta, watchlist: list[str]) -> tuple[tuple[str, ...], bool]:
        found = plan_people(engine, watchlist, LAST, counted, counted + after)
        return found.first, found.others

    assert plan(timedelta(0), [WIKIS[4]]) == ((WIKIS[4],), False)
    assert plan(timedelta(hours=12), []) == ((), False)
    assert plan(timedelta(hours=13), []) == ((), True)
    ask_people(engine, FakeWikimedia(WIKIS), [WIKIS[4]])
    assert plan(timedelta(hours=1), [WIKIS[4]]) == ((), False)
    assert plan(timedelta(days=2), [WIKIS[4]]) == ((), True)
    ask_people(engine, FakeWikimedia(WIKIS), WIKIS)
    assert plan(timedelta(days=2), [WIKIS[4]]) == ((), False)
