"""Servers that tests may use where they run: without them a test skips with the reason, under CI it fails."""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

MYSQL_VARIABLE = "WIKI_ACTIVITY_TEST_MYSQL_URL"
REDIS_VARIABLE = "WIKI_ACTIVITY_TEST_REDIS_URL"


@contextmanager
def mysql_database() -> Iterator[str]:
    """Lend a test the address of an empty database, as :func:`lend_mysql_database` does."""
    with ExitStack() as stack:
        with giving_up_without_mysql():
            address = stack.enter_context(lend_mysql_database())
        yield address


@contextmanager
def giving_up_without_mysql() -> Iterator[None]:
    """Give the test up if the block finds no MySQL or MariaDB."""
    try:
        yield
    except OperationalError as error:
        give_up(f"no MySQL or MariaDB: {error.orig}; {MYSQL_VARIABLE} may name another")


@contextmanager
def lend_mysql_database() -> Iterator[str]:
    """Make an empty database on the MySQL or MariaDB server, lend its address, drop it.

    Raises
    ------
    OperationalError
        If the server is out of reach.
    """
    server = sa.make_url(os.environ.get(MYSQL_VARIABLE, "mysql+pymysql://root@127.0.0.1:3306/"))
    engine = sa.create_engine(server, poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
    name = f"wiki_activity_test_{secrets.token_hex(6)}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"create database {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"drop database {name}")
        engine.dispose()


def redis_url() -> str:
    """Return the address of a Redis or Valkey server that answers."""
    url = os.environ.get(REDIS_VARIABLE, "redis://127.0.0.1:6379/0")
    client = redis.Redis.from_url(url, socket_connect_timeout=5)
    try:
        client.ping()
    except redis.RedisError as error:
        give_up(f"no Redis at the address in {REDIS_VARIABLE}, or on 127.0.0.1:6379: {error}")
    finally:
        client.close()
    return url


def give_up(reason: str) -> NoReturn:
    """Skip the test; fail it under CI, where every server has to be there."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(f"under CI every server has to be there: {reason}", pytrace=False)
    pytest.skip(reason)
