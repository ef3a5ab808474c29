"""What holds for all tests."""

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
