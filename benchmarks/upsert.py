"""Speed of storing counts, beside the plain way: one INSERT for each row, with its own commit."""

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
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import list_months
from wiki_activity.storage.counts import store_counts
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.schema import edit_counts
from wiki_activity.storage.upsert import upsert
from wiki_activity_tests.servers import lend_mysql_database

_WIKIS, _FIRST, _LAST = 850, date(2021, 1, 1), date(2023, 12, 1)
_PLAIN_ROWS = 2_000  # the plain way takes a minute for all of them
_WANTED_RATIO = 15

Counts = dict[str, dict[date, int]]


def run() -> list[Row]:
    """Store 36 months of 850 wikis, 30,600 rows, on both backends."""
    with TemporaryDirectory() as folder:
        rows = _measure(f"sqlite:///{Path(folder) / 'counts.db'}", "SQLite", wanted_ratio=None)
    try:
        with lend_mysql_database() as url:
            return rows + _measure(url, "MariaDB", wanted_ratio=_WANTED_RATIO)
    except OperationalError as error:
        return [*rows, Row("upsert on MariaDB", f"not measured: {error.orig}", "", f"≥ {_WANTED_RATIO} ×")]


def _measure(url: str, name: str, wanted_ratio: float | None) -> list[Row]:
    engine = create_database_engine(url)
    migrate(engine)
    counts = _make_counts()
    rows = [
        {"project": project, "timestamp": month, "edit_count": count, "user_edits": None, "anonymous_edits": None}
        for project, by_month in counts.items()
        for month, count in by_month.items()
    ]
    plain = _time(lambda: _insert_row_by_row(engine, rows[:_PLAIN_ROWS])) * len(rows) / _PLAIN_ROWS
    _empty(engine)
    at_once = _time(lambda: _upsert_at_once(engine, rows))
    again = _time(lambda: _upsert_at_once(engine, rows))
    _empty(engine)
    by_wiki = _time(lambda: _store_wiki_by_wiki(engine, counts))
    engine.dispose()
    size = f"{len(rows):,} rows on {name}"

    def tell(what: str, seconds: float, wanted: float | None) -> Row:
        ratio = plain / seconds
        told, met = ("", None) if wanted is None else (f"≥ {wanted:.0f} ×", ratio >= wanted)
        return Row(f"{what}: {size}", f"{seconds:.2f} s", f"{ratio:.0f} × as fast", told, met)

    return [
        Row(f"an INSERT and a commit for each row: {size}", f"{plain:.1f} s (from {_PLAIN_ROWS:,} rows)", "1"),
        tell("one upsert, all of them new", at_once, wanted_ratio),
        tell("one upsert, all of them there", again, wanted_ratio),
        tell("compared, stored and committed wiki by wiki", by_wiki, None),
    ]


def _make_counts() -> Counts:
    months = list_months(_FIRST, _LAST)
    numbers = np.random.default_rng(1).integers(0, 10**6, (_WIKIS, len(months))).tolist()
    return {f"w{at}.wikipedia.org": dict(zip(months, row, strict=True)) for at, row in enumerate(numbers)}


def _insert_row_by_row(engine: Engine, rows: list[dict[str, Any]]) -> None:
    # The driver alone, one prepared text, one connection: the fastest that the plain way gets.
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    statement = f"insert into edit_counts (project, timestamp, edit_count) values ({mark}, {mark}, {mark})"
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        for row in rows:
            values = (row["project"], f"{row['timestamp']} 00:00:00.000000", row["edit_count"])
            cursor.execute(statement, values)
            connection.commit()


def _upsert_at_once(engine: Engine, rows: list[dict[str, Any]]) -> None:
    with writing(engine) as connection:
        upsert(connection, edit_counts, rows)


def _store_wiki_by_wiki(engine: Engine, counts: Counts) -> None:
    now = datetime.now(UTC)
    for project, by_month in counts.items():
        with writing(engine) as connection:
            store_counts(connection, project, {Series.EDITS: by_month}, _FIRST, _LAST, now)


def _empty(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(delete(edit_counts))


def _time(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
