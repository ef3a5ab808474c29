"""Becoming the one who watches, and staying it: the title from the database, the fence in Redis."""

from wiki_activity.domain.heartbeat import DATABASE, REDIS
from wiki_activity.redis_store.live_state import Saved
from wiki_activity.redis_store.store_errors import ReplacedError
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.watch.title import Title
from wiki_activity.watch.vitals import Vitals


class Takeover:
    """Claims the title, and raises the fence behind which nobody else writes.

    Parameters
    ----------
    store
        Where counts go.
    title
        Says that we are the one who watches.
    vitals
        Where is noted how the stores do.
    window_seconds
        Length of the window.
    """

    def __init__(self, store: RedisStore, title: Title, vitals: Vitals, window_seconds: int) -> None:
        self._store = store
        self._title = title
        self._vitals = vitals
        self._window_seconds = window_seconds

    def take_over(self) -> tuple[Saved | None, bytes]:
        """Return what an earlier watcher saved, None where there was none, and the key for users' names.

        Raises
        ------
        RedisStoreError, DatabaseUnreachableError
            If a store cannot be asked.
        ReplacedError
            If another one has taken over meanwhile.
        """
        if not self._title.token:
            self._claim(1)
        with self._vitals.asking(REDIS):
            earlier = self._store.read_token()
        if earlier >= self._title.token:
            # A database that was restored or changed for another knows of fewer watchers than Redis does.
            self._claim(earlier + 1)
        with self._vitals.asking(REDIS):
            saved = self._store.take_over(self._title.token, self._window_seconds)
            return saved, self._store.read_people_key()

    def put_fence_back(self) -> None:
        """Go on in a Redis that has lost everything, if the database says that it is still for us to do.

        Raises
        ------
        DatabaseUnreachableError
            If it cannot be asked.
        ReplacedError
            If another one has taken over.
        """
        with self._vitals.asking(DATABASE):
            is_ours = self._title.is_ours()
        if not is_ours:
            msg = f"another watcher has taken over from number {self._title.token}"
            raise ReplacedError(msg)
        self._store.put_fence_back()

    def _claim(self, at_least: int) -> None:
        with self._vitals.asking(DATABASE):
            before = self._title.claim(at_least)
        self._vitals.note_token(self._title.token)
        if before is not None and before.heartbeat.stream.edits_at is not None:
            # Until Redis tells better: how long nothing has been seen.
            self._vitals.note_edits(before.heartbeat.stream.edits_at)
