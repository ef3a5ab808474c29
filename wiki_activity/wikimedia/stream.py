"""Client of Wikimedia's EventStreams: messages in batches, over as many connections as it takes."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wiki_activity.wikimedia.connection import EventConnection, Opening, Timeouts
from wiki_activity.wikimedia.errors import PassingError, RefusedError, UnreachableError, WikimediaError
from wiki_activity.wikimedia.http import user_agent
from wiki_activity.wikimedia.sse import EventTooLargeError, SseParser

logger = logging.getLogger(__name__)

_LONGEST_WAIT_SECONDS: Final = 60.0
_MOST_DOUBLINGS: Final = 6


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read at once.

    Parameters
    ----------
    messages
        The data of each message, in order; empty where nothing came in time.
    last_event_id
        Where to resume after these; empty while no message had an id.
    """

    messages: list[bytes]
    last_event_id: str


class EventStream:
    """Reads a stream of server-sent events; where a connection ends, goes on where it had been.

    An end after messages is what the server does to everybody each 15 minutes: then the next connection is opened at
    once. After errors, silence and connections without a message it waits longer each time, with jitter; after 429 and
    503 as long as they ask.

    Parameters
    ----------
    url
        The stream's address.
    contact
        E-mail or URL for the User-Agent.
    timeouts
        How long to wait for a connection, and to bear silence.
    clock
        Seconds that only go up.
    pause
        Waits so many seconds, where there is no connection to wait for.
    draw
        Uniform in [0, 1): the jitter.
    """

    def __init__(
        self,
        url: str,
        *,
        contact: str,
        timeouts: Timeouts | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.url = url
        self.last_event_id = ""
        """Where the next connection resumes; empty while no id is known."""
        self.since: str | None = None
        """Where it begins as long as no id is known, ISO time or epoch milliseconds; None is now."""
        self.problem: str | None = None
        """Why nothing comes, in words for people; None while all is well."""
        self.connections = 0
        """How many were opened so far."""
        self._headers = {
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            "Cache-Control": "no-store",
            "User-Agent": user_agent(contact),
        }
        self._timeouts = timeouts or Timeouts()
        self._clock = clock
        self._pause = pause
        self._draw = draw
        self._connection: EventConnection | None = None
        self._opening: Opening | None = None
        self._parser = SseParser()
        self._open_at = clock()
        self._heard_at = clock()
        self._failures = 0
        self._had_messages = False
        self._retry_seconds = 0.0

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._connection is not None

    def read(self, wait_seconds: float) -> Batch:
        """Return what has come, as soon as something has; never waits longer than asked.

        Nothing that the network does is raised: :attr:`problem` tells.
        """
        messages: list[bytes] = []
        try:
            if self._connection is not None:
                messages = self._read_connection(self._connection, wait_seconds)
            elif self._opening is not None:
                self._await_opening(self._opening, wait_seconds)
            else:
                self._open(wait_seconds)
        except WikimediaError as error:
            self._fail(error)
        return Batch(messages, self.last_event_id)

    def close(self) -> None:
        """Hang up; reading again goes on where it was."""
        if self._opening is not None:
            self._opening.give_up()
            self._opening = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, wait_seconds: float) -> None:
        left = self._open_at - self._clock()
        if left > 0:
            self._pause(min(left, wait_seconds))
            return
        headers, parameters = dict(self._headers), {}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id.strip()
        elif self.since is not None:
            parameters["since"] = self.since
        self._opening = Opening(self.url, headers, parameters, self._timeouts)
        self._await_opening(self._opening, wait_seconds)

    def _await_opening(self, opening: Opening, wait_seconds: float) -> None:
        connection = opening.wait(wait_seconds)
        if connection is None:
            return
        self._opening, self._connection = None, connection
        self._parser = SseParser(self.last_event_id.encode("latin-1", "ignore"))
        self._heard_at = self._clock()
        self._had_messages = False
        self.connections += 1
        logger.info("%s: connected%s", self.url, " where it had been" if self.last_event_id else "")

    def _read_connection(self, connection: EventConnection, wait_seconds: float) -> list[bytes]:
        data = connection.read(wait_seconds)
        if data is None:
            self._end_connection()
            return []
        if not data:
            self._check_silence()
            return []
        self._heard_at = self._clock()
        try:
            messages = self._parser.feed(data)
            if self._parser.retry_milliseconds is not None:
                self._retry_seconds = min(self._parser.retry_milliseconds / 1000, _LONGEST_WAIT_SECONDS)
        except EventTooLargeError as error:
            msg = f"{self.url}: {error}"
            raise UnreachableError(msg) from error
        if messages:
            self._note_messages()
        return [message.data for message in messages]

    def _note_messages(self) -> None:
        # http.client writes headers in Latin-1: this gives back the very bytes that came.
        self.last_event_id = self._parser.last_event_id.decode("latin-1")
        if not self._had_messages:
            self._had_messages = True
            self._failures = 0
            if self.problem is not None:
                logger.warning("%s: events come again", self.url)
                self.problem = None

    def _check_silence(self) -> None:
        silent = self._clock() - self._heard_at
        if silent >= self._timeouts.silence_seconds:
            self._had_messages = False
            msg = f"{self.url}: nothing came for {silent:.0f} s"
            raise UnreachableError(msg)

    def _end_connection(self) -> None:
        if not self._had_messages:
            msg = f"{self.url}: the connection ended before any event"
            raise UnreachableError(msg)
        self._reconnect(f"{self.url}: the server ended the connection")

    def _reconnect(self, why: str) -> None:
        logger.info("%s", why)
        self._had_messages = False
        self.close()
        # A moment's jitter: all clients of a server that goes down come back at once.
        self._open_at = self._clock() + max(self._retry_seconds, 0.2 * self._draw())

    def _fail(self, error: WikimediaError) -> None:
        if self._had_messages:
            self._reconnect(str(error))
            return
        self.close()
        if isinstance(error, RefusedError) and self.last_event_id:
            # An id from before a change of the server's topics, say, would be refused for ever.
            logger.warning("%s; forgetting where the stream had been, going on %s", error, self.since or "from now")
            self.last_event_id = ""
        wait = min(2.0 ** min(self._failures, _MOST_DOUBLINGS), _LONGEST_WAIT_SECONDS) * (0.5 + 0.5 * self._draw())
        asked = error.retry_after_seconds if isinstance(error, PassingError) else None
        wait = max(wait, asked or 0.0, self._retry_seconds)
        self._failures += 1
        self._open_at = self._clock() + wait
        if str(error) != self.problem:
            logger.warning("%s; trying again in %.0f s", error, wait)
        self.problem = str(error)
