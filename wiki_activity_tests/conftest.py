"""What holds for all tests."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on who else uses the machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_MARKS = {"mysql_engine": "mysql", "chromium": "browser", "live_client": "redis"}
"""By fixture, what a test that has it needs."""
_OF_REDIS = {"redis_store", "watch"}
"""Folders whose `server` is a Redis."""


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark tests by the servers and programs that they need, and those that take many seconds."""
    for item in items:
        for fixture, mark in _MARKS.items():
            if fixture in item.fixturenames:
                item.add_marker(mark)
        if hasattr(item, "callspec") and "mysql" in item.callspec.params.values():
            item.add_marker("mysql")
        if "server" in item.fixturenames and not _OF_REDIS.isdisjoint(item.path.parts):
            item.add_marker("redis")
        if "end_to_end" in item.path.parts:
            item.add_marker("slow")
    items[:] = _spread_slow(items)


def _spread_slow(items: Sequence[pytest.Function]) -> list[pytest.Function]:
    """Put the slow tests at even distances: of several processes none has most of them, or all at once."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    rest = [item for item in items if not item.get_closest_marker("slow")]
    step = len(rest) / max(1, len(slow))
    spread = []
    for place, item in enumerate(slow):
        spread += [item, *rest[round(place * step) : round((place + 1) * step)]]
    return spread if slow else rest
