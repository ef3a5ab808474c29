"""Asking a wiki whether a page that is hot exists, and is old enough to be named: one request a page."""

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from wiki_activity.domain.request_budget import RequestBudget, StoppedError
from wiki_activity.settings import Settings
from wiki_activity.wikimedia.access_token import make_token
from wiki_activity.wikimedia.action_api import ActionClient
from wiki_activity.wikimedia.answer_errors import WikimediaError
from wiki_activity.wikimedia.http import PoliteSession

logger = logging.getLogger(__name__)

OLD_ENOUGH: Final = timedelta(days=1)
"""A page that is younger may be an attack that is about to be deleted: its title is not told."""
_KEPT: Final = timedelta(minutes=30)
_MOST_WAITING: Final = 50
_MOST_PER_MINUTE: Final = 10.0
_SHARE: Final = 0.1
"""Of the requests that are allowed."""
_WAIT_SECONDS: Final = 1.0
_LAST_SECONDS: Final = 3.0

Page = tuple[str, str]


class PageTitleSource:
    """Knows which pages may be named, and asks about others in a thread of its own within a `with`.

    A page that cannot be looked up may not be named. Several threads may ask.

    Parameters
    ----------
    settings
        Where wikis are asked, and how often anybody may be.
    clock
        Wall clock, with its time zone.
    budget
        Of the installation, which gives the turns; None makes one of its own.
    """

    def __init__(
        self, settings: Settings, clock: Callable[[], datetime], *, budget: RequestBudget | None = None
    ) -> None:
        self._clock = clock
        self._session = PoliteSession(
            contact=settings.contact,
            per_minute=min(_MOST_PER_MINUTE, _SHARE * settings.pace_per_minute),
            max_connections=1,
            budget=budget,
            token=make_token(settings),
        )
        self._wiki = ActionClient(self._session, settings.siteinfo_url)
        self._waiting: queue.Queue[Page] = queue.Queue(_MOST_WAITING)
        self._asked: set[Page] = set()
        self._deleted: set[Page] = set()
        self._known: dict[Page, tuple[datetime, bool]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="titles", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._session.close()
        self._thread.join(_LAST_SECONDS)

    def may_show(self, project: str, title: str) -> bool | None:
        """Tell whether a page exists and is a day old; None while that is being asked."""
        page, now = (project, title), self._clock()
        with self._lock:
            known = self._known.get(page)
            if known is not None and now - known[0] < _KEPT:
                return known[1]
            if page not in self._asked:
                try:
                    self._waiting.put_nowait(page)
                except queue.Full:
                    return False
                self._asked.add(page)
        return None

    def forget(self, project: str, title: str) -> None:
        """Note that a page was deleted: what comes by its title is another page."""
        page = (project, title)
        with self._lock:
            if page in self._known:
                self._known[page] = (self._clock(), False)
            if page in self._asked:
                # The answer that is under way may be from before.
                self._deleted.add(page)

    def look_up(self, page: Page) -> bool:
        """Ask about a page; False where that cannot be answered."""
        try:
            created_at = self._wiki.find_creation(*page)
        except WikimediaError as error:
            logger.info("whether a hot page of %s may be named is not known: %s", page[0], type(error).__name__)
            return False
        return created_at is not None and self._clock() - created_at >= OLD_ENOUGH

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                page = self._waiting.get(timeout=_WAIT_SECONDS)
            except queue.Empty:
                continue
            try:
                may = self.look_up(page)
            except StoppedError:
                return
            now = self._clock()
            with self._lock:
                self._asked.discard(page)
                self._known = {one: known for one, known in self._known.items() if now - known[0] < _KEPT}
                self._known[page] = (now, may and page not in self._deleted)
                self._deleted.discard(page)
