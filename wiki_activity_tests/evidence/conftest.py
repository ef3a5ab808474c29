"""Databases with peaks in them, on both backends, and services that tell of a campaign."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from wiki_activity_tests.evidence.fakes import FakeWikimedia
from wiki_activity_tests.explorer.stored import fill_database
from wiki_activity_tests.storage.conftest import engine as migrated
from wiki_activity_tests.storage.conftest import url

__all__ = ["migrated", "url"]


@pytest.fixture
def engine(migrated: Engine) -> Iterator[Engine]:
    fill_database(migrated)
    return migrated


@pytest.fixture
def wikimedia() -> FakeWikimedia:
    return FakeWikimedia()
