"""Dagster on several machines, played by folders: own stores, code server, page, daemon and Celery workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG
from sqlalchemy.exc import OperationalError

from wiki_activity.cli.demo.dagster_api import DagsterApi
from wiki_activity.cli.up.ports import choose_port
from wiki_activity_tests.end_to_end.network import Network
from wiki_activity_tests.end_to_end.running import make_environment, wait_for
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, own_redis, run_sql
from wiki_activity_tests.servers import give_up

_INSTANCE = Path(__file__).parents[2] / "deploy" / "dagster" / "celery" / "dagster.yaml"
_CODE = "wiki_activity.definitions"
_LAUNCH = """
mutation Launch($asked: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $asked) { __typename ... on PythonError { message } }
}"""


@dataclass
class Spread:
    """What runs, and where.

    Parameters
    ----------
    folder
        For all that is written.
    simulator
        Address of the stand-in.
    mariadb, redis
        The stores of all.
    api, port
        Dagster's page.
    settings
        Of all, besides.
    network
        Where machines have a network of their own; None where they share this one's.
    """

    folder: Path
    simulator: str
    mariadb: OwnServer
    redis: OwnServer
    api: DagsterApi
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    network: Network | None = None
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    code_port: int = field(default_factory=lambda: choose_port(0))

    def environment(self, place: str, **more: str) -> dict[str, str]:
        """Make the environment of a machine: a DAGSTER_HOME and a state folder of its own."""
        home = self.folder / place
        home.mkdir(exist_ok=True)
        shutil.copy(_INSTANCE, home / "dagster.yaml")
        own = make_environment(
            home / "state",
            self.simulator,
            DATABASE_URL=self.mariadb.url,
            REDIS_URL=self.redis.url,
            CELERY_URL=self.redis.url.replace("/0", "/1"),
            **{**self.settings, **more},
        )
        storage = f"mysql+mysqlconnector://root@{self.mariadb.host}:{self.mariadb.port}/dagster"
        return {**own, "DAGSTER_HOME": str(home), "DAGSTER_STORAGE_URL": storage}

    def start(
        self, name: str, *command: str, place: str = "control", machine: Sequence[str] = (), **more: str
    ) -> "subprocess.Popen[bytes]":
        """Start a process with its own group and log."""
        with (self.folder / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                [*machine, sys.executable, "-m", *command],
                env=self.environment(place, **more),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.processes[name] = process
        return process

    def start_control(self, **more: str) -> None:
        """Start code server, with more settings, page and daemon."""
        workspace = self.folder / "workspace.yaml"
        place = {"host": "127.0.0.1", "port": self.code_port, "location_name": _CODE}
        workspace.write_text(json.dumps({"load_from": [{"grpc_server": place}]}), encoding="utf-8")
        self.start_code(**more)
        self.start("page", "wiki_activity.defs.page", "--port", str(self.port), "--workspace", str(workspace))
        wait_for("Dagster's readiness", self.api.is_ready, 600)
        self.start_daemon()

    def start_code(self, **more: str) -> None:
        """Start the code server, with more settings."""
        port = str(self.code_port)
        self.start("code", "dagster", "api", "grpc", "-m", _CODE, "--port", port, "--location-name", _CODE, **more)

    def start_daemon(self) -> None:
        """Start the daemon, once code server and page are there."""
        self.start("daemon", "dagster._daemon", "run", "--workspace", str(self.folder / "workspace.yaml"))

    def run(self, *command: str, **more: str) -> None:
        """Run a command of the machine with the daemon to its end."""
        subprocess.run([sys.executable, "-m", *command], env=self.environment("control", **more), check=True)

    def launch_partitions(self, job: str, keys: Sequence[str]) -> None:
        """Launch a backfill of a job, as Dagster's page does."""
        place = {"repositoryName": "__repository__", "repositoryLocationName": _CODE}
        asked = {
            "selector": {"partitionSetName": f"{job}_partition_set", "repositorySelector": place},
            "partitionNames": list(keys),
        }
        answer = self.api._ask(_LAUNCH, {"asked": asked})["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer

    def start_worker(self, name: str, *options: str) -> None:
        """Start a worker on a machine of its own: with a name and processes that others do not see."""
        self.start(name, "wiki_activity", "worker", *options, place=name, machine=self._machine(name))

    def start_both_workers(self, name: str) -> None:
        """Start a machine with a worker for each queue, as `deploy/` says: for the watcher, and for three runs."""
        watching = '"$0" -m wiki_activity worker --queue watch --slots 1 & exec "$0" "$@"'
        command = ["wiki_activity", "worker", "--queue", "runs", "--slots", "3"]
        self.start(name, *command, place=name, machine=[*self._machine(name), "sh", "-c", watching])

    def start_explorer(self, name: str, **more: str) -> None:
        """Start an explorer on its machine."""
        self.start(name, "wiki_activity", "explore", place=name, machine=self._enter(name), **more)

    def health_of(self, name: str) -> int:
        """Return how `wiki-activity health worker` ends on a worker's machine."""
        health = self.start("health", "wiki_activity", "health", "worker", place=name, machine=self._machine(name))
        return health.wait(60)

    def stop_worker(self, name: str) -> int:
        """Ask a worker to stop, and return its exit code."""
        process = self.processes[name]
        # The one that holds the namespaces passes on no signals, but its child's exit code.
        (worker,) = _list_children(process.pid)
        os.kill(worker, signal.SIGTERM)
        return process.wait(30)

    def kill_runs(self, name: str) -> None:
        """Kill a worker's processes for runs, and leave the worker."""
        (worker,) = _list_children(self.processes[name].pid)
        for process in _list_children(worker):
            os.kill(process, signal.SIGKILL)

    def log_of(self, name: str) -> str:
        """Read what a process has said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def ask(self, query: str) -> list[sa.Row[tuple[object, ...]]]:
        """Ask the database; a table of Dagster's has `dagster.` before it."""
        engine = sa.create_engine(self.mariadb.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return list(connection.execute(sa.text(query)))

    def kill(self, name: str) -> None:
        """End a process and all of its group at once, as a power cut would."""
        process = self.processes[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_when(self, condition: Callable[[], bool], *names: str) -> None:
        """Kill processes at a moment at which a condition holds for certain."""
        self.freeze_when(condition, *names)
        for name in names:
            self.kill(name)

    def freeze_when(self, condition: Callable[[], bool], *names: str) -> None:
        """Stop processes at a moment at which a condition holds: it is looked at while they stand still."""

        def is_right() -> bool:
            for name in names:
                self.freeze(name)
            right = condition()
            for name in names if not right else ():
                self.thaw(name)
            return right

        wait_for("the moment", is_right)

    def freeze(self, name: str) -> None:
        """Stop a process and all that it has begun where they are; returns once each of their threads stands still."""
        for process in _walk(self.processes[name].pid):
            os.kill(process, signal.SIGSTOP)
            wait_for("standing still", partial(_stands_still, process))

    def thaw(self, name: str) -> None:
        """Let them go on."""
        for process in _walk(self.processes[name].pid):
            os.kill(process, signal.SIGCONT)

    def watches(self, machine: str) -> bool:
        """Tell whether the one that beats is on a machine."""
        query = "select holder from heartbeats where at > utc_timestamp() - interval 15 second and clock <> ''"
        return any(f" on {machine} (" in str(holder) for (holder,) in self.ask(query))

    def holds_lease(self, machine: str) -> bool:
        """Tell whether a run of a machine that stands still is between taking its lease and giving it up.

        Of one that has given it up only ten minutes of silence tell that it is dead.
        """
        # No change of it may be on its way to the database either.
        query = (
            "select holder from refreshes where outcome is null and heartbeat > utc_timestamp() - interval 30 second"
        )
        try:
            holders = [str(holder) for (holder,) in self.ask(f"{query} for update nowait")]
        except OperationalError:
            return False
        started = [str(run) for (run,) in self.ask("select run_id from dagster.runs where status = 'STARTED'")]
        return any(f" on {machine} (" in holder and run in holder for holder in holders for run in started)

    def launches_nothing(self) -> bool:
        """Tell whether each run that was launched has its task: else it is given up after a quarter of an hour."""
        query = "select count(*) from dagster.runs where status = 'STARTING' and run_id not in (%s)"
        told = f"select run_id from dagster.run_tags where `key` = '{DAGSTER_CELERY_TASK_ID_TAG}'"
        return self.ask(query % told) == [(0,)]

    def list_runs(self) -> list[tuple[str, str]]:
        """List job and status of all runs."""
        return [(str(job), str(status)) for job, status in self.ask("select pipeline_name, status from dagster.runs")]

    def list_started(self) -> list[str]:
        """List the jobs that Dagster takes to be under way."""
        return [job for job, status in self.list_runs() if status == "STARTED"]

    def list_active(self) -> list[str]:
        """List the jobs of all runs that have not ended."""
        ended = {"SUCCESS", "FAILURE", "CANCELED"}
        return [job for job, status in self.list_runs() if status not in ended]

    def end_all(self) -> None:
        """End everything that still runs."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + 15
        for name, process in self.processes.items():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            self.kill(name)

    def _enter(self, name: str) -> list[str]:
        return [] if self.network is None else self.network.enter(name)

    def _machine(self, name: str) -> list[str]:
        separate = [*self._enter(name), "unshare", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc"]
        if subprocess.run([*separate, "hostname", name], check=False, capture_output=True).returncode:
            give_up("no namespaces, which root alone may make")
        return [*separate, "sh", "-c", 'hostname "$0" && exec "$@"', name]


def _list_children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


def _walk(process: int) -> Iterator[int]:
    """Give a process before its children, which are looked for only then: one that stands still begins no more."""
    yield process
    for child in _list_children(process):
        yield from _walk(child)


def _stands_still(process: int) -> bool:
    states = [
        thread.read_bytes().rpartition(b")")[2].split()[0] for thread in Path(f"/proc/{process}/task").glob("*/stat")
    ]
    return set(states) <= {b"T", b"Z"}


@contextmanager
def spreading(folder: Path, simulator: str, network: Network | None = None, **settings: str) -> Iterator[Spread]:
    """Lend the servers, with tables and an empty database for Dagster; end all that was started on them.

    Parameters
    ----------
    network
        Has hosts `mariadb` and `redis`, and one for each machine that is to be started.
    settings
        Of all machines, named as in the environment.
    """
    with ExitStack() as stack:
        if network is None:
            mariadb, redis = stack.enter_context(own_mariadb()), stack.enter_context(own_redis())
        else:
            places = [(network.addresses[name], network.enter(name)) for name in ("mariadb", "redis")]
            mariadb = stack.enter_context(own_mariadb(None, *places[0]))
            redis = stack.enter_context(own_redis(*places[1]))
        run_sql(mariadb, "create database dagster")
        port = choose_port(0)
        api = DagsterApi(f"http://127.0.0.1:{port}")
        spread = Spread(folder, simulator, mariadb, redis, api, port, settings, network)
        stack.callback(spread.end_all)
        # Dagster makes its tables when it first looks at them; two processes that do so at once fail.
        spread.run("wiki_activity", "migrate")
        spread.run("dagster", "instance", "info")
        yield spread
