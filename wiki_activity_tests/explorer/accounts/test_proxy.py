"""The explorer for others, as the README says: behind a real nginx with TLS, and behind proxies of other habits."""

import re
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.settings import PREFIX
from wiki_activity_tests.cli.commands import start
from wiki_activity_tests.explorer.accounts.conftest import Make, public_settings
from wiki_activity_tests.explorer.accounts.oauth_server import OAuthServer
from wiki_activity_tests.explorer.accounts.proxy import NAME, browser, certify, example, forwarding, running_nginx
from wiki_activity_tests.explorer.accounts.serving import serving

PUBLIC = f"https://{NAME}"
NOTE = "/api/v1/projects/hi.wikipedia.org/peaks/2024-06/annotation"
BODY = {"label": "Feminism and Folklore", "note": "", "link": "", "kind": "contest", "version": 0}


@dataclass(slots=True)
class Place:
    """An explorer behind its proxy.

    Parameters
    ----------
    port
        Where nginx listens with TLS.
    upstream
        Where the explorer listens.
    certificate
        What nginx shows.
    """

    port: int
    upstream: int
    certificate: Path
    oauth: OAuthServer

    def browser(self) -> httpx.Client:
        return browser(self.port, self.certificate)


@pytest.fixture
def place(filled_file: Path, tmp_path: Path) -> Iterator[Place]:
    """`wiki-activity explore`, with the settings of the README, behind the nginx of `deploy/`."""
    shutil.copy(filled_file, tmp_path / "activity.sqlite")
    oauth = OAuthServer(redirect_uri=f"{PUBLIC}/oauth/callback")
    with ExitStack() as stack:
        theirs = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        provider = stack.enter_context(serving(oauth.app(), theirs))
        here = Place(choose_port(0), choose_port(0), certify(tmp_path), oauth)
        named = public_settings(
            STATE_DIR=str(tmp_path),
            DATABASE_URL=f"sqlite:///{tmp_path}/activity.sqlite",
            EXPLORER_BIND=f"127.0.0.1:{here.upstream}",
            OAUTH_URL=f"{provider}/oauth2",
            ACCOUNTS_URL=f"{provider}/w/api.php",
            CONTACT="ops@example.org",
        )
        environment = {f"{PREFIX}{name}": value for name, value in named.items()}
        process = stack.enter_context(start(environment | {"PYTHONUNBUFFERED": "1"}, "explore"))
        stack.callback(process.send_signal, signal.SIGTERM)
        stack.enter_context(running_nginx(tmp_path, example(here.port, here.upstream, tmp_path)))
        with here.browser() as reader:
            while reader.get("/healthz").status_code == 502:
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
        yield here


