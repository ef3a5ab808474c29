"""The whole way of a login, over real HTTP, with an OAuth server that keeps to the rules, and one that does not."""

import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.explorer.accounts.global_accounts import MOST_AT_ONCE
from wiki_activity.explorer.accounts.provider import Profile, Provider, ProviderError
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import login_attempts, sessions
from wiki_activity_tests.explorer.accounts.conftest import Clock, Make, public_settings, somewhere
from wiki_activity_tests.explorer.accounts.oauth_server import CLIENT_SECRET, OAuthServer
from wiki_activity_tests.explorer.accounts.serving import serving
from wiki_activity_tests.explorer.links import open_link


@dataclass(slots=True)
class World:
    """A running explorer and the running OAuth server that it sends people to."""

    url: str
    app: FastAPI
    oauth: OAuthServer
    engine: Engine

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, follow_redirects=True, timeout=30, headers=somewhere())

    def rows(self) -> list[tuple[str, str, str]]:
        with reading(self.engine) as connection:
            query = select(sessions.c.person_id, sessions.c.person_name, sessions.c.role)
            return [tuple(row) for row in connection.execute(query)]


Start = Callable[..., World]


@pytest.fixture
def start(make: Make, engine: Engine) -> Iterator[Start]:
    with ExitStack() as stack:

        def start_world(**named: str) -> World:
            ours, theirs = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2))
            url = f"http://localhost:{ours.getsockname()[1]}"
            oauth = OAuthServer(redirect_uri=f"{url}/oauth/callback")
            stack.callback(oauth.released.set)
            provider = stack.enter_context(serving(oauth.app(), theirs))
            settings = {"EXPLORER_URL": url, "OAUTH_URL": f"{provider}/oauth2", "CONTACT": "ops@example.org"}
            settings |= {"ACCOUNTS_URL": f"{provider}/w/api.php", **named}
            app = make(**public_settings(**settings))
            assert stack.enter_context(serving(app, ours)) == url
            return World(url, app, oauth, engine)

        yield start_world


def session_of(browser: httpx.Client) -> dict[str, str | None]:
    answer: dict[str, str | None] = browser.get("/api/v1/session").json()
    return answer


def log_out(browser: httpx.Client) -> httpx.Response:
    return browser.post("/logout", json={}, headers={"X-CSRF-Token": session_of(browser)["csrf_token"] or ""})


def heading(answer: httpx.Response) -> str:
    match = re.search("<h1>(.*)</h1>", answer.text)
    assert match is not None, answer.text
    return match[1]


def test_a_person_logs_in_goes_on_where_they_were_and_logs_out(start: Start) -> None:
    world = start()
    with world.browser() as browser:
        assert session_of(browser) == {"user": None, "role": "viewer", "csrf_token": None}
        assert "csrf-token" not in browser.get("/about").text
        page = browser.get("/login", params={"next": "/find?q=xyz"})
        assert (page.status_code, page.url.path, page.url.query) == (200, "/find", b"q=xyz")
        assert "<bdi>Asha</bdi>" in page.text
        assert page.headers["cache-control"] == "no-store"
        session = session_of(browser)
        assert (session["user"], session["role"]) == ("Asha", "editor")
        assert world.rows() == [("4711", "Asha", "editor")]
        kept = dict(browser.cookies)

        assert log_out(browser).status_code == 204
        assert world.rows() == []
        assert session_of(browser)["user"] is None
        browser.cookies.set("wa", kept["wa"], domain="localhost.local")
        assert session_of(browser)["user"] is None


def test_the_provider_is_asked_as_its_rules_say(start: Start) -> None:
    world = start()
    with world.browser() as browser:
        sent = browser.get("/login", follow_redirects=False)
        query = parse_qs(urlsplit(sent.headers["location"]).query)
        assert sent.status_code == 303
        assert sent.headers["cache-control"] == "no-store"
        assert query["response_type"] == ["code"]
        assert query["code_challenge_method"] == ["S256"]
        assert query["redirect_uri"] == [f"{world.url}/oauth/callback"]
        assert set(query) == {
            "response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method",
        }  # fmt: skip
        browser.get("/login")
    assert world.oauth.asked[:4] == ["authorize", "access_token", "profile", "api"]
    assert world.oauth.looked_up[0] == "4711"
    assert all(re.fullmatch(r"wiki_activity/\S+ \(ops@example\.org\) requests/\S+", one) for one in world.oauth.agents)


