"""The watcher under Dagster: killed, terminated, everything killed; there is soon one again, and never two."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.redis_store.connection import connect
from wiki_activity.redis_store.embedded import find_embedded
from wiki_activity.redis_store.reading import read_beat as read_beat_of
from wiki_activity.redis_store.reading import read_live
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.simulator.stream import StreamSettings
from wiki_activity_tests.end_to_end.running import Running, kill_all, make_environment, running_up, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc")

_TERMINATE = """
mutation Terminate($run: String!) { terminateRun(runId: $run) { __typename } }"""
_ACTIVE = """
query Active { runsOrError(filter: {pipelineName: "watch_stream", statuses: [STARTED, STARTING, QUEUED]}) {
  ... on Runs { results { runId } } } }"""


@pytest.fixture
def simulator() -> Iterator[str]:
    with running_simulator(SimulatorSettings(wikis=20, stream=StreamSettings(speed=10))) as base:
        yield base


def read_beat(state_dir: Path) -> Heartbeat | None:
    url = find_embedded(state_dir)
    if url is None:
        return None
    with connect(url) as client:
        beat = read_beat_of(client)
        return None if beat is None else beat.heartbeat


def beats_after(state_dir: Path, token: int) -> bool:
    beat = read_beat(state_dir)
    return beat is not None and beat.token > token and time.time() - beat.at < 2


def count_active(running: Running) -> list[str]:
    found = running.api._ask(_ACTIVE, {})["runsOrError"]["results"]
    return [run["runId"] for run in found]


def start_watching(running: Running) -> Heartbeat:
    running.api.start_sensor("watch_keeper")
    wait_for("the first heartbeat", lambda: beats_after(running.state_dir, 0))
    beat = read_beat(running.state_dir)
    assert beat is not None
    return beat


def test_there_is_soon_a_watcher_again_and_never_two(tmp_path: Path, simulator: str) -> None:
    environment = make_environment(tmp_path, simulator)
    with running_up(environment) as running:
        first = start_watching(running)
        match = re.search(r"run (\S+), process (\d+)", first.holder)
        assert match is not None

        os.kill(int(match[2]), signal.SIGKILL)
        wait_for("another watcher's beat", lambda: beats_after(tmp_path, first.token))
        second = read_beat(tmp_path)
        assert second is not None
        assert len(count_active(running)) == 1
        run_id = count_active(running)[0]
        assert run_id in second.holder

        running.api._ask(_TERMINATE, {"run": run_id})
        wait_for("a third watcher's beat", lambda: beats_after(tmp_path, second.token))
        third = read_beat(tmp_path)
        assert third is not None
        assert len(count_active(running)) == 1

        kill_all(tmp_path)
    with running_up(environment) as running:
        wait_for("a beat after everything was killed", lambda: beats_after(tmp_path, third.token))
        assert len(count_active(running)) == 1
        url = find_embedded(tmp_path)
        assert url is not None
        with connect(url) as client:
            assert read_live(client).totals["en.wikipedia.org"].edits > 0
