"""Asking each wiki which of its namespaces hold content, a few a minute, so that days are counted as months are."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine

from wiki_activity.domain.request_budget import RequestBudget, StoppedError
from wiki_activity.settings import Settings
from wiki_activity.storage.namespace_table import read_content_namespaces, store_content_namespaces
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.wikimedia.access_token import make_token
from wiki_activity.wikimedia.answer_errors import WikimediaError
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.siteinfo import get_content_namespaces

logger = logging.getLogger(__name__)

KEPT: Final = timedelta(days=30)
"""After that a wiki is asked again."""
_MOST_PER_MINUTE: Final = 30.0
_SHARE: Final = 0.25
"""Of the requests that are allowed; the rest is the months'."""
_LOOK_SECONDS: Final = 60.0
_FAILURES_IN_A_ROW: Final = 5
_AGAIN: Final = timedelta(hours=6)
_LAST_SECONDS: Final = 3.0


class ContentSource:
    """Knows the namespaces, and learns what it does not know, in a thread of its own within a `with`.

    Parameters
    ----------
    settings
        Where wikis are asked, and how often anybody may be.
    engine
        Where the list of wikis is, and what they said.
    clock
        Wall clock, with its time zone.
    tell
        Told of all that is known, by project, whenever that has changed.
    most_per_minute
        Requests.
    budget
        Of the installation, which gives the turns; None makes one of its own.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        clock: Callable[[], datetime],
        tell: Callable[[Mapping[str, tuple[int, ...]]], None],
        *,
        most_per_minute: float = _MOST_PER_MINUTE,
        budget: RequestBudget | None = None,
    ) -> None:
        self._address = settings.siteinfo_url
        self._engine = engine
        self._clock = clock
        self._tell = tell
        per_minute = min(most_per_minute, _SHARE * settings.pace_per_minute)
        self._gap_seconds = 60 / per_minute
        self._session = PoliteSession(
            contact=settings.contact,
            per_minute=per_minute,
            max_connections=1,
            budget=budget,
            token=make_token(settings),
        )
        self._failed: dict[str, datetime] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="siteinfo", daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._session.close()
        self._thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        while True:
            try:
                self.learn()
            except StorageError as error:
                logger.debug("namespaces cannot be looked up: %s", error)
            except StoppedError:
                return
            if self._stop.wait(_LOOK_SECONDS):
                return

    def learn(self) -> None:
        """Tell what is known, then ask the wikis that have not been asked, or not for a month.

        Raises
        ------
        StorageError
            If the database is out of reach.
        """
        known = read_content_namespaces(self._engine)
        told = {project: its.numbers for project, its in known.items()}
        self._tell(dict(told))
        now = self._clock()
        failures = 0
        for wiki in load_wikis(self._engine):
            project = wiki.project
            is_known = project in known and now - known[project].fetched_at < KEPT
            failed_at = self._failed.get(project)
            if wiki.closed or wiki.gone or is_known or (failed_at is not None and now - failed_at < _AGAIN):
                continue
            if self._stop.is_set() or failures == _FAILURES_IN_A_ROW:
                return
            try:
                told[project] = get_content_namespaces(self._session, self._address.replace("{project}", project))
            except WikimediaError as error:
                logger.info("%s does not say which namespaces hold content: %s", project, error)
                self._failed[project] = now
                failures += 1
            else:
                failures = 0
                store_content_namespaces(self._engine, project, told[project], now)
                self._tell(dict(told))
            # Of a budget that is shared, no more than this share is ours.
            self._stop.wait(self._gap_seconds)
