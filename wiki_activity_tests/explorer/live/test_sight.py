"""What cannot be seen is said, and is never taken for calm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wiki_activity.explorer.live.sight import NOT_LOOKED, SEES, find_sight, lose_store
from wiki_activity.explorer.live.wording import describe_sight
from wiki_activity.livestore.reading import Live
from wiki_activity.livestore.records import Heartbeat, Progress

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
BEAT = Heartbeat(
    at=NOW.timestamp() - 0.5,
    token=1,
    holder="a test",
    connected=True,
    problem=None,
    edits_at=NOW.timestamp() - 1,
    newest=1000,
    resume_id="",
)


def make_live(heartbeat: Heartbeat | None = BEAT, newest: int = 1000) -> Live:
    return Live(heartbeat, Progress(newest=newest, closed_until=newest - 5), {}, {})


def change(**members: object) -> Live:
    known = {name: getattr(BEAT, name) for name in BEAT.__struct_fields__}
    return make_live(Heartbeat(**known | members))  # type: ignore[arg-type]


def ago(seconds: float) -> float:
    return NOW.timestamp() - seconds


def test_edits_that_come_are_seen() -> None:
    assert find_sight(make_live(), NOW) == SEES


@pytest.mark.parametrize(
    ("live", "since", "words"),
    [
        (make_live(None), None, "No watcher has run yet"),
        (change(at=ago(9)), 9, "The watcher gives no sign of life."),
        (change(edits_at=None), None, "no edit has come yet"),
        (change(edits_at=ago(20), connected=False), 20, "no connection to Wikimedia's stream"),
        (change(edits_at=ago(20), problem="stream.example answers 502"), 20, "does not answer as it should"),
        (change(edits_at=ago(130)), 130, "sends nothing"),
        (change(problem="cannot reach the database", newest=1010), None, "cannot save what it counts"),
    ],
)
def test_each_kind_of_blindness_is_named_with_its_time(live: Live, since: float | None, words: str) -> None:
    sight = find_sight(live, NOW)

    assert not sight.sees
    assert sight.since == (None if since is None else NOW - timedelta(seconds=since))
    assert words in sight.reason
    assert "example" not in sight.reason, "what an address answers is for those who run this"


def test_wikimedia_hanging_up_for_a_moment_is_no_blindness() -> None:
    assert find_sight(change(edits_at=ago(5), connected=False), NOW) == SEES


def test_a_store_that_is_lost_keeps_the_time_from_which_nothing_was_seen() -> None:
    silent = find_sight(change(at=ago(60)), NOW)

    assert lose_store(SEES, NOW).since == NOW
    assert lose_store(silent, NOW).since == NOW - timedelta(seconds=60)
    assert lose_store(lose_store(SEES, NOW), NOW + timedelta(hours=1)).since == NOW
    assert lose_store(NOT_LOOKED, None).since is None


def test_the_sentence_promises_earlier_numbers_only_where_there_are_any() -> None:
    sight = replace(NOT_LOOKED, since=NOW, reason="It is dark.")

    assert describe_sight(sight, received=True) == (
        "We cannot see edits now, since 5 Oct 2026, 12:00:00 UTC. It is dark. Numbers are those last received."
    )
    assert describe_sight(sight, received=False).endswith("It is dark.")
