"""Budgets for tests, each as a process of its own would have it, under a key of their own."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import redis

from wiki_activity.pacing import Pacer
from wiki_activity.redis_store.connection import connect
from wiki_activity.redis_store.shared_budget import BudgetPatience, SharedBudget
from wiki_activity_tests.servers import redis_url

QUICK = BudgetPatience(pause_seconds=2, beat_seconds=0.2, missing_seconds=1, forgotten_seconds=60, lost_seconds=1)
SILENT = BudgetPatience(beat_seconds=1000)
"""Of one that is never heard of between its requests."""
CAUGHT_UP = 0.1
Make = Callable[..., SharedBudget]


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    with connect(redis_url()) as client:
        yield client


@pytest.fixture
def key(client: redis.Redis) -> Iterator[str]:
    name = f"wiki_activity_test_{secrets.token_hex(6)}:budget"
    yield name
    client.delete(name)


@pytest.fixture
def make(key: str) -> Iterator[Make]:
    """Makes budgets, each as a process of its own would have it."""
    made: list[SharedBudget] = []

    def make(
        kind: str = "refresh", per_minute: float = 1200, connections: int = 3, patience: BudgetPatience = QUICK
    ) -> SharedBudget:
        made.append(
            SharedBudget(
                redis_url,
                key=key,
                kind=kind,
                per_minute=per_minute,
                connections=connections,
                make_alone=Pacer,
                patience=patience,
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.stop()


def take(budget: SharedBudget, times: int) -> list[float]:
    """The moments of some turns, one after the other."""
    moments = []
    for _ in range(times):
        turn = budget.acquire(30)
        moments.append(turn.at)
        budget.release(turn, 200)
    return moments


def read_state(client: redis.Redis, key: str) -> Any:
    return json.loads(client.get(key))  # type: ignore[arg-type]


def is_even(moments: Sequence[float], gap_seconds: float) -> bool:
    """Whether each turn, counted from any other, came no earlier than an even pace has it."""
    placed = [moment - place * gap_seconds for place, moment in enumerate(sorted(moments))]
    highest = float("-inf")
    for one in placed:
        highest = max(highest, one)
        if highest - one > CAUGHT_UP + 0.002:
            return False
    return True
