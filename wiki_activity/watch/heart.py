"""The heart: threads that beat for the watcher, whatever its loop and its stores do, and that call who listens."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from wiki_activity.domain.heartbeat import DATABASE, REDIS, Heartbeat
from wiki_activity.redis_store.store_errors import FenceLostError, RedisStoreError, ReplacedError
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.watch.title import Title
from wiki_activity.watch.vitals import Vitals

logger = logging.getLogger(__name__)

Listener = Callable[[Heartbeat], None]

BEAT_SECONDS: Final = 1.0
"""How often Redis is told; listeners are called as often, and a store that is away is asked as often."""
DATABASE_SECONDS: Final = 5.0
_LAST_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """What one thread does, and how often."""

    name: str
    seconds: float
    work: Callable[[], bool]
    """Returns whether it is to be done again after a second instead."""


class Heart:
    """Beats into both stores and calls the listeners, each from a thread of its own, within a `with`.

    Parameters
    ----------
    vitals
        What is told.
    store, title
        Who writes it to Redis, and to the database.
    listeners
        Called one after the other with each beat.
    """

    def __init__(self, vitals: Vitals, store: RedisStore, title: Title, listeners: Sequence[Listener] = ()) -> None:
        self._vitals = vitals
        self._store = store
        self._title = title
        self._listeners = listeners
        self._stop = threading.Event()
        self._error: Exception | None = None
        rhythms = (
            _Rhythm("beat-redis", BEAT_SECONDS, self._beat_redis),
            _Rhythm("beat-database", DATABASE_SECONDS, self._beat_database),
            _Rhythm("listen", BEAT_SECONDS, self._listen),
        )
        self._threads = [
            threading.Thread(target=self._run, args=(rhythm,), name=rhythm.name, daemon=True) for rhythm in rhythms
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            # A store that hangs keeps its thread for a little; nothing waits for that.
            thread.join(_LAST_SECONDS)

    def check(self) -> None:
        """Raise in the watcher's loop what has ended a thread.

        Raises
        ------
        ReplacedError
            When another watcher has taken over.
        """
        if self._error is not None:
            raise self._error

    def _run(self, rhythm: _Rhythm) -> None:
        again = True
        while not self._stop.wait(BEAT_SECONDS if again else rhythm.seconds):
            try:
                again = rhythm.work()
            except Exception as error:  # noqa: BLE001 - the edge of a thread: the loop raises it
                self._error = error
                return

    def _beat_redis(self) -> bool:
        if not self._store.is_taken:
            return True
        try:
            with self._vitals.asking(REDIS, "beat"):
                self._vitals.note_time(REDIS, self._store.beat(self._vitals.describe()))
        except ReplacedError:
            raise
        except FenceLostError as error:
            logger.debug("%s", error)  # The loop asks the database whether we may write.
        except RedisStoreError as error:
            logger.debug("no beat: %s", error)
        return True

    def _beat_database(self) -> bool:
        if not self._title.token:
            return True
        try:
            with self._vitals.asking(DATABASE, "beat"):
                now = self._title.beat(self._vitals.describe())
        except StorageError as error:
            logger.debug("no beat: %s", error)
            return True
        self._vitals.note_time(DATABASE, now.timestamp())
        return False

    def _listen(self) -> bool:
        heartbeat = self._vitals.describe()
        for listener in self._listeners:
            listener(heartbeat)
        return True
