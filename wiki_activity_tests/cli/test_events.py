"""`wiki-activity events`, and the step of `refresh --due`, against the simulated services."""

import json
from collections.abc import Iterator

import pytest

from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.cli.simulated import Simulated, simulating


@pytest.fixture
def simulated() -> Iterator[Simulated]:
    with simulating(6) as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], database: str, simulated: Simulated) -> dict[str, str]:
    return environment | simulated.environment


def test_events_are_asked_for_listed_and_not_asked_for_again(environment: dict[str, str], simulated: Simulated) -> None:
    first = run(environment, "events")
    assert first.code == 0, first.err
    assert "annotations of the figures: 3" in first.err
    asked = len(simulated.log())
    listed = json.loads(run(environment, "events", "--json").out)
    assert listed["events"]
    assert {"id", "name", "wikis", "start", "end"} <= listed["events"][0].keys()
    assert [one["is_fault"] for one in listed["annotations"]] == [True, False, False]
    assert listed["sources"]["event_registration"]["error"] is None
    some = json.loads(run(environment, "events", "--json", "--month", "2024-03").out)["events"]
    assert 0 < len(some) < len(listed["events"])
    assert len(simulated.log()) == asked
    assert run(environment, "events", "--month", "2024-03").code == 2


def test_a_service_that_is_away_is_named(environment: dict[str, str], simulated: Simulated) -> None:
    simulated.change(faults={"service_faults": ["events=forbidden"]})
    done = run(environment, "events")
    assert done.code == 1
    assert "event_registration could not be read, what is known stays" in done.out + done.err
    assert json.loads(run(environment, "events", "--json").out)["events"] == []
