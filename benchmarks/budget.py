"""One budget for several processes: how long they take together, and what arrives at the one that they ask."""

import secrets
import time

import redis

from benchmarks.table import Row
from wiki_activity_tests.arrivals import lend_arrivals
from wiki_activity_tests.own_servers import own_redis
from wiki_activity_tests.workers import begin, lend_workers

_PER_MINUTE, _CONNECTIONS, _LATENCY_SECONDS = 800, 3, 0.2
_REQUESTS = 1600
"""Two minutes at the limit: any one of them can be looked at."""
_WORKERS = (1, 2, 4)
_WANTED_RATIO = 1.15


def run() -> list[Row]:
    """Ask 1,600 times at 800 a minute, 200 ms and 3 connections in all, by 1, 2 and 4 processes."""
    with own_redis() as server:
        return [row for workers in _WORKERS for row in _measure(server.url, workers)]


def _measure(redis_url: str, workers: int) -> list[Row]:
    environment = {
        "CONTACT": "benchmarks@example.org",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": f"{secrets.token_hex(6)}:",
        "REQUESTS_PER_MINUTE": str(_PER_MINUTE),
        "MAX_CONNECTIONS": str(_CONNECTIONS),
    }
    with (
        redis.Redis.from_url(redis_url) as client,
        lend_arrivals(_LATENCY_SECONDS) as asked,
        lend_workers(["refresh"] * workers, _REQUESTS // workers, asked.url, environment) as processes,
    ):
        calls, begun_at = _count_calls(client), time.monotonic()
        begin(processes)
        for process in processes:
            process.wait()
        seconds = time.monotonic() - begun_at
        calls = _count_calls(client) - calls
    own_seconds = 60 * _REQUESTS / _PER_MINUTE
    ratio = seconds / own_seconds
    within, at_once = asked.most_within(60), asked.most_at_once
    name = f"{workers} process{'es' * (workers > 1)} of one budget"
    return [
        Row(
            f"{name}: {_REQUESTS:,} requests at {_PER_MINUTE} a minute, 200 ms, {_CONNECTIONS} connections",
            f"{seconds:.1f} s, {ratio:.2f} × the limit's own {own_seconds:.0f} s",
            f"{calls / _REQUESTS:.1f} calls of Redis a request",
            f"≤ {_WANTED_RATIO} × the limit's",
            ratio <= _WANTED_RATIO and len(asked.moments) == _REQUESTS,
        ),
        Row(
            f"{name}: most arrivals in any minute, most at once",
            f"{within}, {at_once}",
            "",
            f"≤ {_PER_MINUTE}, ≤ {_CONNECTIONS}",
            within <= _PER_MINUTE and at_once <= _CONNECTIONS,
        ),
    ]


def _count_calls(client: redis.Redis) -> int:
    told = client.info("commandstats").get("cmdstat_evalsha", {})
    return int(told.get("calls", 0))
