"""On Celery workers of several machines: the one that does everything is killed, and another one goes on."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wiki_activity.defs.shards import SHARD_POOL, SHARDS, monthly_shard
from wiki_activity.domain.months import list_months, newest_ended_month, shift_month
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.end_to_end.running import Running, read_requests, wait_for
from wiki_activity_tests.end_to_end.spread import Spread, spreading

WIKIS = 60
MONTHS = 72
LAST = shift_month(newest_ended_month(datetime.now(UTC)), -1)
KEYS = [f"{month:%Y-%m-%d}" for month in list_months(shift_month(LAST, 1 - MONTHS), LAST)]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="makes namespaces")]


@pytest.fixture
def simulator() -> Iterator[str]:
    limits = Limits(requests_per_minute=6000, in_flight=3)
    with running_simulator(SimulatorSettings(wikis=WIKIS, limits=limits)) as base:
        yield base


@pytest.fixture
def spread(tmp_path: Path, simulator: str) -> Iterator[Spread]:
    with spreading(tmp_path, simulator) as found:
        yield found


def watches(spread: Spread, machine: str) -> bool:
    """Tell whether the one that beats is on a machine."""
    query = "select holder from heartbeats where at > utc_timestamp() - interval 15 second and clock <> ''"
    return any(f" on {machine} (" in str(holder) for (holder,) in spread.ask(query))


def list_runs(spread: Spread) -> list[tuple[str, str]]:
    return [(str(job), str(status)) for job, status in spread.ask("select pipeline_name, status from dagster.runs")]


def list_started(spread: Spread) -> list[str]:
    return [job for job, status in list_runs(spread) if status == "STARTED"]


def test_another_worker_goes_on_when_one_is_killed(spread: Spread, simulator: str) -> None:
    spread.start_worker("first", "--slots", "2")
    spread.start_control()
    for sensor in ("watch_keeper", "refresh_keeper"):
        spread.api.start_sensor(sensor)
    wait_for("a watcher on the first", lambda: watches(spread, "first"))
    running = Running(spread.processes["code"], spread.api, spread.folder, spread.port)
    backfill = running.launch(KEYS)
    wait_for("the middle of the fetch", lambda: len(read_requests(simulator)) > WIKIS)
    spread.start_worker("second", "--slots", "2")
    wait_for("the second's readiness", lambda: "ready." in spread.log_of("second"))

    assert (spread.health_of("first"), spread.health_of("second")) == (0, 0)

    spread.kill("first")

    assert (spread.health_of("first"), spread.health_of("second")) == (1, 0)
    wait_for("a watcher on the second", lambda: watches(spread, "second"))
    (run_id,) = running.wait_for_end(backfill).runs
    assert running.execute_again(run_id) == "SUCCESS"
    asked = [path for path in (one["path"] for one in read_requests(simulator)) if "/all-projects/" not in path]
    assert len(set(asked)) == WIKIS * 4
    assert len(asked) < 1.5 * len(set(asked)), "only the rest is asked for again"
    assert spread.ask("select count(*) from edit_counts") == [(WIKIS * MONTHS,)]
    assert list_started(spread) == ["watch_stream"]

    failed = list_runs(spread).count(("watch_stream", "FAILURE"))
    spread.kill_runs("second")
    wait_for("the worker's report", lambda: list_runs(spread).count(("watch_stream", "FAILURE")) > failed)
    wait_for("the next watcher", lambda: list_started(spread) == ["watch_stream"] and watches(spread, "second"))

    assert spread.stop_worker("second") == 0
    assert list_started(spread) == []


def test_a_load_in_parts_comes_to_its_end_when_a_worker_and_the_daemon_are_killed(
    spread: Spread, simulator: str
) -> None:
    spread.run("dagster", "instance", "concurrency", "set", SHARD_POOL, "4")
    for worker in ("first", "second"):
        spread.start_worker(worker, "--slots", "1")
    spread.start_control()
    spread.api.start_sensor("refresh_keeper")
    assert monthly_shard.partitions_def is not None
    spread.launch_partitions("monthly_shard", monthly_shard.partitions_def.get_partition_keys())
    # One that has just begun: of a run between its lease and its end only ten minutes of silence tell that it is dead.
    begun = "select holder from refreshes where outcome is null and started_at > utc_timestamp() - interval 4 second"
    wait_for("a part on the first", lambda: any(" on first (" in str(holder) for (holder,) in spread.ask(begun)))

    spread.kill("first")
    spread.kill("daemon")
    spread.start_daemon()

    wait_for("the end of all parts", lambda: list_runs(spread).count(("monthly_shard", "SUCCESS")) == SHARDS)
    assert list_started(spread) == []
    assert spread.ask("select count(distinct project) from edit_counts") == [(WIKIS,)]
    assert spread.ask("select kind from notices") == [("digest",)]
    asked = [path for path in (one["path"] for one in read_requests(simulator)) if "/all-projects/" not in path]
    assert len(set(asked)) == WIKIS * 4
    assert len(asked) < 1.5 * len(set(asked)), "only the rest is asked for again"
