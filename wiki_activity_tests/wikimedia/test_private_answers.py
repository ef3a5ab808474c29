"""Answers that name people: nothing that can go wrong with them puts a name into an error or the log."""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.wikimedia.action_api import ActionClient
from wiki_activity.wikimedia.answer_errors import WikimediaError
from wiki_activity.wikimedia.dashboard import DashboardClient
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.top_lists import TopListsClient

NAME = "Known Person"
WIKI, MONTH = "hi.wikipedia.org", date(2024, 3, 1)
FIRST, UNTIL = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 31, tzinfo=UTC)

ASKING: dict[str, Callable[[PoliteSession, str], object]] = {
    "revisions": lambda session, url: ActionClient(session, f"{url}/api").get_revisions(WIKI, FIRST, UNTIL),
    "accounts": lambda session, url: ActionClient(session, f"{url}/api").get_accounts(WIKI, [NAME]),
    "imports": lambda session, url: ActionClient(session, f"{url}/api").list_imports(WIKI, FIRST, UNTIL),
    "existing": lambda session, url: ActionClient(session, f"{url}/api").find_existing(WIKI, [f"User:{NAME}"]),
    "creation": lambda session, url: ActionClient(session, f"{url}/api").find_creation(WIKI, f"User:{NAME}"),
    "editors": lambda session, url: TopListsClient(session, url).get_top_editors(WIKI, MONTH),
    "bots": lambda session, url: TopListsClient(session, url).get_top_bots(WIKI, MONTH),
    "pages": lambda session, url: TopListsClient(session, url).get_top_pages(WIKI, MONTH),
    "viewed": lambda session, url: TopListsClient(session, url).get_most_viewed(WIKI, MONTH),
    "courses": lambda session, url: DashboardClient(session, url).list_courses(WIKI, 2024),
    "course": lambda session, url: DashboardClient(session, url).get_course("Org/Course", WIKI),
}
ODD: dict[str, tuple[int, str, Any]] = {
    "a page": (200, "text/html", f"<html>no such user: {NAME}"),
    "broken": (200, "application/json", f'{{"user": "{NAME}'),
    "half a character": (200, "application/json", f'{{"user": "{NAME} \\ud800"}}'),
    "refused by the API": (
        200, "application/json", {"error": {"code": "baduser", "info": f'Invalid value "{NAME}" for user'}},
    ),
    "refused": (400, "application/json", {"detail": f"no user {NAME}"}),
    "away": (503, "text/html", f"<html>{NAME}"),
    "a text": (200, "application/json", NAME),
    "texts": (200, "application/json", dict.fromkeys(("query", "items", "courses", "course"), NAME)),
    "lists of texts": (
        200,
        "application/json",
        {
            "query": {key: [NAME] for key in ("allrevisions", "users", "pages")},
            "items": [NAME],
            "courses": [NAME],
            "course": [NAME],
        },
    ),
    "odd values": (
        200,
        "application/json",
        {
            "query": {
                "allrevisions": [{"ns": 0, "revisions": [{"timestamp": NAME, "tags": []}]}],
                "users": [{"name": NAME, "groups": [], "registration": NAME}],
                "pages": [{"ns": NAME, "title": NAME}],
            },
            "items": [
                {
                    "project": "hi.wikipedia",
                    "results": [{"top": [{"edits": NAME, "user_text": NAME, "page_title": NAME}]}],
                    "articles": [{"article": NAME, "views": NAME}],
                }
            ],
            "courses": NAME,
            "course": NAME,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKING)
@pytest.mark.parametrize("odd", ODD)
def test_no_error_and_no_line_of_the_log_names_anybody(
    server: HTTPServer, session: PoliteSession, caplog: pytest.LogCaptureFixture, asked: str, odd: str
) -> None:
    caplog.set_level(logging.DEBUG)
    status, kind, body = ODD[odd]
    text = body if odd in {"a page", "broken", "half a character", "away"} else json.dumps(body)
    server.expect_request(re.compile("/.*")).respond_with_data(text, status, content_type=kind)

    with pytest.raises(WikimediaError) as caught:
        ASKING[asked](session, server.url_for("").rstrip("/"))

    told = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    error: BaseException | None = caught.value
    while error is not None:
        told.append(f"{error!s} {error!r}")
        error = error.__cause__
    assert server.log, "nobody was asked"
    assert not [text for text in told if "Known" in text]
