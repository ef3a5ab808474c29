"""`up` where others work: on a busy machine, killed, beside another; nothing is lost, and nothing is left running."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from wiki_activity.redis_store.embedded import find_embedded
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.end_to_end.running import (
    ASSETS,
    list_processes,
    make_environment,
    read_months,
    running_up,
    wait_for,
)

WIKIS = 30
SECONDS = 900

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc")


@pytest.fixture
def simulator() -> Iterator[str]:
    limits = Limits(requests_per_minute=60_000, in_flight=3)
    with running_simulator(SimulatorSettings(wikis=WIKIS, limits=limits)) as base:
        yield base


@contextmanager
def busy_loops(number: int) -> Iterator[Callable[[], None]]:
    """Keep the machine busy until the block ends, or what it is given is called."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]

    def stop() -> None:
        for loop in loops:
            loop.kill()
            loop.wait()

    try:
        yield stop
    finally:
        stop()


def count_stored(state_dir: Path) -> int:
    with closing(sqlite3.connect(state_dir / "wiki_activity.sqlite")) as database:
        (wikis,) = database.execute("select count(distinct project) from editor_counts").fetchone()
        return int(wikis)


def test_the_first_load_begins_runs_and_is_stored_on_a_busy_machine(tmp_path: Path, simulator: str) -> None:
    environment = make_environment(tmp_path / "a folder", simulator, REQUESTS_PER_MINUTE="6000", AUTOSTART="1")
    (tmp_path / "a folder").mkdir()
    with busy_loops(8) as stop, running_up(environment) as running:
        wait_for("the first load", lambda: count_stored(running.state_dir) == WIKIS, SECONDS)
        # Nothing of what is left, telling Dagster of a thousand months, has a limit that a busy machine goes beyond.
        stop()
        wait_for(
            "the materialization of every month",
            lambda: all(number > 200 for number in read_months(running.api).values()),
            SECONDS,
        )
        assert set(read_months(running.api)) == set(ASSETS)
        page = f"http://127.0.0.1:{running.port}/server_info"
        assert requests.get(page, timeout=60).status_code == 200
        assert requests.get(page, headers={"Host": "somewhere.example.org"}, timeout=60).status_code == 400


def test_what_a_killed_up_has_started_ends_with_it_and_up_works_again(tmp_path: Path, simulator: str) -> None:
    environment = make_environment(tmp_path, simulator)
    with running_up(environment) as running:
        wait_for("Valkey", lambda: find_embedded(tmp_path) is not None)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        wait_for("the end of all others", lambda: not list_processes(tmp_path), 60)
        assert find_embedded(tmp_path) is None
    with running_up(environment) as running:
        command = [sys.executable, "-m", "wiki_activity", "up"]
        other = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert other.returncode == 1
        assert f"another `wiki-activity up`, process {running.process.pid}," in other.stderr
    assert not list_processes(tmp_path)


def test_the_code_server_is_started_again_and_sensors_tick_on(tmp_path: Path, simulator: str) -> None:
    environment = make_environment(tmp_path, simulator)
    with running_up(environment) as running:
        running.api.start_sensor("refresh_keeper")
        mark = tmp_path / "dagster" / "ticked"
        wait_for("a tick", mark.exists)
        (code,) = [pid for pid in list_processes(tmp_path) if b"\0grpc\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(code, signal.SIGKILL)
        before = mark.read_text()
        wait_for("a tick afterwards", lambda: mark.read_text() > before, 120)
    assert "code ended with SIGKILL after" in (tmp_path / "up.log").read_text()
