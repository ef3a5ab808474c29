"""`wiki-activity refresh` against a Wikimedia with faults and limits."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from wiki_activity.cli.up.dagster_home import prepare_dagster_home
from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.limits import Limits
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.cli.simulated import Asked, Simulated, simulating
from wiki_activity_tests.cli.stored import count_revised, read_all

MISSING = ("fr.wikipedia.org", "hi.wikipedia.org", "commons.wikimedia.org")
FAULTS = Faults(unavailable_share=0.05, broken_share=0.02, missing_projects=MISSING)


LIMIT = 200


@pytest.mark.slow
def test_every_wiki_that_has_data_is_stored_through_faults_and_a_limit(
    environment: dict[str, str], tmp_path: Path
) -> None:
    url = environment["WIKI_ACTIVITY_DATABASE_URL"] = f"sqlite:///{tmp_path}/activity.db"
    with simulating(faults=FAULTS, limits=Limits(requests_per_minute=LIMIT, in_flight=3)) as simulated:
        assert set(MISSING) < set(simulated.wikis())
        simulated.use_up(LIMIT - len(simulated.log()) - 7)
        with start(environment | simulated.environment, "refresh", "--json") as process:
            simulated.wait_until(lambda log: log[-1]["user_agent"].startswith("wiki_activity"))
            simulated.clock.ahead += 57 - (simulated.clock() - simulated.log()[0]["time"])
            ended = wait(process)
        log = simulated.log()
        simulated.change(faults={"unavailable_share": 0, "broken_share": 0}, limits={"requests_per_minute": 10_000})
        truth = {series: read_truth(simulated, series) for series in COUNT_SERIES}

    assert ended.code == 0, ended.err
    assert ended.json["failed"] == []
    assert ended.json["no_data"] == sorted(MISSING)
    assert ended.json["requests"] == len([entry for entry in log if entry["user_agent"].startswith("wiki_activity")])
    assert read_all(url) == truth
    assert count_revised(url) == 0
    assert {entry["status"] for entry in log} == {200, 404, 429, 503}
    check_that_the_limit_was_respected(log)


def read_truth(simulated: Simulated, series: Series) -> dict[str, dict[str, int]]:
    return {wiki: simulated.truth(wiki, series) for wiki in simulated.wikis() if wiki not in MISSING}


def check_that_the_limit_was_respected(log: list[dict[str, Any]]) -> None:
    refused = [at for at, entry in enumerate(log) if entry["status"] == 429]
    first, last = refused[0], refused[-1]
    # Those that were under way when the first one was refused, and no others.
    assert len(refused) <= 3
    assert refused == list(range(first, last + 1))
    opens_at = log[0]["time"] + 60
    assert opens_at - log[first]["time"] > 1
    assert log[last + 1]["time"] >= opens_at


def test_a_minutes_requests_are_spread_over_the_minute(environment: dict[str, str]) -> None:
    with simulating(wikis=10) as simulated:
        quick = {"WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "1200"}
        ended = run(environment | simulated.environment | quick, "refresh", "--to", "2024-05")
        moments = [request.began for request in simulated.asked()]
    assert ended.code == 0
    assert len(moments) == 40
    # 95 % of 20 a second, in batches of 0.1 s.
    assert moments[-1] - moments[0] > 40 / 20 - 0.3


def test_no_more_requests_are_under_way_than_connections_are_allowed(environment: dict[str, str]) -> None:
    with simulating(wikis=10, faults=Faults(latency_ms=20)) as simulated:
        assert run(environment | simulated.environment, "refresh").code == 0
        asked = simulated.asked()
    assert {request.status for request in asked} == {200}
    assert most_at_once(asked) == 3


def most_at_once(asked: list[Asked]) -> int:
    return max(sum(other.began <= request.began < other.ended for other in asked) for request in asked)


def test_what_is_stored_is_told_to_the_dagster_of_dagster_home(environment: dict[str, str], tmp_path: Path) -> None:
    home = prepare_dagster_home(tmp_path / "of dagster")
    with simulating(wikis=5) as simulated:
        ended = run(
            {**environment, **simulated.environment, "DAGSTER_HOME": str(home)},
            "refresh", "--from", "2024-01", "--to", "2024-06", "--json",
        )  # fmt: skip

    assert ended.code == 0, ended.err
    assert "Dagster was told of 18 months." in ended.err
    assert ended.json["refresh"] == 1
    with closing(sqlite3.connect(home / "history" / "runs" / "index.db")) as database:
        query = "select distinct partition from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
        assert sorted(row[0] for row in database.execute(query)) == [f"2024-0{month}-01" for month in range(1, 7)]
