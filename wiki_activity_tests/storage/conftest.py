"""Databases for the tests of this folder: each test that takes `url` or `engine` runs on both backends."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity_tests.servers import mysql_database

NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/state/activity.db"
        return
    with mysql_database() as address:
        yield address


@pytest.fixture
def empty(url: str) -> Iterator[Engine]:
    """An engine of an empty database."""
    engine = create_database_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty: Engine) -> Engine:
    """An engine of a database with all tables."""
    migrate(empty, now=NOW)
    return empty


@pytest.fixture
def mysql_engine() -> Iterator[Engine]:
    """An engine of a MySQL or MariaDB database with all tables."""
    with mysql_database() as address:
        engine = create_database_engine(address)
        migrate(engine, now=NOW)
        yield engine
        engine.dispose()
