"""What the tests of the store share."""

from collections.abc import Iterator

import pytest

from wiki_activity_tests.redis_store.live_server import Server, lend_live_server


@pytest.fixture
def server() -> Iterator[Server]:
    with lend_live_server() as server:
        yield server
