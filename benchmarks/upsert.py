"""Speed of storing counts on the path that a refresh takes, beside an INSERT and a commit for each row."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy import Engine, delete
from sqlalchemy.exc import OperationalError

from benchmarks.table import Row
from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.months import list_months
from wiki_activity.monthly.fetching import WikiAnswers
from wiki_activity.monthly.writer import RefreshWriter
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.refresh_leases import start_refresh
from wiki_activity.storage.refreshes import Refresh
from wiki_activity.storage.schema import edit_counts
from wiki_activity_tests.servers import lend_mysql_database

_WIKIS, _FIRST, _LAST = 100, date(2001, 1, 1), date(2026, 6, 1)
_PLAIN_ROWS = 2_000  # the plain way takes a minute for all of them
_WANTED = {"SQLite": 3, "MariaDB": 15}
_ROUNDS = 3

Counts = dict[str, MonthlyCounts]


def run() -> list[Row]:
    """Store 306 months of 100 wikis, 30,600 rows, on both backends."""
    with TemporaryDirectory() as folder:
        rows = _measure(f"sqlite:///{Path(folder) / 'counts.db'}", "SQLite")
    try:
        with lend_mysql_database() as url:
            return rows + _measure(url, "MariaDB")
    except OperationalError as error:
        return [*rows, Row("storing on MariaDB", f"not measured: {error.orig}", "", f"≥ {_WANTED['MariaDB']} ×")]


def _measure(url: str, name: str) -> list[Row]:
    engine = create_database_engine(url)
    migrate(engine)
    counts = _make_counts()
    restated: dict[str, MonthlyCounts] = {
        project: {month: count + 1 for month, count in months.items()} for project, months in counts.items()
    }
    refresh = _start(engine, list(counts))
    rows = [(project, month, count) for project, months in counts.items() for month, count in months.items()]
    plain, new, again, changed = [], [], [], []
    for _ in range(_ROUNDS):
        _empty(engine)
        plain.append(_time(lambda: _insert_row_by_row(engine, rows[:_PLAIN_ROWS])) * len(rows) / _PLAIN_ROWS)
        _empty(engine)
        new.append(_time(lambda: _store(engine, refresh, counts)))
        again.append(_time(lambda: _store(engine, refresh, counts)))
        changed.append(_time(lambda: _store(engine, refresh, restated)))
    engine.dispose()
    size, usual, wanted = f"{len(rows):,} rows on {name}", min(plain), _WANTED[name]

    def tell(what: str, seconds: float, wanted: int | None) -> Row:
        ratio = usual / seconds
        told, met = ("", None) if wanted is None else (f"≥ {wanted} ×", ratio >= wanted)
        return Row(f"{what}: {size}", f"{seconds:.2f} s", f"{ratio:.1f} × as fast", told, met)

    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return [
        Row(
            f"an INSERT and a commit for each row: {size}", f"{usual:.1f} s (from {_PLAIN_ROWS:,} rows)", f"1 ({load})"
        ),
        tell("RefreshWriter, with fetches, all of them new", min(new), wanted),
        tell("RefreshWriter, all of them as they were", min(again), None),
        tell("RefreshWriter, all of them restated", min(changed), None),
    ]


def _make_counts() -> Counts:
    months = list_months(_FIRST, _LAST)
    numbers = np.random.default_rng(1).integers(1000, 10**6, (_WIKIS, len(months))).tolist()
    return {f"w{at}.wikipedia.org": dict(zip(months, row, strict=True)) for at, row in enumerate(numbers)}


def _start(engine: Engine, projects: list[str]) -> Refresh:
    return start_refresh(
        engine,
        run_id="benchmark",
        holder="benchmark",
        first=_FIRST,
        last=_LAST,
        projects=projects,
        series=[Series.EDITS],
        now=datetime.now(UTC),
    )


def _store(engine: Engine, refresh: Refresh, counts: Counts) -> None:
    """Hand over answers that come as fast as they are taken."""
    with RefreshWriter(engine, refresh, lambda: datetime.now(UTC)) as writer:
        for project, months in counts.items():
            result = FetchResult(FetchStatus.OK, len(months))
            writer.add(WikiAnswers(project, {Series.EDITS: months}, {Series.EDITS: result}, unreachable=False))
            if writer.is_due():
                writer.store()


def _insert_row_by_row(engine: Engine, rows: list[tuple[str, date, int]]) -> None:
    # The driver alone, one prepared text, one connection: the fastest that the plain way gets.
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    statement = f"insert into edit_counts (project, timestamp, edit_count) values ({mark}, {mark}, {mark})"
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        for project, month, count in rows:
            values: tuple[Any, ...] = (project, f"{month} 00:00:00.000000", count)
            cursor.execute(statement, values)
            connection.commit()


def _empty(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(delete(edit_counts))


def _time(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
