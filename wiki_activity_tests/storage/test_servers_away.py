"""A MariaDB of the test's own that hangs, is restarted, refuses: nobody waits longer than their patience."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, insert, select, text

from wiki_activity.storage.database import create_database_engine, exclusively, reading, write, writing
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.patience import Patience
from wiki_activity.storage.schema import editor_counts
from wiki_activity.storage.storage_errors import DatabaseBusyError, DatabaseRefusedError, DatabaseUnreachableError
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, run_sql
from wiki_activity_tests.storage.rows import editor_row

pytestmark = pytest.mark.slow

_LONG_SECONDS = 60
"""Nobody may wait so long, on however busy a machine; without limits it would be for ever."""


@pytest.fixture(scope="module")
def running() -> Iterator[OwnServer]:
    with own_mariadb() as server:
        engine = create_database_engine(server.url)
        migrate(engine)
        engine.dispose()
        yield server


@pytest.fixture
def server(running: OwnServer) -> Iterator[OwnServer]:
    yield running
    running.thaw()
    run_sql(running, "set global read_only = 0", "delete from activity.editor_counts")


@pytest.fixture
def reader(server: OwnServer) -> Iterator[Engine]:
    engine = create_database_engine(server.url, Patience.READER)
    yield engine
    engine.dispose()


def ask(engine: Engine, statement: str = "select 1") -> int:
    with reading(engine) as connection:
        return int(connection.execute(text(statement)).scalar_one())


def add(engine: Engine, project: str = "a.org") -> None:
    with writing(engine) as connection:
        connection.execute(insert(editor_counts), [editor_row(project)])


def wait_for(engine: Engine) -> None:
    until = time.monotonic() + _LONG_SECONDS
    while True:
        try:
            assert ask(engine) == 1
        except DatabaseUnreachableError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return


def test_a_server_that_hangs_is_given_up_then_not_waited_for_and_found_again(server: OwnServer, reader: Engine) -> None:
    assert ask(reader) == 1
    server.freeze()
    began = time.monotonic()
    with pytest.raises(DatabaseUnreachableError, match="timed out"):
        ask(reader)
    waited = time.monotonic() - began
    assert waited < _LONG_SECONDS
    again = time.monotonic()
    for _ in range(50):
        with pytest.raises(DatabaseUnreachableError, match="timed out"):
            ask(reader)
    # Fifty calls together wait less than the first one did.
    assert time.monotonic() - again < waited
    server.thaw()
    wait_for(reader)


def test_a_server_that_hangs_from_the_beginning_is_given_up(server: OwnServer) -> None:
    server.freeze()
    engine = create_database_engine(server.url, Patience.WATCHER)
    with pytest.raises(DatabaseUnreachableError, match="timed out"):
        add(engine)
    engine.dispose()


def test_a_server_that_was_restarted_is_used_again_at_once(server: OwnServer) -> None:
    engine = create_database_engine(server.url)
    assert ask(engine) == 1
    server.stop()
    server.start()
    assert ask(engine) == 1
    engine.dispose()


def test_a_statement_that_takes_too_long_is_ended_and_the_next_one_answered(reader: Engine) -> None:
    with pytest.raises(DatabaseRefusedError, match="max_statement_time"):
        ask(reader, "select sleep(60)")
    assert ask(reader) == 1


def test_a_batch_may_take_longer_than_a_connection(server: OwnServer) -> None:
    engine = create_database_engine(server.url)
    seconds = Patience.BATCH.value.connect + 2
    assert ask(engine, f"select sleep({seconds})") == 0
    engine.dispose()


def test_a_server_that_may_only_be_read_refuses_and_says_so(server: OwnServer) -> None:
    run_sql(
        server,
        "create user if not exists plain@127.0.0.1 identified by 'x'",
        "grant all on activity.* to plain@127.0.0.1",
        "set global read_only = 1",
    )
    engine = create_database_engine(server.url.replace("root@", "plain:x@"))
    with pytest.raises(DatabaseRefusedError, match="--read-only"):
        add(engine)
    assert ask(engine) == 1
    engine.dispose()


def test_a_row_that_another_one_holds_is_waited_for_and_then_said_to_be_held(server: OwnServer, reader: Engine) -> None:
    other = create_database_engine(server.url)
    with writing(other) as connection:
        connection.execute(insert(editor_counts), [editor_row("a.org")])
        with pytest.raises(DatabaseRefusedError):
            write(reader, lambda waiting: waiting.execute(insert(editor_counts), [editor_row("a.org")]))
    assert ask(reader, "select count(*) from editor_counts") == 1
    other.dispose()


def test_a_named_lock_that_another_one_holds_is_waited_for_and_then_said_to_be_held(
    server: OwnServer, reader: Engine
) -> None:
    other = create_database_engine(server.url)
    with exclusively(other, "test"), pytest.raises(DatabaseBusyError, match="held the lock 'test' for over"):  # noqa: SIM117
        with exclusively(reader, "test"):
            pass
    with exclusively(reader, "test") as connection:
        assert connection.execute(select(editor_counts)).all() == []
    other.dispose()


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["create user stranger@127.0.0.1 identified by 'y'"], "Access denied"),
        (
            ["create user stranger@127.0.0.1", "grant select on activity.* to stranger@127.0.0.1"],
            "INSERT command denied",
        ),
        (
            [
                "create user stranger@127.0.0.1 with max_queries_per_hour 3",
                "grant all on activity.* to stranger@127.0.0.1",
            ],
            "max_queries_per_hour",
        ),
    ],
)
def test_what_a_user_may_not_do_is_refused_in_the_servers_words(
    server: OwnServer, statements: list[str], words: str
) -> None:
    run_sql(server, "drop user if exists stranger@127.0.0.1", *statements)
    engine = create_database_engine(server.url.replace("root@", "stranger:@"))

    def add_some() -> None:
        for number in range(5):
            add(engine, f"{number}.org")

    with pytest.raises(DatabaseUnreachableError, match=words):
        add_some()
    engine.dispose()


def test_a_connection_that_is_killed_is_one_that_is_lost(server: OwnServer) -> None:
    engine = create_database_engine(server.url)

    def work(connection: Connection) -> None:
        run_sql(server, f"kill {connection.execute(text('select connection_id()')).scalar_one()}")
        connection.execute(insert(editor_counts), [editor_row()])

    with pytest.raises(DatabaseUnreachableError):
        write(engine, work)
    assert ask(engine, "select count(*) from editor_counts") == 0
    engine.dispose()


def test_what_a_host_that_vanished_has_locked_is_free_again(server: OwnServer) -> None:
    vanished = create_database_engine(server.url, Patience.WATCHER)
    other = create_database_engine(server.url, Patience.BATCH)

    def vanish() -> None:
        with exclusively(vanished, "heartbeats") as connection:
            connection.execute(insert(editor_counts), [editor_row("a.org")])
            # It says nothing more, and its connection is not closed either.
            with exclusively(other, "heartbeats") as another:
                another.execute(insert(editor_counts), [editor_row("a.org")])

    with pytest.raises(DatabaseUnreachableError):
        vanish()

    assert ask(other, "select count(*) from editor_counts") == 1
    for engine in (vanished, other):
        engine.dispose()
