"""Where requests come from, where readers go on to, and how much of it there may be."""

import ipaddress
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerHour

from wiki_activity.explorer.accounts.addresses import client_key, find_client, keep_client
from wiki_activity.explorer.accounts.limits import RateLimits
from wiki_activity.explorer.accounts.next_path import local_path
from wiki_activity.explorer.accounts.people import Role
from wiki_activity_tests.explorer.accounts.conftest import (
    BEHIND_PROXY,
    PUBLIC,
    Make,
    person_of,
    public_settings,
    reader_of,
    token_of,
)
from wiki_activity_tests.explorer.links import open_link

NETWORKS = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["203.0.113.9:1234"], "203.0.113.9"),
        ("10.0.0.1", ["[2001:db8::7]:1234"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", [""], "10.0.0.1"),
    ],
)
def test_the_last_address_that_can_be_believed_is_the_clients(peer: str, forwarded: list[str], client: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    assert str(find_client({"type": "http", "client": (peer, 1), "headers": headers}, NETWORKS)) == client


def test_addresses_of_one_household_are_counted_as_one() -> None:
    def key(address: str | None) -> str:
        scope: dict[str, object] = {}
        keep_client(scope, ipaddress.ip_address(address) if address else None)
        return client_key(scope)

    assert key("2001:db8:1:2:3::4") == key("2001:db8:1:2:ffff::1") != key("2001:db8:1:3::1")
    assert key("203.0.113.9") != key("203.0.113.10")
    assert key(None) == "without an address"


GOOD = ["/", "/about", "/p/hi.wikipedia.org?vs=bn.wikipedia.org&from=2022-01", "/find?q=हिन्दी", "/a//b", "/a:b@c"]
BAD = [
    "", "about", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\/evil.example",
    "\\\\evil.example", "https://evil.example", "https:evil.example", "javascript:alert(1)", "data:text/html,x",
    "/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", " /about", "/\x00", "/\x7f",
    "/\u2028", "/\u202eabout", "/\u00a0", "@evil.example", "/login?next=/about", "/logout", "/oauth/callback?code=x",
    "/" + "x" * 3000, "http:///evil.example", "?x=1", "#x", ".//evil.example",
]  # fmt: skip


@pytest.mark.parametrize("path", GOOD)
def test_a_path_of_ours_is_where_a_reader_goes_on(local: TestClient, path: str) -> None:
    assert local_path(path) == path
    answer = local.get("/login", params={"next": path})
    assert answer.status_code == 303
    assert urlsplit(urljoin("http://localhost:5000", answer.headers["location"])).netloc == "localhost:5000"


@pytest.mark.parametrize("path", BAD)
def test_any_other_address_leads_to_the_board(local: TestClient, path: str) -> None:
    assert local_path(path) == "/"
    assert local.get("/login", params={"next": path}).headers["location"] == "/"


@given(st.text(alphabet="/\\.:@?#%ae \t\r\n\x00évil", max_size=12))
def test_no_text_leads_to_another_host(text: str) -> None:
    # Browsers leave out tabs and line ends, and turn backslashes round, before they look for a host.
    seen = local_path(text).translate({ord("\t"): None, ord("\n"): None, ord("\r"): None, ord("\\"): "/"}).strip()
    assert urlsplit(urljoin("https://activity.example.org/login", seen)).netloc == "activity.example.org"


def test_a_person_may_make_ten_changes_a_minute(public_app: FastAPI) -> None:
    first, second = person_of(public_app, Role.EDITOR), person_of(public_app, Role.EDITOR)
    limits = public_app.state.accounts.limits
    path = "/api/v1/projects/hi.wikipedia.org/peaks/2024-06/annotation"

    def write(reader: TestClient) -> tuple[int, str]:
        answer = reader.put(path, content=b"{}", headers={**json, "X-CSRF-Token": token_of(reader)})
        return answer.status_code, answer.headers.get("retry-after", "")

    json = {"Content-Type": "application/json"}
    assert limits is not None
    answers = [write(first) for _ in range(11)]
    assert [status for status, _ in answers[:10]] == [422] * 10
    assert answers[10][0] == 429
    assert 1 <= int(answers[10][1]) <= 60
    assert write(second)[0] == 422


def test_what_is_refused_does_not_use_up_a_persons_changes(public_app: FastAPI) -> None:
    reader = person_of(public_app, Role.EDITOR)
    for _ in range(20):
        assert reader.post("/logout", json={}, headers={"X-CSRF-Token": "a.b"}).status_code == 403
    assert reader.post("/logout", json={}, headers={"X-CSRF-Token": token_of(reader)}).status_code == 204


def test_limits_count_by_name_and_say_how_long_to_wait() -> None:
    limits = RateLimits(reads=(RateLimitItemPerHour(3),), logins=(RateLimitItemPerHour(1, namespace="logins"),))
    assert [limits.read("a") for _ in range(3)] == [0, 0, 0]
    assert 3500 < limits.read("a") <= 3600
    assert limits.read("b") == 0
    assert limits.login("a") == 0
    assert limits.login("a") > 0


def test_an_address_that_asks_too_often_waits_but_gets_its_files(public_app: FastAPI) -> None:
    few = RateLimits(reads=(RateLimitItemPerHour(2),))
    public_app.state.rules = replace(public_app.state.rules, limits=few)
    headers = {"X-Forwarded-For": "203.0.113.9"}
    reader = TestClient(public_app, base_url=BEHIND_PROXY, client=("127.0.0.1", 1), headers=headers)
    folder = next(route.path for route in public_app.routes if getattr(route, "name", "") == "static")
    assert [reader.get("/about").status_code for _ in range(3)] == [200, 200, 429]
    refused = reader.get("/api/v1/session")
    assert refused.json()["title"] == "Too many requests"
    assert int(refused.headers["retry-after"]) > 3000
    assert reader.get(f"{folder}/base.css").status_code == 200
    counted = public_app.state.request_metrics.requests.labels("GET", "none", "429").collect()
    assert [sample.value for metric in counted for sample in metric.samples if sample.name.endswith("_total")] == [2]
    assert reader.get("/about", headers={"X-Forwarded-For": "203.0.113.10"}).status_code == 200


def test_the_usual_limit_of_an_address_is_sixty_a_second() -> None:
    limits = RateLimits()
    assert [str(item) for item in limits.reads] == ["60 per 1 second"]
    assert [str(item) for item in limits.writes] == ["10 per 1 minute", "100 per 1 day"]


def test_under_local_nothing_is_limited(local_app: FastAPI, local: TestClient) -> None:
    assert local_app.state.accounts.limits is None
    assert local_app.state.rules.limits is None
    for _ in range(12):
        assert local.post("/logout", json={}, headers={"X-CSRF-Token": token_of(local)}).status_code == 204
        open_link(local, local_app)


@pytest.mark.parametrize(
    ("url", "headers", "location"),
    [
        (PUBLIC, {"Host": "10.0.0.7:8080", "X-Forwarded-Host": "activity.example.org"}, f"{PUBLIC}/live"),
        (f"{PUBLIC}:8443", {"Host": "activity.example.org"}, f"{PUBLIC}:8443/live"),
    ],
)
def test_who_is_led_on_is_led_to_the_address_that_people_use(
    make: Make, url: str, headers: dict[str, str], location: str
) -> None:
    answer = reader_of(make(**public_settings(EXPLORER_URL=url))).get("/live/", headers=headers)
    assert answer.headers["location"] == location
