"""Client of Wikimedia's EventStreams: messages in batches, over as many connections as it takes."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wiki_activity.wikimedia.answer_errors import PassingError, UnreachableError, WikimediaError
from wiki_activity.wikimedia.connection import EventConnection, IdRefusedError, Opening, Timeouts
from wiki_activity.wikimedia.http import user_agent
from wiki_activity.wikimedia.news import News, quote_error
from wiki_activity.wikimedia.sse import LARGEST_EVENT, Message, SseParser

logger = logging.getLogger(__name__)

_LONGEST_WAIT_SECONDS: Final = 60.0
_MOST_DOUBLINGS: Final = 6
_SILENCE_OF_NEWS: Final = 4
"""Comments and repeats alone are borne so many times as long as silence."""
_MOST_AT_ONCE: Final = 12
_SECONDS_FOR_ONE_MORE: Final = 5.0
_MOST_TRIES_AT_SIZE: Final = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read at once.

    Parameters
    ----------
    messages
        The data of each message, in order; empty where nothing came in time.
    last_event_id
        Where to resume after these; empty while no message had an id.
    oversized
        How many more there were that are too large to be read.
    """

    messages: list[bytes]
    last_event_id: str
    oversized: int = 0


class EventStream:
    """Reads a stream of server-sent events; where a connection ends, goes on where it had been.

    An end after something new is what the server does to everybody each 15 minutes: then the next connection is opened
    at once, though never more than twelve in a row and one in five seconds. After errors, silence, and connections that
    brought nothing new (none, or what had come before), it waits longer each time, up to a minute, with jitter; after
    429 and 503 as long as they ask. An error that the server sends as an event is quoted in :attr:`problem`.

    Only a well-formed `id` that is further than the one before is taken as the place to resume at. A message that is
    too large is read over; where three connections break off in one, it goes on by time, just behind it.

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
        self._given_up: list[Opening] = []
        self._parser = SseParser()
        self._news = News()
        self._beyond: str | None = None
        self._tries_at_size = 0
        self._oversized = 0
        self._open_at = self._opened_at = self._heard_at = self._news_at = clock()
        self._allowed, self._allowed_at = float(_MOST_AT_ONCE), clock()
        self._failures = 0
        self._had_news = False
        self._said: str | None = None
        self._retry_seconds = 0.0

    @property
    def last_event_id(self) -> str:
        """Where the next connection resumes; empty while no id is known."""
        return self._news.resume_id

    @last_event_id.setter
    def last_event_id(self, resume_id: str) -> None:
        self._news.resume_at(resume_id)

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._connection is not None

    def read(self, wait_seconds: float) -> Batch:
        """Return what has come, as soon as something has; never waits longer than asked.

        Nothing that the network does is raised: :attr:`problem` tells.
        """
        messages: list[bytes] = []
        self._oversized = 0
        try:
            if self._connection is not None:
                messages = self._read_connection(self._connection, wait_seconds)
            elif self._opening is not None:
                self._await_opening(self._opening, wait_seconds)
            else:
                self._open(wait_seconds)
        except WikimediaError as error:
            self._fail(error)
        return Batch(messages, self.last_event_id, self._oversized)

    def close(self) -> None:
        """Hang up; reading again goes on where it was."""
        if self._opening is not None:
            self._opening.give_up()
            self._given_up.append(self._opening)
            self._opening = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, wait_seconds: float) -> None:
        now = self._clock()
        self._given_up = [one for one in self._given_up if one.is_under_way()]
        left = max(self._open_at, self._find_turn(now)) - now
        if left > 0 or len(self._given_up) > 1:
            # Two connections are what Wikimedia bears, and one that was given up may still be open on its side.
            self._pause(min(left, wait_seconds) if left > 0 else wait_seconds)
            return
        self._allowed -= 1
        headers, parameters = dict(self._headers), {}
        if self._beyond is not None:
            parameters["since"] = self._beyond
        elif self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id.strip()
        elif self.since is not None:
            parameters["since"] = self.since
        self._opened_at = now
        self._opening = Opening(self.url, headers, parameters, self._timeouts)
        self._await_opening(self._opening, wait_seconds)

    def _find_turn(self, now: float) -> float:
        """Say when the next connection may be opened, however well the ones before went."""
        self._allowed = min(_MOST_AT_ONCE, self._allowed + (now - self._allowed_at) / _SECONDS_FOR_ONE_MORE)
        self._allowed_at = now
        return now + max(1 - self._allowed, 0) * _SECONDS_FOR_ONE_MORE

    def _await_opening(self, opening: Opening, wait_seconds: float) -> None:
        connection = opening.wait(wait_seconds)
        if connection is None:
            waited = self._clock() - self._opened_at
            if waited > self._timeouts.connect_seconds + 2 * self._timeouts.silence_seconds:
                msg = f"{self.url}: no whole answer for {waited:.0f} s"
                raise UnreachableError(msg)
            return
        self._opening, self._connection = None, connection
        self._parser = SseParser(self.last_event_id.encode("latin-1", "ignore"))
        self._heard_at = self._news_at = self._clock()
        self._had_news = False
        self._said = None
        self._news.begin()
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
        dropped = self._parser.oversized
        messages = self._parser.feed(data)
        self._oversized = self._parser.oversized - dropped
        if self._parser.retry_milliseconds is not None:
            self._retry_seconds = min(self._parser.retry_milliseconds / 1000, _LONGEST_WAIT_SECONDS)
        if not messages:
            self._check_silence()
            return []
        events = [message for message in messages if message.event == b"message"]
        if events:
            self._note_events(events)
        self._check_silence()
        if messages[-1].event == b"error":
            self._said = quote_error(messages[-1].data)
        return [message.data for message in events]

    def _note_events(self, events: list[Message]) -> None:
        if not self._news.note(events):
            return
        self._news_at = self._heard_at
        self._said, self._beyond = None, None
        if not self._had_news:
            self._had_news = True
            self._failures = self._tries_at_size = 0
            if self.problem is not None:
                logger.warning("%s: events come again", self.url)
                self.problem = None

    def _check_silence(self) -> None:
        now = self._clock()
        silent, newsless = now - self._heard_at, now - self._news_at
        if silent >= self._timeouts.silence_seconds:
            self._had_news = False
            msg = f"{self.url}: nothing came for {silent:.0f} s"
            raise UnreachableError(msg)
        if newsless >= _SILENCE_OF_NEWS * self._timeouts.silence_seconds:
            self._had_news = False
            msg = f"{self.url}: nothing new came for {newsless:.0f} s, though the connection is alive"
            raise UnreachableError(msg)

    def _end_connection(self) -> None:
        if self._said is None and self._had_news and not self._parser.skipping:
            self._reconnect(f"{self.url}: the server ended the connection")
            return
        self._had_news = False
        if self._said is None:
            msg = f"{self.url}: the connection ended before any event that had not come before"
            raise UnreachableError(msg)
        msg = f"{self.url}: the server sent an error: {self._said}"
        raise UnreachableError(msg)

    def _reconnect(self, why: str) -> None:
        logger.info("%s", why)
        self._had_news = False
        self.close()
        # A moment's jitter: all clients of a server that goes down come back at once.
        self._open_at = self._clock() + max(self._retry_seconds, 0.2 * self._draw())

    def _fail(self, error: WikimediaError) -> None:
        if self._had_news and self._said is None and not self._parser.skipping:
            self._reconnect(str(error))
            return
        said = str(error) if self._said is None or self._said in str(error) else f"{error} (it had said: {self._said})"
        if self.connected and self._parser.skipping:
            said = f"{said}, within a message of more than {LARGEST_EVENT:,} bytes"
            self._go_beyond()
        self.close()
        if isinstance(error, IdRefusedError) and self.last_event_id:
            # An id from before a change of the server's topics, say, would be refused for ever.
            logger.warning("%s; forgetting where the stream had been, going on %s", error, self.since or "from now")
            self.last_event_id = ""
        wait = min(2.0 ** min(self._failures, _MOST_DOUBLINGS), _LONGEST_WAIT_SECONDS) * (0.5 + 0.5 * self._draw())
        asked = error.retry_after_seconds if isinstance(error, PassingError) else None
        wait = max(wait, asked or 0.0, self._retry_seconds)
        self._failures += 1
        self._had_news = False
        self._open_at = self._clock() + wait
        if said != self.problem:
            logger.warning("%s; trying again in %.0f s", said, wait)
        self.problem = said

    def _go_beyond(self) -> None:
        """After some tries that broke off in too large a message, let the next begin behind it, by time."""
        self._tries_at_size += 1
        reached = self._news.reached_milliseconds
        tries = self._tries_at_size - _MOST_TRIES_AT_SIZE
        if tries >= 0 and reached is not None:
            self._beyond = str(reached + 1000 * 2 ** min(tries, _MOST_DOUBLINGS))
            logger.warning("%s: going on at %s, behind a message that is too large", self.url, self._beyond)
