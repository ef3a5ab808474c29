"""The watcher's own delivery: what it has to say goes to Slack within a second, whatever else sweeps the outbox."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine

from wiki_activity.domain.notices import NoticeKind
from wiki_activity.slack.client import Poster
from wiki_activity.storage.notices import count_due
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.watch.delivery import deliver_due

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
"""How often is looked for what others have made, or what is to be tried again."""
_LAST_SECONDS: Final = 15.0


class Courier:
    """Delivers due notices from a thread of its own, within a `with`, and once more at its end.

    It claims them as every deliverer does, so that nothing is sent twice, and leaves alone what it has no webhook for.

    Parameters
    ----------
    engine
        Where the outbox is.
    slack, ops_slack
        As of :func:`wiki_activity.watch.delivery.deliver_due`.
    clock
        Wall clock, with its time zone.
    explorer_url
        Where the explorer's pages are.
    """

    def __init__(
        self,
        engine: Engine,
        slack: Poster | None,
        ops_slack: Poster | None,
        clock: Callable[[], datetime],
        explorer_url: str,
    ) -> None:
        self._engine = engine
        self._slack = slack
        self._ops_slack = ops_slack
        self._clock = clock
        self._explorer_url = explorer_url
        self._kinds = [kind for kind in NoticeKind if slack is not None or (ops_slack is not None and kind.for_ops)]
        self._news = threading.Event()
        self._stopping = False
        self._problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="deliver", daemon=True)

    def __enter__(self) -> Self:
        if self._kinds:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(_LAST_SECONDS)

    def call(self) -> None:
        """Say that there may be something to deliver."""
        self._news.set()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            self._news.wait(LOOK_SECONDS)
            self._news.clear()
            stopping = self._stopping
            try:
                self._deliver()
            except StorageError as error:
                if str(error) != self._problem:
                    self._problem = str(error)
                    logger.warning("messages wait: %s", error)
            else:
                self._problem = None

    def _deliver(self) -> None:
        if count_due(self._engine, self._clock(), self._kinds):
            deliver_due(
                self._engine,
                self._slack,
                self._ops_slack,
                self._clock,
                explorer_url=self._explorer_url,
                gives_up=False,
            )
