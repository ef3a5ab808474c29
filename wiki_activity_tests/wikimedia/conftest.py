from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy


@pytest.fixture
def session() -> Iterator[PoliteSession]:
    """A fast session: nothing here tests patience."""
    retries = RetryPolicy(attempts=4, first_wait_seconds=0.001, longest_wait_seconds=0.002, jitter_seconds=0.001)
    with PoliteSession(
        contact="tests@example.org", per_minute=60_000, max_connections=3, retries=retries
    ) as polite_session:
        yield polite_session


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    return httpserver
