"""The metrics API as its documentation and its recorded answers show it."""

import re
from datetime import date
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.domain.counts import Series
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, NotFoundError
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient, parse_series


def answer(*results: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"project": "hi.wikipedia", "granularity": "monthly", "results": list(results)}]}


def month(timestamp: str, **count: Any) -> dict[str, Any]:
    return {"timestamp": f"{timestamp}-01T00:00:00.000Z", **count}


@pytest.mark.parametrize(
    ("series", "path", "key"),
    [
        (Series.EDITS, "edits/aggregate/hi.wikipedia.org/all-editor-types/content/monthly", "edits"),
        (Series.USER_EDITS, "edits/aggregate/hi.wikipedia.org/user/content/monthly", "edits"),
        (Series.ANONYMOUS_EDITS, "edits/aggregate/hi.wikipedia.org/anonymous/content/monthly", "edits"),
        (
            Series.EDITORS,
            "editors/aggregate/hi.wikipedia.org/all-editor-types/content/all-activity-levels/monthly",
            "editors",
        ),
    ],
)
def test_the_end_asked_for_is_exclusive(
    server: HTTPServer, session: PoliteSession, series: Series, path: str, key: str
) -> None:
    server.expect_request(f"/metrics/{path}/20010101/20250101").respond_with_json(answer(month("2024-12", **{key: 7})))
    client = MetricsClient(session, server.url_for("/metrics"))

    assert client.get_series("hi.wikipedia.org", series, last=date(2024, 12, 1)) == {date(2024, 12, 1): 7}


IDENTITY = {"project": "hi.wikipedia.org", "editor-type": "user", "page-type": "content", "granularity": "monthly"}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("hi.wikipedia.org", "hi.wikipedia"),
        ("hi.wikipedia.org", "hi.wikipedia.org"),
        ("www.wikidata.org", "wikidata"),
        ("www.wikidata.org", "www.wikidata.org"),
        ("wikisource.org", "wikisource"),
        ("all-projects", "all-projects"),
    ],
)
def test_the_answers_own_name_may_lack_what_the_service_leaves_off(asked: str, answered: str) -> None:
    item = {**IDENTITY, "project": answered, "results": [month("2024-05", edits=1)]}

    counts = parse_series({"items": [item]}, "edits", "u", {**IDENTITY, "project": asked})

    assert counts == {date(2024, 5, 1): 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project", "hif.wikipedia"),
        ("project", "hi.wiktionary.org"),
        ("project", "all-projects"),
        ("project", None),
        ("project", ["hi.wikipedia"]),
        ("editor-type", "anonymous"),
        ("page-type", "all-page-types"),
        ("granularity", "daily"),
        ("granularity", 1),
    ],
)
def test_an_answer_of_something_else_is_refused_by_name(name: str, value: Any) -> None:
    item = {**IDENTITY, name: value, "results": [month("2024-05", edits=1)]}

    with pytest.raises(MalformedAnswerError, match=f"of {name} .* and '{IDENTITY[name]}' was asked for"):
        parse_series({"items": [{**IDENTITY, "results": []}, item]}, "edits", "u", IDENTITY)


@pytest.mark.parametrize("series", list(Series))
def test_each_series_checks_who_the_answer_is_of(server: HTTPServer, session: PoliteSession, series: Series) -> None:
    server.expect_request(re.compile("/metrics/.*")).respond_with_json(answer(month("2024-05", edits=1, editors=1)))
    client = MetricsClient(session, server.url_for("/metrics"))

    with pytest.raises(MalformedAnswerError, match=r"project 'hi\.wikipedia', and 'bn\.wikipedia\.org' was asked for"):
        client.get_series("bn.wikipedia.org", series, last=date(2024, 12, 1))


@pytest.mark.parametrize(
    ("series", "path", "key"),
    [
        (Series.USER_EDITORS, "editors/aggregate/{}/user/content/all-activity-levels", "editors"),
        (Series.EDITORS_5_24, "editors/aggregate/{}/user/content/5..24-edits", "editors"),
        (Series.EDITORS_25_99, "editors/aggregate/{}/user/content/25..99-edits", "editors"),
        (Series.EDITORS_100, "editors/aggregate/{}/user/content/100..-edits", "editors"),
        (Series.NEW_USERS, "registered-users/new/{}", "new_registered_users"),
        (Series.NEW_PAGES, "edited-pages/new/{}/all-editor-types/content", "new_pages"),
    ],
)
def test_the_series_of_people_have_addresses_and_keys_of_their_own(
    server: HTTPServer, session: PoliteSession, series: Series, path: str, key: str
) -> None:
    address = f"/metrics/{path.format('hi.wikipedia.org')}/monthly/20010101/20250101"
    item = {"project": "hi.wikipedia", "results": [month("2024-05", **{key: 7})]}
    server.expect_request(address).respond_with_json({"items": [item]})
    client = MetricsClient(session, server.url_for("/metrics"))

    assert client.get_series("hi.wikipedia.org", series, last=date(2024, 12, 1)) == {date(2024, 5, 1): 7}


