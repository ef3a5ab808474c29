"""One producer for all viewers: it reads once a second, and hands everybody the same events."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from wiki_activity.explorer.live.event_source import Event, list_missed, list_news, reconnect
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.settings import Settings

logger = logging.getLogger(__name__)

MOST_VIEWERS = 500
MOST_FROM_ONE = 20
"""Streams of one address once half of all places are taken: several people with several pages each.

Behind a proxy that is not trusted everybody has its address: those share the other half.
"""
READ_SECONDS = 1.0
WAITING_EVENTS = 256
"""Events that may wait for a slow viewer; then it has to connect again."""
_LINGER_SECONDS = 10.0


class TooManyViewersError(Exception):
    """As many viewers as can be served are watching already."""


class TooManyFromOneError(Exception):
    """One address has as many streams as it may."""


@dataclass(eq=False, slots=True)
class Viewer:
    """Somebody who watches one wiki, or all.

    Parameters
    ----------
    project
        None for all wikis together.
    missed
        What is sent first.
    room
        Events that may wait.
    address
        Whom its streams are counted under; None where they are not.
    """

    project: str | None
    missed: list[Event]
    room: int = WAITING_EVENTS
    address: str | None = None
    ended: bool = False
    _waiting: deque[Event] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self, events: Iterable[Event]) -> bool:
        """Let events wait for the viewer; returns False, and ends its stream, if there is no room for them."""
        if self.ended:
            return False
        self._waiting.extend(events)
        fits = len(self._waiting) <= self.room
        if not fits:
            self._waiting.clear()
            self._waiting.append(reconnect())
            self.ended = True
        self._news.set()
        return fits

    def end(self) -> None:
        """Send what waits, then no more."""
        self.ended = True
        self._news.set()

    async def events(self) -> AsyncIterator[Event]:
        """Yield what was missed, then what is new, until the stream ends."""
        for event in self.missed:
            yield event
        self.missed = []
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self.ended:
                return
            self._news.clear()
            await self._news.wait()


class Producer:
    """Reads for all viewers while there are any, and a little longer.

    Parameters
    ----------
    read
        Makes a picture; slow, called in a thread.
    settings
        Which wikis are judged, and how.
    most_viewers
        How many may watch at once.
    """

    def __init__(self, read: Callable[[], Picture], settings: Settings, most_viewers: int = MOST_VIEWERS) -> None:
        self._read = read
        self._settings = settings
        self._most_viewers = most_viewers
        self._viewers: set[Viewer] = set()
        self._latest: Picture | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def viewers(self) -> int:
        """How many watch now."""
        return len(self._viewers)

    async def join(self, project: str | None, after: int | None, address: str | None = None) -> Viewer:
        """Let somebody watch from now on.

        Parameters
        ----------
        project
            None for all wikis together.
        after
            The newest minute that the viewer has; what came later is sent first. None for a viewer who has nothing.
        address
            Whom the stream is counted under; None where it is not.

        Raises
        ------
        TooManyFromOneError, TooManyViewersError
            If there are as many as can be.
        """
        self.check_room(address)
        if self._task is None or self._task.done():
            first = await asyncio.to_thread(self._read)
            self.check_room(address)
            if self._task is None or self._task.done():
                self._latest = first
                self._task = asyncio.create_task(self._run(), name="live producer")
        assert self._latest is not None
        # No await between the look at the latest picture and the entry: nothing is lost or sent twice between them.
        viewer = Viewer(project, list_missed(self._latest, self._settings, project, after), address=address)
        self._viewers.add(viewer)
        return viewer

    def check_room(self, address: str | None = None) -> None:
        """Refuse a viewer too many.

        Raises
        ------
        TooManyFromOneError
            If its address has as many streams as it may.
        TooManyViewersError
            If there are as many as can be.
        """
        if len(self._viewers) >= self._most_viewers:
            raise TooManyViewersError
        scarce = 2 * len(self._viewers) >= self._most_viewers
        if scarce and address is not None and sum(one.address == address for one in self._viewers) >= MOST_FROM_ONE:
            raise TooManyFromOneError

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        self._viewers.discard(viewer)

    async def close(self) -> None:
        """End all streams and the reading."""
        for viewer in self._viewers:
            viewer.end()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        watched_at = loop.time()
        while loop.time() - watched_at < _LINGER_SECONDS:
            begun_at = loop.time()
            self._hand_out(await asyncio.to_thread(self._read))
            if self._viewers:
                watched_at = loop.time()
            await asyncio.sleep(max(0.0, READ_SECONDS - (loop.time() - begun_at)))

    def _hand_out(self, picture: Picture) -> None:
        before, self._latest = self._latest, picture
        assert before is not None
        news: dict[str | None, list[Event]] = {}
        for viewer in list(self._viewers):
            if viewer.project not in news:
                news[viewer.project] = list_news(before, picture, self._settings, viewer.project)
            if news[viewer.project] and not viewer.give(news[viewer.project]):
                logger.info("a viewer was too slow and has to connect again")
                self._viewers.discard(viewer)
