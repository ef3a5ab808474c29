from datetime import UTC, date, datetime, timedelta

import pytest

from wiki_activity.domain.counts import Series
from wiki_activity.monthly.publication import Requested, decide_on_new_month, find_newest_published
from wiki_activity.wikimedia.answer_errors import PassingError
from wiki_activity_tests.monthly.fakes import FakeWikimedia

WIKI = "en.wikipedia.org"
MARCH, APRIL, MAY = (date(2024, month, 1) for month in (3, 4, 5))
JUNE_9 = datetime(2024, 6, 9, tzinfo=UTC)


def test_one_request_for_one_wiki_tells_the_newest_month() -> None:
    client = FakeWikimedia([WIKI])
    assert find_newest_published(client, [WIKI, "de.wikipedia.org"], JUNE_9) == MAY
    assert client.asked == [(WIKI, Series.EDITS)]


def test_a_month_that_has_not_ended_is_never_found() -> None:
    assert find_newest_published(FakeWikimedia([WIKI]), [WIKI], datetime(2024, 5, 31, tzinfo=UTC)) == APRIL


def test_a_wiki_without_months_has_no_newest_one() -> None:
    client = FakeWikimedia([WIKI])
    client.counts[WIKI, Series.EDITS] = {}
    assert find_newest_published(client, [WIKI], JUNE_9) is None


def test_wikis_without_data_are_passed_over() -> None:
    client = FakeWikimedia(["bn.wikipedia.org", WIKI])
    client.counts["bn.wikipedia.org", Series.EDITS] = {}
    assert find_newest_published(client, ["aa.wikipedia.org", "bn.wikipedia.org", WIKI], JUNE_9) == MAY
    assert find_newest_published(FakeWikimedia(), [WIKI] * 10, JUNE_9) is None


def test_what_could_not_be_read_is_not_taken_for_nothing_new() -> None:
    client = FakeWikimedia([WIKI], {(WIKI, Series.EDITS): PassingError("503")})
    with pytest.raises(PassingError, match="503"):
        find_newest_published(client, [WIKI], JUNE_9)


def test_one_wiki_that_cannot_be_read_does_not_keep_the_others_from_telling() -> None:
    sick = {("hi.wikipedia.org", Series.EDITS): PassingError("503")}
    client = FakeWikimedia(["hi.wikipedia.org", WIKI], sick)
    assert find_newest_published(client, ["hi.wikipedia.org", "aa.wikipedia.org", WIKI], JUNE_9) == MAY
    with pytest.raises(PassingError, match="503"):
        find_newest_published(client, ["hi.wikipedia.org", "aa.wikipedia.org"], JUNE_9)


def test_a_second_wiki_that_cannot_be_read_ends_the_asking() -> None:
    names = ["hi.wikipedia.org", "bn.wikipedia.org", WIKI]
    client = FakeWikimedia([WIKI], {(name, Series.EDITS): PassingError(f"{name}: 503") for name in names[:2]})
    with pytest.raises(PassingError, match=r"hi\.wikipedia\.org: 503"):
        find_newest_published(client, names, JUNE_9)
    assert len(client.asked) == 2


@pytest.mark.parametrize(
    ("published", "stored", "requested", "ask_until", "reason"),
    [
        (MAY, APRIL, None, MAY, "2024-05 is published"),
        (MAY, APRIL, APRIL, MAY, "2024-05 is published"),
        (MAY, None, None, MAY, "2024-05 is published"),
        (MAY, MAY, None, None, "2024-05 is the newest published month, and it is stored"),
        (APRIL, MAY, None, None, "2024-04 is the newest published month, and it is stored"),
        (MAY, APRIL, MAY, None, "2024-05 is published, and a run was asked for already"),
        (None, MARCH, None, None, "the wikis that were asked have no months"),
    ],
)
def test_a_run_is_asked_for_once_for_each_month_that_is_published_and_not_stored(
    published: date | None, stored: date | None, requested: date | None, ask_until: date | None, reason: str
) -> None:
    last_run = None if requested is None else Requested(requested, JUNE_9 - timedelta(hours=23))
    decision = decide_on_new_month(published, stored, last_run, JUNE_9)
    assert (decision.ask_until, decision.reason) == (ask_until, reason)


def test_a_first_load_that_failed_is_asked_for_again_within_minutes() -> None:
    for minutes, ask_until in ((14, None), (15, MAY)):
        requested = Requested(MAY, JUNE_9 - timedelta(minutes=minutes))
        assert decide_on_new_month(MAY, None, requested, JUNE_9).ask_until == ask_until


@pytest.mark.parametrize("asked_at", [JUNE_9 - timedelta(days=1), None])
def test_a_month_that_the_run_did_not_store_is_asked_for_again_a_day_later(asked_at: datetime | None) -> None:
    assert decide_on_new_month(MAY, APRIL, Requested(MAY, asked_at), JUNE_9).ask_until == MAY
    assert decide_on_new_month(MAY, MAY, Requested(MAY, asked_at), JUNE_9).ask_until is None
