"""What the log says of a database that cannot be read: one line when that begins, and one when it is over."""

import logging
import threading

from sqlalchemy import Connection, Engine, event

logger = logging.getLogger(__name__)


class Outage:
    """Whether a database is known not to do what it should, told once however many readers meet it.

    Parameters
    ----------
    engine
        Whose database: a transaction of it that succeeds is the end.
    """

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock()
        self._lasts = False
        event.listen(engine, "commit", self._end)

    def begin(self, error: Exception) -> None:
        """Say so, unless it is known."""
        with self._lock:
            known, self._lasts = self._lasts, True
        if not known:
            logger.warning("what needs the database answers 503 from now on: %s", error)

    def _end(self, _connection: Connection) -> None:
        if not self._lasts:
            return
        with self._lock:
            lasted, self._lasts = self._lasts, False
        if lasted:
            logger.warning("the database answers again")
