"""What becomes of the budget when Redis forgets it, has an older one, or something that is none, or another clock."""

import json
from itertools import pairwise

import pytest
import redis

from wiki_activity_tests.redis_store.budgets import QUICK, Make, client, is_even, key, make, read_state, take

__all__ = ["client", "key", "make"]

pytestmark = pytest.mark.redis


def test_when_redis_forgets_nobody_is_served_for_a_while(make: Make, key: str, client: redis.Redis) -> None:
    one, other = make(), make()
    take(one, 3)
    take(other, 1)
    client.delete(key)
    [moment] = take(one, 1)
    assert moment >= read_state(client, key)["begun"] / 1000 + QUICK.lost_seconds


def test_what_was_learned_is_told_again_to_a_redis_that_forgets(make: Make, key: str, client: redis.Redis) -> None:
    budget, newcomer = make(), make()
    budget.release(budget.acquire(30), 429, 4)
    client.delete(key)
    # Nobody told a newcomer of it, so it may come first.
    newcomer.release(newcomer.acquire(30), 200)
    begun = read_state(client, key)["begun"] / 1000
    turn = budget.acquire(30)
    assert turn.at >= begun + 3
    assert budget.per_minute == pytest.approx(600)


def test_a_redis_that_has_an_older_state_has_lost_something(make: Make, key: str, client: redis.Redis) -> None:
    budget = make()
    take(budget, 2)
    older = client.get(key)
    assert older is not None
    [last] = take(budget, 5)[-1:]
    client.set(key, older)
    [moment] = take(budget, 1)
    assert moment >= last + QUICK.lost_seconds


def test_who_comes_new_to_an_empty_redis_waits_for_nothing(make: Make) -> None:
    assert make().acquire(0.9).at > 0


@pytest.mark.parametrize("damage", ["text", "list", "number", "part", "another kind"])
def test_what_is_no_state_is_written_anew(make: Make, key: str, client: redis.Redis, damage: str) -> None:
    texts = {"text": "no json", "number": "7", "part": '{"members": {}}'}
    if damage == "list":
        client.rpush(key, "a")
    elif damage == "another kind":
        take(make(), 1)
        state = read_state(client, key)
        client.set(key, json.dumps({**state, "members": {"somebody": {"seen": "yesterday"}}}))
    else:
        client.set(key, texts[damage])
    assert len(take(make(), 2)) == 2
    assert read_state(client, key)["members"]


def test_a_clock_that_is_put_back_holds_nobody_back(make: Make, key: str, client: redis.Redis) -> None:
    budget = make()
    take(budget, 2)
    state = read_state(client, key)
    ahead = {name: state[name] + 600_000 for name in ("seen", "next", "begun")}
    members = {name: {**one, "seen": one["seen"] + 600_000} for name, one in state["members"].items()}
    client.set(key, json.dumps({**state, **ahead, "members": members}))
    moments = take(budget, 3)
    assert is_even(moments, 60 / 1200)
    assert all(later > earlier for earlier, later in pairwise(moments))
