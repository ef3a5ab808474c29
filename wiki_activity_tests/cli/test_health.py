"""`wiki-activity health`: what a container's or a platform's health check asks."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.domain.heartbeat import WATCHER, ClockState, Heartbeat, StoreState, StreamState
from wiki_activity.redis_store.connection import Keys
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.heartbeats import beat, claim
from wiki_activity.storage.refresh_leases import finish_refresh, start_refresh
from wiki_activity.storage.refreshes import Outcome
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.cli.test_explore import ask
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.redis_store.live_server import lend_live_server


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing is set, and nothing is there."""
    return {"WIKI_ACTIVITY_STATE_DIR": str(tmp_path)}


@pytest.mark.parametrize("role", ["explore", "watch", "refresh", "migrate", "code", "daemon", "webserver"])
def test_of_what_is_not_there_nothing_is_well(environment: dict[str, str], role: str) -> None:
    free = {"WIKI_ACTIVITY_EXPLORER_BIND": f"127.0.0.1:{choose_port(0)}"}
    port = ["--port", str(choose_port(0))] if role in {"code", "webserver"} else []

    ended = run(environment | free, "health", role, *port)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"{role}: ")


def test_an_explorer_is_asked_where_it_listens_however_people_call_it(environment: dict[str, str]) -> None:
    settings = environment | {
        "WIKI_ACTIVITY_EXPLORER_BIND": f"0.0.0.0:{choose_port(0)}",
        "WIKI_ACTIVITY_EXPLORER_URL": "https://activity.example.org",
        "WIKI_ACTIVITY_AUTH": "mediawiki",
        "WIKI_ACTIVITY_OAUTH_CLIENT_ID": "an id",
        "WIKI_ACTIVITY_OAUTH_CLIENT_SECRET": "a secret",
        "WIKI_ACTIVITY_SECRET_KEY": "k" * 32,
    }
    with start(settings, "explore") as process:
        ask(f"http://{settings['WIKI_ACTIVITY_EXPLORER_BIND'].replace('0.0.0.0', '127.0.0.1')}/healthz")
        well = run(settings, "health", "explore")
        process.send_signal(signal.SIGTERM)
        ended = wait(process, 10)
    gone = run(settings, "health", "explore")

    assert (well.code, well.out) == (0, "explore: answers 200\n")
    assert ended.code == 0
    assert gone.code == 1


def test_an_explorer_whose_database_is_away_is_not_ready(environment: dict[str, str]) -> None:
    settings = environment | {"WIKI_ACTIVITY_EXPLORER_BIND": f"127.0.0.1:{choose_port(0)}"}
    file = Path(environment["WIKI_ACTIVITY_STATE_DIR"]) / "wiki_activity.sqlite"
    with start(settings, "explore"):
        address = f"http://{settings['WIKI_ACTIVITY_EXPLORER_BIND']}/healthz"
        assert ask(address).status_code == 200
        for one in file.parent.glob("wiki_activity.sqlite*"):
            one.rename(one.with_name(f"away-{one.name}"))
        ended = run(settings, "health", "explore")
        assert httpx2.get(address).status_code == 200

    assert ended.code == 1
    assert "answers 503" in ended.err


def test_a_watcher_is_well_while_it_beats(environment: dict[str, str]) -> None:
    file = Path(environment["WIKI_ACTIVITY_STATE_DIR"]) / "wiki_activity.sqlite"
    copy_migrated_file(file)
    engine = create_database_engine(f"sqlite:///{file}")
    claim(engine, WATCHER, "a watcher")
    silent = run(environment, "health", "watch")
    at = datetime.now(UTC).timestamp()
    beat(engine, WATCHER, "a watcher", Heartbeat(at, 1, "a watcher", at))
    well = run(environment, "health", "watch")
    beat(engine, WATCHER, "a watcher", Heartbeat(at, 1, "a watcher", at - 600))
    hung = run(environment, "health", "watch")
    engine.dispose()

    assert (silent.code, well.code, hung.code) == (1, 0, 1)
    assert well.out.startswith("watch: beats")
    assert "has not gone round for 10 min" in hung.err


