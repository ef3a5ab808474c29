"""One budget for all who share a key: the moments of turns are Redis's own, so that no busy machine falsifies them."""

import json
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from wiki_activity.domain.request_budget import NoTurnError, StoppedError, Turn
from wiki_activity.pacing import Pacer
from wiki_activity.redis_store.budget_script import LATE_MS
from wiki_activity.redis_store.shared_budget import BudgetPatience, SharedBudget, open_budget
from wiki_activity.settings import read_settings
from wiki_activity_tests.redis_store.budgets import SILENT, Make, client, is_even, key, make, read_state, take
from wiki_activity_tests.redis_store.waiting import wait_until
from wiki_activity_tests.servers import redis_url

__all__ = ["client", "key", "make"]

pytestmark = pytest.mark.redis


def test_turns_come_evenly_whoever_takes_them(make: Make) -> None:
    budgets = [make("refresh"), make("refresh"), make("people"), make("content")]
    with ThreadPoolExecutor(8) as pool:
        moments = [moment for some in pool.map(take, budgets * 2, [8] * 8) for moment in some]
    assert len(moments) == 64
    assert is_even(moments, 60 / 1200)
    assert not is_even([*moments, min(moments), min(moments) + 0.01, min(moments) + 0.02], 60 / 1200)


def test_what_was_held_back_does_not_come_all_at_once(make: Make) -> None:
    budget = make(per_minute=1200)
    budget.release(budget.acquire(30), 429, 1)
    assert is_even(take(budget, 8), 60 / 600)


def test_no_more_requests_are_in_flight_than_connections_in_all(make: Make) -> None:
    budgets = [make(per_minute=60_000, connections=3) for _ in range(3)]
    in_flight: list[int] = []
    now: set[object] = set()

    def ask(budget: SharedBudget) -> None:
        for _ in range(15):
            turn = budget.acquire(30)
            mark = object()
            now.add(mark)
            in_flight.append(len(now))
            now.discard(mark)
            budget.release(turn, 200)

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(ask, budgets * 3))
    assert max(in_flight) <= 3
    held = [budgets[0].acquire(30), budgets[1].acquire(30), budgets[1].acquire(30)]
    with pytest.raises(NoTurnError):
        budgets[2].acquire(0.3)
    budgets[1].release(held[1], 200)
    assert budgets[2].acquire(10)


def test_who_asks_once_does_not_wait_for_all_who_ask_without_end(make: Make) -> None:
    ended = threading.Event()
    kinds: list[str] = []

    def ask(budget: SharedBudget) -> None:
        with suppress(StoppedError):
            while not ended.is_set():
                turn = budget.acquire(30)
                kinds.append("refresh")
                budget.release(turn, 200)

    refreshes = [make("refresh") for _ in range(4)]
    with ThreadPoolExecutor(12) as pool:
        for budget in refreshes * 3:
            pool.submit(ask, budget)
        evidence = make("evidence")
        waited_for = []
        for _ in range(12):
            before = len(kinds)
            turn = evidence.acquire(30)
            waited_for.append(len(kinds) - before)
            evidence.release(turn, 200)
        ended.set()
        for one in refreshes:
            one.stop()
    # In one line by arrival it would be behind twelve threads, or four processes, each time.
    assert sorted(waited_for)[6] <= 2, waited_for


@pytest.mark.parametrize("kind", ["evidence", "refresh"])
def test_who_asks_all_the_time_lets_go_first_who_waits_but_not_for_ever(make: Make, kind: str) -> None:
    greedy, other = make("refresh", per_minute=600), make(kind, per_minute=600)
    take(greedy, 1)
    answer, turn = other._ask_for_turn(0)
    assert turn is None
    assert answer is not None
    due = (answer["now"] + answer["wait"]) / 1000
    # The other one does not come for it.
    until = time.monotonic() + 30
    while turn is None and time.monotonic() < until:
        _, turn = greedy._ask_for_turn(0)
    assert turn is not None
    assert turn.at > due + LATE_MS / 1000 - 0.001
    greedy.release(turn, 200)

    _, turn = other._ask_for_turn(0)
    while turn is None:
        _, snatched = greedy._ask_for_turn(0)
        assert snatched is None
        _, turn = other._ask_for_turn(0)


def test_a_refusal_of_one_holds_all_back_and_slows_all(make: Make, key: str, client: redis.Redis) -> None:
    one, other = make("refresh"), make("people")
    other.release(other.acquire(30), 200)
    turn = one.acquire(30)
    one.release(turn, 429, 1.5)
    refused_at = read_state(client, key)["refused"] / 1000

    next_turn = other.acquire(30)
    assert next_turn.at >= refused_at + 1.5
    assert other.per_minute == pytest.approx(600)
    assert (one.figures.answers, other.figures.answers) == ({429: 1}, {200: 1})


@pytest.mark.parametrize("served", [0, 8, 9, 20, 39])
def test_what_is_learned_of_a_refusal_is_what_a_process_alone_learns(make: Make, served: int) -> None:
    shared, alone = make(per_minute=6000), Pacer(6000)
    for budget in (shared, alone):
        turn = budget.acquire(30)
        for _ in range(served):
            budget.release(turn, 200)
        under_way = budget.acquire(30)
        budget.release(budget.acquire(30), 429, 0)
        budget.release(under_way, 429, 0)
        budget.release(budget.acquire(30), 200)
    assert shared.per_minute == pytest.approx(alone.per_minute)
    assert shared.per_minute < 6000


