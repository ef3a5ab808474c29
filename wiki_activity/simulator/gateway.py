"""What stands before the simulated metrics service and Action API: the log of requests, limits and faults."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wiki_activity.simulator.faults import FaultPlan
from wiki_activity.simulator.limits import Limiter, Refusal

KEPT_REQUESTS = 50_000


class LoggedRequest(NamedTuple):
    """One request that has come in, as it ended."""

    time: float
    method: str
    path: str
    status: int
    user_agent: str
    duration_ms: float


class RequestLog:
    """Remembers the newest requests and counts all of them.

    Parameters
    ----------
    app
        What answers.
    clock
        Epoch seconds.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float]) -> None:
        self._app = app
        self._clock = clock
        self.requests: deque[LoggedRequest] = deque(maxlen=KEPT_REQUESTS)
        self.statuses: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note its status; 0 where no answer was begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began, ticks = self._clock(), time.perf_counter()
        try:
            await self._app(scope, receive, note)
        finally:
            duration_ms = round(1000 * (time.perf_counter() - ticks), 1)
            user_agent = Headers(scope=scope).get("user-agent", "")
            self.statuses[status] += 1
            self.requests.append(LoggedRequest(began, scope["method"], scope["path"], status, user_agent, duration_ms))


class Gateway:
    """Applies limits and faults before an application is asked.

    Parameters
    ----------
    app
        What answers the requests that get through.
    limiter, plan
        Who may ask, and what goes wrong.
    """

    def __init__(self, app: ASGIApp, limiter: Limiter, plan: FaultPlan) -> None:
        self._app = app
        self._limiter = limiter
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or do to it what limits and faults ask for."""
        address = scope["client"][0] if scope.get("client") else ""
        refusal = self._limiter.enter(address, Headers(scope=scope).get("user-agent"))
        if refusal is not None:
            await refuse(refusal)(scope, receive, send)
            return
        try:
            if self._plan.faults.latency_ms:
                await asyncio.sleep(self._plan.faults.latency_ms / 1000)
            await self._serve(scope, receive, send)
        finally:
            self._limiter.leave(address)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        outcome = self._plan.decide()
        if outcome == "unavailable":
            document = {"status": 503, "title": "Service Unavailable", "detail": "upstream request timeout"}
            answer = JSONResponse(document, HTTPStatus.SERVICE_UNAVAILABLE, media_type="application/problem+json")
            await answer(scope, receive, send)
        elif outcome == "hung":
            await hang(receive, self._plan.faults.hang_seconds)
            await cut_off(send)
        elif outcome == "dropped":
            await cut_off(send)
        elif outcome == "broken":
            await self._app(scope, receive, _halve(send))
        else:
            await self._app(scope, receive, send)


def refuse(refusal: Refusal) -> Response:
    """Return the answer to a request that is not let in."""
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return PlainTextResponse(refusal.message, refusal.status, headers)


async def hang(receive: Receive, seconds: float) -> None:
    """Do nothing until the client has gone, or the time is over."""

    async def wait_for_the_end() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(wait_for_the_end(), seconds)
    except TimeoutError:
        return


async def cut_off(send: Send) -> None:
    """Begin an answer and break off, upon which uvicorn closes the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"items":[', "more_body": True})


def _halve(send: Send) -> Send:
    """Return a `send` that passes on only the first half of the body, with a fitting length."""
    start: Message = {}

    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        half = message["body"][: len(message["body"]) // 2]
        kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await send({**start, "headers": [*kept, (b"content-length", str(len(half)).encode())]})
        await send({**message, "body": half})

    return send_half
