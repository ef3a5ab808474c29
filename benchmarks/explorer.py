"""Speed of the explorer under load, alone, and in a browser, at 870 wikis × 312 months on SQLite and on MariaDB."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy.exc import OperationalError

from benchmarks import explorer_browser, explorer_taking
from benchmarks.explorer_database import MONTHS, WIKIS, fill
from benchmarks.explorer_load import Load, Sample, finish, start
from benchmarks.explorer_mix import AGAIN, KINDS, TRIVIAL, Places, is_page
from benchmarks.explorer_server import Served, read_shares, serving
from benchmarks.table import Row
from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.servers import lend_mysql_database

_READERS, _SECONDS, _ALONE_SECONDS = 50, 30, 10
_WANTED_MS = 15
"""By the server's own figures."""
_WANTED = {"all pages": 20, "all of the API": 12}
_WANTED_READY_SECONDS, _WANTED_MEGABYTES = 3, 220


def run() -> list[Row]:
    """Measure on both backends; first bytes and the browser on SQLite."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _filled(f"sqlite:///{folder / 'activity.sqlite'}", folder) as (database, served, places):
            rows += _measure(database, served, places, "SQLite")
            rows += explorer_taking.measure(served)
            rows += explorer_browser.measure(served.url)
        try:
            with lend_mysql_database() as address, _filled(address, folder) as (database, served, places):
                rows += _measure(database, served, places, "MariaDB")
        except OperationalError as error:
            rows.append(Row("explorer on MariaDB", f"not measured: {error.orig}"))
    return rows


@contextmanager
def _filled(database: str, folder: Path) -> Iterator[tuple[str, Served, Places]]:
    """Fill a database and serve it; lends its address, the explorer, and what may be asked for."""
    engine = create_database_engine(database)
    places = Places.of(fill(engine, datetime.now(UTC)))
    engine.dispose()
    with serving(database, folder) as served:
        yield database, served, places


def _measure(database: str, served: Served, places: Places, backend: str) -> list[Row]:
    url = served.url
    alone = finish(start(Load(url, places, readers=0, seconds=_ALONE_SECONDS)))
    before, first = read_shares(url, _WANTED_MS / 1000)
    load = Load(url, places, _READERS, _SECONDS)
    seconds = load.warm_up_seconds + load.seconds
    readers = start(load)
    writer = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.explorer_writer", database, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    samples = finish(readers)
    written, _ = writer.communicate()
    share, answers = read_shares(url, _WANTED_MS / 1000)
    megabytes = served.read_megabytes()
    own = (share * answers - before * first) / (answers - first)
    busy = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return [
        Row(f"explorer on {backend}: {WIKIS} wikis × {MONTHS} months, {_READERS} readers", busy, "", written.strip()),
        *_tell(backend, samples, alone),
        Row(f"{backend}: from the start to the first page", f"{served.ready_seconds:.1f} s", "",
            f"≤ {_WANTED_READY_SECONDS} s", served.ready_seconds <= _WANTED_READY_SECONDS),
        Row(f"{backend}: memory after that, PSS", f"{megabytes:.0f} MB", "",
            f"≤ {_WANTED_MEGABYTES} MB", megabytes <= _WANTED_MEGABYTES),
        Row(f"{backend}: pages and API by the server's own /metrics", f"{100 * own:.1f} % within {_WANTED_MS} ms", "",
            "≥ 95 %", own >= 0.95),
    ]  # fmt: skip


def _tell(backend: str, samples: Sequence[Sample], alone: Sequence[Sample]) -> Iterable[Row]:
    trivial = _percentile(_times(samples, {TRIVIAL}), 95)
    groups = {
        "all pages": {kind for kind in KINDS if is_page(kind)},
        "all of the API": {kind for kind in KINDS if kind.startswith("API")} | {AGAIN},
        **{kind: {kind} for kind in (*KINDS, AGAIN)},
    }
    for name, kinds in groups.items():
        times, single = _times(samples, kinds), _times(alone, kinds)
        middle, slow, slowest = (_percentile(times, percent) for percent in (50, 95, 99))
        by_itself = f"; alone {_percentile(single, 50):.1f}, {_percentile(single, 95):.1f}" if single else ""
        figure = f"p50 {middle:.1f}, p95 {slow:.1f}, p99 {slowest:.1f} ms{by_itself}"
        is_whole = name.startswith("all ")
        wanted = f"p95 ≤ {_WANTED[name]} ms" if is_whole else ""
        ratio = f"{slow / trivial:.1f} × {TRIVIAL}"
        yield Row(
            f"{backend}: {name} ({len(times)})", figure, ratio, wanted, slow <= _WANTED[name] if is_whole else None
        )


def _times(samples: Iterable[Sample], kinds: set[str]) -> list[float]:
    return [sample.milliseconds for sample in samples if sample.kind in kinds]


def _percentile(values: Sequence[float], percent: float) -> float:
    return float(np.percentile(values, percent))
