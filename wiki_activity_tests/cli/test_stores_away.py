"""What commands do while the database hangs, refuses, or is replaced beneath them: a reason and exit code 3."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.cli.stand_in import StandIn
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, run_sql

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running() -> Iterator[OwnServer]:
    with own_mariadb() as server:
        engine = create_database_engine(server.url)
        migrate(engine)
        engine.dispose()
        run_sql(server, "create user plain@127.0.0.1 identified by 'x'", "grant all on activity.* to plain@127.0.0.1")
        yield server


@pytest.fixture
def server(running: OwnServer) -> Iterator[OwnServer]:
    yield running
    running.thaw()
    run_sql(running, "set global read_only = 0")


def test_a_refresh_into_a_database_that_may_only_be_read_says_so(
    environment: dict[str, str], server: OwnServer, httpserver: HTTPServer
) -> None:
    run_sql(server, "set global read_only = 1")
    environment |= StandIn(httpserver).environment
    environment |= {"WIKI_ACTIVITY_DATABASE_URL": server.url.replace("root@", "plain:x@")}
    ended = run(environment, "refresh")
    assert ended.code == 3, ended
    assert "--read-only" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", ["status", "mute", "explore", "refresh", "doctor"])
def test_a_database_that_hangs_is_named_within_the_commands_patience(
    environment: dict[str, str], server: OwnServer, command: str
) -> None:
    server.freeze()
    ended = run(environment | {"WIKI_ACTIVITY_DATABASE_URL": server.url}, command)
    assert ended.code == (1 if command == "doctor" else 3), ended
    assert "cannot reach the database activity on 127.0.0.1" in ended.err + ended.out
    assert "Traceback" not in ended.err
