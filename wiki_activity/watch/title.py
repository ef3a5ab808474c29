"""The title of watcher: the database gives it to one at a time, with a number higher than any before."""

import secrets
from datetime import datetime

from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER, Beat, Heartbeat
from wiki_activity.redis_store.store_errors import ReplacedError
from wiki_activity.storage.heartbeats import beat, claim, holds, read_number
from wiki_activity.storage.storage_errors import LeaseLostError


class Title:
    """Our claim to be the one who watches.

    Parameters
    ----------
    engine
        A database with current tables.
    holder
        Who we are, as of :func:`wiki_activity.leases.sign_lease`. A name drawn at random is put before it: an emptied
        database would give the same number twice.
    """

    def __init__(self, engine: Engine, holder: str) -> None:
        self._engine = engine
        self.holder = f"{secrets.token_hex(4)} {holder}"
        self.token = 0
        """Our number; 0 before :meth:`claim`."""

    def claim(self, at_least: int = 1) -> Beat | None:
        """Take the title; returns the last sign of life of whoever had it.

        Raises
        ------
        DatabaseUnreachableError
            If the database is out of reach.
        """
        self.token, before = claim(self._engine, WATCHER, self.holder, at_least)
        return before

    def is_ours(self) -> bool:
        """Tell whether nobody has taken it since. Raises as :meth:`claim` does."""
        return holds(self._engine, WATCHER, self.holder)

    def is_forgotten(self) -> bool:
        """Tell whether the database knows of no title as new as ours: it was put back to an older state.

        Raises as :meth:`claim` does.
        """
        return read_number(self._engine, WATCHER) < self.token

    def beat(self, heartbeat: Heartbeat) -> datetime:
        """Give a sign of life; returns the database's time. Raises as :meth:`claim` does.

        Raises
        ------
        ReplacedError
            If another one has taken the title.
        """
        try:
            return beat(self._engine, WATCHER, self.holder, heartbeat)
        except LeaseLostError:
            msg = f"another watcher has taken over from number {self.token}"
            raise ReplacedError(msg) from None
