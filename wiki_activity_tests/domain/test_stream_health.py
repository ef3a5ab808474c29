"""What cannot be seen is said, is never taken for calm, and a store that is away is no blindness."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wiki_activity.domain.heartbeat import (
    Beat,
    ClockState,
    Heartbeat,
    StoreState,
    StreamState,
    choose_newer,
)
from wiki_activity.domain.stream_health import SEES, find_clock_trouble, find_stream_health

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> float:
    return NOW.timestamp() - seconds


STREAM = StreamState(connected=True, edits_at=ago(1), newest=1000)


def make_beat(silent_seconds: float = 0.5, *, stream: StreamState = STREAM, **more: Any) -> Beat:
    at = ago(silent_seconds)
    return Beat(Heartbeat(at, 1, "a test", **{"loop_at": at, "stream": stream} | more), silent_seconds)


def streaming(silent_seconds: float = 0.5, **more: Any) -> Beat:
    return make_beat(silent_seconds, stream=replace(STREAM, **more))


AWAY = {"database": StoreState(ago(30), "cannot reach the database activity on db.example:3306")}


def test_edits_that_come_are_seen() -> None:
    assert find_stream_health(make_beat(), NOW) == SEES


@pytest.mark.parametrize(
    ("beat", "since", "words"),
    [
        (None, None, "No watcher has run yet"),
        (make_beat(9), 9, "The watcher gives no sign of life."),
        (make_beat(loop_at=ago(70)), 70, "does not go on"),
        (streaming(edits_at=None), None, "no edit has come yet"),
        (streaming(edits_at=ago(20), connected=False), 20, "no connection to Wikimedia’s stream"),
        (streaming(edits_at=ago(20), problem="stream.example answers 502"), 20, "does not answer as it should"),
        (streaming(edits_at=ago(130)), 130, "sends nothing"),
        (make_beat(stream=StreamState(), stores=AWAY), None, "Counts wait: the database is away since 11:59:30 UTC."),
    ],
)
def test_each_kind_of_blindness_is_named_with_its_time(beat: Beat | None, since: float | None, words: str) -> None:
    health = find_stream_health(beat, NOW)

    assert not health.sees
    assert health.since == (None if since is None else NOW - timedelta(seconds=since))
    assert words in health.reason
    assert "example" not in health.reason, "what an address answers is for those who run this"


def test_those_who_run_this_are_told_what_the_stream_answers() -> None:
    unreadable = "edits come, and none can be read: timestamp is text"
    assert unreadable in find_stream_health(streaming(edits_at=ago(20), problem=unreadable), NOW).detail


def test_wikimedia_hanging_up_for_a_moment_is_no_blindness() -> None:
    assert find_stream_health(streaming(edits_at=ago(5), connected=False), NOW) == SEES


def test_a_store_that_is_away_is_no_blindness_while_edits_are_seen() -> None:
    health = find_stream_health(make_beat(stores=AWAY, loop_at=ago(70)), NOW)

    assert health.sees
    assert not health.is_current
    assert health.waits == "Counts wait: the database is away since 11:59:30 UTC."


def test_what_the_database_alone_knows_may_be_older() -> None:
    assert find_stream_health(replace(make_beat(19), from_database=True), NOW).sees
    assert not find_stream_health(replace(make_beat(21), from_database=True), NOW).sees


def test_the_newer_of_two_signs_of_life_is_taken() -> None:
    def stored(silent_seconds: float) -> Beat:
        return replace(make_beat(silent_seconds), from_database=True)

    # The watcher cannot reach Redis, and its reader can.
    assert choose_newer(make_beat(60), stored(3)) == stored(3)
    # The database is told less often: what it knows is no younger than this looks.
    assert choose_newer(make_beat(9), stored(8)) == make_beat(9)
    assert choose_newer(make_beat(1), stored(4)) == make_beat(1)
    assert choose_newer(None, stored(4)) == stored(4)
    assert choose_newer(make_beat(1), None) == make_beat(1)


def test_a_clock_that_is_wrong_is_named() -> None:
    assert find_clock_trouble(make_beat(clock=ClockState(0.4))) == ""
    assert (
        find_clock_trouble(make_beat(clock=ClockState(125.0))) == "The watcher’s clock is 125 s ahead of the store’s."
    )
