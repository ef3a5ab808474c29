"""The explorer in a process of its own, as `wiki-activity explore` serves it."""

import math
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import measure
from wiki_activity.settings import PREFIX

_FIRST_SECONDS = 900
"""The first page waits until all is read."""
_BUCKET = re.compile(r'request_seconds_bucket\{le="([^"]+)",route="([^"]+)"\} (\S+)')


@dataclass(frozen=True, slots=True)
class Served:
    """A running explorer: its address without a trailing slash, and how long its first page took from the start."""

    url: str
    pid: int
    ready_seconds: float

    def read_megabytes(self) -> float:
        """Read its share of memory, PSS; Linux alone tells it."""
        return measure([self.pid]).bytes / 1e6 or math.nan


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[Served]:
    """Run it while the block runs.

    Parameters
    ----------
    database_url
        A filled database.
    folder
        For its own state.
    """
    own = {"DATABASE_URL": database_url, "STATE_DIR": str(folder), "WATCHLIST": "hi.wikipedia.org,lang:bn"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    begin = time.monotonic()
    with (folder / "explorer.log").open("w") as log:
        # Without a live store it says so all the time.
        process = subprocess.Popen(
            [sys.executable, "-m", "wiki_activity", "explore", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment | {f"{PREFIX}{name}": value for name, value in own.items()},
        )
    try:
        assert process.stdout is not None
        # "Explorer: http://localhost:49152  (Ctrl-C ends it)"; it listens a moment later.
        url = process.stdout.readline().split()[1]
        # It writes its log there, and would wait for somebody to read it.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        wait_until_it_answers(url)
        urllib.request.urlopen(f"{url}/peaks", timeout=_FIRST_SECONDS).close()
        yield Served(url, process.pid, time.monotonic() - begin)
    finally:
        process.terminate()
        process.wait()


def wait_until_it_answers(url: str) -> None:
    """Ask until there is an answer."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    msg = f"{url} does not answer"
    raise RuntimeError(msg)


def read_shares(url: str, seconds: float) -> tuple[float, int]:
    """Read from the explorer's own figures which share of pages and API was answered within a bucket's seconds.

    Returns
    -------
    tuple[float, int]
        The share, and of how many answers.
    """
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        return share_within(answer.read().decode(), seconds)


def share_within(metrics: str, seconds: float) -> tuple[float, int]:
    """Find the share in the text of `/metrics`; static files and what machines ask for are left out."""
    within = every = 0.0
    for edge, route, count in _BUCKET.findall(metrics):
        if route.startswith("/static") or route in {"/healthz", "/readyz", "/metrics"}:
            continue
        within += float(count) * (edge == str(seconds))
        every += float(count) * (edge == "+Inf")
    return (within / every if every else 0.0), int(every)
