"""Processes that share a budget, held against what arrives at the one that they ask."""

import secrets
from collections.abc import Iterator

import pytest

from wiki_activity.redis_store.connection import connect
from wiki_activity_tests.arrivals import lend_arrivals
from wiki_activity_tests.redis_store.waiting import wait_until
from wiki_activity_tests.servers import redis_url
from wiki_activity_tests.workers import begin, lend_workers

pytestmark = [pytest.mark.redis, pytest.mark.slow]

LIMIT = 1200
WINDOW = 6.0
"""Seconds: a minute is too long for a test, and the pace is even."""
LATE = 6
"""Requests: threads wake late on a busy machine, and of a short window that is more than of a minute."""
SETTINGS = {"CONTACT": "tests@example.org", "REQUESTS_PER_MINUTE": str(LIMIT), "MAX_CONNECTIONS": "3"}


@pytest.fixture
def prefix() -> Iterator[str]:
    name = f"wiki_activity_test_{secrets.token_hex(6)}:"
    yield name
    with connect(redis_url()) as client:
        client.delete(f"{name}budget")


@pytest.mark.parametrize("kinds", [["refresh"], ["refresh"] * 4, ["refresh", "refresh", "people", "content"]])
def test_however_many_ask_no_more_arrives_than_is_allowed(prefix: str, kinds: list[str]) -> None:
    times = 240 // len(kinds)
    environment = {**SETTINGS, "REDIS_URL": redis_url(), "REDIS_PREFIX": prefix}
    with lend_arrivals(0.05) as server, lend_workers(kinds, times, server.url, environment) as workers:
        begin(workers)
        assert [worker.communicate()[0] for worker in workers] == [f"{times}\n"] * len(kinds)
        assert len(server.moments) == 240
        assert server.most_within(WINDOW) <= LIMIT * WINDOW / 60 + LATE
        assert server.most_at_once <= 3


def test_what_dies_while_it_asks_neither_holds_the_others_up_nor_lets_them_ask_too_much(prefix: str) -> None:
    environment = {**SETTINGS, "REDIS_URL": redis_url(), "REDIS_PREFIX": prefix}
    with lend_arrivals(0.2) as server, lend_workers(["refresh"] * 3, 80, server.url, environment) as workers:
        begin(workers)
        for worker in workers[:2]:
            reached = len(server.moments) + 20
            wait_until(lambda reached=reached: len(server.moments) >= reached)  # type: ignore[misc]
            worker.kill()
        assert workers[2].communicate()[0] == "80\n"
        assert server.most_within(WINDOW) <= LIMIT * WINDOW / 60 + LATE
        # What was killed had its requests under way still, for as long as they take here.
        assert server.most_at_once <= 3
