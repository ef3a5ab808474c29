"""The simulated EventStreams: server-sent events from now, from a time or from where a connection broke off."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from wiki_activity.simulator.faults import FaultPlan
from wiki_activity.simulator.gateway import refuse
from wiki_activity.simulator.limits import Limiter, Refusal
from wiki_activity.simulator.simulated_events import EventSource

POLL_SECONDS: Final = 0.1
DAY_MS: Final = 86_400_000


class ResumeError(ValueError):
    """A `since` or a `Last-Event-ID` that cannot be read."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How the stream behaves.

    Parameters
    ----------
    speed
        Seconds of the stream's time that pass in a second of the clock.
    start
        The stream's time at the beginning, epoch seconds; by default what the clock says.
    connection_seconds
        After so long every connection is cut, by the clock.
    history_days
        How far back one may resume, in the stream's time.
    repeat_milliseconds
        How much of what was sent before the last event comes again on resuming.
    bursts_per_day
        How many bursts a day of the stream's time has on average.
    events_per_second
        In a second of the stream's time, on average; by default what the wikis' sizes come to, 33 for all of them.
    """

    speed: float = 1.0
    start: float | None = None
    connection_seconds: float = 900.0
    history_days: float = 8.0
    repeat_milliseconds: int = 200
    bursts_per_day: float = 6.0
    events_per_second: float | None = None


class StreamClock:
    """The stream's time, which may run faster than the clock.

    Parameters
    ----------
    settings
        Start and speed.
    clock
        Epoch seconds.
    """

    def __init__(self, settings: StreamSettings, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._speed = settings.speed
        self._opened = clock()
        self._start = self._opened if settings.start is None else settings.start

    def now(self) -> float:
        """Return the stream's time in epoch seconds."""
        return self.now_ms() / 1000

    def now_ms(self) -> int:
        """Return the stream's time in epoch milliseconds."""
        return int(1000 * (self._start + (self.clock() - self._opened) * self._speed))


class EventStream:
    """Answers `GET /v2/stream/recentchange`.

    Parameters
    ----------
    source
        Makes the events.
    settings
        How the stream behaves.
    stream_clock
        The stream's time; its own clock gives the length of connections.
    limiter, plan
        Give the number of connections and what goes wrong.
    """

    def __init__(
        self,
        source: EventSource,
        settings: StreamSettings,
        stream_clock: StreamClock,
        limiter: Limiter,
        plan: FaultPlan,
    ) -> None:
        self._source = source
        self._settings = settings
        self._stream_clock = stream_clock
        self._limiter = limiter
        self._plan = plan
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the client leaves or its time is over."""
        request = Request(scope)
        address = request.client.host if request.client else ""
        refusal = self._check(address, request.headers)
        if refusal is not None:
            await refuse(refusal)(scope, receive, send)
            return
        try:
            position = self._find_start(request.headers.get("last-event-id"), request.query_params.get("since"))
        except ResumeError as error:
            await PlainTextResponse(f"{error}\n", HTTPStatus.BAD_REQUEST)(scope, receive, send)
            return
        self._open[address] += 1
        gone = asyncio.ensure_future(_wait_until_gone(receive))
        try:
            await self._send_events(position, gone, send)
        finally:
            gone.cancel()
            self._open[address] -= 1

    def _check(self, address: str, headers: Headers) -> Refusal | None:
        if not headers.get("user-agent"):
            return Refusal(HTTPStatus.FORBIDDEN, "Please set a User-Agent.\n")
        if self._plan.faults.stream_refused:
            return Refusal(HTTPStatus.BAD_GATEWAY, "No place is free on any server.\n")
        allowed = self._limiter.limits.stream_connections
        if self._open[address] >= allowed:
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, f"More than {allowed} connections.\n", retry_after=1)
        return None

    def _find_start(self, last_event_id: str | None, since: str | None) -> int:
        """Return the epoch millisecond of the first message to send; `Last-Event-ID` outranks `since`."""
        now = self._stream_clock.now_ms()
        position = None
        if last_event_id is not None:
            position = read_last_event_id(last_event_id)
            position = None if position is None else position - self._settings.repeat_milliseconds
        elif since is not None:
            position = read_since(since)
        oldest = now - int(self._settings.history_days * DAY_MS)
        return now if position is None else min(max(position, oldest), now)

    async def _send_events(self, position: int, gone: asyncio.Future[None], send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b":ok\n\n", "more_body": True})
        clock = self._stream_clock.clock
        cut = clock() + self._settings.connection_seconds
        while not gone.done() and clock() < cut:
            now = self._stream_clock.now_ms()
            if position >= now or self._plan.faults.stream_silent:
                await asyncio.wait([gone], timeout=POLL_SECONDS)
                continue
            second = position // 1000
            until = min(now, 1000 * (second + 1))
            frames = [
                event.frame for event in self._source.list_events(second) if position <= event.received_ms < until
            ]
            if frames:
                await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})
            position = until
            # While catching up nothing else here would let other connections have their turn.
            await asyncio.sleep(0)


def read_last_event_id(text: str) -> int | None:
    """Read where a connection broke off, in epoch milliseconds; None where no message had come.

    Raises
    ------
    ResumeError
        If it is not a list of topics with their times.
    """
    try:
        times = [place["timestamp"] for place in json.loads(text) if "timestamp" in place]
    except (ValueError, TypeError) as error:
        msg = f"Last-Event-ID cannot be read: {text!r}"
        raise ResumeError(msg) from error
    if not all(type(time) is int for time in times):
        msg = f"Last-Event-ID has a time that is no whole number: {text!r}"
        raise ResumeError(msg)
    return max(times, default=None)


def read_since(text: str) -> int:
    """Read a time, ISO 8601 or epoch milliseconds, as epoch milliseconds.

    Raises
    ------
    ResumeError
        If it is neither.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"since is neither a time nor epoch milliseconds: {text!r}"
        raise ResumeError(msg) from error
    return int(1000 * (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
