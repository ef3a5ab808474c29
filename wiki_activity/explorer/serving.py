"""The server around the application: how much of everybody's time and memory one connection may take."""

import asyncio
import time
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 1024
"""Bytes of a request before its body."""
IDLE_SECONDS = 60
"""How long a connection may wait for a request, its first included."""
REQUEST_SECONDS = 20
"""How long a request may take to come, from its first byte to the last of its body."""
MOST_CONNECTIONS = 900
"""Below the usual limit of 1,024 open files."""
MOST_WAITING = 100
"""Requests of one connection behind the one that is answered; nothing but a flood has more."""
_END_SECONDS = 5
"""How long streams under way may take to end."""
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 46\r\nConnection: close\r\n\r\n"
    b"Address and headers may have 64 KB altogether.\n"
)


class GuardedProtocol(HttpToolsProtocol):
    """One connection; uvicorn limits neither its heads nor how long they take, nor the wait for the first."""

    idle_seconds: float = IDLE_SECONDS
    request_seconds: float = REQUEST_SECONDS
    most_connections: int = MOST_CONNECTIONS
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_head = True
    _received = 0
    _idle_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait; where there are too many, the one that has been idle longest makes room."""
        super().connection_made(transport)
        self._idle_since = time.monotonic()
        self._allow(self.idle_seconds)
        if len(self.connections) > self.most_connections:
            idle = [one for one in self.connections if isinstance(one, GuardedProtocol) and one.idle_since is not None]
            min(idle, key=lambda one: one.idle_since or 0.0).transport.abort()

    @property
    def idle_since(self) -> float | None:
        """Monotonic seconds; None while a request comes or is answered."""
        return self._idle_since

    def data_received(self, data: bytes) -> None:
        """Take some bytes of a request."""
        if not self._received:
            self._idle_since = None
            self._allow(self.request_seconds)
        self._received += len(data)
        super().data_received(data)
        # What the parser has seen only part of, it has not told us of yet.
        if self._is_head and self._received > LARGEST_HEAD and not self.transport.is_closing():
            self._refuse()

    def on_url(self, url: bytes) -> None:
        """Take part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, or let the request wait for those before it."""
        self._is_head = False
        super().on_headers_complete()
        if len(self.pipeline) > MOST_WAITING:
            # Each answer lets uvicorn take in thousands more, all of which it keeps.
            self.transport.abort()
            msg = "too many requests wait"
            raise ValueError(msg)

    def on_message_complete(self) -> None:
        """Wait for the answer; the next request is counted anew."""
        self._is_head = True
        self._received = self._head_bytes = 0
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, for as long as uvicorn lets it."""
        self._idle_since = time.monotonic()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or one whose head is too large."""
        if self._head_bytes > LARGEST_HEAD:
            self._refuse()
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > LARGEST_HEAD:
            # The parser stops at once, and uvicorn answers it as something that is no request.
            msg = "the head is too large"
            raise ValueError(msg)

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _allow(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def configure_server(app: ASGIApp, **changes: Any) -> uvicorn.Config:
    """Say how the application is served: as here, but for what a caller says of `host`, `port` and the like."""
    options: dict[str, Any] = {
        "http": GuardedProtocol,
        # Nothing here speaks it.
        "ws": "none",
        # As whoever runs it writes its log.
        "log_config": None,
        "log_level": "warning",
        # Addresses may hold a login's code; /metrics has the counts.
        "access_log": False,
        "server_header": False,
        # Whom to believe about addresses is TRUSTED_PROXIES' to say.
        "proxy_headers": False,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": _END_SECONDS,
    }
    return uvicorn.Config(app, **{**options, **changes})
