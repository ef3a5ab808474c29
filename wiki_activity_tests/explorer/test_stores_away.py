"""The explorer as a process, while its database or its Redis hangs, is gone, or is put back to an older state."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.domain.months import format_month
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity_tests.cli.commands import start
from wiki_activity_tests.explorer.stored import NOW, SHARED, annotate, fill_database
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, own_redis

pytestmark = pytest.mark.slow

_LONG_SECONDS = 60
"""Longer than anybody waits on however busy a machine; an explorer without limits waits for ever."""
_OF_THE_DATABASE = ("/", "/p/hi.wikipedia.org", "/peaks", "/readyz", "/api/v1/peaks")
_OTHERS = ("/healthz", "/live", "/about")


@dataclass(frozen=True)
class Answer:
    """What the explorer says."""

    status: int
    kind: str
    body: str


@dataclass(frozen=True)
class Explorer:
    """Asks a running explorer."""

    port: int

    def ask(self, path: str) -> Answer:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=_LONG_SECONDS)) as connection:
            connection.request("GET", path, headers={"Accept": "text/html"})
            answer = connection.getresponse()
            return Answer(answer.status, str(answer.headers["content-type"]), answer.read().decode())

    def statuses(self, *paths: str) -> dict[str, int]:
        """Ask for all of them at once."""
        with ThreadPoolExecutor(len(paths)) as threads:
            return dict(zip(paths, (answer.status for answer in threads.map(self.ask, paths)), strict=True))

    def serves(self, path: str) -> bool:
        try:
            return self.ask(path).status == 200
        except ConnectionError:
            return False


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _LONG_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


@contextmanager
def exploring(folder: Path, database: str, redis: str = "") -> Iterator[Explorer]:
    port = choose_port(0)
    environment = {
        "WIKI_ACTIVITY_STATE_DIR": str(folder / "state"),
        "WIKI_ACTIVITY_DATABASE_URL": database,
        "WIKI_ACTIVITY_REDIS_URL": redis,
    }
    with start(environment, "explore", "--port", str(port)):
        explorer = Explorer(port)
        wait_until(lambda: explorer.serves("/healthz"))
        yield explorer


@pytest.fixture(scope="module")
def database() -> Iterator[OwnServer]:
    with own_mariadb() as server:
        engine = create_database_engine(server.url)
        migrate(engine, now=NOW)
        fill_database(engine)
        engine.dispose()
        yield server


@pytest.fixture(scope="module")
def redis() -> Iterator[OwnServer]:
    with own_redis() as server:
        yield server


@pytest.fixture(scope="module")
def explorer(database: OwnServer, redis: OwnServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    with exploring(tmp_path_factory.mktemp("explorer"), database.url, redis.url) as explorer:
        yield explorer


def back(server: OwnServer, how: str) -> None:
    if how == "freeze":
        server.thaw()
    else:
        server.start()


@pytest.mark.parametrize("how", ["freeze", "stop"])
def test_while_the_database_is_away_its_pages_say_so_and_all_others_are_served_until_it_is_back(
    explorer: Explorer, database: OwnServer, how: str
) -> None:
    assert set(explorer.statuses(*_OF_THE_DATABASE, *_OTHERS).values()) == {200}
    getattr(database, how)()
    try:
        # More at once than there are threads.
        with ThreadPoolExecutor(60) as threads:
            crowd = threads.map(lambda _: explorer.ask("/readyz").status, range(60))
            found = explorer.statuses(*_OF_THE_DATABASE, *_OTHERS)
            assert set(crowd) == {503}
        assert {found[path] for path in _OF_THE_DATABASE} == {503}
        assert {found[path] for path in _OTHERS} == {200}
        problem = explorer.ask("/api/v1/peaks")
        assert problem.kind == "application/problem+json"
        assert json.loads(problem.body)["status"] == 503
        assert "The database cannot be read now" in explorer.ask("/").body
    finally:
        back(database, how)
    wait_until(lambda: explorer.serves("/readyz"))
    assert set(explorer.statuses(*_OF_THE_DATABASE, *_OTHERS).values()) == {200}


@pytest.mark.parametrize("how", ["freeze", "stop"])
def test_while_redis_is_away_live_pages_say_so_and_all_others_are_served(
    explorer: Explorer, redis: OwnServer, how: str
) -> None:
    getattr(redis, how)()
    try:
        assert set(explorer.statuses(*_OF_THE_DATABASE, *_OTHERS).values()) == {200}
        wait_until(lambda: "The store of live counts cannot be reached" in explorer.ask("/live").body)
    finally:
        back(redis, how)
    wait_until(lambda: "cannot be reached" not in explorer.ask("/live").body)


def test_nothing_of_a_state_that_no_longer_exists_is_shown_after_an_older_copy_is_put_back(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine, tmp_path: Path
) -> None:
    file, older = Path(str(engine.url.database)), tmp_path / "older.sqlite"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(older)) as copy:
        source.backup(copy)

    def change_note(label: str) -> None:
        annotate(engine, "hi.wikipedia.org", SHARED, label)

    with TestClient(create_app(settings, own_settings, engine, lambda: NOW), base_url="http://localhost") as client:
        page = f"/p/hi.wikipedia.org/peaks/{format_month(SHARED)}"
        change_note("What must not come back")
        assert "What must not come back" in client.get(page).text
        assert "What must not come back" in client.get("/p/hi.wikipedia.org").text
        # As a restore should be done: the log of the file before goes too.
        for end in ("", "-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)
        older.replace(file)
        assert "What must not come back" not in client.get(page).text
        # As many changes as there were before.
        change_note("What is there now")
        for address in (page, "/p/hi.wikipedia.org"):
            shown = client.get(address).text
            assert "What is there now" in shown
            assert "What must not come back" not in shown


def test_while_the_file_is_gone_the_explorer_says_so_and_makes_no_other(
    settings: Settings,
    own_settings: ExplorerSettings,
    engine: Engine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file, moved = Path(str(engine.url.database)), tmp_path / "moved.sqlite"
    with TestClient(create_app(settings, own_settings, engine, lambda: NOW), base_url="http://localhost") as client:
        assert client.get("/").status_code == 200
        file.replace(moved)
        assert [client.get(path).status_code for path in ("/readyz", "/peaks")] == [503, 503]
        assert not file.exists()
        moved.replace(file)
        assert [client.get(path).status_code for path in ("/readyz", "/peaks")] == [200, 200]
    # However many asked.
    told = [one for one in caplog.records if one.name == "wiki_activity.explorer.outages"]
    assert [(one.levelname, one.exc_info) for one in told] == [("WARNING", None)] * 2
    assert [one.getMessage().partition(":")[0] for one in told] == [
        "what needs the database answers 503 from now on",
        "the database answers again",
    ]
    assert not [one for one in caplog.records if one.levelname == "ERROR"]
