"""What becomes of the budget when Redis is stopped, hangs, refuses to write or is full, under all or some of them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from socket import create_connection, create_server, socket
from typing import Self

import pytest
import redis

from wiki_activity.domain.request_budget import NoTurnError, StoppedError
from wiki_activity.pacing import Pacer
from wiki_activity.redis_store.shared_budget import BudgetPatience, SharedBudget
from wiki_activity_tests.own_servers import OwnServer, own_redis
from wiki_activity_tests.redis_store.waiting import wait_until

pytestmark = pytest.mark.redis

QUICK = BudgetPatience(pause_seconds=3, beat_seconds=0.2, missing_seconds=1, lost_seconds=1)
PATIENT = BudgetPatience(pause_seconds=3600, beat_seconds=0.2)
PACE = 1200.0


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    with own_redis() as server:
        yield server


@pytest.fixture
def server(own: OwnServer) -> OwnServer:
    with redis.Redis.from_url(own.url) as client:
        client.flushall()
    return own


def make_budget(
    find_url: Callable[[], str | None], patience: BudgetPatience = QUICK, kind: str = "refresh", pace: float = PACE
) -> SharedBudget:
    return SharedBudget(
        find_url,
        key="wiki_activity_test:budget",
        kind=kind,
        per_minute=pace,
        connections=3,
        make_alone=Pacer,
        patience=patience,
    )


def refuse_to_write(server: OwnServer) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.replicaof("127.0.0.1", "9")


def write_again(server: OwnServer) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.replicaof("NO", "ONE")


def fill(server: OwnServer) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "1")


def make_room(server: OwnServer) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "0")


FAULTS = [
    pytest.param(OwnServer.stop, OwnServer.start, id="stopped"),
    pytest.param(OwnServer.freeze, OwnServer.thaw, id="hanging"),
    pytest.param(refuse_to_write, write_again, id="read only"),
    pytest.param(fill, make_room, id="full"),
]


@pytest.mark.parametrize(("break_it", "mend"), FAULTS)
def test_without_redis_nothing_is_sent_for_a_while_then_an_eighth_until_it_is_back(
    server: OwnServer, break_it: Callable[[OwnServer], None], mend: Callable[[OwnServer], None]
) -> None:
    with closing_budget(make_budget(lambda: server.url)) as budget:
        budget.release(budget.acquire(), 200)
        under_way = budget.acquire()
        break_it(server)
        try:
            budget.release(under_way, 200)
            wait_until(lambda: budget.is_cut_off)
            cut_off_by = time.monotonic()
            first = budget.acquire(60)
            # A moment passes until we see it, and the first turn alone is no earlier than the pause.
            assert time.monotonic() - cut_off_by >= QUICK.pause_seconds - 0.5
            assert first.alone
            assert budget.per_minute == pytest.approx(PACE / 8)
            with pytest.raises(NoTurnError):
                budget.acquire(0.5)
            budget.release(first, 200)
            second = budget.acquire(60)
            assert second.at - first.at >= 8 * 60 / PACE
            budget.release(second, 200)
        finally:
            mend(server)
        wait_until(lambda: not budget.is_cut_off)
        turn = budget.acquire(60)
        assert not turn.alone
        budget.release(turn, 200)
        assert budget.per_minute == pytest.approx(PACE)


@pytest.mark.parametrize(("break_it", "mend"), FAULTS)
def test_whoever_pauses_goes_on_as_soon_as_redis_is_back(
    server: OwnServer, break_it: Callable[[OwnServer], None], mend: Callable[[OwnServer], None]
) -> None:
    with closing_budget(make_budget(lambda: server.url, PATIENT)) as budget:
        budget.release(budget.acquire(), 200)
        break_it(server)
        try:
            wait_until(lambda: budget.is_cut_off)
            with pytest.raises(NoTurnError):
                budget.acquire(0.2)
        finally:
            mend(server)
        assert not budget.acquire(60).alone


def test_an_address_that_has_changed_is_found(server: OwnServer) -> None:
    places: list[str | None] = ["redis://127.0.0.1:9/0"]
    with closing_budget(make_budget(lambda: places[0], PATIENT)) as budget:
        with pytest.raises(NoTurnError):
            budget.acquire(0.2)
        places[0] = server.url
        assert not budget.acquire(60).alone


def test_where_no_redis_is_to_be_found_any_more_the_pace_is_that_of_one_process() -> None:
    with closing_budget(make_budget(lambda: None)) as budget:
        assert budget.acquire(60).alone
        assert budget.per_minute == pytest.approx(PACE)


def test_what_answers_as_no_redis_does_is_none() -> None:
    with _lend_other() as port, closing_budget(make_budget(lambda: f"redis://127.0.0.1:{port}/0", PATIENT)) as budget:
        with pytest.raises(NoTurnError):
            budget.acquire(3)
        assert budget.is_cut_off


def test_stopping_ends_the_pause(server: OwnServer) -> None:
    budget = make_budget(lambda: "redis://127.0.0.1:9/0", PATIENT)
    ended: list[bool] = []

    def wait() -> None:
        try:
            budget.acquire()
        except StoppedError:
            ended.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(lambda: budget.is_cut_off)
    budget.stop()
    thread.join(timeout=20)
    assert ended == [True]


def test_a_password_of_redis_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    with closing_budget(make_budget(lambda: "redis://me:s3cret@127.0.0.1:9/0", PATIENT)) as budget:
        with pytest.raises(NoTurnError):
            budget.acquire(0.2)
        assert "127.0.0.1:9" in caplog.text
        assert "s3cret" not in caplog.text


@pytest.mark.slow
def test_with_half_of_them_cut_off_all_together_stay_under_the_limit(server: OwnServer) -> None:
    minute = QUICK.pause_seconds
    limit = PACE / 60 * minute
    moments: list[float] = []
    with Forwarder(server.port) as forwarder:
        urls = [server.url, server.url, forwarder.url, forwarder.url]
        budgets = [make_budget(lambda url=url: url, pace=0.95 * PACE) for url in urls]  # type: ignore[misc]
        ended = threading.Event()

        def ask(budget: SharedBudget) -> None:
            with suppress(StoppedError):
                while not ended.is_set():
                    turn = budget.acquire()
                    moments.append(time.monotonic())
                    budget.release(turn, 200)

        threads = [threading.Thread(target=ask, args=(budget,)) for budget in budgets for _ in range(2)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(moments) > limit / 4)
        forwarder.cut()
        wait_until(lambda: all(budget.is_cut_off for budget in budgets[2:]))
        cut_at = time.monotonic()
        alone = len(moments)
        wait_until(lambda: time.monotonic() > cut_at + 3 * minute)
        wait_until(lambda: len(moments) > alone + limit)
        back_at = time.monotonic()
        forwarder.mend()
        wait_until(lambda: not any(budget.is_cut_off for budget in budgets[2:]))
        wait_until(lambda: time.monotonic() > back_at + 2 * minute)
        ended.set()
        for one in budgets:
            one.stop()
        for thread in threads:
            thread.join(timeout=20)
    windows = [sum(1 for one in moments if begin <= one < begin + minute) for begin in moments]
    # Threads that wake together send together: some requests are as good as any window's edge.
    assert max(windows) <= limit + 4, (max(windows), limit)
    assert any(cut_at + minute < one < back_at for one in moments)


class Forwarder:
    """A way to a server of this machine that can be cut and mended, as a network can."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = create_server(("127.0.0.1", 0))
        self._ends: list[socket] = []
        self._is_cut = False
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        threading.Thread(target=self._run, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listener.close()

    def cut(self) -> None:
        self._is_cut = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(2)
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        self._is_cut = False

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = create_connection(("127.0.0.1", self._port))
                self._ends += [near, far]
                for way in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=way, daemon=True).start()


def _pass_on(source: socket, target: socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)


@contextmanager
def _lend_other() -> Iterator[int]:
    """Lend the port of a web server, which knows no command of Redis's."""
    with closing(create_server(("127.0.0.1", 0))) as listener:

        def run() -> None:
            with suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    threading.Thread(target=_say_no, args=(near,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        yield listener.getsockname()[1]


def _say_no(near: socket) -> None:
    with suppress(OSError), near:
        while near.recv(65_536):
            near.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@contextmanager
def closing_budget(budget: SharedBudget) -> Iterator[SharedBudget]:
    try:
        yield budget
    finally:
        budget.stop()
