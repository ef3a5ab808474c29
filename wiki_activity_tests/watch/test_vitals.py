"""What the watcher says of itself, by clocks that are moved by hand."""

import pytest

from wiki_activity.domain.heartbeat import DATABASE, REDIS, Beat, StreamState
from wiki_activity.redis_store.store_errors import RedisStoreUnreachableError
from wiki_activity.watch.heart import Heart
from wiki_activity.watch.vitals import Vitals
from wiki_activity_tests.redis_store.live_server import lend_live_server
from wiki_activity_tests.watch.titles import FreeTitle


class Time:
    """A wall clock that can be set, and one that only goes on."""

    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.passed = 0.0

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.passed += seconds


def make(time: Time) -> Vitals:
    return Vitals("a test", clock=lambda: time.wall, monotonic=lambda: time.passed)


def test_a_store_that_does_not_answer_is_away_before_it_says_no() -> None:
    time = Time()
    vitals = make(time)
    with vitals.asking(DATABASE):
        time.go_on(2)
        assert not vitals.is_away(DATABASE)
        time.go_on(2)
        assert vitals.is_away(DATABASE)
        state = vitals.describe().stores[DATABASE]
        assert (state.since, state.problem) == (1_000_000.0, "it has not answered for 4 s")
    assert not vitals.is_away(DATABASE)


def test_a_store_is_away_from_its_first_refusal_until_all_who_were_refused_are_answered() -> None:
    time = Time()
    vitals = make(time)
    for who in ("loop", "beat", "loop"):
        with pytest.raises(RedisStoreUnreachableError), vitals.asking(REDIS, who):
            raise RedisStoreUnreachableError("cannot reach Redis at somewhere")
        time.go_on(5)
    state = vitals.describe().stores[REDIS]
    assert (state.since, state.problem) == (1_000_000.0, "cannot reach Redis at somewhere")
    with vitals.asking(REDIS, "beat"):
        pass
    assert vitals.is_away(REDIS)
    with vitals.asking(REDIS, "loop"):
        pass
    assert not vitals.is_away(REDIS)


def test_ages_hold_when_the_clock_is_set() -> None:
    time = Time()
    vitals = make(time)
    vitals.note_stream(StreamState(connected=True))
    vitals.note_edits()
    vitals.note_loop()
    time.go_on(3)
    time.wall += 600
    beat = vitals.describe()
    assert beat.at - (beat.stream.edits_at or 0) == 3
    assert beat.at - beat.loop_at == 3
    assert Beat(beat, 0).hung_seconds is None


def test_a_moment_is_told_alike_each_time() -> None:
    time = Time()
    vitals = make(time)
    vitals.note_edits()
    first = vitals.describe().stream.edits_at
    # The two clocks are never read at the very same moment.
    time.wall += 0.003
    assert vitals.describe().stream.edits_at == first


def test_a_loop_that_stands_still_hangs_unless_a_store_keeps_it() -> None:
    time = Time()
    vitals = make(time)
    time.go_on(61)
    assert Beat(vitals.describe(), 0).hung_seconds == 61
    with vitals.asking(DATABASE):
        time.go_on(4)
        assert Beat(vitals.describe(), 0).hung_seconds is None


def test_what_ends_a_thread_of_the_heart_ends_the_watcher() -> None:
    def break_down(_: object) -> None:
        raise KeyError("a defect of ours")

    with lend_live_server() as server:
        heart = Heart(Vitals("a test"), server.make_store(), FreeTitle(), [break_down])
        heart.check()
        with heart:
            heart._threads[2].join(30)
            with pytest.raises(KeyError):
                heart.check()


@pytest.mark.parametrize(
    ("database", "redis", "wrong"),
    [
        (-600, -600, 600),
        (-600, -570, 570),
        # A store whose clock is wrong, a clock that is behind, and what may be the time of an answer.
        (-600, 0, 0),
        (0, -600, 0),
        (600, 600, 0),
        (-5, -5, 0),
    ],
)
def test_a_clock_is_wrong_where_both_stores_say_that_it_is_ahead(database: float, redis: float, wrong: float) -> None:
    time = Time()
    vitals = make(time)
    vitals.note_stream(StreamState(newest=int(time.wall) - 600))
    vitals.note_time(DATABASE, time.wall + database)
    assert vitals.find_wrong_seconds() == 0
    vitals.note_time(REDIS, time.wall + redis)
    assert vitals.find_wrong_seconds() == wrong
    beat = vitals.describe()
    assert (beat.clock.wrong_seconds, beat.lag_seconds) == (wrong, 600 - wrong)
