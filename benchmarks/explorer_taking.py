"""What is taken away from the explorer: pictures, many wikis in one request, and all months in one file."""

import json
import os
import time
import urllib.request
from collections.abc import Sequence
from statistics import median

from benchmarks.explorer_database import WIKIS
from benchmarks.explorer_server import Served
from benchmarks.table import Row

_PICTURES = 40
_MANY = 200
_WANTED_PICTURE_MS, _WANTED_WARM_MS = 200, 150
_WANTED_MANY_SECONDS, _WANTED_DUMP_SECONDS = 2, 10
_WANTED_MEGABYTES = 20


def measure(served: Served) -> list[Row]:
    """Measure against a running explorer, each answer asked for the first time."""
    projects = [wiki["project"] for wiki in json.loads(_take(served, "/api/v1/projects")[0])["items"]]
    # The process that paints is warm from here on.
    _take(served, f"/p/{projects[0]}/chart.png")
    painted = _time(served, [f"/p/{project}/chart.png" for project in projects[1 : 1 + _PICTURES]])
    written = _time(served, [f"/p/{project}/chart.svg?scale=log" for project in projects[1 : 1 + _PICTURES]])
    many = "&".join(
        [*(f"project={one}" for one in projects[:_MANY]), "metric=edits&metric=people_edits&metric=editors"]
    )
    as_json, as_csv = _time(served, [f"/api/v1/series?{many}", f"/api/v1/series.csv?{many}"])
    before = served.read_megabytes()
    file, seconds = _take(served, "/api/v1/dump.csv.gz")
    grown = served.read_megabytes() - before
    slow = sorted(painted)[int(0.95 * len(painted))]
    busy = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return [
        Row("taken away: PNG, one in 20 is slower", f"{1000 * slow:.0f} ms", "", f"≤ {_WANTED_PICTURE_MS} ms; {busy}",
            1000 * slow <= _WANTED_PICTURE_MS),
        Row("a PNG, median", f"{1000 * median(painted):.0f} ms", f"{median(painted) / median(written):.0f} × its SVG",
            f"≤ {_WANTED_WARM_MS} ms", 1000 * median(painted) <= _WANTED_WARM_MS),
        Row(f"{_MANY} wikis × 3 metrics × all months", f"{as_json:.2f} s JSON, {as_csv:.2f} s CSV", "",
            f"≤ {_WANTED_MANY_SECONDS} s", max(as_json, as_csv) <= _WANTED_MANY_SECONDS),
        Row(f"all months of {WIKIS} wikis in one file", f"{seconds:.1f} s, {len(file) / 1e6:.1f} MB", "",
            f"≤ {_WANTED_DUMP_SECONDS} s", seconds <= _WANTED_DUMP_SECONDS),
        Row("memory that the file takes, PSS", f"{grown:.0f} MB", "", f"≤ {_WANTED_MEGABYTES} MB",
            grown <= _WANTED_MEGABYTES),
    ]  # fmt: skip


def _time(served: Served, addresses: Sequence[str]) -> list[float]:
    return [_take(served, address)[1] for address in addresses]


def _take(served: Served, address: str) -> tuple[bytes, float]:
    begin = time.perf_counter()
    asked = urllib.request.Request(served.url + address, headers={"Accept-Encoding": "identity"})
    with urllib.request.urlopen(asked, timeout=120) as answer:
        body: bytes = answer.read()
    return body, time.perf_counter() - begin
