"""Limits of changes that several explorers count together, and of which each is master while Redis is away."""

from dataclasses import replace

import pytest
from limits import RateLimitItemPerHour

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.explorer.accounts.limits import RateLimits, SharedLimiter
from wiki_activity.settings import Settings, read_settings
from wiki_activity_tests.redis_store.live_server import lend_live_server

THREE = (RateLimitItemPerHour(3, namespace="writes"),)


def limits_at(settings: Settings) -> RateLimits:
    return RateLimits(writes=THREE, shared=SharedLimiter(settings))


@pytest.mark.redis
def test_changes_are_counted_together_and_other_installations_apart() -> None:
    with lend_live_server() as server:
        settings = replace(read_settings({}), redis_url=server.url, redis_prefix=server.keys.prefix)
        one, other = limits_at(settings), limits_at(settings)
        stranger = limits_at(replace(settings, redis_prefix=f"{server.keys.prefix}another:"))

        assert [one.write("asha"), other.write("asha"), one.write("asha")] == [0, 0, 0]
        assert 3000 < other.write("asha") <= 3600
        assert other.write("ravi") == 0
        assert stranger.write("asha") == 0


def test_while_redis_is_away_each_counts_by_itself_and_nobody_waits_for_it_twice() -> None:
    away = replace(read_settings({}), redis_url=f"redis://127.0.0.1:{choose_port(0)}/0")
    limits = limits_at(away)

    assert [limits.write("asha") for _ in range(3)] == [0, 0, 0]
    assert limits.write("asha") > 0
    assert limits.shared is not None
    assert limits.shared.count(THREE, "asha") is None