def test_a_learned_pace_holds_for_ten_minutes(make: Make, key: str, client: redis.Redis) -> None:
    budget = make(per_minute=6000)
    budget.release(budget.acquire(30), 429, 0)
    slow = budget.per_minute
    for age_ms, pace in ((590_000, slow), (601_000, 6000)):
        state = read_state(client, key)
        state["refused"] = state["seen"] - age_ms
        client.set(key, json.dumps(state))
        budget.release(budget.acquire(30), 200)
        assert budget.per_minute == pytest.approx(pace)


def test_the_connections_of_one_that_was_killed_are_free_again(make: Make, key: str) -> None:
    killed = """
import sys, time
from wiki_activity.pacing import Pacer
from wiki_activity.redis_store.shared_budget import SharedBudget
url, key = sys.argv[1:]
budget = SharedBudget(lambda: url, key=key, kind="refresh", per_minute=6000, connections=3, make_alone=Pacer)
for _ in range(3):
    budget.acquire(30)
print("held", flush=True)
time.sleep(600)
"""
    other = make(per_minute=6000)
    with subprocess.Popen(
        [sys.executable, "-c", killed, redis_url(), key], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        # While it lives it is heard of each five seconds, and keeps them.
        with pytest.raises(NoTurnError):
            make(per_minute=6000, patience=BudgetPatience()).acquire(1)
        process.kill()
    turn = other.acquire(30)
    other.release(turn, 200)
    # It is known to be dead, since it was a process of this machine: its share is not kept for it.
    other.release(other.acquire(30), 200)
    assert other.per_minute == pytest.approx(6000)


def test_the_connections_of_one_that_is_silent_are_free_again(make: Make) -> None:
    silent, other = make(per_minute=6000, patience=SILENT), make(per_minute=6000)
    for _ in range(3):
        silent.acquire(30)
    with pytest.raises(NoTurnError):
        other.acquire(0.3)
    assert other.acquire(30)


def test_the_share_of_one_that_is_silent_is_left_to_it(make: Make, key: str, client: redis.Redis) -> None:
    silent, other, polite = make(patience=SILENT), make(), make(patience=SILENT)
    for one in (silent, other, polite):
        one.release(one.acquire(30), 200)
    polite.stop()
    wait_until(lambda: other.per_minute < 1199)
    assert other.per_minute == pytest.approx(1200 * 7 / 8)
    silent.release(silent.acquire(30), 200)
    other.release(other.acquire(30), 200)
    assert other.per_minute == pytest.approx(1200)
    assert len(read_state(client, key)["members"]) == 2


def test_stopping_ends_all_waits_and_takes_the_member_out(make: Make, key: str, client: redis.Redis) -> None:
    budget, other = make(), make()
    other.release(other.acquire(30), 429, 600)
    ended: list[bool] = []

    def wait() -> None:
        try:
            budget.acquire()
        except StoppedError:
            ended.append(True)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    budget.stop()
    for thread in threads:
        thread.join(timeout=20)
    assert ended == [True] * 3
    assert len(read_state(client, key)["members"]) == 1


def test_what_ends_after_the_goodbye_brings_nobody_back(make: Make, key: str, client: redis.Redis) -> None:
    budget, other = make(), make()
    turn = budget.acquire(30)
    other.release(other.acquire(30), 200)
    budget.stop()
    budget.release(turn, 200)
    assert len(read_state(client, key)["members"]) == 1


def test_installations_with_one_prefix_share_a_budget_and_others_do_not(tmp_path: Path, client: redis.Redis) -> None:
    mine, yours = (f"wiki_activity_test_{secrets.token_hex(6)}:" for _ in range(2))

    def open_with(prefix: str) -> SharedBudget:
        variables = {"REDIS_URL": redis_url(), "REDIS_PREFIX": prefix, "STATE_DIR": str(tmp_path), "CONTACT": "a@b.org"}
        settings = read_settings({f"WIKI_ACTIVITY_{name}": value for name, value in variables.items()})
        budget = open_budget(settings, "refresh")
        assert budget is not None
        return budget

    one, same, other = (open_with(prefix) for prefix in (mine, mine, yours))
    try:
        one.release(one.acquire(30), 429, 100)
        with pytest.raises(NoTurnError):
            same.acquire(0.5)
        assert isinstance(other.acquire(10), Turn)
    finally:
        for budget in (one, same, other):
            budget.stop()
        client.delete(f"{mine}budget", f"{yours}budget")


def test_without_any_redis_there_is_nothing_to_share(tmp_path: Path) -> None:
    assert open_budget(read_settings({"WIKI_ACTIVITY_STATE_DIR": str(tmp_path)}), "refresh") is None


def test_a_lower_limit_holds_for_whoever_has_it(make: Make) -> None:
    budget = make(per_minute=6000)
    budget.lower_to(600)
    assert is_even(take(budget, 6), 60 / 600)
