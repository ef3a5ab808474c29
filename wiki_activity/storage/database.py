"""Engines and transactions, alike on SQLite and on MySQL or MariaDB."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import stamina
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from wiki_activity.storage.errors import DatabaseUnreachableError, DatabaseURLError

BUSY_SECONDS = 30
"""How long a writer waits for another one."""

_LOG_BYTES = 16 * 2**20
"""What SQLite's log is cut back to once all of it is in the file."""
_EXAMPLES = "write sqlite:///FILE or mysql+pymysql://USER:PASSWORD@HOST/DATABASE"
_WRITES = "wiki_activity_writes"
_MYSQL_DRIVERS = frozenset({"mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"})
SQLITE_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite"})
_DEADLOCKS = frozenset({1205, 1213})
_CLIENT_ERRORS = range(2000, 3000)
_REFUSALS = frozenset({1040, 1042, 1043, 1044, 1045, 1049, 1053, 1129, 1130, 1203, 1226, 1698})
_SQLITE_TROUBLE = (
    "unable to open",
    "locked",
    "readonly",
    "read-only",
    "not a database",
    "disk i/o",
    "is full",
    "malformed",
)

Result = TypeVar("Result")


def create_database_engine(url: str) -> Engine:
    """Make an engine for the address; nothing is opened yet.

    SQLite files get their parent folder, write-ahead logging and a busy timeout; MySQL and MariaDB a pool whose
    connections are tried before use, since PyMySQL makes a TLS context on each connect.

    Raises
    ------
    DatabaseURLError
        If the address is none, or of an unsupported kind; its password is not told.
    """
    address = _parse(url)
    if address.drivername in SQLITE_DRIVERS:
        return _create_sqlite_engine(address, url)
    if address.drivername in _MYSQL_DRIVERS:
        return _create_mysql_engine(address, url)
    msg = f"unsupported database {hide_password(url)!r}; {_EXAMPLES}"
    raise DatabaseURLError(msg)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed at the end, rolled back on any error.

    On SQLite it starts with BEGIN IMMEDIATE, so that two writers queue instead of failing half-way.

    Raises
    ------
    DatabaseUnreachableError
        If the database cannot be opened or goes away.
    """
    with name_trouble(engine), engine.connect() as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads.

    Raises
    ------
    DatabaseUnreachableError
        If the database cannot be opened or goes away.
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
        on=_is_deadlock, attempts=6, timeout=BUSY_SECONDS, wait_initial=0.02, wait_max=1.0, wait_jitter=0.1
    ):
        with attempt, writing(engine) as connection:
            result = work(connection)
    return result


def checkpoint(engine: Engine) -> None:
    """Write what SQLite's log holds into the file and empty the log, unless somebody reads or writes just now."""
    if engine.dialect.name != "sqlite":
        return
    with name_trouble(engine), closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def locked(connection: Connection, name: str, wait_seconds: int = BUSY_SECONDS) -> Iterator[None]:
    """Hold a lock of the MySQL server across commits; nothing on SQLite, where BEGIN IMMEDIATE locks the file.

    The server lets go of it when the connection ends, however it ends.

    Raises
    ------
    DatabaseUnreachableError
        If another one holds it for longer than `wait_seconds`.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    # Locks belong to the server, not to a database; names are limited to 64 characters.
    key = text("concat('wiki_activity.', :name, '.', left(sha1(database()), 16))")
    got = connection.execute(text(f"select get_lock({key.text}, :wait)"), {"name": name, "wait": wait_seconds}).scalar()
    if got != 1:
        raise DatabaseUnreachableError(
            describe(connection.engine.url), f"another process held the lock {name!r} for over {wait_seconds} s"
        )
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.execute(text(f"select release_lock({key.text})"), {"name": name})


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
    """Turn a driver's error about reaching the database into one that names the place."""
    try:
        yield
    except DBAPIError as error:
        if not _is_out_of_reach(error):
            raise
        raise DatabaseUnreachableError(describe(engine.url), _reason(error)) from error


def describe(url: URL) -> str:
    """Name host and database, or the file, without user and password."""
    if url.host is None:
        return str(url.database)
    return f"{url.database} on {url.host}:{url.port or 3306}"


def hide_password(url: str) -> str:
    """Replace what may be a password in a text that may be an address."""
    # Whoever forgot the scheme has written USER:PASSWORD@HOST.
    begin = r"[\w+]+:/{0,3}[^:/@]*" if "://" in url else "[^:@]*"
    hidden = re.sub(rf"^(\s*{begin}):.*@", r"\1:***@", url, flags=re.DOTALL)
    return re.sub(r"((?:pass|pwd)\w*)=[^&]*", r"\1=***", hidden, flags=re.IGNORECASE)


def _parse(url: str) -> URL:
    try:
        return make_url(url.strip())
    except (ArgumentError, ValueError) as error:
        msg = f"not a database address: {hide_password(url)!r}; {_EXAMPLES}"
        raise DatabaseURLError(msg) from error


def _create_sqlite_engine(address: URL, url: str) -> Engine:
    if address.database in {None, "", ":memory:"} or address.host:
        msg = f"{hide_password(url)!r} names no file: write sqlite:///relative/file.db or sqlite:////absolute/file.db"
        raise DatabaseURLError(msg)
    file = Path(str(address.database))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnreachableError(str(file), f"its folder cannot be made: {error.strerror}") from error
    engine = create_engine(address.set(drivername="sqlite+pysqlite"), connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_mysql_engine(address: URL, url: str) -> Engine:
    if not address.database:
        msg = f"{hide_password(url)!r} names no database: write mysql+pymysql://USER:PASSWORD@HOST/DATABASE"
        raise DatabaseURLError(msg)
    return create_engine(
        # One driver name for both servers: the dialect finds out which one it talks to.
        address.set(drivername="mysql+pymysql", host=address.host or "localhost").update_query_dict(
            {"charset": "utf8mb4"}
        ),
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=5,
        max_overflow=20,
        # Gap locks of the default level make upserts of neighbouring wikis wait for each other.
        isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": 10,
            "sql_mode": "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
            # MySQL's own limit of 1,024 bytes would cut off a series.
            "init_command": "SET SESSION group_concat_max_len = 1048576",
        },
    )


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401, ARG001, RUF100
    # None keeps the driver from starting transactions by itself; `_begin_sqlite` does.
    connection.isolation_level = None
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # The busy timeout does not cover this switch.
        for attempt in stamina.retry_context(on=sqlite3.OperationalError, attempts=20, timeout=10, wait_initial=0.02):
            with attempt:
                connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_deadlock(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and _code(error) in _DEADLOCKS


def _is_out_of_reach(error: DBAPIError) -> bool:
    code = _code(error)
    if code is not None:
        return error.connection_invalidated or code in _CLIENT_ERRORS or code in _REFUSALS
    if isinstance(error.orig, sqlite3.Error):
        return any(words in str(error.orig).lower() for words in _SQLITE_TROUBLE)
    return error.connection_invalidated


def _code(error: DBAPIError) -> int | None:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _reason(error: DBAPIError) -> str:
    arguments = getattr(error.orig, "args", ())
    return str(arguments[-1]) if arguments else str(error.orig)
