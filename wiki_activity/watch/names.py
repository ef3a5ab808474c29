"""Under which names the watcher counts: a wiki is its dbname, and the database knows where it is now."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Engine

from wiki_activity.storage.renames import gather_stragglers, read_names
from wiki_activity.storage.storage_errors import StorageError

logger = logging.getLogger(__name__)

_MINUTE_SECONDS = 60.0


class WikiNames:
    """The wikis' names of one session of watching, and whether they have changed since.

    Parameters
    ----------
    engine
        Where the list of wikis is.
    clock
        Wall clock, with its time zone.
    monotonic
        Seconds that only go up.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._looked_at = monotonic()
        self._version: int | None = None
        self.projects: Mapping[str, str] = {}
        """Of each dbname its project: an edit counts there, whatever address it names; empty while not known."""
        self.former: Mapping[str, str] = {}
        """By an address that a wiki once had, and that is no other one's now, its project of today."""
        self.changed = False
        """Whether a wiki has moved since, or the first list has come: save everything and begin anew with the names."""
        try:
            gather_stragglers(engine, clock())
            self._version, self.projects, self.former = read_names(engine)
        except StorageError as error:
            logger.warning("which names wikis have is not known, edits count where they say: %s", error)

    @property
    def version(self) -> int:
        """Of the names; 0 while it is not known."""
        return self._version or 0

    def beat(self, _heartbeat: object) -> None:
        """Look, as a listener of heartbeats."""
        self.look()

    def look(self) -> None:
        """Look once a minute whether a wiki has moved, or the first list has come."""
        if self.changed or self._monotonic() - self._looked_at < _MINUTE_SECONDS:
            return
        self._looked_at = self._monotonic()
        try:
            version, projects, _ = read_names(self._engine)
        except StorageError:
            return
        # The first list of wikis says which ones the settings mean.
        self.changed = version != self._version or bool(projects) != bool(self.projects)
