"""Judging after a first load: how long until all is stored, how long others wait, and how big the file is."""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from benchmarks.explorer_database import MONTHS, WIKIS, fill_counts
from benchmarks.table import Row
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.storage.data_version import mark_changed
from wiki_activity.storage.database import create_database_engine, write
from wiki_activity_tests.servers import lend_mysql_database

_PERCENT = 30
_WANTED_SECONDS, _WANTED_MEGABYTES = 5, 150
_WRITE_EVERY_SECONDS = 0.05


def run() -> list[Row]:
    """Judge and store the peaks of 870 simulated wikis over 312 months, on both backends."""
    with TemporaryDirectory() as folder:
        rows = _measure(f"sqlite:///{Path(folder) / 'activity.db'}", "SQLite")
        megabytes = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
    told = f"≤ {_WANTED_MEGABYTES} MB"
    size = Row("the database and its log after that", f"{megabytes:.0f} MB", "", told, megabytes <= _WANTED_MEGABYTES)
    try:
        with lend_mysql_database() as url:
            return [*rows, size, *_measure(url, "MariaDB")]
    except OperationalError as error:
        return [*rows, size, Row("a first load on MariaDB", f"not measured: {error.orig}")]


def _measure(url: str, name: str) -> list[Row]:
    engine = create_database_engine(url)
    now = datetime.now(UTC)
    fill_counts(engine, now)
    done = threading.Event()
    waits: list[float] = []
    writer = threading.Thread(target=_write_now_and_then, args=(engine, done, waits))
    writer.start()
    first = _time(engine, now)
    again = _time(engine, now)
    done.set()
    writer.join()
    engine.dispose()
    size = f"{WIKIS} wikis × {MONTHS} months on {name}"
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return [
        Row(f"judge and store after a first load: {size}", f"{first:.1f} s", load, f"≤ {_WANTED_SECONDS} s",
            first <= _WANTED_SECONDS),
        Row(f"judge again, nothing changed: {size}", f"{again:.1f} s"),
        Row(f"longest wait of another writer meanwhile, {name}", f"{max(waits):.2f} s"),
    ]  # fmt: skip


def _write_now_and_then(engine: Engine, done: threading.Event, waits: list[float]) -> None:
    while not done.wait(_WRITE_EVERY_SECONDS):
        begin = time.perf_counter()
        write(engine, lambda connection: mark_changed(connection, ["benchmark"], datetime.now(UTC)))
        waits.append(time.perf_counter() - begin)


def _time(engine: Engine, now: datetime) -> float:
    begin = time.perf_counter()
    refresh_peaks(engine, _PERCENT, now)
    return time.perf_counter() - begin
