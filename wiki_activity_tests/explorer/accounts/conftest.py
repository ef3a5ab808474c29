"""Small explorers over a filled database: on one's own machine, in public with accounts, beside an OAuth server."""

import itertools
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from wiki_activity.explorer.accounts.people import Role
from wiki_activity.explorer.accounts.signing import Purpose, hash_token, make_token
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import PREFIX, read_settings
from wiki_activity.storage.database import create_database_engine, reading
from wiki_activity.storage.schema import sessions
from wiki_activity.storage.sessions import start_session
from wiki_activity_tests.explorer.accounts.oauth_server import CLIENT_ID, CLIENT_SECRET, OAuthServer
from wiki_activity_tests.explorer.accounts.serving import serving
from wiki_activity_tests.explorer.links import open_link

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
KEY = "first-key-of-at-least-32-characters"
REVIEWER = "Rewa"
REVIEWER_IDS = range(70_000, 70_500)
PUBLIC = "https://activity.example.org"
BEHIND_PROXY = "http://activity.example.org"
"""What the explorer sees of it: TLS ends at the proxy, and no client of ours may speak of https in its stead."""
_numbers = itertools.count(1)
_reviewers = itertools.cycle(REVIEWER_IDS)


@dataclass(slots=True)
class Clock:
    """Stands still between two calls of :meth:`advance`."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, step: timedelta) -> None:
        self.now += step


Make = Callable[..., FastAPI]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(filled_file: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(filled_file, tmp_path / "activity.sqlite")
    engine = create_database_engine(f"sqlite:///{tmp_path}/activity.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def make(engine: Engine, clock: Clock, tmp_path: Path) -> Make:
    """Make an explorer; settings are named as in the environment."""

    def make_app(**named: str) -> FastAPI:
        environment = {f"{PREFIX}{name}": value for name, value in {"STATE_DIR": str(tmp_path), **named}.items()}
        return create_app(read_settings(environment), read_explorer_settings(environment), engine, clock)

    return make_app


def public_settings(**named: str) -> dict[str, str]:
    """What is set where people log in."""
    return {
        "AUTH": "mediawiki",
        "EXPLORER_URL": PUBLIC,
        "SECRET_KEY": KEY,
        "OAUTH_CLIENT_ID": CLIENT_ID,
        "OAUTH_CLIENT_SECRET": CLIENT_SECRET,
        "TRUSTED_PROXIES": "127.0.0.1",
        "REVIEWERS": ",".join([REVIEWER, *map(str, REVIEWER_IDS)]),
        "ACCOUNTS_URL": "http://127.0.0.1:9/w/api.php",
        **named,
    }


@pytest.fixture
def local_app(make: Make) -> FastAPI:
    return make()


@pytest.fixture
def public_app(make: Make) -> FastAPI:
    return make(**public_settings())


@pytest.fixture
def local(local_app: FastAPI) -> TestClient:
    """Whoever started the explorer, and opened its link."""
    return open_link(TestClient(local_app, base_url="http://localhost:5000", follow_redirects=False), local_app)


@pytest.fixture
def public(public_app: FastAPI) -> TestClient:
    """A reader somewhere, without an account."""
    return reader_of(public_app)


def reader_of(app: FastAPI) -> TestClient:
    """A reader behind the proxy, from an address of their own, so that no limit on another one's is met."""
    return TestClient(
        app,
        base_url=BEHIND_PROXY,
        follow_redirects=False,
        client=("127.0.0.1", 50000),
        headers=somewhere(),
        raise_server_exceptions=False,
    )


def somewhere() -> dict[str, str]:
    """What the proxy says of an address that nobody else has."""
    number = next(_numbers)
    return {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}


def person_of(app: FastAPI, role: Role | None, cookie: str = "__Host-wa") -> TestClient:
    """A reader who is logged in, each with an account of their own; None: without an account."""
    reader = reader_of(app)
    if role is None:
        return reader
    token = make_token()
    explorer = app.state.explorer
    start_session(
        explorer.engine,
        token_hash=hash_token(token),
        person_id=f"{next(_reviewers if role is Role.REVIEWER else _numbers)}",
        person_name=REVIEWER if role is Role.REVIEWER else "Asha",
        role=role.name.lower(),
        now=explorer.clock(),
        lifetime=timedelta(hours=12),
    )
    reader.headers["Cookie"] = f"{cookie}={app.state.accounts.signatures.seal(Purpose.SESSION, token)}"
    return reader


def token_of(reader: TestClient) -> str:
    """The token that a script takes before it writes."""
    return str(reader.get("/api/v1/session").json()["csrf_token"])


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
