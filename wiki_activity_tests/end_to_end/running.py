"""Runs `wiki-activity up` against the simulator, and talks to its Dagster."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from wiki_activity.cli.demo.dagster_api import Backfill, DagsterApi
from wiki_activity.cli.up.ports import choose_port

_LAUNCH_AGAIN = """
mutation Again($again: ReexecutionParams!) {
  launchRunReexecution(reexecutionParams: $again) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}"""
_RUN = "query Run($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
_MONTHS = """
query Months { assetNodes { assetKey { path } partitionStats { numMaterialized } } }"""
ASSETS = ("edit_counts", "editor_counts", "community_alerts")


def wait_for(what: str, condition: Callable[[], bool], seconds: float = 900) -> None:
    """Wait until a condition holds, looking twice a second; the limit says nothing of how long it should take."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"{what} did not happen within {seconds:g} s"
            raise AssertionError(message)
        time.sleep(0.5)


@dataclass
class Running:
    """`wiki-activity up` in its own process group, with its own state folder."""

    process: subprocess.Popen[bytes]
    api: DagsterApi
    state_dir: Path
    port: int

    def launch(self, partition_keys: list[str]) -> str:
        return self.api.launch_backfill(ASSETS, partition_keys, "a test's backfill")

    def wait_for_end(self, backfill_id: str) -> Backfill:
        wait_for("the backfill's end", lambda: self.api.read_backfill(backfill_id).is_over)
        return self.api.read_backfill(backfill_id)

    def execute_again(self, run_id: str) -> str:
        """Re-execute a run as the UI does, wait for its end, and return how it ended."""
        again = {"parentRunId": run_id, "strategy": "ALL_STEPS"}
        launched = self.api._ask(_LAUNCH_AGAIN, {"again": again})["launchRunReexecution"]
        new_run = launched["run"]["runId"]

        def status() -> str:
            return str(self.api._ask(_RUN, {"run": new_run})["runOrError"]["status"])

        wait_for("the run's end", lambda: status() in {"SUCCESS", "FAILURE", "CANCELED"})
        return status()


def read_months(api: DagsterApi) -> dict[str, int]:
    """Read of each monthly asset how many of its months are materialized."""
    nodes = api._ask(_MONTHS, {})["assetNodes"]
    stats = {node["assetKey"]["path"][0]: node["partitionStats"] for node in nodes}
    return {name: stats[name]["numMaterialized"] for name in ASSETS}


def list_processes(state_dir: Path) -> list[int]:
    """List the processes whose environment names this state folder: those that this test has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"WIKI_ACTIVITY_STATE_DIR={state_dir}".encode() in environment.split(b"\0"):
                found.append(int(entry.name))
    return found


def kill_all(state_dir: Path) -> None:
    """SIGKILL everything that was started on this state folder, as a power cut would."""
    while pids := list_processes(state_dir):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)


def make_environment(state_dir: Path, simulator: str, **more: str) -> dict[str, str]:
    own = {
        "STATE_DIR": str(state_dir),
        "METRICS_URL": f"{simulator}/metrics",
        "SITEMATRIX_URL": f"{simulator}/w/api.php",
        "STREAM_URL": f"{simulator}/v2/stream/recentchange",
        "CONTACT": "tests@example.org",
        "AUTOSTART": "0",
        **more,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WIKI_ACTIVITY_")}
    return {**kept, **{f"WIKI_ACTIVITY_{name}": value for name, value in own.items()}}


@contextmanager
def running_up(environment: dict[str, str]) -> Iterator[Running]:
    """Run `wiki-activity up` until the block ends; whatever is left of it is killed."""
    state_dir = Path(environment["WIKI_ACTIVITY_STATE_DIR"])
    port = choose_port(0)
    command = [sys.executable, "-m", "wiki_activity", "up", "--port", str(port)]
    output = (state_dir / "up.log").open("ab")
    process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=output, stderr=output)
    try:
        api = DagsterApi(f"http://127.0.0.1:{port}")
        wait_for("Dagster's readiness", api.is_ready, 600)
        yield Running(process, api, state_dir, port)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        kill_all(state_dir)
        output.close()


def read_requests(simulator: str) -> list[dict[str, Any]]:
    """Read the requests for single wikis' counts that the simulator answered."""
    answer = requests.get(f"{simulator}/simulator/requests.json?newest=100000", timeout=30).json()
    return [one for one in answer["requests"] if "/metrics/" in one["path"] and "/all-projects/" not in one["path"]]
