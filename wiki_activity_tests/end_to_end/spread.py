"""Dagster on several machines, played by folders: own stores, code server, page, daemon and Celery workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from wiki_activity.cli.demo.dagster_api import DagsterApi
from wiki_activity.cli.up.ports import choose_port
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
    """What runs, and where."""

    folder: Path
    simulator: str
    mariadb: OwnServer
    redis: OwnServer
    api: DagsterApi
    port: int
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

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
            **more,
        )
        storage = f"mysql+mysqlconnector://root@127.0.0.1:{self.mariadb.port}/dagster"
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
        port = choose_port(0)
        workspace = self.folder / "workspace.yaml"
        place = {"host": "127.0.0.1", "port": port, "location_name": _CODE}
        workspace.write_text(json.dumps({"load_from": [{"grpc_server": place}]}), encoding="utf-8")
        self.start("code", "dagster", "api", "grpc", "-m", _CODE, "--port", str(port), "--location-name", _CODE, **more)
        self.start("page", "wiki_activity.defs.page", "--port", str(self.port), "--workspace", str(workspace))
        wait_for("Dagster's readiness", self.api.is_ready, 600)
        self.start_daemon()

    def start_daemon(self) -> None:
        """Start the daemon, once code server and page are there."""
        self.start("daemon", "dagster._daemon", "run", "--workspace", str(self.folder / "workspace.yaml"))

    def run(self, *command: str) -> None:
        """Run a command of the machine with the daemon to its end."""
        subprocess.run([sys.executable, "-m", *command], env=self.environment("control"), check=True)

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
        self.start(name, "wiki_activity", "worker", *options, place=name, machine=_own_machine(name))

    def health_of(self, name: str) -> int:
        """Return how `wiki-activity health worker` ends on a worker's machine."""
        health = self.start("health", "wiki_activity", "health", "worker", place=name, machine=_own_machine(name))
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


def _list_children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


def _own_machine(name: str) -> list[str]:
    separate = ["unshare", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*separate, "hostname", name], check=False, capture_output=True).returncode:
        give_up("no namespaces, which root alone may make")
    return [*separate, "sh", "-c", 'hostname "$0" && exec "$@"', name]


@contextmanager
def spreading(folder: Path, simulator: str) -> Iterator[Spread]:
    """Lend the servers, with tables and an empty database for Dagster; end all that was started on them."""
    with own_mariadb() as mariadb, own_redis() as redis:
        run_sql(mariadb, "create database dagster")
        port = choose_port(0)
        spread = Spread(folder, simulator, mariadb, redis, DagsterApi(f"http://127.0.0.1:{port}"), port)
        try:
            # Dagster makes its tables when it first looks at them; two processes that do so at once fail.
            spread.run("wiki_activity", "migrate")
            spread.run("dagster", "instance", "info")
            yield spread
        finally:
            spread.end_all()
