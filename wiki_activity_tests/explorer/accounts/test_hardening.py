"""Headers on every answer, names and addresses that are let in, bodies that are too large, other sites' scripts."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from wiki_activity.explorer.accounts.people import Role
from wiki_activity.explorer.hardening import CONTENT_SECURITY_POLICY, LARGEST_BODY, Hardening
from wiki_activity_tests.explorer.accounts.conftest import person_of, token_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)


@pytest.fixture
def broken(local_app: FastAPI) -> TestClient:
    """A reader of an explorer with a defect."""

    @local_app.get("/api/v1/defect")
    def defect() -> None:
        msg = "the secret of the defect"
        raise RuntimeError(msg)

    return TestClient(local_app, base_url="http://localhost", raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/", "localhost", 200),
        ("HEAD", "/", "localhost", 200),
        ("GET", "/api/v1/session", "localhost", 200),
        ("GET", "/openapi.json", "localhost", 200),
        ("GET", "/nothing-here", "localhost", 404),
        ("GET", "/api/v1/nothing-here", "localhost", 404),
        ("GET", "/static/nothing-here", "localhost", 404),
        ("GET", "/p/no.such.wiki", "localhost", 404),
        ("POST", "/", "localhost", 405),
        ("POST", "/logout", "localhost", 401),
        ("GET", "/api/v1/defect", "localhost", 500),
        ("GET", "/", "evil.example", 400),
        ("OPTIONS", "/api/v1/session", "localhost", 405),
    ],
)
def test_every_answer_carries_the_headers(broken: TestClient, method: str, path: str, host: str, status: int) -> None:
    answer = broken.request(method, path, headers={"Host": host})
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == POLICY == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers
    assert "secret of the defect" not in answer.text


def test_static_files_carry_the_headers_too(local: TestClient, local_app: FastAPI) -> None:
    folder = next(route.path for route in local_app.routes if getattr(route, "name", "") == "static")
    answer = local.get(f"{folder}/js/session.js")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert "immutable" in answer.headers["cache-control"]


def test_browsers_are_told_to_stay_with_https_where_there_is_https(public: TestClient) -> None:
    assert public.get("/").headers["strict-transport-security"] == "max-age=31536000"


def test_a_405_keeps_its_allow_header_and_the_schema_can_be_read(local: TestClient) -> None:
    assert local.delete("/about").headers["allow"] in {"GET", "GET, HEAD", "HEAD, GET"}
    schema = local.get("/openapi.json").json()
    assert "/api/v1/session" in schema["paths"]
    assert "/login" not in schema["paths"]
    assert schema["components"]["securitySchemes"]["csrf"]["name"] == "X-CSRF-Token"


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:81", "[::1]:5000", "[::1]", "LOCALHOST:1"])
def test_under_local_the_loopback_names_are_let_in(local: TestClient, host: str) -> None:
    assert local.get("/api/v1/session", headers={"Host": host}).status_code == 200


WRONG_HOSTS = [
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "localhost.",
    "localhost:",
    "localhost:x",
    "localhost:5000:5000",
    "localhost@evil.example",
    "127.0.0.2",
    "0.0.0.0",
    "[::]",
    "[::ffff:127.0.0.1]",
    "::1",
    "",
    " ",
    "activity.example.org",
    "x" * 300,
]


@pytest.mark.parametrize("host", WRONG_HOSTS)
def test_under_local_any_other_name_is_refused_and_gets_no_token(local: TestClient, host: str) -> None:
    for path in ("/", "/api/v1/session", "/healthz", "/static/x"):
        answer = local.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert answer.json()["title"] == "Wrong host"
        assert "set-cookie" not in answer.headers
        assert len(answer.json()["detail"]) < 200


def test_a_person_with_a_wrong_host_is_told_so_in_words(local: TestClient) -> None:
    answer = local.get("/", headers={"Host": "evil.example", "Accept": "text/html,*/*"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == (
        "Wrong host\n\nThis page is reached by the name localhost or 127.0.0.1 only, not 'evil.example'.\n"
    )


def test_two_hosts_are_refused_even_if_one_is_right(local: TestClient) -> None:
    answer = local.get("/", headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("activity.example.org", "/", 200),
        ("activity.example.org:443", "/", 200),
        ("Activity.Example.ORG", "/", 200),
        ("activity.example.org:8443", "/", 400),
        ("activity.example.org.", "/", 400),
        ("evil.example", "/", 400),
        ("localhost", "/", 400),
        ("127.0.0.1:5000", "/api/v1/session", 400),
        ("evil.example", "/healthz", 400),
    ],
)
def test_in_public_only_the_public_name_is_let_in(public: TestClient, host: str, path: str, status: int) -> None:
    assert public.get(path, headers={"Host": host}).status_code == status


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1:5000", "10.1.2.3:8000", "[2001:db8::1]:8000"])
def test_in_public_a_probe_by_an_address_is_let_in_and_nothing_else(public_app: FastAPI, host: str) -> None:
    probe = TestClient(public_app, base_url=f"http://{host}", client=("192.168.1.7", 50000))
    assert probe.get("/healthz").status_code == 200
    assert probe.get("/about").status_code == 400


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_under_local_peers_on_this_machine_are_let_in(local_app: FastAPI, peer: str) -> None:
    assert TestClient(local_app, base_url="http://localhost", client=(peer, 1)).get("/about").status_code == 200


@pytest.mark.parametrize("peer", ["192.168.1.7", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "0.0.0.0"])
def test_under_local_any_other_peer_is_refused(local_app: FastAPI, peer: str) -> None:
    answer = TestClient(local_app, base_url="http://localhost", client=(peer, 1)).get("/about")
    assert (answer.status_code, answer.json()["title"]) == (403, "Not from this machine")


@pytest.mark.parametrize("forwarded", ["203.0.113.9", "127.0.0.1, 203.0.113.9", "203.0.113.9, 127.0.0.1", "unknown"])
def test_under_local_what_a_proxy_brings_from_elsewhere_is_refused(local: TestClient, forwarded: str) -> None:
    assert local.get("/about", headers={"X-Forwarded-For": forwarded}).status_code == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Forwarded", "for=127.0.0.1"),
        ("Via", "1.1 proxy"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("X-Forwarded-Proto", "https"),
        ("CF-Connecting-IP", "203.0.113.9"),
    ],
)
def test_under_local_what_a_proxy_puts_its_mark_on_is_refused(local_app: FastAPI, name: str, value: str) -> None:
    reader = TestClient(local_app, base_url="http://localhost", client=("127.0.0.1", 1))
    assert reader.get("/about").status_code == 200
    answer = reader.get("/about", headers={name: value})
    assert (answer.status_code, answer.json()["title"]) == (403, "Not from this machine")
    assert "set-cookie" not in answer.headers


def test_in_public_the_marks_of_a_proxy_are_no_reason_to_refuse(public: TestClient) -> None:
    assert public.get("/about", headers={"Via": "1.1 proxy", "X-Real-IP": "203.0.113.9"}).status_code == 200


def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_not(local: TestClient) -> None:
    headers = {"X-CSRF-Token": token_of(local), "Content-Type": "application/json"}
    fits = json.dumps("x" * (LARGEST_BODY - 2))
    assert local.post("/logout", content=fits, headers=headers).status_code == 204
    answer = local.post("/logout", content=fits + " ", headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (413, "Too large")


def test_a_body_without_a_length_is_counted_as_it_comes(local: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 1024

    answer = local.put("/logout", content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (413, "Too large")


@pytest.mark.parametrize("length", ["-1", "many", "99999999999999999999", "1e3"])
def test_a_length_that_is_none_is_refused(local: TestClient, length: str) -> None:
    assert local.post("/logout", headers={"Content-Length": length}).status_code == 413


def test_scripts_of_other_sites_may_read_the_api_but_not_the_session(public: TestClient) -> None:
    headers = {"Origin": "https://other.example"}
    assert public.get("/api/v1/projects", headers=headers).headers["access-control-allow-origin"] == "*"
    for path in ("/api/v1/session", "/", "/openapi.json", "/login"):
        assert "access-control-allow-origin" not in public.get(path, headers=headers).headers
    assert "access-control-allow-credentials" not in public.get("/api/v1/projects", headers=headers).headers


def test_with_a_cookie_the_api_is_not_for_other_sites(public_app: FastAPI) -> None:
    reader = person_of(public_app, Role.EDITOR)
    assert "access-control-allow-origin" not in reader.get("/api/v1/projects").headers


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1/projects", "GET", 204),
        ("/api/v1/projects", "PUT", 403),
        ("/api/v1/projects/hi.wikipedia.org/peaks/2024-06/annotation", "PUT", 403),
        ("/api/v1/session", "GET", 403),
        ("/logout", "POST", 403),
        ("/", "GET", 403),
    ],
)
def test_other_sites_may_ask_to_read_and_to_nothing_else(
    public: TestClient, path: str, method: str, status: int
) -> None:
    answer = public.options(path, headers={"Origin": "https://other.example", "Access-Control-Request-Method": method})
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == ("*" if status == 204 else None)
    assert answer.headers.get("access-control-allow-methods") == ("GET" if status == 204 else None)
    assert answer.headers.get("access-control-allow-headers") == ("If-None-Match" if status == 204 else None)


def test_scripts_of_other_sites_may_see_what_they_need_to_ask_again(public: TestClient) -> None:
    answer = public.get("/api/v1/projects", headers={"Origin": "https://other.example"})
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert exposed == {"ETag", "Link", "Retry-After"}


def test_under_local_a_script_of_another_site_is_a_stranger(local: TestClient) -> None:
    answer = local.get("/api/v1/session", headers={"Origin": "https://evil.example"})
    assert answer.json() == {"user": None, "role": "viewer", "csrf_token": None}
    assert "set-cookie" not in answer.headers


def test_answers_pass_piece_by_piece(local_app: FastAPI) -> None:
    sent: list[Message] = []

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            # What was sent has left before the next piece is made.
            assert sent[-1]["body"] == b"%d" % number
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/live", "scheme": "http", "client": ("127.0.0.1", 1)}
    hardening = Hardening(stream, local_app.state.rules)
    asyncio.run(hardening({**scope, "headers": [(b"host", b"localhost")]}, receive, send))
    assert [message.get("body") for message in sent] == [None, b"0", b"1", b"2", b""]
