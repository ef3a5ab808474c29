"""The pacer, on real time where it waits and on a hand-set clock where it judges."""

import random
import threading
import time

import pytest

from wiki_activity.domain.request_budget import NoTurnError, StoppedError, Turn
from wiki_activity.pacing import Pacer


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class LateClock(threading.Event):
    """A clock that goes on while somebody waits, and always up to 0.09 s longer than was meant."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self._late = random.Random(7)

    def __call__(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        self.now += (timeout or 0) + self._late.uniform(0, 0.09)
        return self.is_set()


def test_requests_are_spaced_without_a_burst() -> None:
    pacer = Pacer(per_minute=1200)
    started = time.monotonic()

    for _ in range(11):
        pacer.acquire()

    # 20 a second: the eleventh comes half a second after the first.
    assert time.monotonic() - started >= 0.49


def test_no_minute_has_more_than_its_requests_however_late_threads_wake() -> None:
    clock = LateClock()
    pacer = Pacer(per_minute=190, clock=clock, stopped=clock)
    sent = []

    for _ in range(600):
        pacer.acquire()
        sent.append(clock.now)

    assert max(sum(1 for at in sent if begin <= at < begin + 60) for begin in sent) <= 190
    assert sent[-1] - sent[0] <= 1.01 * 60 * 600 / 190


def test_many_threads_share_one_pace() -> None:
    pacer = Pacer(per_minute=6000)
    started = time.monotonic()
    threads = [threading.Thread(target=lambda: [pacer.acquire() for _ in range(5)]) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert pacer.figures.sent == 50
    assert time.monotonic() - started >= 0.39


def test_a_refusal_lowers_the_pace_to_what_was_served_in_the_last_minute() -> None:
    clock = HandClock()
    pacer = Pacer(per_minute=6000, clock=clock)
    for _ in range(300):
        pacer.release(Turn(clock.now), 200)

    pacer.release(Turn(clock.now), 429, 10)

    assert pacer.per_minute == pytest.approx(285)


def test_a_refusal_of_the_first_request_only_halves_the_pace() -> None:
    clock = HandClock()
    pacer = Pacer(per_minute=190, clock=clock)

    pacer.release(Turn(clock.now), 429, 10)

    assert pacer.per_minute == pytest.approx(95)


def test_answers_older_than_a_minute_do_not_count_as_the_limit() -> None:
    clock = HandClock()
    pacer = Pacer(per_minute=6000, clock=clock)
    for _ in range(300):
        pacer.release(Turn(clock.now), 200)
    clock.now += 61
    for _ in range(100):
        pacer.release(Turn(clock.now), 200)

    pacer.release(Turn(clock.now), 429, 10)

    assert pacer.per_minute == pytest.approx(95)


def test_requests_under_way_when_another_was_refused_do_not_slow_it_twice() -> None:
    clock = HandClock()
    pacer = Pacer(per_minute=400, clock=clock)
    for _ in range(390):
        pacer.release(Turn(clock.now), 200)
    sent_at = clock.now
    clock.now += 0.1
    pacer.release(Turn(sent_at), 429, 10)
    once = pacer.per_minute

    clock.now += 0.1
    pacer.release(Turn(sent_at), 429, 10)

    assert once == pytest.approx(300)
    assert pacer.per_minute == once


def test_the_pace_recovers_after_ten_minutes_without_a_refusal() -> None:
    clock = HandClock()
    pacer = Pacer(per_minute=60_000, clock=clock)
    for _ in range(6000):
        pacer.release(Turn(clock.now), 200)
    pacer.release(Turn(clock.now), 429, 0)

    clock.now += 599
    pacer.acquire()
    assert pacer.per_minute == pytest.approx(5700)

    clock.now += 1
    pacer.acquire()
    assert pacer.per_minute == pytest.approx(60_000)


@pytest.mark.parametrize(("per_minute", "slowest"), [(190, 1.0), (0.5, 0.5)])
def test_however_often_it_is_refused_a_request_a_minute_is_sent(per_minute: float, slowest: float) -> None:
    clock = HandClock()
    pacer = Pacer(per_minute=per_minute, clock=clock)

    for _ in range(100):
        clock.now += 1
        pacer.release(Turn(clock.now), 429, 0)

    assert pacer.per_minute == pytest.approx(slowest)


@pytest.mark.parametrize("per_minute", [0.5, 1, 9, 9.5, 190, 285, 599, 600, 5700, 60_000])
def test_any_pace_is_a_valid_pace(per_minute: float) -> None:
    pacer = Pacer(per_minute=per_minute)

    pacer.acquire()

    assert pacer.figures.sent == 1


def test_who_would_wait_too_long_gets_no_turn() -> None:
    pacer = Pacer(per_minute=1)
    pacer.acquire()
    with pytest.raises(NoTurnError):
        pacer.acquire(0.05)
    assert pacer.figures.sent == 1


def test_a_lower_limit_holds_at_once() -> None:
    pacer = Pacer(per_minute=1900)
    pacer.lower_to(190)
    pacer.lower_to(500)
    assert pacer.per_minute == 190


def test_stopping_ends_the_wait() -> None:
    pacer = Pacer(per_minute=60)
    pacer.release(Turn(time.monotonic()), 429, 3600)
    ended: list[bool] = []

    def wait() -> None:
        try:
            pacer.acquire()
        except StoppedError:
            ended.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    pacer.stop()
    thread.join(timeout=10)

    assert ended == [True]
