from collections.abc import Mapping

import pytest

from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.monthly.fetching import WikiAnswers, fetch_wiki
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, PassingError, UnreachableError
from wiki_activity_tests.monthly.fakes import COUNTS, LAST, FakeWikimedia

WIKI = "hi.wikipedia.org"
OK = FetchResult(FetchStatus.OK, months=5)
NO_DATA = FetchResult(FetchStatus.NO_DATA)
BUSY = PassingError("503")


def fetch(errors: Mapping[Series, BaseException]) -> tuple[WikiAnswers, list[Series]]:
    client = FakeWikimedia([WIKI], {(WIKI, series): error for series, error in errors.items()})
    answers = fetch_wiki(client, WIKI, list(COUNT_SERIES), LAST)
    return answers, [series for _, series in client.asked]


def test_one_request_is_made_for_each_series() -> None:
    answers, asked = fetch({})
    assert asked == list(COUNT_SERIES)
    assert answers.results == dict.fromkeys(COUNT_SERIES, OK)
    assert answers.counts == dict.fromkeys(COUNT_SERIES, COUNTS)
    assert not answers.unreachable


def test_the_total_is_asked_for_before_its_parts_whatever_the_order() -> None:
    client = FakeWikimedia([WIKI])
    fetch_wiki(client, WIKI, list(reversed(COUNT_SERIES)), LAST)
    assert [series for _, series in client.asked] == list(COUNT_SERIES)


def test_the_split_is_not_asked_for_when_the_total_fails() -> None:
    answers, asked = fetch({Series.EDITS: BUSY})
    shared = FetchResult(FetchStatus.FAILED, error="not asked for, since the total failed: 503")
    assert asked == [Series.EDITS, Series.EDITORS]
    assert answers.results == {
        Series.EDITS: FetchResult(FetchStatus.FAILED, error="503"),
        Series.USER_EDITS: shared,
        Series.ANONYMOUS_EDITS: shared,
        Series.EDITORS: OK,
    }
    assert answers.counts == {Series.EDITORS: COUNTS}


def test_the_split_alone_may_be_asked_for() -> None:
    client = FakeWikimedia([WIKI])
    answers = fetch_wiki(client, WIKI, [Series.USER_EDITS, Series.ANONYMOUS_EDITS], LAST)
    assert answers.results == {Series.USER_EDITS: OK, Series.ANONYMOUS_EDITS: OK}


def test_a_split_that_fails_leaves_the_total_and_the_editors() -> None:
    answers, asked = fetch({Series.USER_EDITS: BUSY})
    assert asked == list(COUNT_SERIES)
    assert set(answers.counts) == {Series.EDITS, Series.ANONYMOUS_EDITS, Series.EDITORS}
    assert answers.results[Series.USER_EDITS] == FetchResult(FetchStatus.FAILED, error="503")


def test_a_wiki_that_wikimedia_does_not_count_has_no_data_and_no_failure() -> None:
    client = FakeWikimedia([])
    answers = fetch_wiki(client, WIKI, list(COUNT_SERIES), LAST)
    assert answers.results == dict.fromkeys(COUNT_SERIES, NO_DATA)
    assert [series for _, series in client.asked] == [Series.EDITS, Series.EDITORS]
    assert not answers.unreachable


@pytest.mark.parametrize(
    ("error", "unreachable"),
    [(UnreachableError("no answer"), True), (BUSY, False), (MalformedAnswerError("a count of -1"), False)],
)
def test_only_a_wiki_of_which_nothing_at_all_answers_is_unreachable(error: Exception, unreachable: bool) -> None:
    answers, _ = fetch({Series.EDITS: UnreachableError("no answer"), Series.EDITORS: error})
    assert answers.unreachable is unreachable
    assert answers.results[Series.EDITORS] == FetchResult(FetchStatus.FAILED, error=str(error))


def test_one_answer_is_enough_to_be_reachable() -> None:
    answers, _ = fetch({Series.EDITS: UnreachableError("no answer")})
    assert not answers.unreachable
