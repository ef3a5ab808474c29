"""Databases with all tables and nothing in them: migrated once a process, and lent to one test after the other.

Tests of migrating make their own.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity_tests.servers import giving_up_without_mysql, lend_mysql_database

_MIGRATED_AT = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)


def copy_migrated_file(file: Path) -> str:
    """Make an SQLite database with all tables, and return its address."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_make_file(), file)
    return f"sqlite:///{file}"


@contextmanager
def migrated_mysql_database() -> Iterator[str]:
    """Lend a test the address of a MySQL or MariaDB database with all tables and nothing in them."""
    with giving_up_without_mysql():
        database = _free.pop() if _free else _Database.make()
    try:
        yield database.url
    finally:
        if database.make_empty():
            _free.append(database)
        else:
            database.drop()


@cache
def _make_file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wiki_activity_tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "migrated.sqlite"
    _migrate(f"sqlite:///{file}")
    return file


def _migrate(url: str) -> None:
    engine = create_database_engine(url)
    migrate(engine, now=_MIGRATED_AT)
    engine.dispose()


Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Database:
    """A database, what was in it when it had just been migrated, and what lends it."""

    url: str
    shape: Rows
    rows: Mapping[str, Rows]
    lent: Any

    @classmethod
    def make(cls) -> "_Database":
        lent = lend_mysql_database()
        url = lent.__enter__()  # for as long as this process runs
        _migrate(url)
        with _connecting(url) as connection:
            names = _list_tables(connection)
            rows = {name: _read_all(connection, f"select * from `{name}`") for name in names}
            return cls(url, _read_shape(connection), rows, lent)

    def make_empty(self) -> bool:
        """Put it back to how it was; tell whether that was possible."""
        try:
            with _connecting(self.url) as connection:
                _end_others(connection)
                if _read_shape(connection) != self.shape:
                    return False
                connection.exec_driver_sql("set foreign_key_checks = 0, lock_wait_timeout = 10")
                for name, counts_from in _list_tables(connection).items():
                    self._put_back(connection, name, counts=(counts_from or 1) > 1)
        except DBAPIError:
            return False
        return True

    def drop(self) -> None:
        """Drop it."""
        self.lent.__exit__(None, None, None)

    def _put_back(self, connection: sa.Connection, name: str, *, counts: bool) -> None:
        wanted = self.rows[name]
        if counts:
            # So that rows are counted from 1 again.
            connection.exec_driver_sql(f"truncate table `{name}`")
        elif _read_all(connection, f"select * from `{name}` limit {len(wanted) + 1}") == wanted:
            return
        else:
            connection.exec_driver_sql(f"delete from `{name}`")
        for row in wanted:
            columns, places = ", ".join(f"`{one}`" for one in row), ", ".join(["%s"] * len(row))
            connection.exec_driver_sql(f"insert into `{name}` ({columns}) values ({places})", tuple(row.values()))


_free: list[_Database] = []


@atexit.register
def _drop_all() -> None:
    while _free:
        _free.pop().drop()


@contextmanager
def _connecting(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def _list_tables(connection: sa.Connection) -> dict[str, int | None]:
    """Return the tables, and of those that count their rows the next number."""
    listed = "select table_name, auto_increment from information_schema.tables where table_schema = database()"
    return {row[0]: row[1] for row in connection.exec_driver_sql(listed).all()}


def _read_shape(connection: sa.Connection) -> Rows:
    """Return all columns and indexes."""
    columns = (
        "select table_name, column_name, column_type, is_nullable, column_default from information_schema.columns"
        " where table_schema = database() order by table_name, column_name"
    )
    indexes = (
        "select table_name, index_name, seq_in_index, column_name, non_unique from information_schema.statistics"
        " where table_schema = database() order by table_name, index_name, seq_in_index"
    )
    return [*_read_all(connection, columns), *_read_all(connection, indexes)]


def _read_all(connection: sa.Connection, select: str) -> Rows:
    return [dict(row) for row in connection.exec_driver_sql(select).mappings()]


def _end_others(connection: sa.Connection) -> None:
    """End connections that a test has left open: what they hold would be waited for."""
    others = "select id from information_schema.processlist where db = database() and id <> connection_id()"
    for (number,) in connection.exec_driver_sql(others).all():
        try:
            connection.exec_driver_sql(f"kill {number}")
        except DBAPIError:
            # It has ended meanwhile.
            continue
