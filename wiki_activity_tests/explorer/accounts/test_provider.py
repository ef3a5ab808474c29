"""An OAuth server that does not keep to the rules, is slow or away, and what is told of its secrets."""

import logging
import socket
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.explorer.accounts.provider import Profile, Provider, ProviderError
from wiki_activity_tests.explorer.accounts.conftest import Start, heading, session_of
from wiki_activity_tests.explorer.accounts.oauth_server import CLIENT_SECRET

FAULTS = [
    ("authorize", "denied", 403, "You were not logged in"),
    ("authorize", "server_error", 502, "Logging in does not work now"),
    ("authorize", "<script>alert(1)</script>", 502, "Logging in does not work now"),
    *(
        (endpoint, fault, 502, "Logging in does not work now")
        for endpoint in ("access_token", "profile", "api")
        for fault in ("500", "429", "broken", "html", "list", "empty", "redirect")
    ),
    ("access_token", "odd expiry", 502, "Logging in does not work now"),
    ("access_token", "odd type", 502, "Logging in does not work now"),
    ("access_token", "invalid_client", 502, "Logging in does not work now"),
    ("access_token", "used code", 400, "You were not logged in"),
]


def test_whatever_the_provider_does_the_page_says_so_and_nobody_is_logged_in(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = start()
    for endpoint, fault, status, title in FAULTS:
        world.oauth.faults = {endpoint: fault}
        with world.browser() as browser:
            page = browser.get("/login")
            assert (page.status_code, heading(page)) == (status, title), (endpoint, fault)
            assert "Traceback" not in page.text
            assert "<script>alert" not in page.text
            assert session_of(browser)["user"] is None
            # The way is clear again once the fault is gone.
            world.oauth.faults = {}
            assert browser.get("/login").status_code == 200
    for profile in ([], {"username": "Asha"}, {**world.oauth.profile, "sub": None}, {"sub": 1, "username": 5}):
        world.oauth.profile = profile
        with world.browser() as browser:
            assert browser.get("/login").status_code == 502, profile
    told = told_by_servers(caplog)
    assert CLIENT_SECRET not in told
    assert world.oauth.given
    assert not [secret for secret in world.oauth.given if secret in told]
    assert "Traceback" not in caplog.text


def told_by_servers(caplog: pytest.LogCaptureFixture) -> str:
    """All log lines but those of the browser, which may know where it is sent."""
    return "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    )


def test_secrets_are_in_no_log_and_on_no_page(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = start()
    with world.browser() as browser:
        page = browser.get("/login")
        token = session_of(browser)["csrf_token"] or ""
        sealed = browser.cookies["wa"]
    ours = told_by_servers(caplog)
    theirs_too = [*world.oauth.given, CLIENT_SECRET, token, sealed, sealed.split(".")[0]]
    assert "GET /oauth/callback HTTP" in ours
    # The OAuth server's own access log may name the state; ours never names what came back.
    assert not [secret for secret in theirs_too if secret in ours]
    assert CLIENT_SECRET not in page.text
    assert not [one for one in world.oauth.given if one in page.text]


def test_a_provider_that_is_away_is_said_to_be(start: Start) -> None:
    world = start()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    own = replace(world.app.state.explorer.own, oauth_url=f"http://localhost:{port}/oauth2")
    with pytest.raises(ProviderError, match="ConnectionError"):
        Provider(own, world.oauth.redirect_uri, "").identify("code", "verifier")


@pytest.mark.parametrize("fault", ["slow", "drip", "endless"])
@pytest.mark.parametrize("endpoint", ["access_token", "profile"])
def test_a_provider_that_is_slow_is_not_waited_for(start: Start, endpoint: str, fault: str) -> None:
    world = start()
    world.oauth.faults = {endpoint: fault}
    own = world.app.state.explorer.own
    provider = Provider(own, world.oauth.redirect_uri, "", AnswerLimits(seconds=0.2, bytes=1000))
    location = httpx.get(provider.authorize_url("some-state", "v" * 43), follow_redirects=False).headers["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    with pytest.raises(ProviderError, match=r"ReadTimeout|LongAnswerError"):
        provider.identify(code, "v" * 43)


def test_a_code_without_its_verifier_is_worth_nothing(start: Start) -> None:
    world = start()
    provider = Provider(world.app.state.explorer.own, world.oauth.redirect_uri, "")
    location = httpx.get(provider.authorize_url("s", "v" * 43), follow_redirects=False).headers["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    with pytest.raises(ProviderError, match="the code was refused"):
        provider.identify(code, "w" * 43)


def test_the_profile_is_all_that_is_kept(start: Start) -> None:
    world = start()
    provider = Provider(world.app.state.explorer.own, world.oauth.redirect_uri, "")
    location = httpx.get(provider.authorize_url("s", "v" * 43), follow_redirects=False).headers["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert provider.identify(code, "v" * 43) == Profile(4711, "Asha", blocked=False)
