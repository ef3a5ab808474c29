"""Every route that changes something takes changes only from a known person's own page, whatever routes there are."""

import itertools
import re
from collections.abc import Mapping

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from wiki_activity.explorer.accounts.people import Role
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import metadata
from wiki_activity_tests.explorer.accounts.conftest import BEHIND_PROXY, PUBLIC, person_of, somewhere, token_of
from wiki_activity_tests.explorer.accounts.routes import FoundRoute, find_routes
from wiki_activity_tests.explorer.links import open_link

JSON = {"Content-Type": "application/json"}
REFUSALS = {
    "Log in first",
    "Sent by another site",
    "Foreign origin",
    "Token missing or wrong",
    "Send JSON",
    "Not allowed",
    "Too many changes",
    "Too many requests",
}


def count_rows(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def send(reader: TestClient, route: FoundRoute, headers: Mapping[str, str]) -> tuple[int, str]:
    """Send a change; returns the status, and the problem's title if there is one."""
    answer = reader.request(
        route.method,
        route.path,
        content=b"{}",
        headers={**(somewhere() if str(reader.base_url) == BEHIND_PROXY else {}), **headers},
    )
    if answer.headers.get("content-type") == "application/problem+json":
        return answer.status_code, answer.json()["title"]
    heading = re.search("<h1>(.*)</h1>", answer.text)
    return answer.status_code, heading[1] if heading else answer.text


def writing_routes(app: FastAPI) -> list[FoundRoute]:
    found = [route for route in find_routes(app) if route.writes]
    assert "/logout" in {route.path for route in found}
    return found


def test_every_route_that_changes_something_has_a_guard(local_app: FastAPI) -> None:
    assert [str(route) for route in writing_routes(local_app) if route.role is None] == []


def test_no_route_that_only_reads_asks_for_a_token(local_app: FastAPI) -> None:
    assert [str(route) for route in find_routes(local_app) if not route.writes and route.role is not None] == []


ORIGINS = {"own": PUBLIC, "foreign": "https://evil.example", "null": "null", "other port": f"{PUBLIC}:8443", "": None}
SITES = ["same-origin", "same-site", "cross-site", None]
TYPES = ["application/json", "Application/JSON; charset=utf-8", "text/plain", None]
TOKENS = ["own", "another's", None]


def expect(session: bool, token: str | None, origin: str, site: str | None, kind: str | None) -> tuple[int, str] | None:
    """What refuses a change that comes like this; None where nothing does."""
    refusals = [
        (site in {"same-origin", "none", None}, 403, "Sent by another site"),
        (origin in {"own", ""}, 403, "Foreign origin"),
        (session, 401, "Log in first"),
        (token == "own", 403, "Token missing or wrong"),
        (kind is not None and kind.lower().startswith("application/json"), 415, "Send JSON"),
    ]
    return next(((status, title) for passed, status, title in refusals if not passed), None)


@pytest.mark.parametrize("session", [True, False])
def test_only_the_right_combination_gets_past_the_guard(public_app: FastAPI, engine: Engine, session: bool) -> None:
    reviewer, anonymous = person_of(public_app, Role.REVIEWER), person_of(public_app, None)
    tokens = {"own": token_of(reviewer), "another's": token_of(person_of(public_app, Role.REVIEWER))}
    before = count_rows(engine)
    routes = writing_routes(public_app)
    wrong, refused = [], 0
    for token, origin, site, kind in itertools.product(TOKENS, ORIGINS, SITES, TYPES):
        expected = expect(session, token, origin, site, kind)
        if expected is None:
            continue
        headers = {
            "Origin": ORIGINS[origin],
            "Sec-Fetch-Site": site,
            "Content-Type": kind,
            "X-CSRF-Token": tokens.get(token or ""),
        }
        sent = {name: value for name, value in headers.items() if value is not None}
        for route in routes:
            refused += 1
            found = send(reviewer if session else anonymous, route, sent)
            if found != expected:
                wrong.append((str(route), sent, found, expected))
    assert not wrong
    assert refused > 200
    assert count_rows(engine) == before


@pytest.mark.parametrize("site", ["same-origin", "none", None])
@pytest.mark.parametrize("origin", [PUBLIC, None])
def test_a_change_from_our_own_page_or_a_script_gets_past_the_guard(
    public_app: FastAPI, site: str | None, origin: str | None
) -> None:
    sender = {"Sec-Fetch-Site": site, "Origin": origin}
    for route in writing_routes(public_app):
        reviewer = person_of(public_app, Role.REVIEWER)
        sent = {name: value for name, value in sender.items() if value is not None}
        status, title = send(reviewer, route, {**JSON, **sent, "X-CSRF-Token": token_of(reviewer)})
        assert title not in REFUSALS, str(route)
        assert status not in {401, 403, 415}, str(route)
        assert status < 500, str(route)


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_gets_where_it_may_and_no_further(public_app: FastAPI, engine: Engine, role: Role | None) -> None:
    before = count_rows(engine)
    for route in find_routes(public_app):
        if route.endless:
            assert not route.writes, str(route)
            continue
        reader = person_of(public_app, role)
        token = token_of(reader) if role else ""
        status, title = send(reader, route, {**JSON, "X-CSRF-Token": token} if route.writes else {})
        if route.role is None:
            assert status not in {401, 403}, str(route)
            assert status < 500 or route.path == "/readyz", str(route)
        elif role is None:
            assert (status, title) == (401, "Log in first"), str(route)
        elif role < route.role:
            assert (status, title) == (403, "Not allowed"), str(route)
        else:
            assert title not in REFUSALS, str(route)
    after = count_rows(engine)
    # Each person that was made has a session, and /login remembers who set out.
    del before["sessions"], after["sessions"], before["login_attempts"], after["login_attempts"]
    # To ask what was behind a peak takes no words: of all that was sent, that alone is a change.
    del before["evidence_requests"], before["retention"]
    asks = role is not None and role >= Role.EDITOR
    assert (after.pop("evidence_requests"), after.pop("retention")) == (asks, 3 * asks)
    assert after == before


def test_under_local_a_change_needs_session_and_token_too(local: TestClient, local_app: FastAPI) -> None:
    routes = writing_routes(local_app)
    local.cookies.clear()
    for route in routes:
        assert send(local, route, JSON) == (401, "Log in first"), str(route)
    token = token_of(open_link(local, local_app))
    for route in routes:
        assert send(local, route, JSON) == (403, "Token missing or wrong"), str(route)
        for origin in ("http://evil.example:5000", "http://localhost:3000", "https://localhost:5000", "null"):
            found = send(local, route, {**JSON, "X-CSRF-Token": token, "Origin": origin})
            assert found == (403, "Foreign origin"), str(route)


@pytest.mark.parametrize("origin", ["http://localhost:5000", "http://127.0.0.1:5000", "http://[::1]:5000"])
def test_under_local_every_loopback_name_is_our_own_origin(local: TestClient, origin: str) -> None:
    token = token_of(local)
    answer = local.post("/logout", json={}, headers={"Origin": origin, "X-CSRF-Token": token})
    assert answer.status_code == 204


def test_two_origins_are_not_believed_by_the_first(public_app: FastAPI) -> None:
    reader = person_of(public_app, Role.EDITOR)
    headers = [("Origin", PUBLIC), ("Origin", "https://evil.example"), ("X-CSRF-Token", token_of(reader))]
    assert reader.post("/logout", json={}, headers=headers).status_code == 403


def test_logging_out_by_an_address_is_not_possible_and_the_answer_says_what_is(public: TestClient) -> None:
    answer = public.get("/logout")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