def test_what_is_stored_is_worth_nothing_to_a_thief(start: Start) -> None:
    world = start()
    with world.browser() as browser:
        sent = browser.get("/login", follow_redirects=False)
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        browser.get("/login")
        cookies = " ".join(browser.cookies.values())
        with reading(world.engine) as connection:
            stored = [*connection.execute(select(sessions.c.token_hash)).scalars()]
            states = [*connection.execute(select(login_attempts.c.state_hash)).scalars()]
    assert stored
    assert all(one not in cookies and re.fullmatch("[0-9a-f]{64}", one) for one in stored)
    assert states
    assert all(state not in one for one in states)


def test_each_login_begins_a_session_of_its_own_and_ends_the_one_before(start: Start) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        first = browser.cookies["wa"]
        browser.get("/login")
        assert browser.cookies["wa"] != first
        assert len(world.rows()) == 1


def test_a_new_account_name_is_the_same_person(start: Start) -> None:
    world = start()
    with world.browser() as browser, world.browser() as other:
        browser.get("/login")
        world.oauth.profile["username"] = "Asha (renamed)"
        other.get("/login")
        assert sorted(world.rows()) == [("4711", "Asha", "editor"), ("4711", "Asha (renamed)", "editor")]


@pytest.mark.parametrize(
    ("profile", "reviewers", "role"),
    [
        ({}, "", "editor"),
        ({"editcount": 1000}, "", "editor"),
        ({"sub": "4711"}, "4711", "reviewer"),
        ({}, "Someone,Asha", "reviewer"),
        ({"editcount": 3}, "4711", "reviewer"),
        ({"username": "asha"}, "Asha", "editor"),
        ({"sub": 99, "username": "4711"}, "4711", "editor"),
        ({"editcount": 12, "everywhere": 50_000}, "", "editor"),
    ],
)
def test_the_role_is_found_at_login(start: Start, profile: dict[str, object], reviewers: str, role: str) -> None:
    world = start(REVIEWERS=reviewers)
    if "everywhere" in profile:
        world.oauth.account["editcount"] = profile["everywhere"]
    world.oauth.profile |= profile
    with world.browser() as browser:
        browser.get("/login")
        assert session_of(browser)["role"] == role


EN_WIKI = {"wiki": "enwiki", "editcount": 5000}
BLOCK = {"blocked": {"expiry": "infinity", "reason": "no"}}


@pytest.mark.parametrize(
    ("profile", "account", "blocks", "why"),
    [
        ({"editcount": 999}, {}, [], "needs\n  1,000 edits on all wikis together; this one has 999."),
        ({"editcount": 50_000}, {"editcount": 12}, [], "this one has 12."),
        ({"blocked": True}, {}, [], "This account is blocked on Meta-Wiki,"),
        ({"blocked": True, "username": "Boss"}, {}, [], "This account is blocked on Meta-Wiki,"),
        ({}, {"locked": True}, [], "This account is locked on all wikis,"),
        ({"username": "Boss"}, {"locked": ""}, [], "This account is locked on all wikis,"),
        ({}, {}, [{"id": 5, "target": "Asha", "expiry": "infinity"}], "This account is blocked on all wikis,"),
        ({}, {"merged": [EN_WIKI | BLOCK]}, [], "This account is blocked on enwiki,"),
        ({}, {"home": "dewiki", "merged": [EN_WIKI | BLOCK]}, [], "This account is blocked on enwiki,"),
        (
            {},
            {"merged": [EN_WIKI, {"wiki": "metawiki", "editcount": 3} | BLOCK]},
            [],
            "This account is blocked on metawiki,",
        ),
    ],
)
def test_who_may_not_write_is_told_why_and_may_read(
    start: Start, profile: dict[str, object], account: dict[str, object], *, blocks: list[dict[str, object]], why: str
) -> None:
    world = start(REVIEWERS="Boss")
    with world.browser() as elsewhere, world.browser() as browser:
        elsewhere.get("/login")
        world.oauth.profile |= profile
        world.oauth.account, world.oauth.global_blocks = account, blocks
        page = browser.get("/login", params={"next": "/about"})
        assert (page.status_code, heading(page)) == (403, "You can read, but not write")
        assert why in page.text
        assert 'href="/about"' in page.text
        session = session_of(browser)
        assert session["role"] == "viewer"
        assert session_of(elsewhere)["user"] is None
        assert log_out(browser).status_code == 204