def test_months_that_were_not_asked_for_are_not_taken(server: HTTPServer, session: PoliteSession) -> None:
    document = answer(month("2024-12", edits=7), month("2025-01", edits=3))
    server.expect_request(re.compile("/metrics/.*")).respond_with_json(document)
    client = MetricsClient(session, server.url_for("/metrics"))

    counts = client.get_series("hi.wikipedia.org", Series.EDITS, last=date(2024, 12, 1))

    assert counts == {date(2024, 12, 1): 7}


def test_months_over_and_over_are_refused_before_they_are_read() -> None:
    with pytest.raises(MalformedAnswerError, match="2,001 results are more months than there can be"):
        parse_series(answer(*[month("2024-05", edits=1)] * 2001), "edits", "u")


def test_404_says_that_there_is_no_data(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request(re.compile("/metrics/.*")).respond_with_data("", status=404)
    client = MetricsClient(session, server.url_for("/metrics"))

    with pytest.raises(NotFoundError):
        client.get_series("xx.wikipedia.org", Series.EDITS, last=date(2024, 12, 1))


def test_zeros_are_kept_and_absent_months_stay_absent() -> None:
    document = answer(month("2001-01", edits=0), month("2001-03", edits=5))

    assert parse_series(document, "edits", "u") == {date(2001, 1, 1): 0, date(2001, 3, 1): 5}


@pytest.mark.parametrize("document", [answer(), {"items": []}])
def test_an_empty_answer_has_no_months_which_is_not_that_there_is_no_data(document: Any) -> None:
    assert parse_series(document, "edits", "u", IDENTITY | {"project": "hi.wikipedia.org"}) == {}


@pytest.mark.parametrize("count", [-1, "12", 1.5, None, True, float("nan"), 2**63, [1]])
def test_what_is_no_count_is_refused_and_named(count: Any) -> None:
    with pytest.raises(MalformedAnswerError, match="edits of 2024-05 should be a count"):
        parse_series(answer(month("2024-05", edits=count)), "edits", "u")


@pytest.mark.parametrize("timestamp", ["2024", None, 20240101, "2024-05-02T00:00:00.000Z"])
def test_what_is_no_month_is_refused_and_named(timestamp: Any) -> None:
    with pytest.raises(MalformedAnswerError, match=str(timestamp)):
        parse_series(answer({"timestamp": timestamp, "edits": 1}), "edits", "u")


@pytest.mark.parametrize("document", [[], None, {}, {"items": {}}, {"items": [[]]}, {"items": [{"results": None}]}])
def test_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(MalformedAnswerError, match=r"should be (an object|a list)"):
        parse_series(document, "edits", "u")


def test_two_different_counts_of_one_month_are_refused() -> None:
    with pytest.raises(MalformedAnswerError, match="two counts for 2024-05: 1 and 2"):
        parse_series(answer(month("2024-05", edits=1), month("2024-05", edits=2)), "edits", "u")


def test_days_are_asked_for_with_an_exclusive_end_and_may_be_any_day(
    server: HTTPServer, session: PoliteSession
) -> None:
    path = "/metrics/edits/aggregate/hi.wikipedia.org/user/content/daily/20240430/20240503"
    results = [{"timestamp": f"2024-05-0{day}T00:00:00.000Z", "edits": day} for day in (1, 2, 3)]
    item = {"project": "hi.wikipedia", "granularity": "daily", "results": results}
    server.expect_request(path).respond_with_json({"items": [item]})
    client = MetricsClient(session, server.url_for("/metrics"))

    days = client.get_days("hi.wikipedia.org", Series.USER_EDITS, date(2024, 4, 30), date(2024, 5, 2))

    assert days == {date(2024, 5, 1): 1, date(2024, 5, 2): 2}


def test_months_in_place_of_days_are_refused(server: HTTPServer, session: PoliteSession) -> None:
    path = "/metrics/edits/aggregate/hi.wikipedia.org/user/content/daily/20240501/20240503"
    server.expect_request(path).respond_with_json(answer(month("2024-05", edits=7)))
    client = MetricsClient(session, server.url_for("/metrics"))

    with pytest.raises(MalformedAnswerError, match="granularity"):
        client.get_days("hi.wikipedia.org", Series.USER_EDITS, date(2024, 5, 1), date(2024, 5, 2))
