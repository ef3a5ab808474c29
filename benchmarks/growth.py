"""What grows with wikis, months and readers: `BENCH_FACTOR=16 BENCH_MONTHS=624 python -m benchmarks --only growth`.

By BENCH_FACTOR there are as many times the wikis and readers of today, and as many times 50 events a second in
`growth_stream`; BENCH_READERS is for readers alone. Wikimedia's answers come from memory here: what is measured is our
own part of a refresh.
"""

import json
import os
import re
import resource
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from urllib.parse import unquote

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from benchmarks.explorer_database import MONTHS, Stored, fill
from benchmarks.explorer_load import Load, Sample, finish, start
from benchmarks.explorer_mix import KINDS, Mix, Places, is_page
from benchmarks.explorer_server import Served, serving
from benchmarks.processes import list_tree, measure
from benchmarks.table import Row
from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.domain.months import newest_ended_month, shift_month
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.monthly.refresh import holding_lease, run_refresh
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.frames import read_series
from wiki_activity.wikimedia.answer_errors import NotFoundError
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient
from wiki_activity_tests.servers import lend_mysql_database

FACTOR = int(os.environ.get("BENCH_FACTOR", "1"))
_MONTHS = int(os.environ.get("BENCH_MONTHS", str(MONTHS)))
_READERS, _READ_SECONDS = int(os.environ.get("BENCH_READERS", str(50 * FACTOR))), 30
_PERCENT, _CONNECTIONS = 30, 3
_ALONE, _PATIENCE_SECONDS = 20, 600
_ASKED = re.compile(r"/(edits|editors)/aggregate/([^/]+)/([^/]+)/")
_COPY = re.compile(r"^copy\d+-")
_EDITS_BY = {"all-editor-types": Series.EDITS, "user": Series.USER_EDITS, "anonymous": Series.ANONYMOUS_EDITS}


class CannedAnswers:
    """Stands in for the polite session: what is stored, the newest month a percent more.

    Parameters
    ----------
    engine
        A filled database.
    projects
        Whose answers there are; the copies of a wiki get its own.
    """

    def __init__(self, engine: Engine, projects: list[str]) -> None:
        self._answers: dict[tuple[str, Series], bytes] = {}
        for series in COUNT_SERIES:
            key = "editors" if series is Series.EDITORS else "edits"
            for project, counts in read_series(engine, series, projects).items():
                known = counts.dropna()
                known.iloc[-1] += known.iloc[-1] // 100
                results = [{"timestamp": f"{month:%Y-%m-%d}T00:00:00.000Z", key: count}
                           for month, count in known.astype(int).items()]  # fmt: skip
                self._answers[str(project), series] = json.dumps(results).encode()

    def get_json(self, url: str) -> dict[str, Any]:
        """Answer as Wikimedia does."""
        found = _ASKED.search(url)
        assert found is not None, url
        project = unquote(found[2])
        series = Series.EDITORS if found[1] == "editors" else _EDITS_BY[found[3]]
        answer = self._answers.get((_COPY.sub("", project), series))
        if answer is None:
            msg = f"{url}: not here"
            raise NotFoundError(msg)
        return {"items": [{"project": project, "results": json.loads(answer)}]}


