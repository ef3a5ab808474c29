"""What the polite session does with each kind of answer."""

import time
from email.utils import formatdate

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from wiki_activity.wikimedia.errors import NotFoundError, PassingError, RefusedError, UnreachableError
from wiki_activity.wikimedia.http import PoliteSession, user_agent


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


def test_a_password_in_an_address_is_never_told(session: PoliteSession) -> None:
    with pytest.raises(UnreachableError) as caught:
        session.get_json("http://me:secret@127.0.0.1:9/x")

    assert "secret" not in str(caught.value)
    assert "127.0.0.1:9/x" in str(caught.value)
