"""What a reader is told who cannot reach the live store, or whose counts wait."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wiki_activity.domain.heartbeat import Beat, Heartbeat, StoreState, StreamState
from wiki_activity.domain.stream_health import SEES, StreamHealth
from wiki_activity.explorer.live.live_wording import describe_stream_health
from wiki_activity.explorer.live.store_away import NOT_LOOKED, lose_store

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
HEARTBEAT = Heartbeat(
    NOW.timestamp(), 1, "a test", NOW.timestamp(), stream=StreamState(connected=True, edits_at=NOW.timestamp())
)


def test_a_store_that_is_lost_keeps_the_time_from_which_nothing_was_seen() -> None:
    silent = StreamHealth(sees=False, since=NOW - timedelta(seconds=60))

    assert lose_store(SEES, NOW, None, NOW).since == NOW
    assert lose_store(silent, NOW, None, NOW).since == NOW - timedelta(seconds=60)
    assert lose_store(lose_store(SEES, NOW, None, NOW), NOW + timedelta(hours=1), None, NOW).since == NOW
    assert lose_store(NOT_LOOKED, None, None, NOW).since is None


def test_where_the_database_says_that_the_watcher_sees_edits_a_lost_store_is_no_blindness() -> None:
    away = replace(HEARTBEAT, stores={"redis": StoreState(NOW.timestamp() - 10, "gone")})
    for heartbeat, words in ((away, "Redis is away since 11:59:50 UTC"), (HEARTBEAT, "cannot be reached")):
        health = lose_store(SEES, NOW, Beat(heartbeat, 1.0, from_database=True), NOW)
        assert health.sees
        assert not health.is_current
        assert words in health.waits
        assert describe_stream_health(health, received=True).endswith("Numbers are those last received.")


def test_the_sentence_promises_earlier_numbers_only_where_there_are_any() -> None:
    health = replace(NOT_LOOKED, since=NOW, reason="It is dark.")

    assert describe_stream_health(health, received=True) == (
        "We cannot see edits now, since 5 Oct 2026, 12:00:00 UTC. It is dark. Numbers are those last received."
    )
    assert describe_stream_health(health, received=False).endswith("It is dark.")
