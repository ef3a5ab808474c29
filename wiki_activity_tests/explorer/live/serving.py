"""The explorer on a real uvicorn, and viewers that read its stream over HTTP."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import httpx
import msgspec
import uvicorn
from fastapi import FastAPI

PATIENCE_SECONDS = 30.0


class Frame(NamedTuple):
    """One event of the stream."""

    name: str
    id: str | None
    data: Any


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve on a free port of loopback until the block ends."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


class Viewing:
    """The events that come to one viewer, one after the other."""

    def __init__(self, answer: httpx.Response) -> None:
        self._frames = _read(answer.aiter_lines())

    async def next(self, name: str, **wanted: object) -> Frame:
        """Return the next event of a name, and with such members, leaving others out."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for frame in self._frames:
                if frame.name == name and all(frame.data[key] == value for key, value in wanted.items()):
                    return frame
        msg = f"the stream ended without {name} {wanted}"
        raise AssertionError(msg)

    async def take(self, name: str, number: int) -> list[Frame]:
        """Return the next so many events of a name."""
        return [await self.next(name) for _ in range(number)]

    async def rest(self) -> list[Frame]:
        """Return all events until the stream ends."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [frame async for frame in self._frames]


@asynccontextmanager
async def view(base: str, path: str = "/api/v1/live/stream", **headers: str) -> AsyncIterator[Viewing]:
    """Open a stream as a viewer does."""
    async with (
        httpx.AsyncClient(base_url=base, timeout=PATIENCE_SECONDS) as client,
        client.stream("GET", path, headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield Viewing(answer)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, but not for ever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.02)


async def _read(lines: AsyncIterator[str]) -> AsyncIterator[Frame]:
    members: dict[str, str] = {}
    async for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            members[name] = value
        elif not line and "event" in members:
            yield Frame(members["event"], members.get("id"), msgspec.json.decode(members["data"]))
            members = {}
