"""Runs and sensors ask Wikimedia by the budget of the installation, where there is a Redis."""

from pathlib import Path

import dagster as dg
import pytest

from wiki_activity.defs.resources import Wikimedia, make_resources
from wiki_activity.domain.request_budget import RequestBudget
from wiki_activity.pacing import Pacer
from wiki_activity.redis_store.shared_budget import SharedBudget
from wiki_activity.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    variables = {"STATE_DIR": str(tmp_path), "CONTACT": "t@example.org", "REDIS_URL": "redis://127.0.0.1:9/0"}
    return read_settings({f"WIKI_ACTIVITY_{name}": value for name, value in variables.items()})


def find_budget(settings: Settings) -> RequestBudget:
    """The budget that an asset finds in a run."""
    found: list[RequestBudget] = []

    @dg.asset
    def asking(wikimedia: dg.ResourceParam[Wikimedia]) -> None:
        found.append(wikimedia.session.budget)

    resources = {"wikimedia": make_resources(lambda: settings)["wikimedia"]}
    assert dg.materialize([asking], resources=resources).success
    return found[0]


def test_a_run_asks_by_the_budget_of_all(settings: Settings) -> None:
    # Nobody listens there: a budget finds out when it is asked.
    assert isinstance(find_budget(settings), SharedBudget)


def test_where_there_is_no_redis_a_run_paces_itself(settings: Settings, tmp_path: Path) -> None:
    alone = read_settings({"WIKI_ACTIVITY_STATE_DIR": str(tmp_path), "WIKI_ACTIVITY_CONTACT": "t@example.org"})
    assert isinstance(find_budget(alone), Pacer)
    assert find_budget(alone).per_minute == pytest.approx(190)


def test_a_tick_does_not_wait_for_a_turn_past_its_own_end(settings: Settings) -> None:
    with dg.build_resources({"wikimedia": make_resources(lambda: settings)["wikimedia"]}) as resources:
        assert resources.wikimedia.session.turn_seconds == 15
