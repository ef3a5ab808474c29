"""What all processes together have asked of Wikimedia, as their budget in Redis has it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import redis

from wiki_activity.redis_store.connection import wrapped_errors


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What was asked since the budget was begun; it is forgotten when nobody has asked for a quarter of an hour.

    Parameters
    ----------
    answers
        Requests by the status of their answer, as text; `0` stands for no answer.
    waited_seconds
        What all of them have waited for their turn, added up.
    """

    answers: Mapping[str, int] = field(default_factory=dict)
    waited_seconds: float = 0.0


def read_budget_use(client: redis.Redis, key: str) -> BudgetUse | None:
    """Read it; None where nobody has asked lately, or what is there is no budget.

    Raises
    ------
    RedisStoreUnreachableError
        If Redis cannot be reached.
    """
    with wrapped_errors(client):
        text = client.get(key)
    try:
        state = json.loads(text or b"null")
        ended, waited_ms = state["ended"], state["waited_ms"]
        return BudgetUse({str(status): int(number) for status, number in ended.items()}, float(waited_ms) / 1000)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