def test_a_block_far_from_home_is_no_bar(start: Start) -> None:
    world = start()
    world.oauth.account = {"merged": [EN_WIKI, {"wiki": "xxwiki", "editcount": 2} | BLOCK]}
    with world.browser() as browser:
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"


def test_a_flag_that_is_false_is_not_set(start: Start) -> None:
    world = start()
    local = EN_WIKI | {"blocked": False}
    world.oauth.account = {"locked": False, "hidden": False, "missing": False, "merged": [local]}
    with world.browser() as browser:
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"


@pytest.mark.parametrize(
    ("profile", "account", "words"),
    [
        ({"sub": 4711, "blocked": True}, {}, "Wikimedia knows no such account on all wikis, or has hidden it."),
        ({"sub": 4711}, {}, "Wikimedia knows no such account on all wikis, or has hidden it."),
        ({"sub": 4711, "username": "Asha"}, {"missing": True}, "or has hidden it."),
        ({"sub": 4711, "username": "Asha"}, {"hidden": True}, "or has hidden it."),
        ({"sub": "0", "username": "Asha"}, {}, "no number that holds on all wikis"),
        ({"sub": 0, "username": "Asha"}, {}, "no number that holds on all wikis"),
        ({"sub": "", "username": "Asha"}, {}, "no number that holds on all wikis"),
        ({"sub": "-5", "username": "Asha"}, {}, "no number that holds on all wikis"),
    ],
)
def test_an_account_that_is_nobodys_is_refused_with_a_whole_sentence(
    start: Start, profile: dict[str, object], account: dict[str, object], words: str
) -> None:
    world = start()
    with world.browser() as before, world.browser() as browser:
        before.get("/login")
        world.oauth.profile, world.oauth.account = profile, account
        page = browser.get("/login")
        assert (page.status_code, heading(page)) == (403, "You were not logged in")
        assert words in page.text
        assert session_of(browser)["user"] is None


def write(browser: httpx.Client) -> httpx.Response:
    address = "/api/v1/projects/hi.wikipedia.org/peaks/2024-06/annotation"
    return browser.put(address, json={}, headers={"X-CSRF-Token": session_of(browser)["csrf_token"] or ""})


