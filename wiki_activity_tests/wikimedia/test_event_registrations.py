"""Events as Event registration answers them: what is kept of one, and what is left out."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, NotFoundError
from wiki_activity.wikimedia.event_registrations import EventRegistrationClient, OddEventError
from wiki_activity.wikimedia.http import PoliteSession

ANSWER: dict[str, Any] = {
    "id": 7, "name": "Feminism and Folklore 2026", "event_page": "Event:Feminism and Folklore 2026",
    "event_page_wiki": "metawiki", "status": "open", "timezone": "Asia/Kolkata", "start_time": "20260201000000",
    "end_time": "20260331235900", "types": ["contest"], "wikis": ["hiwiki", "bnwiki"], "topics": ["women"],
    "online_meeting": True, "inperson_meeting": False, "meeting_country_code": "IN", "meeting_address": "Zqx Street 7",
    "meeting_url": "https://meet.example.org/zqx", "chat_url": "https://chat.example.org/zqx", "is_test_event": False,
    "tracking_tools": [{"tool_id": "wikimedia-pe-dashboard", "tool_event_id": "Org/Course_(2026)"}], "questions": [],
}  # fmt: skip


@pytest.fixture
def client(server: HTTPServer, session: PoliteSession) -> EventRegistrationClient:
    return EventRegistrationClient(session, server.url_for("/registration"))


def get(server: HTTPServer, client: EventRegistrationClient, **changes: Any) -> CommunityEvent | None:
    server.expect_request("/registration/7").respond_with_json(ANSWER | changes)
    return client.get_event(7)


def test_an_event_is_kept_with_its_days_and_moments_and_nothing_of_where_people_meet(
    server: HTTPServer, client: EventRegistrationClient
) -> None:
    event = get(server, client)
    assert event == CommunityEvent(
        id=7,
        name="Feminism and Folklore 2026",
        page="Event:Feminism and Folklore 2026",
        page_dbname="metawiki",
        dbnames=("hiwiki", "bnwiki"),
        starts_at=datetime(2026, 1, 31, 18, 30, tzinfo=UTC),
        ends_at=datetime(2026, 3, 31, 18, 29, tzinfo=UTC),
        first=date(2026, 2, 1),
        last=date(2026, 3, 31),
        types=("contest",),
        dashboard_slug="Org/Course_(2026)",
    )
    assert "zqx" not in repr(asdict(event)).casefold()
    assert "'IN'" not in repr(asdict(event))


@pytest.mark.parametrize(
    ("zone", "begins"),
    [("UTC", "2026-02-01 00:00"), ("+05:45", "2026-01-31 18:15"), ("-0300", "2026-02-01 03:00"),
     ("America/Lima", "2026-02-01 05:00")],
)  # fmt: skip
def test_times_are_read_by_the_events_own_time_zone(
    server: HTTPServer, client: EventRegistrationClient, zone: str, begins: str
) -> None:
    event = get(server, client, timezone=zone)
    assert event is not None
    assert f"{event.starts_at:%Y-%m-%d %H:%M}" == begins
    assert event.first == date(2026, 2, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "}, {"name": None}, {"name": "\u202e\u0007"}, {"timezone": "Mars/Olympus"}, {"timezone": "Asia"},
        {"timezone": "../etc/passwd"}, {"timezone": None}, {"start_time": None}, {"end_time": "99991231235959"},
        {"end_time": "20260131235959"}, {"end_time": "20270301000000"}, {"start_time": "20260230000000"},
        {"start_time": 20260201000000}, {"wikis": []}, {"wikis": None}, {"wikis": "hiwiki"}, {"wikis": ["<b>"]},
        {"event_page": ""}, {"event_page": "User:Somebody/Event"},
        {"event_page": "User talk:Somebody"}, {"event_page": "Event:\u0007"},
        {"event_page_wiki": "meta wiki"}, {"event_page": "x" * 256},
    ],
    ids=repr,
)  # fmt: skip
def test_what_lacks_something_or_says_what_cannot_be_is_left_out(
    server: HTTPServer, client: EventRegistrationClient, changes: dict[str, Any]
) -> None:
    with pytest.raises(OddEventError):
        get(server, client, **changes)


def test_what_can_be_missing_may_be_odd(server: HTTPServer, client: EventRegistrationClient) -> None:
    event = get(server, client, types=["contest", 3, "<b>"], tracking_tools="none", wikis=["hiwiki", 5, "*"])
    assert event is not None
    assert (event.types, event.dashboard_slug, event.dbnames) == (("contest",), None, ("*",))
    assert event.is_everywhere


def test_a_name_is_kept_without_what_steers_the_text_around_it(
    server: HTTPServer, client: EventRegistrationClient
) -> None:
    event = get(server, client, name="\u202eBackwards\u0007 " + "long " * 60)
    assert event is not None
    assert event.name.startswith("Backwards long long")
    assert len(event.name) < 100


def test_a_test_is_no_event_and_one_that_is_gone_is_not_found(
    server: HTTPServer, client: EventRegistrationClient
) -> None:
    assert get(server, client, is_test_event=True) is None
    gone = {"errorKey": "campaignevents-rest-get-registration-deleted", "httpCode": 404}
    server.expect_request("/registration/8").respond_with_json(gone, status=404)
    with pytest.raises(NotFoundError):
        client.get_event(8)


@pytest.mark.parametrize("answer", [{}, [], ANSWER | {"id": 8}, ANSWER | {"id": True}, "<h1>Something else</h1>"])
def test_what_is_about_something_else_is_no_answer(
    server: HTTPServer, client: EventRegistrationClient, answer: Any
) -> None:
    server.expect_request("/registration/7").respond_with_json(answer)
    with pytest.raises(MalformedAnswerError) as caught:
        client.get_event(7)
    assert not isinstance(caught.value, OddEventError)


@pytest.mark.parametrize("body", ["<h1>Not Found</h1>", '{"errorKey": "rest-no-match", "httpCode": 404}'])
def test_a_404_of_somebody_else_does_not_say_that_an_event_is_gone(
    server: HTTPServer, client: EventRegistrationClient, body: str
) -> None:
    kind = "text/html" if body.startswith("<") else "application/json"
    server.expect_request("/registration/8").respond_with_data(body, status=404, content_type=kind)
    with pytest.raises(MalformedAnswerError, match="404"):
        client.get_event(8)
