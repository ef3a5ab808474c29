"""Wikimedia's lists of a month, as its documentation shows them."""

from datetime import date
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, NotFoundError
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.top_lists import TopListsClient, TopPage

MONTH = date(2024, 3, 1)
WIKI = "hi.wikipedia.org"
EDITORS = f"/metrics/editors/top-by-edits/{WIKI}/user/content/2024/03/all-days"
PAGES = f"/metrics/edited-pages/top-by-edits/{WIKI}/all-editor-types/all-page-types/2024/03/all-days"
VIEWED = f"/metrics/pageviews/top/{WIKI}/all-access/2024/03/all-days"


@pytest.fixture
def client(server: HTTPServer, session: PoliteSession) -> TopListsClient:
    return TopListsClient(session, server.url_for("/metrics"))


def top(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "items": [
            {"project": "hi.wikipedia", "results": [{"timestamp": "2024-03-01T00:00:00.000Z", "top": list(rows)}]}
        ]
    }


def test_editors_come_without_names_and_without_those_who_are_logged_out(
    server: HTTPServer, client: TopListsClient
) -> None:
    rows = [
        {"user_text": "Somebody", "edits": 40, "rank": 2},
        {"user_text": None, "edits": 90, "rank": 1},
        {"user_text": "~2026-12345-67", "edits": 30, "rank": 3},
        {"user_text": "UNKNOWN_USER_TEXT", "edits": 20, "rank": 4},
        {"user_text": "Other", "edits": 50, "rank": 5},
    ]
    server.expect_request(EDITORS).respond_with_json(top(*rows))

    assert client.get_top_editors(WIKI, MONTH) == [50, 40]


def test_pages_have_titles_with_blanks(server: HTTPServer, client: TopListsClient) -> None:
    rows = [{"page_title": "User_talk:A_b", "edits": 9}, {"page_title": "UNKNOWN_PAGE_TITLE", "edits": 3}]
    server.expect_request(PAGES).respond_with_json(top(*rows))
    articles = {"items": [{"project": "hi.wikipedia", "articles": [{"article": "New_Delhi", "views": 900, "rank": 1}]}]}
    server.expect_request(VIEWED).respond_with_json(articles)

    assert client.get_top_pages(WIKI, MONTH) == [TopPage("User talk:A b", 9)]
    assert client.get_most_viewed(WIKI, MONTH) == [TopPage("New Delhi", 900)]


@pytest.mark.parametrize("edits", [None, "9", -1, True, 1.5, 10**400])
def test_a_count_that_is_none_is_refused(server: HTTPServer, client: TopListsClient, edits: Any) -> None:
    server.expect_request(PAGES).respond_with_json(top({"page_title": "A", "edits": edits}))

    with pytest.raises(MalformedAnswerError, match="edits"):
        client.get_top_pages(WIKI, MONTH)


def test_a_month_of_which_there_is_nothing_is_not_empty(server: HTTPServer, client: TopListsClient) -> None:
    server.expect_request(PAGES).respond_with_json({"detail": "no data", "status": 404}, status=404)

    with pytest.raises(NotFoundError):
        client.get_top_pages(WIKI, MONTH)


def test_the_list_of_another_wiki_is_refused(server: HTTPServer, client: TopListsClient) -> None:
    other = top({"page_title": "A", "edits": 9})
    other["items"][0]["project"] = "bn.wikipedia"
    server.expect_request(PAGES).respond_with_json(other)

    with pytest.raises(MalformedAnswerError, match="is of project"):
        client.get_top_pages(WIKI, MONTH)


@pytest.mark.parametrize("items", [[], [{"project": "hi.wikipedia", "results": []}], top()["items"]])
def test_an_empty_list_is_not_that_nobody_edited(server: HTTPServer, client: TopListsClient, items: Any) -> None:
    server.expect_request(EDITORS).respond_with_json({"items": items})

    with pytest.raises(MalformedAnswerError, match="empty"):
        client.get_top_editors(WIKI, MONTH)


@pytest.mark.parametrize("timestamp", ["2019-03-01T00:00:00.000Z", None])
def test_the_list_of_another_month_is_refused(server: HTTPServer, client: TopListsClient, timestamp: Any) -> None:
    other = top({"page_title": "A", "edits": 9})
    other["items"][0]["results"][0]["timestamp"] = timestamp
    server.expect_request(PAGES).respond_with_json(other)

    with pytest.raises(MalformedAnswerError, match="2024-03 was asked for"):
        client.get_top_pages(WIKI, MONTH)


def test_the_list_of_other_editors_is_refused(server: HTTPServer, client: TopListsClient) -> None:
    other = top({"user_text": "A", "edits": 9})
    other["items"][0]["editor-type"] = "group-bot"
    server.expect_request(EDITORS).respond_with_json(other)

    with pytest.raises(MalformedAnswerError, match="is of editor-type"):
        client.get_top_editors(WIKI, MONTH)
