"""Killed in the middle of a backfill: it ends, nothing is lost or doubled, and only the rest is asked for again."""

import os
import re
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wiki_activity.domain.months import list_months, newest_ended_month, shift_month
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.end_to_end.running import (
    kill_all,
    make_environment,
    read_requests,
    running_up,
    wait_for,
)

WIKIS = 60
MONTHS = 72
CONNECTIONS = 3
A_SECOND = 20
"""Requests that are answered before what has come is stored: ten a second, and storing takes a while."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc")


@pytest.fixture
def simulator() -> Iterator[str]:
    limits = Limits(requests_per_minute=6000, in_flight=CONNECTIONS)
    with running_simulator(SimulatorSettings(wikis=WIKIS, limits=limits)) as base:
        yield base


@pytest.fixture
def keys() -> list[str]:
    # Two months ago: that is registered without having been seen.
    last = shift_month(newest_ended_month(datetime.now(UTC)), -1)
    return [f"{month:%Y-%m-%d}" for month in list_months(shift_month(last, 1 - MONTHS), last)]


def check_that_all_is_there(state_dir: Path, simulator: str) -> None:
    # The total of all wikis is asked for at each begin.
    asked = [path for path in (one["path"] for one in read_requests(simulator)) if "/all-projects/" not in path]
    assert len(set(asked)) == WIKIS * 4
    # What was under way when the process died is asked for again, a wiki's series at the most for each thread, and what
    # had come in the last second and was not stored yet.
    assert len(asked) - len(set(asked)) <= 4 * CONNECTIONS + A_SECOND
    with closing(sqlite3.connect(state_dir / "wiki_activity.sqlite")) as database:
        (rows,) = database.execute("select count(*) from edit_counts").fetchone()
        (fetches,) = database.execute("select count(*) from fetches where status = 'ok'").fetchone()
        (revisions,) = database.execute("select count(*) from count_revisions").fetchone()
        (refreshes,) = database.execute("select count(*) from refreshes").fetchone()
    assert (rows, fetches, revisions, refreshes) == (WIKIS * MONTHS, WIKIS * 4, 0, 1)


def test_a_backfill_survives_the_death_of_its_run(tmp_path: Path, simulator: str, keys: list[str]) -> None:
    environment = make_environment(tmp_path, simulator, REQUESTS_PER_MINUTE="600")
    with running_up(environment) as running:
        running.api.start_sensor("refresh_keeper")
        backfill_id = running.launch(keys)
        wait_for("the middle of the fetch", lambda: len(read_requests(simulator)) > WIKIS)
        with closing(sqlite3.connect(tmp_path / "wiki_activity.sqlite")) as database:
            (holder,) = database.execute("select holder from refreshes").fetchone()
        match = re.search(r"process (\d+)", holder)
        assert match is not None
        os.kill(int(match[1]), signal.SIGKILL)

        ended = running.wait_for_end(backfill_id)
        (run_id,) = ended.runs
        assert ended.runs[run_id] == "FAILURE"
        assert running.execute_again(run_id) == "SUCCESS"

    check_that_all_is_there(tmp_path, simulator)


def test_a_backfill_survives_the_death_of_everything(tmp_path: Path, simulator: str, keys: list[str]) -> None:
    environment = make_environment(tmp_path, simulator, REQUESTS_PER_MINUTE="600")
    with running_up(environment) as running:
        running.api.start_sensor("refresh_keeper")
        backfill_id = running.launch(keys)
        wait_for("the middle of the fetch", lambda: len(read_requests(simulator)) > WIKIS)
        kill_all(tmp_path)
    with running_up(environment) as running:
        ended = running.wait_for_end(backfill_id)
        assert ended.is_over
        (run_id,) = ended.runs
        assert ended.runs[run_id] == "FAILURE"
        assert running.execute_again(run_id) == "SUCCESS"

    check_that_all_is_there(tmp_path, simulator)
