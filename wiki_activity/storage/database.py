"""Engines and transactions, alike on SQLite and on MySQL or MariaDB, with a limit to every wait."""

import logging
import sqlite3
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pymysql
import stamina
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from wiki_activity.addresses import AddressError, check_database_address
from wiki_activity.storage.circuit import Circuit
from wiki_activity.storage.driver_errors import describe, find_trouble
from wiki_activity.storage.patience import Limits, Patience
from wiki_activity.storage.sqlite_file import WRITES, SqliteFile
from wiki_activity.storage.storage_errors import (
    DatabaseBusyError,
    DatabaseUnreachableError,
    DatabaseURLError,
)

SQLITE_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite"})
MOST_CONNECTIONS = 25
_KEPT_CONNECTIONS = 5
_TERMS = "wiki_activity_terms"
_LOCK_SLICE_SECONDS = 1
_TLS_TROUBLE = 2026
"""The client's own code for it."""

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What an engine was made with."""

    limits: Limits
    circuit: Circuit
    connections: int


def create_database_engine(
    url: str, patience: Patience = Patience.BATCH, connections: int = MOST_CONNECTIONS
) -> Engine:
    """Make an engine for the address; nothing is opened yet.

    SQLite files get their parent folder and write-ahead logging; MySQL and MariaDB a pool whose connections are tried
    before use, since PyMySQL makes a TLS context on each connect.

    Parameters
    ----------
    url
        SQLAlchemy's address.
    patience
        How long whoever uses it may be kept waiting, at each statement.
    connections
        So many at once, where it is a server; whoever needs another one waits.

    Raises
    ------
    DatabaseURLError
        If the address is none, or of an unsupported kind; nothing of it is told.
    """
    url = url.strip()
    try:
        check_database_address(url)
    except AddressError as error:
        raise DatabaseURLError(str(error)) from error
    address = make_url(url)
    if address.drivername in SQLITE_DRIVERS:
        engine = _create_sqlite_engine(address, patience.value)
    else:
        engine = _create_mysql_engine(address, patience.value, connections)
    circuit = Circuit(lambda: _answers(engine), patience.value.pause)
    engine.update_execution_options(**{_TERMS: _Terms(patience.value, circuit, connections)})
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed at the end, rolled back on any error.

    On SQLite it starts with BEGIN IMMEDIATE, so that two writers queue instead of failing half-way.

    Raises
    ------
    DatabaseUnreachableError
        If the database cannot be opened, goes away, refuses, or does not answer in time.
    """
    with name_trouble(engine), engine.connect() as connection:
        connection.execution_options(**{WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads.

    Raises
    ------
    DatabaseUnreachableError
        If the database cannot be opened, goes away, refuses, or does not answer in time.
    """
    with name_trouble(engine), engine.connect() as connection, connection.begin():
        yield connection


def write(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Run `work` in one writing transaction, and again as a whole when MySQL chose it as a deadlock's victim.

    Parameters
    ----------
    engine
        Where to.
    work
        Takes the connection; must do nothing besides that may not be done twice.
    """
    for attempt in stamina.retry_context(
        on=DatabaseBusyError,
        attempts=6,
        timeout=_limits_of(engine).lock,
        wait_initial=0.02,
        wait_max=1.0,
        wait_jitter=0.1,
    ):
        with attempt, writing(engine) as connection:
            result = work(connection)
    return result


def checkpoint(engine: Engine) -> None:
    """Write what SQLite's log holds into the file and empty the log, unless somebody reads or writes just now."""
    if engine.dialect.name != "sqlite":
        return
    try:
        # Not through SQLAlchemy, which would begin a transaction, in which this cannot be done.
        with name_trouble(engine), closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        logger.warning("the log of %s stays as long as it is: %s", describe(engine.url), error)


@contextmanager
def locked(connection: Connection, name: str) -> Iterator[None]:
    """Hold a lock of the MySQL server across commits; nothing on SQLite, where BEGIN IMMEDIATE locks the file.

    The server lets go of it when the connection ends, however it ends.

    Raises
    ------
    DatabaseBusyError
        If another one holds it for too long.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    # Locks belong to the server, not to a database; names are limited to 64 characters.
    key = "concat('wiki_activity.', :name, '.', left(sha1(database()), 16))"
    ask = text(f"select get_lock({key}, {_LOCK_SLICE_SECONDS})")
    seconds = _limits_of(connection.engine).lock
    give_up_at = time.monotonic() + seconds
    # Slice by slice: a server that hangs has to be told from one that waits.
    while connection.execute(ask, {"name": name}).scalar() != 1:
        if time.monotonic() >= give_up_at:
            raise DatabaseBusyError(
                describe(connection.engine.url), f"another process held the lock {name!r} for over {seconds} s"
            )
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.execute(text(f"select release_lock({key})"), {"name": name})


@contextmanager
def exclusively(engine: Engine, name: str) -> Iterator[Connection]:
    """One writing transaction that no other one of the same name overlaps, in whatever process.

    Raises
    ------
    DatabaseUnreachableError
        If the database cannot be opened, or another holds the lock for too long.
    """
    if engine.dialect.name == "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    with name_trouble(engine), engine.connect() as connection, locked(connection, name):
        connection.commit()
        with connection.begin():
            yield connection


@contextmanager
def name_trouble(engine: Engine) -> Iterator[None]:
    """Turn a driver's error about the state of the database into one that names the place."""
    circuit = _terms_of(engine).circuit
    circuit.check()
    try:
        yield
    except DBAPIError as error:
        trouble = find_trouble(error, engine.url)
        if trouble is None:
            raise
        circuit.fail(trouble)
        raise trouble from error
    except PoolTimeoutError as error:
        raise DatabaseBusyError(describe(engine.url), "all connections to it are in use") from error


@contextmanager
def more_patient(engine: Engine, patience: Patience) -> Iterator[Engine]:
    """Lend an engine to the same database for work that takes longer."""
    other = create_database_engine(
        engine.url.render_as_string(hide_password=False), patience, _terms_of(engine).connections
    )
    try:
        yield other
    finally:
        other.dispose()


def _terms_of(engine: Engine) -> _Terms:
    terms: _Terms = engine.get_execution_options()[_TERMS]
    return terms


def _limits_of(engine: Engine) -> Limits:
    return _terms_of(engine).limits


def _answers(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except (SQLAlchemyError, DatabaseUnreachableError):
        return False
    return True


def _create_sqlite_engine(address: URL, limits: Limits) -> Engine:
    file = Path(str(address.database))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnreachableError(str(file), f"its folder cannot be made: {error.strerror}") from error
    engine = create_engine(
        address.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": limits.lock},
        pool_timeout=limits.lock,
    )
    SqliteFile(file, limits).look_after(engine)
    return engine


def _create_mysql_engine(address: URL, limits: Limits, connections: int) -> Engine:
    engine = create_engine(
        # One driver name for both servers: the dialect finds out which one it talks to.
        address.set(drivername="mysql+pymysql", host=address.host or "localhost").update_query_dict(
            {"charset": "utf8mb4"}
        ),
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=min(connections, _KEPT_CONNECTIONS),
        max_overflow=max(connections - _KEPT_CONNECTIONS, 0),
        pool_timeout=limits.lock,
        # Gap locks of the default level make upserts of neighbouring wikis wait for each other.
        isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": limits.connect,
            "read_timeout": limits.answer,
            "write_timeout": limits.answer,
            "sql_mode": "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
            # MySQL's own limit of 1,024 bytes would cut off a series. Of the two limits each server reads its own.
            "init_command": "SET SESSION group_concat_max_len = 1048576"
            f", innodb_lock_wait_timeout = {limits.lock}, lock_wait_timeout = {limits.lock}"
            f", wait_timeout = {limits.idle}"
            f" /*M!100101 , max_statement_time = {limits.statement} */"
            f" /*!50708 , max_execution_time = {1000 * limits.statement:.0f} */",
        },
    )
    event.listen(engine, "do_connect", _connect_to_mysql)
    event.listen(engine, "handle_error", _give_up_on_silence)
    return engine


def _connect_to_mysql(
    _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Sequence[str], options: dict[str, Any]
) -> "pymysql.connections.Connection[Any]":
    try:
        # The driver waits for the server's greeting as long as for any of its words.
        connection = pymysql.connect(*arguments, **options | {"read_timeout": options["connect_timeout"]})
    except (ssl.SSLError, RuntimeError) as error:
        # Of certificates that are none, and of a password that cannot be encrypted: the driver leaves them as they are.
        raise pymysql.err.OperationalError(_TLS_TROUBLE, f"no encrypted connection: {error}") from error
    # It has no other way to set this.
    vars(connection)["_read_timeout"] = options["read_timeout"]
    return connection


def _give_up_on_silence(context: ExceptionContext) -> None:
    # A server that hangs would take as long again to connect to; one that was restarted is connected to at once.
    if context.is_pre_ping and isinstance(context.original_exception.__context__, TimeoutError):
        context.is_disconnect = False
