"""Each role ends within ten seconds of SIGTERM, whatever hangs: else a platform kills it."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, own_redis, run_sql

pytestmark = pytest.mark.slow

SECONDS = 10
ROLES = {"explore": ("answers 200", ["explore"]), "watch": ("beats", ["watch"]), "refresh": ("under way", ["refresh"])}


@pytest.fixture(scope="module")
def database() -> Iterator[OwnServer]:
    with own_mariadb() as server:
        yield server


@pytest.fixture(scope="module")
def live() -> Iterator[OwnServer]:
    with own_redis() as server:
        yield server


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with running_simulator(SimulatorSettings(wikis=60, faults=Faults(latency_ms=300))) as base:
        yield base


@pytest.mark.parametrize("frozen", ["nothing", "database", "redis", "both"])
@pytest.mark.parametrize("role", ROLES)
def test_it_ends_in_time(  # noqa: PLR0917 - which role, and what it needs
    role: str, frozen: str, database: OwnServer, live: OwnServer, simulator: str, tmp_path: Path
) -> None:
    # One of its own: else what another one left would look like ours.
    run_sql(database, f"create database {role}_{frozen}")
    environment = {
        "WIKI_ACTIVITY_STATE_DIR": str(tmp_path),
        "WIKI_ACTIVITY_DATABASE_URL": database.url.replace("/activity", f"/{role}_{frozen}"),
        "WIKI_ACTIVITY_REDIS_URL": live.url,
        "WIKI_ACTIVITY_EXPLORER_BIND": f"127.0.0.1:{choose_port(0)}",
        "WIKI_ACTIVITY_METRICS_URL": f"{simulator}/metrics",
        "WIKI_ACTIVITY_SITEMATRIX_URL": f"{simulator}/w/api.php",
        "WIKI_ACTIVITY_STREAM_URL": f"{simulator}/v2/stream/recentchange",
        "WIKI_ACTIVITY_CONTACT": "tests@example.org",
    }
    well, command = ROLES[role]
    servers = {"nothing": [], "database": [database], "redis": [live], "both": [database, live]}[frozen]
    with start(environment, *command) as process:
        deadline = time.monotonic() + 90
        while well not in (health := run(environment, "health", role)).out:
            assert process.poll() is None, wait(process)
            assert time.monotonic() < deadline, health
            time.sleep(0.2)
        for server in servers:
            server.freeze()
        try:
            # So that it is in the middle of asking.
            time.sleep(1)
            process.send_signal(signal.SIGTERM)
            ended = wait(process, SECONDS)
        finally:
            for server in servers:
                server.thaw()

    assert ended.code in {0, 130, 3}, ended
    assert "Traceback" not in ended.err + ended.out
