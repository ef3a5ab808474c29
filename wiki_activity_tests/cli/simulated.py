"""A simulated Wikimedia as the tests of `refresh` look at it: its log, its switches, its truth."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import requests

from wiki_activity.domain.counts import Series
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator

AGENT = {"User-Agent": "refresh-tests/1 (tests@example.org) requests/2"}
UNLIMITED = Limits(requests_per_minute=1_000_000, in_flight=3)
SERIES = {
    "edits/all-editor-types": Series.EDITS,
    "edits/user": Series.USER_EDITS,
    "edits/anonymous": Series.ANONYMOUS_EDITS,
    "editors/all-editor-types": Series.EDITORS,
}
_PATH = re.compile(r"/(?P<metric>edits|editors)/aggregate/(?P<project>[^/]+)/(?P<kind>[^/]+)/")


class Clock:
    """The wall clock, set ahead when told."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Asked(NamedTuple):
    """One request for a series, as the simulator's log has it."""

    project: str
    series: Series
    status: int
    began: float
    ended: float


class Simulated:
    """A running simulator.

    Parameters
    ----------
    base
        Its address.
    clock
        Its clock.
    """

    def __init__(self, base: str, clock: Clock) -> None:
        self.base = base
        self.clock = clock
        self.environment = {
            "WIKI_ACTIVITY_METRICS_URL": f"{base}/api/rest_v1/metrics",
            "WIKI_ACTIVITY_SITEMATRIX_URL": f"{base}/w/api.php",
            "WIKI_ACTIVITY_STREAM_URL": f"{base}/v2/stream/recentchange",
        }

    def change(self, **settings: Any) -> None:
        """Change faults, limits or the publication."""
        requests.post(f"{self.base}/simulator/settings", json=settings, timeout=10).raise_for_status()

    def log(self) -> list[dict[str, Any]]:
        """Every request to the metrics API and for the site matrix, oldest first."""
        entries = [entry for entry in self._look()["requests"] if not entry["path"].startswith("/simulator")]
        return sorted(entries, key=lambda entry: entry["time"])

    def in_flight(self) -> int:
        """How many requests are being answered now."""
        return int(self._look()["in_flight"])

    def asked(self) -> list[Asked]:
        """Every request for a series, oldest first."""
        return [request for entry in self.log() if (request := _read(entry)) is not None]

    def wait_until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Watch the log until something holds of it."""
        deadline = time.monotonic() + 60
        while not holds(log := self.log()):
            assert time.monotonic() < deadline, f"never came to be; the last of {len(log)} requests: {log[-1:]}"

    def wait_for_answers(self, count: int) -> None:
        """Watch the log until so many requests for counts have been answered."""
        self.wait_until(lambda log: sum("/aggregate/" in entry["path"] for entry in log) >= count)

    def use_up(self, count: int) -> None:
        """Ask for counts as another program at the same address would, whatever the answers."""
        with requests.Session() as session:
            for _ in range(count):
                session.get(self._name_series("en.wikipedia.org", Series.EDITS), headers=AGENT, timeout=10)

    def wikis(self) -> list[str]:
        """Host names of the open wikis, read as an outsider would."""
        query = {"action": "sitematrix", "format": "json", "formatversion": "2"}
        matrix = requests.get(f"{self.base}/w/api.php", query, headers=AGENT, timeout=10).json()["sitematrix"]
        sites = [site for key, group in matrix.items() if key.isdigit() for site in group["site"]]
        shut = {"closed", "private"}
        return sorted(site["url"].split("/")[2] for site in [*sites, *matrix["specials"]] if shut.isdisjoint(site))

    def truth(self, project: str, series: Series) -> dict[str, int]:
        """What is published of one series, by month like `2024-05`."""
        answer = requests.get(self._name_series(project, series), headers=AGENT, timeout=10)
        key = "editors" if series is Series.EDITORS else "edits"
        return {result["timestamp"][:7]: result[key] for result in answer.json()["items"][0]["results"]}

    def _look(self) -> Any:
        return requests.get(f"{self.base}/simulator/requests.json?newest=100000", timeout=10).json()

    def _name_series(self, project: str, series: Series) -> str:
        metric, kind = next(key for key, value in SERIES.items() if value is series).split("/")
        level = "all-activity-levels/" if metric == "editors" else ""
        return f"{self.base}/metrics/{metric}/aggregate/{project}/{kind}/content/{level}monthly/20010101/21000101"


@contextmanager
def simulating(wikis: int = 40, **settings: Any) -> Iterator[Simulated]:
    """Run a simulator without a limit on requests a minute, and with three at once."""
    clock = Clock()
    asked = SimulatorSettings(**{"wikis": wikis, "limits": UNLIMITED, **settings})
    with running_simulator(asked, clock) as base:
        yield Simulated(base, clock)


def _read(entry: dict[str, Any]) -> Asked | None:
    match = _PATH.search(entry["path"])
    if match is None or match["project"] == "all-projects":
        return None
    series = SERIES[f"{match['metric']}/{match['kind']}"]
    ended = entry["time"] + entry["duration_ms"] / 1000
    return Asked(match["project"], series, entry["status"], entry["time"], ended)