def run() -> list[Row]:
    """Measure on both backends."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "activity.db"
        rows = measure_backend(f"sqlite:///{file}", "SQLite", lambda _: file.stat().st_size)
    try:
        with lend_mysql_database() as url:
            return rows + measure_backend(url, "MariaDB", _read_size)
    except OperationalError as error:
        return [*rows, Row("growth on MariaDB", f"not measured: {error.orig}")]


def measure_backend(url: str, name: str, read_size: Callable[[Engine], int]) -> list[Row]:
    """Fill an empty database, ask for the newest month of all wikis, judge, and serve readers."""
    engine = create_database_engine(url)
    stored = fill(engine, datetime.now(UTC), FACTOR, _MONTHS)
    size = f"{name}, {len(stored.projects):,} wikis × {_MONTHS} months"
    answers = CannedAnswers(engine, [one for one in stored.projects if not _COPY.match(one)])
    fetched = _time(lambda: _refresh(engine, stored, answers))
    judged = _time(lambda: refresh_peaks(engine, _PERCENT, datetime.now(UTC)))
    again = _time(lambda: refresh_peaks(engine, _PERCENT, datetime.now(UTC)))
    megabytes = read_size(engine) / 1e6
    engine.dispose()
    return [
        Row(f"{size}: asking for the newest month, Wikimedia's time left out", fetched),
        Row(f"{size}: judging, which changed", judged),
        Row(f"{size}: judging, which is as it was", again, f"at most {_read_peak():,.0f} MB"),
        Row(f"{size}: the database", f"{megabytes:,.0f} MB"),
        *_measure_explorer(url, size, Places.of(stored)),
    ]


def _refresh(engine: Engine, stored: Stored, answers: CannedAnswers) -> None:
    last = newest_ended_month(datetime.now(UTC))
    client = MetricsClient(cast("PoliteSession", answers), "http://canned/metrics")

    def request() -> tuple[date, date, list[str], tuple[Series, ...]]:
        return shift_month(last, 1 - _MONTHS), last, list(stored.projects), tuple(COUNT_SERIES)

    with holding_lease(engine, run_id="growth", holder="growth", clock=_now, request=request) as refresh:
        outcome = run_refresh(engine, client, refresh, connections=_CONNECTIONS, clock=_now)
    assert not outcome.failed, next(iter(outcome.failed_wikis.items()))


def _measure_explorer(url: str, size: str, places: Places) -> list[Row]:
    with TemporaryDirectory() as folder, serving(url, Path(folder)) as served:
        begun = measure(list_tree(served.pid))
        alone = [Row(f"{size}: {kind}", told) for kind, told in _ask_alone(served, places)]
        known = measure(list_tree(served.pid))
        load = Load(served.url, places, _READERS, _READ_SECONDS)
        try:
            samples = [one for one in finish(start(load)) if is_page(one.kind)]
        except RuntimeError as error:
            told = f"not served: {error}"
        else:
            told = _tell(samples)
        loaded = measure(list_tree(served.pid))
    each = 1000 * (loaded.seconds - known.seconds) / (_READERS * (load.warm_up_seconds + load.seconds))
    return [
        Row(f"{size}: from the explorer's start to its first page",
            f"{served.ready_seconds:.1f} s, {begun.seconds:.1f} s of processor, {begun.bytes / 1e6:.0f} MB"),
        *alone,
        Row(f"{size}: {_READERS} readers, pages", told, f"{each:.1f} ms of processor a request",
            f"{loaded.bytes / 1e6:.0f} MB after that"),
    ]  # fmt: skip


def _ask_alone(served: Served, places: Places) -> Iterator[tuple[str, str]]:
    """Ask for some of each kind, one after the other; tell the explorer's own time of the first and of the others."""
    mix = Mix(places, 1)
    for kind in filter(is_page, KINDS):
        took = []
        for _ in range(_ALONE):
            before = measure([served.pid]).seconds
            urllib.request.urlopen(f"{served.url}{mix.make(kind)}", timeout=_PATIENCE_SECONDS).close()
            took.append(1000 * (measure([served.pid]).seconds - before))
        first, *others = took
        yield kind, f"{first:,.0f} ms of processor, then {np.mean(others):,.0f} ms"


def _tell(samples: list[Sample]) -> str:
    middle, slow = np.percentile([one.milliseconds for one in samples], [50, 95])
    return f"p50 {middle:,.0f}, p95 {slow:,.0f} ms, {len(samples):,} of them"


def _read_peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _read_size(engine: Engine) -> int:
    with engine.connect() as connection:
        tables = sa.text(
            "select sum(data_length + index_length) from information_schema.tables where table_schema = database()"
        )
        return int(connection.execute(tables).scalar_one())


def _time(work: Callable[[], object]) -> str:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return f"{time.perf_counter() - wall:.1f} s, {time.process_time() - processor:.1f} s of processor"


def _now() -> datetime:
    return datetime.now(UTC)
