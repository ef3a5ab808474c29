"""Toolforge's three processes in control groups of 512 MB and one processor each: do they stay within that?

A first load of 870 wikis, a day of the stream at 50 events a second, which comes as fast as it is taken as after an
outage of a day, and the month that is published next, while ten readers ask once a second. Needs root and control
groups of version 1. What counts is the most that a group ever held, files that the system keeps for it included.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
import sqlalchemy as sa

from benchmarks.explorer_database import read_stored
from benchmarks.explorer_load import Load, finish, start
from benchmarks.explorer_mix import Places
from benchmarks.growth_stream import wait_until_caught_up
from benchmarks.roles import answers, simulating
from benchmarks.table import Row
from wiki_activity.cli.up.ports import choose_port
from wiki_activity.domain.months import format_month, newest_ended_month, shift_month
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.simulator.stream import StreamSettings
from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.end_to_end.running import make_environment, wait_for
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, own_redis

_GROUPS = Path("/sys/fs/cgroup")
_ROLES = ("explore", "watch", "refresh")
_BYTES, _PERIOD_US = 512 * 2**20, 100_000
_EVENTS_PER_SECOND, _DAY_SECONDS = 50, 86_400
_REFRESH_SECONDS, _CATCH_UP_SECONDS = 1_800, 1_800
_READERS, _READ_SECONDS = 10, 120
_ENTER = 'for group in "$1" "$2"; do echo $$ > "$group/cgroup.procs" || exit 9; done; shift 2; exec "$@"'


@dataclass(frozen=True, slots=True)
class Pod:
    """A role's control groups, with what it begins, and what it says."""

    role: str
    memory: Path
    processor: Path
    environment: dict[str, str]
    log: Path

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a command of ours within the limits."""
        enter = ["sh", "-c", _ENTER, "sh", str(self.memory), str(self.processor)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*enter, sys.executable, "-m", "wiki_activity", *command],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def forget(self) -> None:
        """Let the most of memory begin anew from what is held now."""
        (self.memory / "memory.max_usage_in_bytes").write_text("0")

    def read_most(self) -> float:
        """Read the most of memory since then, in megabytes."""
        return int((self.memory / "memory.max_usage_in_bytes").read_text()) / 1e6

    def read_kills(self) -> int:
        """Read how many processes of the group were killed for want of memory."""
        lines = dict(line.split() for line in (self.memory / "memory.oom_control").read_text().splitlines())
        return int(lines["oom_kill"])


def run() -> list[Row]:
    """Load, watch a day, and ask for the next month."""
    if os.name != "posix" or os.geteuid() != 0 or not (_GROUPS / "memory" / "memory.limit_in_bytes").exists():
        return [Row("Toolforge's limits", "not measured: needs root and control groups of version 1")]
    newest = newest_ended_month(datetime.now(UTC))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        mariadb, redis = stack.enter_context(own_mariadb()), stack.enter_context(own_redis())
        port, simulator_port = choose_port(0), choose_port(0)
        simulator = f"http://127.0.0.1:{simulator_port}"
        environment = make_environment(
            folder, simulator, DATABASE_URL=mariadb.url, DATABASE_CONNECTIONS="5", REDIS_URL=redis.url,
            REQUESTS_PER_MINUTE="6000", EXPLORER_BIND=f"127.0.0.1:{port}",
        )  # fmt: skip
        pods = {role: stack.enter_context(_limited(role, environment, folder)) for role in _ROLES}
        _run_to_end(pods["refresh"], "migrate")
        _watch_a_day_ago(pods["watch"], mariadb, simulator_port)
        published = ("--port", str(simulator_port), "--newest-month", format_month(shift_month(newest, -1)))
        stack.enter_context(simulating(_EVENTS_PER_SECOND, *published))
        stack.enter_context(_running(pods["explore"]))
        wait_for("the explorer", partial(answers, f"http://127.0.0.1:{port}/healthz"), 120)
        rows = [_tell("a first load of 870 wikis", pods, _run_to_end(pods["refresh"], "refresh", "--due"))]
        stack.enter_context(_running(pods["watch"]))
        begin = time.monotonic()
        wait_until_caught_up(redis, _CATCH_UP_SECONDS)
        seconds = time.monotonic() - begin
        rows.append(_tell("a day of the stream", pods, seconds))
        change = {"newest_month": format_month(newest)}
        requests.post(f"{simulator}/simulator/settings", json=change, timeout=60).raise_for_status()
        readers = start(Load(f"http://localhost:{port}", _find_places(mariadb), _READERS, _READ_SECONDS))
        seconds = _run_to_end(pods["refresh"], "refresh", "--due")
        rows.append(_tell(f"the next month, {len(finish(readers)):,} pages read meanwhile", pods, seconds))
        # What the database has a minute later than Redis is there by now.
        rows.append(Row("content edits counted of that day and since", f"{_count_edits(mariadb):,}"))
        return rows


def _watch_a_day_ago(pod: Pod, mariadb: OwnServer, port: int) -> None:
    """Let the watcher see a minute of a day ago, and no more."""
    stream = StreamSettings(start=time.time() - _DAY_SECONDS, events_per_second=_EVENTS_PER_SECOND)
    with running_simulator(SimulatorSettings(stream=stream), port=port), _running(pod):
        wait_for("the first edits", lambda: _count_edits(mariadb) > 0)


@contextmanager
def _limited(role: str, environment: dict[str, str], folder: Path) -> Iterator[Pod]:
    name = f"wiki-activity-{os.getpid()}-{role}"
    pod = Pod(role, _GROUPS / "memory" / name, _GROUPS / "cpu" / name, environment, folder / f"{role}.log")
    for group in (pod.memory, pod.processor):
        group.mkdir()
    try:
        (pod.memory / "memory.limit_in_bytes").write_text(str(_BYTES))
        for limit in ("cpu.cfs_period_us", "cpu.cfs_quota_us"):
            (pod.processor / limit).write_text(str(_PERIOD_US))
        yield pod
    finally:
        pod.memory.rmdir()
        pod.processor.rmdir()


@contextmanager
def _running(pod: Pod) -> Iterator[None]:
    process = pod.start(pod.role)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _run_to_end(pod: Pod, *command: str) -> float:
    """Run a command to its end; returns how many seconds it took."""
    begin = time.monotonic()
    if code := pod.start(*command).wait(_REFRESH_SECONDS):
        said = pod.log.read_text(encoding="utf-8").splitlines()[-5:]
        msg = f"{' '.join(command)} ended with {code}, {pod.read_kills()} killed for want of memory: {said}"
        raise RuntimeError(msg)
    return time.monotonic() - begin


def _find_places(mariadb: OwnServer) -> Places:
    engine = create_database_engine(mariadb.url)
    places = Places.of(read_stored(engine))
    engine.dispose()
    return places


def _count_edits(mariadb: OwnServer) -> int:
    engine = sa.create_engine(mariadb.url)
    with engine.connect() as connection:
        total = connection.execute(sa.text("select sum(user_edits + bot_edits + logged_out_edits) from daily_counts"))
        counted = int(total.scalar_one() or 0)
    engine.dispose()
    return counted


def _tell(what: str, pods: Mapping[str, Pod], seconds: float) -> Row:
    """Tell what each role held at most since it was last told."""
    most = {role: pod.read_most() for role, pod in pods.items()}
    kills = sum(pod.read_kills() for pod in pods.values())
    for pod in pods.values():
        pod.forget()
    figure = ", ".join(f"{role} {megabytes:.0f} MB" for role, megabytes in most.items())
    wanted = f"≤ {_BYTES / 1e6:.0f} MB, none killed"
    return Row(f"{what}, {seconds:.0f} s", figure, f"{kills} killed", wanted, not kills)