def test_whoever_is_blocked_after_the_login_writes_for_ten_minutes_more_at_most(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.account = {"locked": True}
        asked = len(world.oauth.looked_up)
        clock.advance(timedelta(minutes=9, seconds=59))
        assert write(browser).status_code == 422
        assert len(world.oauth.looked_up) == asked
        clock.advance(timedelta(seconds=1))
        refused = write(browser)
        assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
        assert session_of(browser)["role"] == "viewer"
        # Nor is anybody asked for each try.
        assert write(browser).status_code == 403
        assert len(world.oauth.looked_up) == asked + 1
        # A mistake can be taken back.
        world.oauth.account = {}
        clock.advance(timedelta(minutes=10))
        assert write(browser).status_code == 422


def test_a_renamed_account_writes_under_its_new_name(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.account = {"name": "Asha (renamed)"}
        clock.advance(timedelta(minutes=10))
        assert write(browser).status_code == 422
        assert session_of(browser)["user"] == "Asha (renamed)"


def test_an_account_that_is_hidden_after_the_login_is_logged_out(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.account = {"missing": True}
        clock.advance(timedelta(minutes=10))
        assert write(browser).status_code == 403
        assert session_of(browser)["user"] is None


@pytest.mark.parametrize("fault", ["500", "429", "broken", "list", "redirect", "error", "endless"])
def test_while_meta_is_away_a_role_serves_for_an_hour(start: Start, clock: Clock, fault: str) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.faults = {"api": fault}
        clock.advance(timedelta(hours=1))
        assert write(browser).status_code == 422
        clock.advance(timedelta(seconds=1))
        away = write(browser)
        assert (away.status_code, away.headers["retry-after"]) == (503, "60")
        assert away.json()["title"] == "Your role is not known now"
        # Reading and leaving need no role.
        assert browser.get("/about").status_code == 200
        assert log_out(browser).status_code == 204


def test_those_who_wait_for_meta_leave_the_pages_their_threads(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as known, world.browser() as browser:
        known.get("/login")
        clock.advance(timedelta(hours=2))
        with ExitStack() as waiting:
            for _ in range(MOST_AT_ONCE):
                waiting.enter_context(world.app.state.accounts.roles.accounts.turn())
            assert browser.get("/login").status_code == 502
            assert write(known).status_code == 503
        assert browser.get("/login").status_code == 200
        assert write(known).status_code == 422


@pytest.mark.parametrize("account", [{"id": 4712}, {"name": ""}])
def test_an_answer_of_another_account_is_not_believed(start: Start, account: dict[str, object]) -> None:
    world = start()
    world.oauth.account = account
    with world.browser() as browser:
        page = browser.get("/login")
        assert (page.status_code, heading(page)) == (502, "Logging in does not work now")


def test_a_reviewers_name_is_the_account_that_bore_it_first(start: Start) -> None:
    world = start(REVIEWERS="Boss")
    world.oauth.names = {"Boss": {"id": 815, "name": "Boss"}}
    with world.browser() as browser, world.browser() as other:
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"
        # Renamed, and somebody else takes the name.
        world.oauth.names = {"Boss": {"id": 4711, "name": "Boss"}}
        world.oauth.profile |= {"username": "Boss"}
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"
        world.oauth.profile |= {"sub": 815, "username": "Boss, retired"}
        other.get("/login")
        assert session_of(other)["role"] == "reviewer"


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


def callback_of(world: World, browser: httpx.Client) -> str:
    """Where the provider sends the browser back to, before it goes there."""
    location = browser.get("/login", follow_redirects=False).headers["location"]
    back = httpx.get(location, follow_redirects=False).headers["location"]
    return str(back).removeprefix(world.url)


def test_a_callback_works_once_in_its_browser_and_for_ten_minutes(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser, world.browser() as other:
        back = callback_of(world, browser)
        refused = other.get(back)
        assert (refused.status_code, heading(refused)) == (400, "You were not logged in")
        other.get("/login", follow_redirects=False)
        assert other.get(back).status_code == 400
        assert browser.get(back).status_code == 200
        assert browser.get(back).status_code == 400

        back = callback_of(world, browser)
        clock.advance(timedelta(minutes=10, seconds=1))
        assert browser.get(back).status_code == 400
        for wrong in (
            "/oauth/callback",
            "/oauth/callback?code=x",
            "/oauth/callback?code=x&state=y",
            "/oauth/callback?state=",
        ):
            assert browser.get(wrong).status_code == 400
        assert browser.get(re.sub("code=[^&]+&?", "", callback_of(world, browser))).status_code == 400
        assert browser.get(re.sub("code=[^&]+", "code=made-up", callback_of(world, browser))).status_code == 400


def test_two_logins_in_two_tabs_both_work(start: Start) -> None:
    world = start()
    with world.browser() as browser:
        first, second = callback_of(world, browser), callback_of(world, browser)
        assert browser.get(first).status_code == 200
        assert browser.get(second).status_code == 200
        assert len(world.rows()) == 1


def test_a_session_ends_after_twelve_hours(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        clock.advance(timedelta(hours=11, minutes=59))
        assert session_of(browser)["user"] == "Asha"
        clock.advance(timedelta(minutes=1))
        assert session_of(browser)["user"] is None
        assert log_out(browser).status_code == 401


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


def test_under_local_nobody_logs_in(make: Make) -> None:
    app = make()
    local = open_link(TestClient(app, base_url="http://localhost", follow_redirects=False), app)
    assert local.get("/login?next=/about").headers["location"] == "/about"
    assert local.get("/oauth/callback?code=x&state=y").status_code == 404
