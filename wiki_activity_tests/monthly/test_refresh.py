from datetime import date

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.monthly.refresh import Progress
from wiki_activity.storage.completeness import Failure, read_completeness
from wiki_activity.storage.count_tables import StoredCounts
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.refreshes import Outcome
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, PassingError
from wiki_activity_tests.monthly.fakes import COUNTS, LAST, FakeWikimedia
from wiki_activity_tests.monthly.refreshing import A_WIKI, WIKIS, outcome_of_last, refresh

BUSY = PassingError("503")


def test_every_wiki_is_asked_once_and_stored(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS)
    outcome = refresh(engine, client)
    assert sorted(client.asked) == sorted((project, series) for project in WIKIS for series in COUNT_SERIES)
    assert outcome.stored == StoredCounts(added=len(WIKIS) * len(COUNT_SERIES) * len(COUNTS))
    assert (outcome.asked, outcome.failed, outcome.fails) == (20, {}, False)
    for series in COUNT_SERIES:
        assert read_series(engine, series).to_numpy().tolist() == [[count] * 20 for count in COUNTS.values()]
    assert outcome_of_last(engine) is Outcome.DONE


def test_wikis_are_asked_in_the_order_of_the_request(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS)
    refresh(engine, client, wikis=reversed(WIKIS))
    order = [project for project, series in client.asked if series is Series.EDITS]
    assert set(order[:3]) == set(WIKIS[-3:])
    assert set(order[-3:]) == set(WIKIS[:3])


def test_only_the_months_of_the_range_are_stored(engine: Engine) -> None:
    refresh(engine, FakeWikimedia([A_WIKI]), wikis=[A_WIKI], first=date(2024, 3, 1), last=date(2024, 4, 1))
    assert read_series(engine, Series.EDITORS)[A_WIKI].tolist() == [30, 40]


def test_progress_counts_every_wiki_and_those_that_failed(engine: Engine) -> None:
    told: list[Progress] = []
    refresh(engine, FakeWikimedia(WIKIS, {(A_WIKI, Series.EDITORS): BUSY}), watch=told.append)
    assert told[0] == Progress(0, 20, "", 0)
    assert [progress.done for progress in told] == list(range(21))
    assert {progress.project for progress in told} == {"", *WIKIS}
    assert [told[-1].failed, told[-1].total] == [1, 20]


def test_a_wiki_without_data_is_no_failure(engine: Engine) -> None:
    outcome = refresh(engine, FakeWikimedia(WIKIS[1:]))
    assert outcome.no_data == {series: [WIKIS[0]] for series in COUNT_SERIES}
    assert outcome_of_last(engine) is Outcome.DONE
    assert read_completeness(engine).coverage[Metric.EDITS].no_data == 1


def test_a_wiki_whose_split_fails_keeps_its_total_and_is_named(engine: Engine) -> None:
    outcome = refresh(engine, FakeWikimedia(WIKIS, {(A_WIKI, Series.ANONYMOUS_EDITS): BUSY}))
    assert outcome.wikis_without_split == [A_WIKI]
    assert outcome.failed_wikis == {A_WIKI: "anonymous_edits: 503"}
    assert read_series(engine, Series.EDITS)[A_WIKI].tolist() == list(COUNTS.values())
    assert A_WIKI not in read_series(engine, Metric.PEOPLE_EDITS)
    assert A_WIKI in read_series(engine, Series.USER_EDITS)
    report = read_completeness(engine).coverage[Metric.EDITS]
    assert report.failed == (Failure(A_WIKI, ("logged-out people's edits: 503",)),)


def test_a_wiki_whose_total_fails_is_not_among_those_without_a_split(engine: Engine) -> None:
    outcome = refresh(engine, FakeWikimedia(WIKIS, {(A_WIKI, Series.EDITS): BUSY}))
    assert outcome.wikis_without_split == []
    assert outcome.failed_wikis == {A_WIKI: "edits: 503"}


@pytest.mark.parametrize("error", [BUSY, MalformedAnswerError("edits of 2024-03 should be a count, not -3")])
def test_a_failed_read_never_replaces_a_stored_count(engine: Engine, error: Exception) -> None:
    refresh(engine, FakeWikimedia(WIKIS))
    failing = FakeWikimedia(WIKIS, {(A_WIKI, series): error for series in (Series.EDITS, Series.EDITORS)})
    failing.counts.update({(project, Series.EDITS): {LAST: 1} for project in WIKIS})
    outcome = refresh(engine, failing)
    assert outcome.failed_wikis == {A_WIKI: f"edits: {error}"}
    for series in COUNT_SERIES:
        assert read_series(engine, series)[A_WIKI].tolist() == list(COUNTS.values())
    assert read_series(engine, Series.EDITS)[WIKIS[0]].tolist() == [10, 20, 30, 40, 1]


def test_one_wiki_in_twenty_may_fail_and_no_more(engine: Engine) -> None:
    def fails(*failing: tuple[str, Series]) -> bool:
        return refresh(engine, FakeWikimedia(WIKIS, dict.fromkeys(failing, BUSY))).fails

    assert not fails((WIKIS[0], Series.EDITS), (WIKIS[0], Series.EDITORS))
    assert fails((WIKIS[0], Series.EDITORS), (WIKIS[1], Series.EDITORS))
    assert fails((WIKIS[0], Series.EDITS), (WIKIS[1], Series.USER_EDITS))
    # Counted for each metric on its own.
    assert not fails((WIKIS[0], Series.EDITS), (WIKIS[1], Series.EDITORS))
