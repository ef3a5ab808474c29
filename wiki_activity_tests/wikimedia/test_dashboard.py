"""The Programs & Events Dashboard: what it tells of courses, and of those that are gone."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.wikimedia.answer_errors import RefusedError
from wiki_activity.wikimedia.dashboard import Course, DashboardClient
from wiki_activity.wikimedia.http import PoliteSession

WIKI, SLUG = "hi.wikipedia.org", "Org/Title_(term)"
COURSE = "/courses/Org/Title_(term)/course.json"
LIST = f"/courses_by_wiki/{WIKI}.json"
DATES = {"title": "A course", "start": "2024-03-02T00:00:00.000Z", "end": "2024-03-20T23:59:59.000Z"}


@pytest.fixture
def client(server: HTTPServer, session: PoliteSession) -> DashboardClient:
    return DashboardClient(session, server.url_for("").rstrip("/"))


def test_a_course_tells_its_edits_of_one_wiki_by_namespace(server: HTTPServer, client: DashboardClient) -> None:
    stats = {
        f"{WIKI}-namespace-0": {"revision_count": 812, "user_count": 9},
        f"{WIKI}-namespace-104": {"revision_count": 30},
        "bn.wikipedia.org-namespace-0": {"revision_count": 5_000},
        "hiXwikipedia.org-namespace-0": {"revision_count": 6_000},
        f"{WIKI}-namespace-4": {"revision_count": "1.2K"},
        WIKI: 7,
    }
    server.expect_request(COURSE).respond_with_json({"course": {**DATES, "course_stats": {"stats_hash": stats}}})

    found = client.get_course(SLUG, WIKI)

    assert found is not None
    assert found.edits == {0: 812, 104: 30}
    assert (found.first, found.last) == (
        datetime(2024, 3, 2, tzinfo=UTC),
        datetime(2024, 3, 20, 23, 59, 59, tzinfo=UTC),
    )


@pytest.mark.parametrize("stats", [None, 3, {}, {"stats_hash": None}, {"stats_hash": [1]}, "none"])
def test_a_course_that_was_not_counted_tells_no_edits(server: HTTPServer, client: DashboardClient, stats: Any) -> None:
    server.expect_request(COURSE).respond_with_json({"course": {**DATES, "course_stats": stats}})

    found = client.get_course(SLUG, WIKI)
    assert found is not None
    assert found.edits == {}


def test_what_is_gone_is_no_course_and_what_is_refused_is_not_known(
    server: HTTPServer, client: DashboardClient
) -> None:
    server.expect_ordered_request(COURSE).respond_with_data("<h1>Not found</h1>", 404)
    server.expect_ordered_request(LIST).respond_with_data("<h1>Not found</h1>", 404)
    server.expect_ordered_request(COURSE).respond_with_data("no", 403)

    assert client.get_course(SLUG, WIKI) is None
    assert client.list_courses(WIKI, 2024) == []
    with pytest.raises(RefusedError):
        client.get_course(SLUG, WIKI)


def test_a_list_tells_when_courses_were_entered_and_how_much_was_written(
    server: HTTPServer, client: DashboardClient
) -> None:
    rows = [
        {"slug": SLUG, "user_count": 12, "creation_date": "2024-02-11", "word_count": 900},
        {"slug": "Org/Other", "creation_date": "11 февраля", "word_count": "many"},
    ]
    server.expect_request(LIST).respond_with_json({"courses": rows})

    assert client.list_courses(WIKI, 2024) == [
        Course(SLUG, 12, date(2024, 2, 11), 900),
        Course("Org/Other", 0, None, None),
    ]
