"""The whole way of a login, over real HTTP, with an OAuth server that keeps to the rules."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import select

from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import login_attempts, sessions
from wiki_activity_tests.explorer.accounts.conftest import Clock, Make, Start, World, heading, log_out, session_of
from wiki_activity_tests.explorer.links import open_link


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


def test_a_temporary_account_is_not_logged_in_and_its_name_is_kept_nowhere(start: Start) -> None:
    world = start()
    world.oauth.profile["username"] = "~2026-12345-67"
    with world.browser() as browser:
        page = browser.get("/login")
        assert (page.status_code, heading(page)) == (403, "You were not logged in")
        assert "temporary account" in page.text
    assert world.rows() == []


def test_a_new_account_name_is_the_same_person(start: Start) -> None:
    world = start()
    with world.browser() as browser, world.browser() as other:
        browser.get("/login")
        world.oauth.profile["username"] = "Asha (renamed)"
        other.get("/login")
        assert sorted(world.rows()) == [("4711", "Asha", "editor"), ("4711", "Asha (renamed)", "editor")]


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


def test_under_local_nobody_logs_in(make: Make) -> None:
    app = make()
    local = open_link(TestClient(app, base_url="http://localhost", follow_redirects=False), app)
    assert local.get("/login?next=/about").headers["location"] == "/about"
    assert local.get("/oauth/callback?code=x&state=y").status_code == 404
