"""Memory (PSS) and processor of each role, at rest and at 50 edits a second, with 870 wikis of 312 months in MariaDB.

At rest nothing comes from the stream and nobody reads. Beside the edits one reader has the live page open.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import requests

from benchmarks.explorer_database import fill
from benchmarks.processes import Usage, list_tree, measure
from benchmarks.table import Row
from wiki_activity.cli.up.ports import choose_port
from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.end_to_end.running import wait_for
from wiki_activity_tests.end_to_end.spread import Spread, spreading

_EDITS_PER_SECOND = 50
_SETTLE_SECONDS, _MEASURE_SECONDS = 90, 120
_RUN_SECONDS = 1_800


class Wanted(NamedTuple):
    """What a role may take at most: megabytes, and percent of a core while edits come."""

    megabytes: float
    percent: float


# Dagster's code server, and its page, the webserver, by their names here.
_ROLES: Mapping[str, Wanted | None] = {
    "explorer": Wanted(220, 100),
    "watcher": Wanted(150, 3),
    "code": None,
    "daemon": None,
    "page": None,
    "Celery worker": None,
    "MariaDB": None,
    "Redis": None,
}


def run() -> list[Row]:
    """Start all roles on servers of their own, and measure them twice."""
    if sys.platform != "linux":
        return [Row("roles", "not measured: there is no /proc")]
    with (
        TemporaryDirectory() as folder,
        simulating(_EDITS_PER_SECOND) as simulator,
        spreading(Path(folder), simulator) as spread,
    ):
        engine = create_database_engine(spread.mariadb.url)
        fill(engine, datetime.now(UTC))
        engine.dispose()
        silence(simulator, silent=True)
        explorer = _start(spread)
        time.sleep(_SETTLE_SECONDS)
        wait_for("runs to end", lambda: not _has_runs(spread), _RUN_SECONDS)
        rest = _measure(spread)
        silence(simulator, silent=False)
        with requests.get(f"{explorer}/api/v1/live/stream", stream=True, timeout=60) as answer:
            answer.raise_for_status()
            busy = _measure(spread)
    return [_tell(role, rest[role], busy[role]) for role in _ROLES]


@contextmanager
def simulating(events_per_second: float, *options: str) -> Iterator[str]:
    """Run a simulated Wikimedia in a process of its own, and lend its address."""
    command = [
        sys.executable,
        "-m",
        "wiki_activity",
        "simulate",
        "--requests-per-minute",
        "60000",
        "--connections",
        "8",
    ]
    command += ["--events-per-second", str(events_per_second), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1].removesuffix("/simulator")
        finally:
            process.kill()


def silence(simulator: str, *, silent: bool) -> None:
    """Let nothing come from the stream, or let it come."""
    settings = {"faults": {"stream_silent": silent}}
    requests.post(f"{simulator}/simulator/settings", json=settings, timeout=10).raise_for_status()


def _start(spread: Spread) -> str:
    """Start the roles; returns the explorer's address."""
    asked = {"REQUESTS_PER_MINUTE": "6000", "MAX_CONNECTIONS": "8", "LIVE_WIKIS": "*"}
    spread.start_control(AUTOSTART="1", **asked)
    spread.start("Celery worker", "wiki_activity", "worker", place="worker", **asked)
    spread.start("watcher", "wiki_activity", "watch", place="watcher", **asked)
    port = choose_port(0)
    spread.start("explorer", "wiki_activity", "explore", "--port", str(port), place="explorer", **asked)
    url = f"http://localhost:{port}"
    wait_for("the explorer", partial(answers, f"{url}/readyz"), 120)
    return url


def answers(url: str) -> bool:
    """Tell whether an address answers well."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _has_runs(spread: Spread) -> bool:
    """Tell whether a run is under way, or was within the last minute."""
    over = "status in ('SUCCESS', 'FAILURE', 'CANCELED') and end_time < unix_timestamp() - 60"
    return bool(spread.ask(f"select 1 from dagster.runs where not ({over}) limit 1"))


def _measure(spread: Spread) -> dict[str, Usage]:
    """Measure each role's memory, and its seconds of processor a minute."""
    time.sleep(_SETTLE_SECONDS)
    before, began = _look(spread), time.monotonic()
    time.sleep(_MEASURE_SECONDS)
    after, minutes = _look(spread), (time.monotonic() - began) / 60
    return {role: Usage((after[role].seconds - before[role].seconds) / minutes, after[role].bytes) for role in _ROLES}


def _look(spread: Spread) -> dict[str, Usage]:
    servers = {"MariaDB": spread.mariadb.process, "Redis": spread.redis.process}
    processes = {role: servers.get(role) or spread.processes[role] for role in _ROLES}
    return {role: measure(list_tree(process.pid)) for role, process in processes.items()}


def _tell(role: str, rest: Usage, busy: Usage) -> Row:
    wanted = _ROLES[role]
    megabytes, percent = busy.bytes / 1e6, busy.seconds / 60 * 100
    figure = (
        f"{rest.bytes / 1e6:.0f} MB, {rest.seconds:.1f} s a minute ({rest.seconds / 60 * 100:.1f} %); "
        f"at {_EDITS_PER_SECOND}/s {megabytes:.0f} MB, {busy.seconds:.1f} s a minute ({percent:.1f} %)"
    )
    if wanted is None:
        return Row(role, figure)
    told = f"≤ {wanted.megabytes:g} MB, ≤ {wanted.percent:g} %"
    return Row(role, figure, "", told, megabytes <= wanted.megabytes and percent <= wanted.percent)
