"""Which namespaces a wiki calls content, as its siteinfo has it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, WikimediaError
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy
from wiki_activity.wikimedia.siteinfo import get_content_namespaces


@pytest.fixture
def session() -> Iterator[PoliteSession]:
    retries = RetryPolicy(attempts=1)
    with PoliteSession(contact="tests@example.org", per_minute=60_000, max_connections=1, retries=retries) as session:
        yield session


def describe(*namespaces: dict[str, Any]) -> dict[str, Any]:
    return {"batchcomplete": True, "query": {"namespaces": {str(one["id"]): one for one in namespaces}}}


ARTICLES = {"id": 0, "case": "first-letter", "name": "", "content": True}
TALK = {"id": 1, "name": "Talk", "content": False}
PAGES = {"id": 104, "name": "Page", "content": True}


def test_the_numbers_of_content_are_read(httpserver: HTTPServer, session: PoliteSession) -> None:
    query = {
        "action": "query", "meta": "siteinfo", "siprop": "namespaces", "format": "json", "formatversion": "2",
    }  # fmt: skip
    httpserver.expect_request("/w/api.php", query_string=query).respond_with_json(describe(PAGES, TALK, ARTICLES))
    assert get_content_namespaces(session, httpserver.url_for("/w/api.php")) == (0, 104)


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        json.dumps({"query": {}}),
        json.dumps({"query": {"namespaces": []}}),
        json.dumps(describe(TALK, PAGES)),
        json.dumps(describe(ARTICLES, *({"id": number, "content": True} for number in range(1, 400)))),
    ],
)
def test_what_is_no_siteinfo_is_refused(httpserver: HTTPServer, session: PoliteSession, answer: str) -> None:
    httpserver.expect_request("/w/api.php").respond_with_data(answer, content_type="application/json")
    with pytest.raises(MalformedAnswerError):
        get_content_namespaces(session, httpserver.url_for("/w/api.php"))


def test_numbers_that_are_none_are_left_out(httpserver: HTTPServer, session: PoliteSession) -> None:
    odd = [{"id": number, "content": True} for number in ("6", True, -2, None)]
    httpserver.expect_request("/w/api.php").respond_with_json(describe(ARTICLES, *odd))
    assert get_content_namespaces(session, httpserver.url_for("/w/api.php")) == (0,)


def test_an_error_of_the_api_is_told(httpserver: HTTPServer, session: PoliteSession) -> None:
    httpserver.expect_request("/w/api.php").respond_with_json({"error": {"code": "readapidenied", "info": "no"}})
    with pytest.raises(WikimediaError):
        get_content_namespaces(session, httpserver.url_for("/w/api.php"))
