"""Whether a database is known to be away, so that nobody waits for it in vain."""

import threading
import time
from collections.abc import Callable

from wiki_activity.storage.storage_errors import DatabaseRefusedError, DatabaseUnreachableError

_UNASKED_SECONDS = 60.0


class Circuit:
    """Makes calls fail at once while a database is known to be away; a thread of its own finds out when it is back.

    If one of the callers were let through instead, that one would wait, and with it all who wait for what it reads.

    Parameters
    ----------
    answers
        Tries whether the database answers.
    pause
        Seconds between two tries; 0 lets every call try for itself.
    """

    def __init__(self, answers: Callable[[], bool], pause: float) -> None:
        self._answers = answers
        self._pause = pause
        self._lock = threading.Lock()
        self._trouble: DatabaseUnreachableError | None = None
        self._asked_at = 0.0

    def check(self) -> None:
        """Let a call through.

        Raises
        ------
        DatabaseUnreachableError
            What was the matter when the database was found away.
        """
        if not self._pause:
            return
        with self._lock:
            self._asked_at = time.monotonic()
            last = self._trouble
        if last is not None:
            raise DatabaseUnreachableError(last.place, last.reason)

    def fail(self, trouble: DatabaseUnreachableError) -> None:
        """Remember that the database is away; that it refuses something says nothing of the next call."""
        if not self._pause or isinstance(trouble, DatabaseRefusedError):
            return
        with self._lock:
            known, self._trouble = self._trouble is not None, trouble
        if not known:
            threading.Thread(target=self._wait_until_back, name="database away", daemon=True).start()

    def _wait_until_back(self) -> None:
        # Where nobody asks any more, the next one may as well find out.
        while time.monotonic() - self._asked_at < _UNASKED_SECONDS and not self._answers():
            time.sleep(self._pause)
        with self._lock:
            self._trouble = None
