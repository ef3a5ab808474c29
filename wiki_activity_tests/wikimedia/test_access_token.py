"""Who sees the access token, and what becomes of one that is refused."""

import logging

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from wiki_activity.pacing import Pacer
from wiki_activity.settings import SettingError, read_settings
from wiki_activity.wikimedia.access_token import AccessToken, make_token
from wiki_activity.wikimedia.answer_errors import RefusedError
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy

NO = '{"detail": "no"}'
SECRET = "s3cret.token-of_somebody"
METRICS = "https://wikimedia.org/api/rest_v1/metrics"


def make_session(token: AccessToken | None, budget: Pacer | None = None) -> PoliteSession:
    retries = RetryPolicy(attempts=3, first_wait_seconds=0.001, longest_wait_seconds=0.002, jitter_seconds=0.001)
    return PoliteSession(
        contact="t@example.org", per_minute=60_000, max_connections=2, retries=retries, budget=budget, token=token
    )


def token_for(*homes: str) -> AccessToken:
    return AccessToken(SECRET, homes, per_minute_without=190)


def is_for(token: AccessToken, url: str) -> bool:
    return token.is_for(requests.Request("GET", url).prepare())


def answer_those_with(server: HTTPServer, status: int, document: str = NO, plain: int = 200) -> list[str]:
    """Answer requests with a token so, and those without with `plain`; return what they carried, as it comes."""
    seen: list[str] = []

    def answer(request: Request) -> Response:
        carried = request.headers.get("Authorization", "")
        seen.append(carried)
        if carried:
            return Response(document, status=status, content_type="application/json")
        return Response('{"ok": true}', status=plain, content_type="application/json")

    server.expect_request("/x").respond_with_handler(answer)
    return seen


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (f"{METRICS}/edits/x", True),
        ("https://meta.wikimedia.org/w/api.php", True),
        ("https://hi.wikipedia.org/w/api.php", True),
        ("https://www.wikidata.org/w/api.php", True),
        ("http://wikimedia.org/x", False),
        ("https://hi.wikipedia.org.example.org/w/api.php", False),
        ("https://notwikipedia.org/w/api.php", False),
        ("https://example.org/w/api.php", False),
        ("http://127.0.0.1/x", True),
        ("https://me:own@meta.wikimedia.org/w/api.php", False),
    ],
)
def test_only_wikimedias_hosts_see_it(url: str, wanted: bool) -> None:
    token = make_token(read_settings({"WIKI_ACTIVITY_TOKEN": SECRET}))
    assert token is not None
    if url.startswith("http://127"):
        assert not is_for(token, url)
        token = token_for("http://127.0.0.1/metrics")
    assert is_for(token, url) is wanted


def test_only_hosts_that_the_settings_name_see_it() -> None:
    variables = {"TOKEN": SECRET, "SITEMATRIX_URL": "http://127.0.0.1:8000/w/api.php", "METRICS_URL": "https://a.org/m"}
    token = make_token(read_settings({f"WIKI_ACTIVITY_{name}": value for name, value in variables.items()}))
    assert token is not None
    assert is_for(token, "http://127.0.0.1:8000/wikis/hi.wikipedia.org/w/api.php")
    for url in ("https://hi.wikipedia.org/w/api.php", f"{METRICS}/x", "https://a.org/m/x", "http://127.0.0.1:8001/x"):
        assert not is_for(token, url)


def test_it_is_sent_to_its_home_and_to_nobody_else(httpserver: HTTPServer) -> None:
    seen = answer_those_with(httpserver, 200, '{"ok": true}')
    with HTTPServer() as other:
        other_seen = answer_those_with(other, 200, '{"ok": true}')
        with make_session(token_for(httpserver.url_for("/"))) as session:
            session.get_json(httpserver.url_for("/x"))
            session.get_json(other.url_for("/x"))
    assert (seen, other_seen) == ([f"Bearer {SECRET}"], [""])


def test_a_redirect_elsewhere_does_not_take_it_along(httpserver: HTTPServer) -> None:
    with HTTPServer() as other:
        other_seen = answer_those_with(other, 200)
        httpserver.expect_request("/away").respond_with_data("", 302, {"Location": other.url_for("/x")})
        with make_session(token_for(httpserver.url_for("/"))) as session, pytest.raises(RefusedError) as caught:
            session.get_json(httpserver.url_for("/away"))
    assert other_seen == []
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert isinstance(caught.value.__cause__, requests.RequestException)
    assert "Authorization" not in caught.value.__cause__.request.headers  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (401, '{"detail": "no"}'),
        (403, '{"detail": "no"}'),
        (200, '{"error": {"code": "mwoauth-invalid-authorization", "info": "expired"}}'),
    ],
)
def test_one_that_is_refused_is_told_once_and_left_out_from_then_on(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, status: int, document: str
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = answer_those_with(httpserver, status, document)
    token, budget = token_for(httpserver.url_for("/")), Pacer(1900)
    with make_session(token, budget) as session:
        for _ in range(3):
            assert session.get_json(httpserver.url_for("/x")) == {"ok": True}
    assert seen == [f"Bearer {SECRET}", "", "", ""]
    assert token.is_refused
    assert budget.per_minute == 190
    assert caplog.text.count("refuses WIKI_ACTIVITY_TOKEN") == 1
    assert "at most 190 requests a minute" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("plain", [403, 500])
def test_one_is_not_blamed_for_what_is_refused_without_it_too(httpserver: HTTPServer, plain: int) -> None:
    answer_those_with(httpserver, 403, plain=plain)
    token, budget = token_for(httpserver.url_for("/")), Pacer(1900)
    with make_session(token, budget) as session:
        for _ in range(2):
            with pytest.raises(Exception, match=str(plain)):
                session.get_json(httpserver.url_for("/x"))
    assert not token.is_refused
    assert budget.per_minute == 1900


def test_a_refused_one_costs_what_it_had_allowed() -> None:
    with_contact = {"WIKI_ACTIVITY_CONTACT": "t@example.org", "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "2000"}
    settings = read_settings(with_contact)
    assert (settings.pace_per_minute, settings.pace_without_token) == (1900, 190)
    assert read_settings({}).pace_without_token == 9


def test_it_is_in_no_text_of_the_settings() -> None:
    settings = read_settings({"WIKI_ACTIVITY_TOKEN": SECRET})
    assert settings.token == SECRET
    assert SECRET not in f"{settings!r} {settings}"
    with pytest.raises(SettingError) as caught:
        read_settings({"WIKI_ACTIVITY_TOKEN": f"Bearer {SECRET}"})
    assert "WIKI_ACTIVITY_TOKEN" in str(caught.value)
    assert SECRET not in str(caught.value)
