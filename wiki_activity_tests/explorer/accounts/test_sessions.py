"""Cookies and sessions: what is set, what is taken, and for how long."""

from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select, update

from wiki_activity.explorer.accounts.people import Role
from wiki_activity.explorer.accounts.signing import Purpose, Signatures
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.reviewers import keep_reviewer_id
from wiki_activity.storage.schema import sessions
from wiki_activity_tests.explorer.accounts.conftest import (
    BEHIND_PROXY,
    KEY,
    NOW,
    REVIEWER,
    Clock,
    Make,
    person_of,
    public_settings,
    token_of,
)
from wiki_activity_tests.explorer.links import link_of, open_link

NEWER = "second-key-of-at-least-32-characters"


def attributes(line: str) -> set[str]:
    return set(line.split("; ")[1:])


@pytest.fixture
def stranger(local_app: FastAPI) -> TestClient:
    """Whoever gets as far as a local explorer without its link, be it by a proxy that leaves no mark."""
    return TestClient(local_app, base_url="http://localhost:5000", follow_redirects=False)


def test_under_local_the_link_begins_a_session_and_pages_keep_it(local_app: FastAPI, stranger: TestClient) -> None:
    line = stranger.get(f"{link_of(local_app)}&next=/about").headers["set-cookie"]
    assert line.startswith("wa-5000=")
    assert attributes(line) == {"Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"}
    page = stranger.get("/about")
    assert 'name="csrf-token"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert stranger.get("/api/v1/session").json()["role"] == "reviewer"


def test_under_local_whoever_has_no_link_reads_and_is_told_how_to_write(stranger: TestClient) -> None:
    for path in ("/", "/about", "/p/hi.wikipedia.org", "/p/hi.wikipedia.org/peaks/2024-06", "/peaks"):
        page = stranger.get(path)
        assert page.status_code == 200
        assert "csrf-token" not in page.text
        assert "set-cookie" not in page.headers
        assert "How to write" in page.text
    assert "the link that was printed at the start" in stranger.get("/p/hi.wikipedia.org/peaks/2024-06").text
    assert stranger.get("/api/v1/session").json() == {"user": None, "role": "viewer", "csrf_token": None}
    for path in ("/login", "/login?next=/about", "/login?token=", "/login?token=wrong", "/login?token=%C3%A9%00"):
        answer = stranger.get(path)
        assert answer.status_code == 403
        assert "open the link that" in answer.text
        assert "set-cookie" not in answer.headers


def test_under_local_the_link_stays_as_long_as_its_key(make: Make) -> None:
    first, again, other = (make(SECRET_KEY=key) for key in (KEY, f"{NEWER},{KEY}", NEWER))
    answers = [
        TestClient(app, base_url="http://localhost", follow_redirects=False).get(link_of(first)).status_code
        for app in (first, again, other)
    ]
    assert answers == [303, 303, 403]


def test_under_local_the_link_of_one_port_leaves_the_session_of_another_alone(make: Make) -> None:
    lines = []
    for port in (5000, 5001):
        app = make(EXPLORER_BIND=f"127.0.0.1:{port}")
        reader = TestClient(app, base_url=f"http://localhost:{port}", follow_redirects=False)
        lines.append(reader.get(link_of(app)).headers["set-cookie"].partition("=")[0])
    assert lines == ["wa-5000", "wa-5001"]


