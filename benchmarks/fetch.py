"""Speed and memory of fetching every wiki at a high limit, beside the limit's own time and a serial loop.

The simulated Wikimedia runs in one process, the fetch in another: neither's work or memory is the other's.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from benchmarks.table import Row
from wiki_activity.domain.counts import COUNT_SERIES, Series

_WIKIS, _PER_MINUTE, _LATENCY_MS, _CONNECTIONS = 870, 6_000, 200, 32
_REQUESTS = _WIKIS * len(COUNT_SERIES)
_SERIAL_REQUESTS = 50  # the serial loop takes 12 minutes for all of them
_WANTED_RATIO, _WANTED_MEGABYTES = 1.15, 400
_CONTACT = "benchmarks@example.org"


def run() -> list[Row]:
    """Fetch 870 wikis at 6,000 requests a minute, 200 ms of latency and 32 connections."""
    with _simulator() as base, TemporaryDirectory() as folder:
        measured = _fetch_in_process(base, Path(folder))
        refused = _look(base, "requests.json?newest=0")["statuses"].get("429", 0)
        serial = _ask_serially(base)
    own_seconds = 60 * measured["requests"] / _PER_MINUTE
    ratio = measured["fetch_seconds"] / own_seconds
    size = f"{_WIKIS} wikis at {_PER_MINUTE:,} a minute, {_LATENCY_MS} ms, {_CONNECTIONS} connections"
    memory = max(measured["fetch_bytes"], measured["judge_bytes"]) / 1e6
    return [
        Row(f"a serial loop: {size}", f"{serial:.0f} s (from {_SERIAL_REQUESTS} requests)", "1"),
        Row(
            f"fetch and store: {size}",
            f"{measured['fetch_seconds']:.1f} s, {ratio:.2f} × the limit's own {own_seconds:.1f} s",
            f"{serial / measured['fetch_seconds']:.0f} × as fast",
            f"≤ {_WANTED_RATIO} × the limit's",
            ratio <= _WANTED_RATIO and measured["failed"] == 0,
        ),
        Row("answers 429 meanwhile", str(refused), "", "0", refused == 0),
        Row(
            "peak memory of the fetch, then of finding all peaks",
            f"{measured['fetch_bytes'] / 1e6:.0f} MB, {measured['judge_bytes'] / 1e6:.0f} MB",
            "",
            f"≤ {_WANTED_MEGABYTES} MB",
            memory <= _WANTED_MEGABYTES,
        ),
        Row("finding all peaks of the first load, and storing them", f"{measured['judge_seconds']:.1f} s"),
    ]


@contextmanager
def _simulator() -> Iterator[str]:
    """Run the simulated Wikimedia, and lend its address."""
    arguments = ("--wikis", _WIKIS, "--requests-per-minute", _PER_MINUTE, "--connections", _CONNECTIONS)
    command = [sys.executable, "-m", "wiki_activity", "simulate", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            base = process.stdout.readline().split()[-1].removesuffix("/simulator")
            latency = {"faults": {"latency_ms": _LATENCY_MS}}
            requests.post(f"{base}/simulator/settings", json=latency, timeout=10).raise_for_status()
            yield base
        finally:
            process.kill()


def _look(base: str, page: str) -> Any:
    return requests.get(f"{base}/simulator/{page}", timeout=10).json()


def _fetch_in_process(base: str, folder: Path) -> Any:
    settings = {
        "STATE_DIR": folder,
        "METRICS_URL": f"{base}/api/rest_v1/metrics",
        "SITEMATRIX_URL": f"{base}/w/api.php",
        "CONTACT": _CONTACT,
        "REQUESTS_PER_MINUTE": _PER_MINUTE,
        "MAX_CONNECTIONS": _CONNECTIONS,
    }
    own = {f"WIKI_ACTIVITY_{name}": str(value) for name, value in settings.items()}
    others = {name: value for name, value in os.environ.items() if not name.startswith("WIKI_ACTIVITY_")}
    command = [sys.executable, "-m", "benchmarks.fetch"]
    ended = subprocess.run(command, env={**others, **own}, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ended.stdout)


def _ask_serially(base: str) -> float:
    """Ask one request after the other, as a plain loop does; return the seconds for all of them."""
    url = f"{base}/metrics/edits/aggregate/en.wikipedia.org/user/content/monthly/20010101/20240101"
    with requests.Session() as session:
        session.headers["User-Agent"] = f"serial-loop/1 ({_CONTACT}) requests/2"
        begin = time.perf_counter()
        for _ in range(_SERIAL_REQUESTS):
            session.get(url, timeout=10).raise_for_status()
    return (time.perf_counter() - begin) * _REQUESTS / _SERIAL_REQUESTS


def main() -> None:
    """Fetch, store and judge in this process, and print what that took as JSON."""
    from wiki_activity.cli.setup import now, open_database, open_session, settings_from_environment
    from wiki_activity.domain.months import newest_ended_month
    from wiki_activity.monthly.peak_refresh import refresh_peaks
    from wiki_activity.monthly.planning import choose_projects, ensure_wikis
    from wiki_activity.monthly.refresh import holding_lease, run_refresh
    from wiki_activity.wikimedia.metrics import MetricsClient

    settings = settings_from_environment()
    with open_database(settings) as engine, open_session(settings, "refresh") as session:
        wikis = ensure_wikis(engine, session, settings.site_matrix_url, now())
        months = (settings.first_month, newest_ended_month(now()))

        def request() -> tuple[date, date, Sequence[str], Sequence[Series]]:
            return *months, choose_projects(engine, wikis, settings.watchlist), COUNT_SERIES

        lease = holding_lease(engine, run_id="benchmark", holder="benchmark", clock=now, request=request)
        with lease as refresh:
            client = MetricsClient(session, settings.metrics_url)
            asked_before, begin = session.budget.figures.sent, time.perf_counter()
            outcome = run_refresh(engine, client, refresh, connections=settings.max_connections, clock=now)
            fetch_seconds = time.perf_counter() - begin
        fetch_bytes = _peak_bytes()
        begin = time.perf_counter()
        refresh_peaks(engine, settings.peak_percent, now())
    document = {
        "fetch_seconds": fetch_seconds,
        "requests": session.budget.figures.sent - asked_before,
        "failed": len(outcome.failed_wikis),
        "fetch_bytes": fetch_bytes,
        "judge_seconds": time.perf_counter() - begin,
        "judge_bytes": _peak_bytes(),
    }
    print(json.dumps(document))


def _peak_bytes() -> int:
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
