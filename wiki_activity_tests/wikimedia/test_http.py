"""What the polite session does with each kind of answer."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import formatdate

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.wikimedia.answer_errors import (
    MalformedAnswerError,
    NotAskedError,
    NotFoundError,
    PassingError,
    RefusedError,
    SlowAnswerError,
    UnreachableError,
    WikimediaError,
)
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy, user_agent
from wiki_activity.wikimedia.retry_after import read_retry_after
from wiki_activity_tests.wikimedia.raw_server import answering, repeating, running_raw_server

LIMITS = AnswerLimits(seconds=0.5, bytes=100_000)


def test_the_user_agent_names_the_program_the_contact_and_the_library() -> None:
    agent = user_agent("me@example.org")

    assert agent.startswith("wiki_activity/")
    assert "(me@example.org)" in agent
    assert agent.endswith(f"requests/{requests.__version__}")


def test_without_a_contact_the_user_agent_still_names_the_program() -> None:
    assert user_agent("").startswith("wiki_activity/")
    assert "(" not in user_agent("")


def test_the_user_agent_is_sent(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request("/x", headers={"User-Agent": user_agent("tests@example.org")}).respond_with_json({"a": 1})

    assert session.get_json(server.url_for("/x")) == {"a": 1}


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_what_may_heal_is_asked_again(server: HTTPServer, session: PoliteSession, status: int) -> None:
    server.expect_ordered_request("/x").respond_with_data("no", status=status)
    server.expect_ordered_request("/x").respond_with_json([1])

    assert session.get_json(server.url_for("/x")) == [1]


@pytest.mark.parametrize(
    "body", ['{"items": [{"resu', "", "1" * 5000, "[" * 100_000], ids=["cut", "empty", "long", "deep"]
)
def test_broken_json_is_asked_again(server: HTTPServer, session: PoliteSession, body: str) -> None:
    server.expect_ordered_request("/x").respond_with_data(body, content_type="application/json")
    server.expect_ordered_request("/x").respond_with_json([2])

    assert session.get_json(server.url_for("/x")) == [2]


def test_what_does_not_heal_in_all_attempts_is_named(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request("/x").respond_with_data("no", status=503)

    with pytest.raises(PassingError, match=r"/x: 503"):
        session.get_json(server.url_for("/x"))

    assert len(server.log) == 4


def test_404_is_final_and_its_detail_is_kept(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request("/x").respond_with_json({"detail": "no data for those dates"}, status=404)

    with pytest.raises(NotFoundError, match="no data for those dates"):
        session.get_json(server.url_for("/x"))

    assert len(server.log) == 1


@pytest.mark.parametrize("status", [400, 403])
def test_other_refusals_are_final(server: HTTPServer, session: PoliteSession, status: int) -> None:
    server.expect_request("/x").respond_with_data("no", status=status)

    with pytest.raises(RefusedError, match=str(status)):
        session.get_json(server.url_for("/x"))

    assert len(server.log) == 1


def test_a_server_that_is_not_there_is_unreachable(session: PoliteSession) -> None:
    with pytest.raises(UnreachableError, match="no answer"):
        session.get_json("http://127.0.0.1:9/x")


@pytest.mark.parametrize("as_date", [False, True])
def test_nobody_asks_before_retry_after_is_over(server: HTTPServer, session: PoliteSession, as_date: bool) -> None:
    moments: list[float] = []

    def refuse_first(_: Request) -> Response:
        moments.append(time.time())
        if len(moments) > 1:
            return Response('{"ok": true}', content_type="application/json")
        value = formatdate(time.time() + 2, usegmt=True) if as_date else "1"
        return Response("slow down", status=429, headers={"Retry-After": value}, content_type="text/plain")

    server.expect_request("/x").respond_with_handler(refuse_first)

    assert session.get_json(server.url_for("/x")) == {"ok": True}
    # An HTTP date has whole seconds: two seconds ahead is at least one.
    assert moments[1] - moments[0] >= 1.0


def test_requests_that_waited_while_another_was_refused_and_are_refused_too_slow_the_pace_again(
    server: HTTPServer,
) -> None:
    server.expect_request("/x").respond_with_data("slow down", status=429, headers={"Retry-After": "0.2"})

    def ask(session: PoliteSession) -> None:
        with suppress(PassingError):
            session.get_json(server.url_for("/x"))

    with (
        PoliteSession(
            contact="tests@example.org", per_minute=1200, max_connections=3, retries=RetryPolicy(attempts=2)
        ) as session,
        ThreadPoolExecutor(3) as pool,
    ):
        list(pool.map(ask, [session] * 3))

        # Half of it after the first refusal, and three quarters of what it was after each of the other five.
        assert session.budget.per_minute < 0.3 * 1200


def test_every_turn_is_given_back_with_what_came_of_it(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request("/x").respond_with_json({})
    session.get_json(server.url_for("/x"))
    for url in (server.url_for("/missing"), "http://127.0.0.1:9/x"):
        with pytest.raises(WikimediaError):
            session.get_json(url)
    # What does not answer is asked four times, and 500 is what the stand-in says of what it does not know.
    answers = session.budget.figures.answers
    assert (answers[200], answers[500], answers[0]) == (1, 4, 4)
    assert session.budget.figures.sent == 9
    assert session.budget.figures.waited_seconds >= 0


def test_where_no_turn_comes_in_time_nothing_is_asked(server: HTTPServer) -> None:
    server.expect_request("/x").respond_with_json({})
    with PoliteSession(
        contact="t@example.org", per_minute=1, max_connections=1, retries=RetryPolicy(attempts=5), turn_seconds=0.1
    ) as session:
        session.get_json(server.url_for("/x"))
        with pytest.raises(NotAskedError, match="no turn came in time"):
            session.get_json(server.url_for("/x"))
        assert session.budget.figures.sent == 1


def test_a_password_in_an_address_is_never_told(session: PoliteSession) -> None:
    with pytest.raises(UnreachableError) as caught:
        session.get_json("http://me:secret@127.0.0.1:9/x")

    assert "secret" not in str(caught.value)
    assert "127.0.0.1:9/x" in str(caught.value)


def test_an_answer_that_drips_is_given_up_after_the_second_time(session: PoliteSession) -> None:
    drip = repeating(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"[", every_seconds=0.1)
    with running_raw_server(drip) as server, pytest.raises(SlowAnswerError, match=r"/x: no whole answer within 0\.5 s"):
        session.get_json(server.url_for("/x"), limits=LIMITS)
    assert len(server.asked) == 2


def test_an_answer_that_is_too_long_is_final(session: PoliteSession) -> None:
    endless = repeating(b"HTTP/1.1 200 OK\r\n\r\n", b"[" * 65536)
    with running_raw_server(endless) as server, pytest.raises(MalformedAnswerError, match="longer than 100,000 bytes"):
        session.get_json(server.url_for("/x"), limits=AnswerLimits(60, 100_000))
    assert len(server.asked) == 1


def test_an_answer_that_cannot_be_unpacked_is_asked_again(session: PoliteSession) -> None:
    broken = answering(b"no gzip", "Content-Encoding: gzip")
    with running_raw_server(broken) as server, pytest.raises(PassingError, match="cannot be unpacked"):
        session.get_json(server.url_for("/x"))
    assert len(server.asked) == 4


def test_a_page_is_no_answer_and_not_asked_for_again(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request("/x").respond_with_data("<!doctype html><title>Log in</title>", content_type="text/html")

    with pytest.raises(MalformedAnswerError, match="answered 200 with a page, not with JSON: <!doctype html>"):
        session.get_json(server.url_for("/x"))

    assert len(server.log) == 1


@pytest.mark.parametrize("place", ["http://elsewhere.example/x?secret=1", "/x"])
def test_a_redirect_elsewhere_or_in_a_circle_is_final(server: HTTPServer, session: PoliteSession, place: str) -> None:
    server.expect_request("/x").respond_with_data(status=302, headers={"Location": place})

    with pytest.raises(RefusedError, match=r"http://elsewhere\.example/x, which is not followed|redirects") as caught:
        session.get_json(server.url_for("/x"))

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("code", ["ratelimited", "maxlag", "readonly", "internal_api_error_DBQueryError"])
def test_an_error_of_the_action_api_that_may_heal_is_asked_again(
    server: HTTPServer, session: PoliteSession, code: str
) -> None:
    server.expect_ordered_request("/x").respond_with_json({"error": {"code": code, "info": "Wait."}})
    server.expect_ordered_request("/x").respond_with_json([1])

    assert session.get_json(server.url_for("/x")) == [1]


def test_another_error_of_the_action_api_is_final_and_quoted(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request("/x").respond_with_json({"error": {"code": "badvalue", "info": "Unrecognized value."}})

    with pytest.raises(RefusedError, match=r"badvalue: Unrecognized value\."):
        session.get_json(server.url_for("/x"))

    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("999999999", 120.0),
        ("9" * 400, 120.0),
        ("Fri, 31 Dec 2999 23:59:59 GMT", 120.0),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("²", None),
        ("soon", None),
    ],
)
def test_nobody_waits_longer_than_two_minutes_and_that_is_told(
    caplog: pytest.LogCaptureFixture, value: str, seconds: float | None
) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = value

    assert read_retry_after(response) == seconds

    told = [record.message for record in caplog.records]
    assert (len(told) == 1 and told[0].endswith("waiting 120 s")) if seconds == 120 else not told


def test_requests_that_ask_again_end_at_the_limit(server: HTTPServer, session: PoliteSession) -> None:
    server.expect_request("/away").respond_with_data("", status=503)
    server.expect_request("/well").respond_with_json({})
    with session.limited(6) as meter:
        for _ in range(2):
            with pytest.raises(PassingError, match="503"):
                session.get_json(server.url_for("/away"))
        with pytest.raises(NotAskedError, match="6 requests were sent"):
            session.get_json(server.url_for("/well"))

    assert meter.sent == len(server.log) == 6, "four times, and twice"
    assert session.get_json(server.url_for("/well")) == {}