def test_under_local_a_script_begins_a_session_with_the_links_token(local_app: FastAPI, stranger: TestClient) -> None:
    wrong = stranger.get("/api/v1/session", headers={"Authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.json()["title"]) == (401, "Not the token")
    bearer = {"Authorization": f"Bearer {local_app.state.accounts.signatures.link_token}"}
    token = stranger.get("/api/v1/session", headers=bearer).json()["csrf_token"]
    assert stranger.post("/logout", json={}, headers={"X-CSRF-Token": token}).status_code == 204
    elsewhere = stranger.get("/api/v1/session", headers={**bearer, "Origin": "https://evil.example"})
    assert elsewhere.status_code == 401


def test_under_local_scripts_take_a_token(local: TestClient) -> None:
    answer = local.get("/api/v1/session")
    assert (answer.json()["user"], answer.json()["role"]) == ("local", "reviewer")
    assert answer.headers["cache-control"] == "no-store"
    written = local.post("/logout", json={}, headers={"X-CSRF-Token": answer.json()["csrf_token"]})
    assert written.status_code == 204


def test_under_local_reading_writes_nothing(local: TestClient, engine: Engine) -> None:
    for path in ("/", "/about", "/api/v1/session", "/nothing"):
        local.get(path)
        local.cookies.clear()
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(sessions)).scalar_one() == 0


def test_under_local_a_session_ends_after_thirty_days(local_app: FastAPI, local: TestClient, clock: Clock) -> None:
    token = token_of(local)
    clock.advance(timedelta(days=30))
    ended = local.post("/logout", json={}, headers={"X-CSRF-Token": token})
    assert ended.status_code == 401
    assert "open the link that" in ended.text
    renewed = token_of(open_link(local, local_app))
    assert local.post("/logout", json={}, headers={"X-CSRF-Token": renewed}).status_code == 204


def test_in_public_a_reader_without_an_account_gets_no_cookie_and_no_token(public: TestClient) -> None:
    answer = public.get("/api/v1/session")
    assert answer.json() == {"user": None, "role": "viewer", "csrf_token": None}
    page = public.get("/about")
    assert "csrf-token" not in page.text
    assert "set-cookie" not in answer.headers
    assert "set-cookie" not in page.headers


def test_in_public_cookies_are_for_https_and_this_host_alone(public_app: FastAPI, public: TestClient) -> None:
    begun = public.get("/login").headers["set-cookie"]
    assert begun.startswith("__Host-wa-login=")
    assert attributes(begun) == {"Path=/", "Max-Age=600", "HttpOnly", "SameSite=Lax", "Secure"}
    reader = person_of(public_app, Role.EDITOR)
    ended = reader.post("/logout", json={}, headers={"X-CSRF-Token": token_of(reader)}).headers["set-cookie"]
    assert ended.startswith("__Host-wa=;")
    assert attributes(ended) == {"Path=/", "Max-Age=0", "HttpOnly", "SameSite=Lax", "Secure"}


def test_a_session_that_was_ended_is_over_wherever_its_cookie_is(public_app: FastAPI) -> None:
    reader = person_of(public_app, Role.EDITOR)
    token = token_of(reader)
    assert reader.post("/logout", json={}, headers={"X-CSRF-Token": token}).status_code == 204
    # The reader's cookie is a header here, so it is still sent.
    assert reader.get("/api/v1/session").json()["user"] is None
    assert reader.post("/logout", json={}, headers={"X-CSRF-Token": token}).status_code == 401


def test_a_new_key_signs_and_the_old_one_is_still_taken_until_it_is_gone(make: Make) -> None:
    old, both, new = (make(**public_settings(SECRET_KEY=keys)) for keys in (KEY, f"{NEWER},{KEY}", NEWER))
    reader = person_of(old, Role.EDITOR)
    token = token_of(reader)

    def seen_by(app: FastAPI) -> int:
        other = TestClient(app, base_url=BEHIND_PROXY, headers=reader.headers)
        return other.post("/logout", json={}, headers={"X-CSRF-Token": token, "Origin": "null"}).status_code

    assert seen_by(new) == 403
    assert [_knows(app, reader) for app in (old, both, new)] == ["Asha", "Asha", None]
    signed_by_new = person_of(both, Role.EDITOR)
    assert [_knows(app, signed_by_new) for app in (old, both, new)] == [None, "Asha", "Asha"]


def _knows(app: FastAPI, reader: TestClient) -> str | None:
    other = TestClient(app, base_url=BEHIND_PROXY, headers=reader.headers)
    name: str | None = other.get("/api/v1/session").json()["user"]
    return name


@pytest.mark.parametrize("spoil", [lambda text: text + "x", lambda text: text[1:], lambda text: text.split(".")[0]])
def test_a_cookie_that_was_changed_is_none(public_app: FastAPI, spoil: object) -> None:
    assert callable(spoil)
    reader = person_of(public_app, Role.EDITOR)
    name, _, sealed = str(reader.headers["Cookie"]).partition("=")
    reader.headers["Cookie"] = f"{name}={spoil(sealed)}"
    assert reader.get("/api/v1/session").json()["user"] is None


def test_what_is_signed_for_one_purpose_is_worth_nothing_for_another() -> None:
    signatures = Signatures([KEY])
    for sealed_for in Purpose:
        sealed = signatures.seal(sealed_for, "text")
        assert [p for p in Purpose if signatures.unseal(p, sealed) == "text"] == [sealed_for]


@pytest.mark.parametrize("given", ["", ".", "a.b", "é.ü", "x" * 9000, "....", "a", "%00.%00"])
def test_a_token_that_was_made_up_is_none(given: str) -> None:
    signatures = Signatures([KEY])
    assert signatures.is_csrf_token("session", signatures.make_csrf_token("session"))
    assert not signatures.is_csrf_token("session", given)
    assert not signatures.is_csrf_token("other", signatures.make_csrf_token("session"))
    assert not Signatures([NEWER]).is_csrf_token("session", signatures.make_csrf_token("session"))


def test_no_two_tokens_of_a_session_are_alike() -> None:
    signatures = Signatures([])
    assert signatures.make_csrf_token("session") != signatures.make_csrf_token("session")


@pytest.mark.parametrize("still", ["4711", "Boss,4711", REVIEWER])
def test_a_reviewer_who_is_still_named_reviews_on(make: Make, engine: Engine, still: str) -> None:
    reader = person_of(make(**public_settings()), Role.REVIEWER)
    keep_reviewer_id(engine, REVIEWER, "4711", NOW)
    with writing(engine) as connection:
        connection.execute(update(sessions).values(person_id="4711", person_name="Renamed since"))
    assert _role(make(**public_settings(REVIEWERS=still)), reader) == "reviewer"


@pytest.mark.parametrize("named", ["", "Boss", REVIEWER, REVIEWER.lower(), "4712"])
def test_a_reviewer_who_is_not_named_is_an_editor_at_once(make: Make, engine: Engine, named: str) -> None:
    """The name's account is the one that bore it first, whoever is called so now."""
    reader = person_of(make(**public_settings()), Role.REVIEWER)
    keep_reviewer_id(engine, REVIEWER, "815", NOW)
    assert keep_reviewer_id(engine, REVIEWER, "4711", NOW) == "815"
    with writing(engine) as connection:
        connection.execute(update(sessions).values(person_id="4711", person_name=REVIEWER))
    assert _role(make(**public_settings(REVIEWERS=named)), reader) == "editor"


def test_an_editor_who_is_named_meanwhile_reviews_when_asked_about_again(make: Make) -> None:
    reader = person_of(make(**public_settings()), Role.EDITOR)
    assert _role(make(**public_settings(REVIEWERS="Asha")), reader) == "editor"


def _role(app: FastAPI, reader: TestClient) -> str:
    other = TestClient(app, base_url=BEHIND_PROXY, headers=reader.headers)
    role: str = other.get("/api/v1/session").json()["role"]
    return role


def test_a_role_that_nobody_knows_is_none(public_app: FastAPI, engine: Engine) -> None:
    reader = person_of(public_app, Role.REVIEWER)
    with writing(engine) as connection:
        connection.execute(update(sessions).values(role="emperor"))
    assert reader.get("/api/v1/session").json()["user"] is None


def test_a_page_can_say_that_the_database_is_away_to_whoever_is_logged_in(
    public_app: FastAPI, engine: Engine, tmp_path: Path
) -> None:
    reader = person_of(public_app, Role.EDITOR)
    engine.dispose()
    for file in tmp_path.glob("activity.sqlite*"):
        file.write_bytes(b"no database " * 1000)
    assert reader.get("/nothing-here").status_code == 404
    assert reader.get("/").status_code == 503
    assert reader.get("/api/v1/session").status_code == 503
    answer = reader.post("/logout", json={}, headers={"X-CSRF-Token": "a.b"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
