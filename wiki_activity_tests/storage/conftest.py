"""Databases for the tests of this folder: each test that takes `url` or `engine` runs on both backends."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.migrated import copy_migrated_file, migrated_mysql_database
from wiki_activity_tests.servers import mysql_database

NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database: with all tables where the test takes an `engine`, else empty."""
    has_tables = "engine" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "state" / "activity.db"
        yield copy_migrated_file(file) if has_tables else f"sqlite:///{file}"
        return
    with migrated_mysql_database() if has_tables else mysql_database() as address:
        yield address


@pytest.fixture
def empty(url: str) -> Iterator[Engine]:
    """An engine of an empty database."""
    engine = create_database_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine of a database with all tables."""
    engine = create_database_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def mysql_engine() -> Iterator[Engine]:
    """An engine of a MySQL or MariaDB database with all tables."""
    with migrated_mysql_database() as address:
        engine = create_database_engine(address)
        yield engine
        engine.dispose()
