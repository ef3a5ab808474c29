"""Writing what came of a refresh, so that no interruption can tear it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Self

from sqlalchemy import Connection, Engine

from wiki_activity.monthly.fetching import WikiAnswers
from wiki_activity.storage.counts import StoredCounts, store_counts
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.fetches import record_fetches
from wiki_activity.storage.refreshes import Outcome, Refresh, beat, check_lease, finish_refresh
from wiki_activity.storage.renames import check_names, names_version

_BEAT_SECONDS = 10.0


class RefreshWriter:
    """Writes what came of a refresh from a thread of its own.

    Ctrl-C is raised in the main thread, wherever it is: amid a transaction it could leave the database locked for
    whoever gives the lease up. Here it ends the waiting, and what is being written is written to its end.

    Parameters
    ----------
    engine
        Where to.
    refresh
        Its lease is held.
    clock
        Tells the time, with its time zone.
    """

    def __init__(self, engine: Engine, refresh: Refresh, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._refresh = refresh
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._beaten = time.monotonic()
        with reading(engine) as connection:
            self._names = names_version(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def store(self, answers: WikiAnswers) -> StoredCounts:
        """Store one wiki's answers and what came of its fetches in one transaction, under the lease."""
        refresh, seen_at = self._refresh, self._clock()

        def work(connection: Connection) -> StoredCounts:
            check_lease(connection, refresh.id, refresh.holder)
            check_names(connection, self._names)
            stored = store_counts(
                connection, answers.project, answers.counts, refresh.first, refresh.last, seen_at=seen_at
            )
            record_fetches(connection, refresh.id, answers.project, answers.results, seen_at)
            return stored

        return self._thread.submit(write, self._engine, work).result()

    def beat(self) -> None:
        """Give a sign of life, if the last one is some time ago."""
        if time.monotonic() - self._beaten >= _BEAT_SECONDS:
            refresh = self._refresh
            self._thread.submit(beat, self._engine, refresh.id, refresh.holder, self._clock()).result()
            self._beaten = time.monotonic()

    def finish(self, outcome: Outcome) -> None:
        """End the refresh, its whole list done."""
        refresh = self._refresh
        self._thread.submit(finish_refresh, self._engine, refresh.id, refresh.holder, self._clock(), outcome).result()
