"""Writing what came of a refresh, so that no interruption can tear it."""

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from wiki_activity.monthly.answer_checks import CheckedAnswers, hold_answers
from wiki_activity.monthly.fetching import WikiAnswers
from wiki_activity.storage.count_tables import StoredCounts, read_stored, store_answers
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.fetches import record_all_fetches
from wiki_activity.storage.refresh_leases import beat, check_lease, finish_refresh
from wiki_activity.storage.refreshes import Outcome, Refresh
from wiki_activity.storage.refusals import read_open, save_refused
from wiki_activity.storage.renames import check_names, names_version
from wiki_activity.storage.storage_errors import StorageError

_BEAT_SECONDS = 10.0
_STORE_SECONDS = 1.0
_MOST_WIKIS = 50
"""Stored at once however fast they come: with all their months they lock SQLite for a quarter of a second."""


@dataclass(frozen=True, slots=True)
class StoredWiki:
    """One wiki that is stored, with what was refused of it."""

    held: CheckedAnswers
    stored: StoredCounts


class RefreshWriter:
    """Writes what came of a refresh from a thread of its own: all that has come, in one transaction, once a second.

    Ctrl-C is raised in the main thread, wherever it is: amid a transaction it could leave the database locked for
    whoever gives the lease up. Here it ends the waiting, and what is being written is written to its end; so is what
    waits to be written. After a `kill -9` the wikis of that second are asked for again.

    Parameters
    ----------
    engine
        Where to.
    refresh
        Its lease is held.
    clock
        Tells the time, with its time zone.
    accept
        Wikis whose answers are taken however implausible they are.
    """

    def __init__(
        self, engine: Engine, refresh: Refresh, clock: Callable[[], datetime], accept: Collection[str] = ()
    ) -> None:
        self._engine = engine
        self._refresh = refresh
        self._clock = clock
        self._accept = frozenset(accept)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._waiting: list[WikiAnswers] = []
        self._beaten = self._stored = time.monotonic()
        with reading(engine) as connection:
            self._names = names_version(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if not isinstance(error, StorageError):
                self.store()
        finally:
            self._thread.shutdown()

    def add(self, answers: WikiAnswers) -> None:
        """Take one wiki's answers, to be stored with the next :meth:`store`."""
        self._waiting.append(answers)

    def is_due(self) -> bool:
        """Tell whether it is time to store what has come."""
        return len(self._waiting) >= _MOST_WIKIS or time.monotonic() - self._stored >= _STORE_SECONDS

    def store(self) -> Sequence[StoredWiki]:
        """Store what has come, with what came of its fetches, in one transaction under the lease."""
        waiting, self._waiting = self._waiting, []
        self._stored = time.monotonic()
        if not waiting:
            return ()
        seen_at = self._clock()
        return self._thread.submit(
            write, self._engine, lambda connection: self._store(connection, waiting, seen_at)
        ).result()

    def _store(self, connection: Connection, waiting: Sequence[WikiAnswers], seen_at: datetime) -> list[StoredWiki]:
        refresh = self._refresh
        check_lease(connection, refresh.id, refresh.holder)
        check_names(connection, self._names)
        projects = [answers.project for answers in waiting]
        stored, refused = read_stored(connection, projects, refresh.last), read_open(connection, projects)
        held = [
            hold_answers(
                answers,
                stored[answers.project],
                {series: one for (project, series), one in refused.items() if project == answers.project},
                accepted=answers.project in self._accept,
                now=seen_at,
            )
            for answers in waiting
        ]
        plausible = {one.answers.project: one.answers.counts for one in held}
        counts = store_answers(connection, stored, plausible, refresh.first, refresh.last, seen_at)
        record_all_fetches(connection, refresh.id, {one.answers.project: one.answers.results for one in held}, seen_at)
        save_refused(connection, [noted for one in held for noted in one.noted])
        return [StoredWiki(one, counts[one.answers.project]) for one in held]

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
