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


def test_another_worker_goes_on_when_one_is_killed(spread: Spread, simulator: str) -> None:
    spread.start_worker("first", "--slots", "2")
    spread.start_control()
    for sensor in ("watch_keeper", "refresh_keeper"):
        spread.api.start_sensor(sensor)
    wait_for("a watcher on the first", lambda: spread.watches("first"))
    spread.start_worker("second", "--slots", "2")
    wait_for("the second's readiness", lambda: "ready." in spread.log_of("second"))

    assert (spread.health_of("first"), spread.health_of("second")) == (0, 0)

    running = Running(spread.processes["code"], spread.api, spread.folder, spread.port)
    # It takes up nothing until the first is dead.
    spread.freeze("second")
    backfill = running.launch(KEYS)
    spread.kill_when(lambda: spread.holds_lease("first") and len(read_requests(simulator)) > WIKIS, "first")
    spread.thaw("second")

    assert (spread.health_of("first"), spread.health_of("second")) == (1, 0)
    wait_for("a watcher on the second", lambda: spread.watches("second"))
    (run_id,) = running.wait_for_end(backfill).runs
    assert running.execute_again(run_id) == "SUCCESS"
    asked = [path for path in (one["path"] for one in read_requests(simulator)) if "/all-projects/" not in path]
    assert len(set(asked)) == WIKIS * 4
    assert len(asked) < 1.5 * len(set(asked)), "only the rest is asked for again"
    assert spread.ask("select count(*) from edit_counts") == [(WIKIS * MONTHS,)]
    assert spread.list_started() == ["watch_stream"]

    failed = spread.list_runs().count(("watch_stream", "FAILURE"))
    spread.kill_runs("second")
    wait_for("the worker's report", lambda: spread.list_runs().count(("watch_stream", "FAILURE")) > failed)
    wait_for("the next watcher", lambda: spread.list_started() == ["watch_stream"] and spread.watches("second"))

    assert spread.stop_worker("second") == 0
    assert spread.list_started() == []


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
    spread.kill_when(lambda: spread.holds_lease("first") and spread.launches_nothing(), "first", "daemon")
    spread.start_daemon()

    wait_for("the end of all parts", lambda: spread.list_runs().count(("monthly_shard", "SUCCESS")) == SHARDS)
    assert spread.list_started() == []
    assert spread.ask("select count(distinct project) from edit_counts") == [(WIKIS,)]
    assert spread.ask("select kind from notices") == [("digest",)]
    asked = [path for path in (one["path"] for one in read_requests(simulator)) if "/all-projects/" not in path]
    assert len(set(asked)) == WIKIS * 4
    assert len(asked) < 1.5 * len(set(asked)), "only the rest is asked for again"
    holders = [str(holder) for (holder,) in spread.ask("select holder from refreshes")]
    assert len({holder.partition(", process ")[2] for holder in holders}) == SHARDS, "each has a process of its own"