def test_a_refresh_of_long_ago_is_not_well(environment: dict[str, str]) -> None:
    file = Path(environment["WIKI_ACTIVITY_STATE_DIR"]) / "wiki_activity.sqlite"
    copy_migrated_file(file)
    engine = create_database_engine(f"sqlite:///{file}")

    def refresh(at: datetime) -> None:
        month = at.date().replace(day=1)
        started = start_refresh(
            engine, run_id="x", holder="x", first=month, last=month, projects=["a.org"], series=["edits"], now=at
        )
        finish_refresh(engine, started.id, "x", at, Outcome.DONE)

    now = datetime.now(UTC)
    none = run(environment, "health", "refresh")
    refresh(now - timedelta(days=41))
    old = run(environment, "health", "refresh")
    refresh(now - timedelta(days=39))
    young = run(environment, "health", "refresh")
    refresh(now + timedelta(minutes=10))
    ahead = run(environment, "health", "refresh")
    engine.dispose()

    assert (none.code, old.code, young.code, ahead.code) == (1, 1, 0, 0)
    assert "ended 0 days ago" in ahead.out
    assert "41 days ago" in old.err
    assert "39 days ago" in young.out


def test_tables_are_current_once_they_are_made(environment: dict[str, str]) -> None:
    run(environment, "migrate")

    assert run(environment, "health", "migrate").out == "migrate: the tables are current\n"


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """Listen on a port where whoever comes is told this and no more, or nothing at all; lend its number."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection = server.accept()[0]
                with connection:
                    connection.recv(1000)
                    if answer is None:
                        connection.recv(1000)
                    else:
                        connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_what_speaks_another_language_is_no_explorer(environment: dict[str, str]) -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as port:
        ended = run(environment, "health", "explore", "--port", str(port))

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines() == ["explore: does not answer: SSH-2.0-OpenSSH"]


def test_this_machine_is_asked_without_a_proxy(environment: dict[str, str]) -> None:
    away = environment | {"http_proxy": "http://127.0.0.1:9"}
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        ended = run(away, "health", "explore", "--port", str(port))

    assert (ended.code, ended.out) == (0, "explore: answers 200\n")


@pytest.mark.slow
def test_nobody_waits_for_stores_that_hang(environment: dict[str, str]) -> None:
    with answering(None) as database, answering(None) as redis:
        hung = {
            "WIKI_ACTIVITY_DATABASE_URL": f"mysql+pymysql://someone:secret@127.0.0.1:{database}/wikis",
            "WIKI_ACTIVITY_REDIS_URL": f"redis://:secret@127.0.0.1:{redis}/0",
        }
        ended = run(environment | hung, "health", "watch")

    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert "secret" not in ended.err


@pytest.mark.redis
def test_a_watcher_that_goes_on_while_the_database_is_away_is_well(environment: dict[str, str]) -> None:
    with lend_live_server() as server:
        settings = environment | {
            "WIKI_ACTIVITY_DATABASE_URL": f"mysql://127.0.0.1:{choose_port(0)}/activity",
            "WIKI_ACTIVITY_REDIS_URL": server.url,
            "WIKI_ACTIVITY_REDIS_PREFIX": server.keys.prefix,
        }
        dead = run(settings, "health", "watch")
        store = RedisStore(server.client, Keys(f"{server.keys.prefix}live:"))
        store.take_over(1, 120)
        at = datetime.now(UTC).timestamp()
        away = {"database": StoreState(at, "it does not answer")}
        stream = StreamState(connected=True, edits_at=at, newest=int(at))
        store.beat(Heartbeat(at, 1, "a watcher", at, stores=away, stream=stream, clock=ClockState(600.0, 600.0)))
        well = run(settings, "health", "watch")

    assert (dead.code, well.code) == (1, 0), well.err
    assert "beats, and sees edits; Counts wait: the database is away since" in well.out
    assert "The watcher’s clock is 600 s ahead" in well.out


def test_of_dagsters_errors_the_reason_is_told_and_no_line_that_follows_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    home = environment | {"DAGSTER_HOME": str(tmp_path)}
    address = {"DAGSTER_STORAGE_URL": f"mysql+mysqlconnector://someone:secret@127.0.0.1:{choose_port(0)}/dagster"}
    (tmp_path / "dagster.yaml").write_text("storage: {mysql: {mysql_url: {env: DAGSTER_STORAGE_URL}}}")

    for role in ("daemon", "worker"):
        nowhere, unset, away = (run(one, "health", role) for one in (environment, home, home | address))

        assert [(one.code, one.out) for one in (nowhere, unset, away)] == [(1, "")] * 3
        assert "The environment variable $DAGSTER_HOME is not set" in nowhere.err
        assert '"DAGSTER_STORAGE_URL" which is not set' in unset.err
        assert "Can't connect to MySQL server" in away.err
        assert "secret" not in away.err