def test_behind_nginx_people_read_log_in_write_and_follow_the_stream(place: Place) -> None:
    with place.browser() as reader:
        for path in ("/", "/about", "/p/hi.wikipedia.org", "/peaks", "/live", "/api/v1/projects", "/openapi.json"):
            answer = reader.get(path)
            assert answer.status_code == 200, (path, answer.text)
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert reader.get("/find", params={"q": "hi.wikipedia.org"}).url == f"{PUBLIC}/p/hi.wikipedia.org"

        page = reader.get("/login", params={"next": "/about"})
        assert page.status_code == 200, page.text
        assert "<bdi>Asha</bdi>" in page.text
        names = {cookie.name for cookie in reader.cookies.jar if cookie.secure}
        assert {"__Host-wa", "__Host-wa-login"} <= names

        token = reader.get("/api/v1/session").json()["csrf_token"]
        sent = {"X-CSRF-Token": token, "Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}
        saved = reader.put(NOTE, json=BODY, headers=sent)
        assert saved.status_code == 201, saved.text
        assert "Feminism and Folklore" in reader.get("/p/hi.wikipedia.org/peaks/2024-06").text
        foreign = reader.put(NOTE, json=BODY, headers={**sent, "Origin": "https://evil.example"})
        assert foreign.json()["title"] == "Foreign origin"

        with reader.stream("GET", "/api/v1/live/stream") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            # It comes at once, however little it is: nothing is held back on the way.
            assert next(line for line in stream.iter_lines() if line.startswith("event:")) == "event: snapshot"


@contextmanager
def behind(make: Make, folder: Path, lines: str, **named: str) -> Iterator[httpx.Client]:
    """A browser of an explorer in public, behind an nginx that says this of each request."""
    certificate, port = certify(folder), choose_port(0)
    with socket.create_server(("127.0.0.1", 0)) as ours:
        upstream = ours.getsockname()[1]
        with (
            serving(make(**public_settings(**named)), ours),
            running_nginx(folder, forwarding(port, upstream, lines, tls=folder)),
            browser(port, certificate) as reader,
        ):
            yield reader


def test_under_local_a_plain_proxy_makes_nobody_a_reviewer_without_the_printed_link(
    filled_file: Path, tmp_path: Path
) -> None:
    shutil.copy(filled_file, tmp_path / "activity.sqlite")
    upstream, port = choose_port(0), choose_port(0)
    environment = {f"{PREFIX}STATE_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    environment |= {f"{PREFIX}DATABASE_URL": f"sqlite:///{tmp_path}/activity.sqlite"}
    with (
        start(environment, "explore", "--port", str(upstream)) as process,
        running_nginx(tmp_path, forwarding(port, upstream)),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as stranger,
    ):
        assert process.stdout is not None
        printed = iter(process.stdout.readline, "")
        link = next(match[0] for line in printed if (match := re.search(r"http://localhost:\d+/login\?\S+", line)))
        while stranger.get("/healthz").status_code == 502:
            assert process.poll() is None
        for path in ("/", "/p/hi.wikipedia.org/peaks/2024-06"):
            assert stranger.get(path).status_code == 200
        assert stranger.get("/api/v1/session").json() == {"user": None, "role": "viewer", "csrf_token": None}
        assert stranger.put(NOTE, json=BODY, headers={"X-CSRF-Token": "a.b"}).status_code == 401
        assert stranger.get("/login").status_code == 403

        with httpx.Client(follow_redirects=True, timeout=30) as owner:
            assert owner.get(link).status_code == 200
            site = link.partition("/login")[0]
            token = owner.get(f"{site}/api/v1/session").json()["csrf_token"]
            assert owner.put(f"{site}{NOTE}", json=BODY, headers={"X-CSRF-Token": token}).status_code == 201
        kept = tmp_path / "secret_key"
        assert kept.stat().st_mode & 0o777 == 0o600
        assert kept.read_text().strip() not in link
        process.send_signal(signal.SIGINT)
        process.wait(30)


HOST = "proxy_set_header Host $host;"


@pytest.mark.parametrize(
    "lines",
    [
        HOST,
        "proxy_set_header Host $http_host;",
        f"{HOST} proxy_http_version 1.0;",
        f"{HOST} proxy_set_header X-Forwarded-Proto http;",
        f"{HOST} proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Forwarded-For $remote_addr;",
        f"{HOST} proxy_set_header Forwarded 'for=$remote_addr;host=$host;proto=https';",
        f"{HOST} proxy_set_header X-Forwarded-Proto 'https, http'; proxy_set_header X-Forwarded-Ssl on;",
        "proxy_set_header X-Forwarded-Host $host;",
        "proxy_set_header X-Forwarded-Host '$host, 10.1.2.3:8000';",
        "proxy_set_header Forwarded 'for=$remote_addr;host=\"$host\";proto=https';",
    ],
)
def test_any_way_of_passing_on_the_name_will_do(make: Make, tmp_path: Path, lines: str) -> None:
    with behind(make, tmp_path, lines) as reader:
        answer = reader.get("/about")
        assert answer.status_code == 200, answer.text
        begun = reader.get("/login", follow_redirects=False)
        assert f"redirect_uri=https%3A%2F%2F{NAME}%2Foauth%2Fcallback" in begun.headers["location"]
        assert begun.headers["set-cookie"].startswith("__Host-wa-login=")


def test_a_proxy_that_keeps_the_name_to_itself_is_told_what_to_change(make: Make, tmp_path: Path) -> None:
    with behind(make, tmp_path, "") as reader:
        answer = reader.get("/about", headers={"Accept": "text/html"})
        assert answer.status_code == 400
        assert f"by the name {NAME} only, not '127.0.0.1:" in answer.text
        assert "proxy_set_header Host $host" in answer.text
        assert "WIKI_ACTIVITY_EXPLORER_URL" in answer.text
        # Whoever watches over it asks by an address.
        assert reader.get("/healthz").status_code == 200


def test_a_name_that_a_stranger_hands_on_is_not_believed(make: Make, tmp_path: Path) -> None:
    with behind(make, tmp_path, "proxy_set_header X-Forwarded-Host $host;", TRUSTED_PROXIES="10.0.0.1") as reader:
        assert reader.get("/about").status_code == 400


@pytest.mark.parametrize("port", ["", ":8443"])
def test_an_address_with_a_port_is_found_with_or_without_it(make: Make, tmp_path: Path, port: str) -> None:
    with behind(make, tmp_path, HOST, EXPLORER_URL=f"{PUBLIC}:8443") as reader:
        assert reader.get("/about", headers={"Host": f"{NAME}{port}"}).status_code == 200


def test_several_proxies_in_a_row_are_one_to_the_explorer(make: Make, tmp_path: Path) -> None:
    certificate = certify(tmp_path)
    outer, inner = choose_port(0), choose_port(0)
    chain = f"{HOST} proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    chain += " proxy_set_header X-Forwarded-Proto $scheme;"
    app = make(**public_settings(TRUSTED_PROXIES="127.0.0.0/30"))
    with socket.create_server(("127.0.0.1", 0)) as ours:
        upstream = ours.getsockname()[1]
        first = forwarding(outer, inner, f"{chain} proxy_bind 127.0.0.2;", tmp_path)
        nginx = running_nginx(tmp_path, first, forwarding(inner, upstream, chain))
        with serving(app, ours), nginx, browser(outer, certificate) as reader:
            assert reader.get("/about").status_code == 200
            location = reader.get("/login", follow_redirects=False).headers["location"]
            assert re.search(f"https%3A%2F%2F{NAME}%2F", location)


def test_addresses_are_limited_one_by_one_behind_a_proxy(make: Make, tmp_path: Path) -> None:
    lines = f"{HOST} proxy_set_header X-Forwarded-For $http_x_test_address;"
    with behind(make, tmp_path, lines) as reader:

        def begin(address: str) -> int:
            headers = {"X-Test-Address": address, "X-Forwarded-For": "203.0.113.77"}
            return reader.get("/login", headers=headers, follow_redirects=False).status_code

        # What stands left of the address that the proxy saw, anybody may have written.
        assert [begin(f"198.51.100.{number}, 203.0.113.5") for number in range(21)] == [303] * 20 + [429]
        assert begin("203.0.113.6") == 303


def test_a_platforms_proxy_from_its_own_network_will_do(make: Make, tmp_path: Path) -> None:
    lines = f"{HOST} proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Original-URI $request_uri;"
    named = {"EXPLORER_BIND": "0.0.0.0:8000", "TRUSTED_PROXIES": "127.0.0.0/8,192.168.0.0/16"}
    with behind(make, tmp_path, lines, **named) as reader:
        assert reader.get("/about").status_code == 200
        # Its probes know an address only.
        assert reader.get("/healthz", headers={"Host": "192.168.5.9:8000"}).status_code == 200
