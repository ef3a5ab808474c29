"""A Redis, and databases as the tests of the storage have them: each test that takes `engine` runs on both backends."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from wiki_activity_tests.redis_store.live_server import Server, lend_live_server
from wiki_activity_tests.storage.conftest import empty, engine, url

__all__ = ["empty", "engine", "url"]

# How long an example takes tells nothing on a machine that others use, too.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def server() -> Iterator[Server]:
    with lend_live_server() as server:
        yield server
