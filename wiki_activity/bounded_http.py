"""HTTP whose answers have an end: limits of seconds and bytes for each whole answer, no redirect to another host.

Whatever asks somebody outside asks through a :class:`BoundedSession`, or mounts a :class:`BoundedAdapter` on a session
of its own. Both raise what `requests` raises, and besides:

requests.RequestException
├── LongAnswerError       more bytes than allowed
└── ElsewhereError        a redirect to another host, which is not followed
"""

import http.client
import io
import logging
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

_CONNECT_SECONDS: Final = 5.0
_PIECE: Final = 1 << 16
_HEADERS: Final = 1 << 17
"""More than `http.client` takes of headers in an answer of ours; counted with the bytes that come in."""
_REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """How much of an answer is waited for.

    Parameters
    ----------
    seconds
        From the request's end to the answer's last byte; connecting has five seconds of its own.
    bytes
        Of the body, as it is when unpacked; what comes in packed may not be longer either.
    """

    seconds: float
    bytes: int


class LongAnswerError(requests.RequestException):
    """An answer that has more bytes than are taken; what came of it is lost."""


class ElsewhereError(requests.RequestException):
    """A redirect to another host, or from https to http; the message names the place, without query or credentials."""


class BoundedAdapter(HTTPAdapter):
    """An adapter that reads each answer whole, within its limits.

    An answer with an error's status whose body cannot be read within them keeps its status, with the body's beginning.
    With `stream=True` the body is left to the caller, and only the seconds and the bytes that come in are limited.

    Parameters
    ----------
    limits
        Of each answer. A timeout that the caller gives as well counts for nothing.
    pool_connections, pool_maxsize, pool_block
        As of `requests.adapters.HTTPAdapter`.
    """

    def __init__(
        self, limits: AnswerLimits, *, pool_connections: int = 1, pool_maxsize: int = 10, pool_block: bool = False
    ) -> None:
        self.limits = limits
        super().__init__(pool_connections, pool_maxsize, pool_block=pool_block)

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        """Make the pools, whose connections know the limits."""
        super().init_poolmanager(*arguments, **more)
        _bound_pools(self.poolmanager, self.limits)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Make a proxy's pools, whose connections know the limits."""
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **more)
        if is_new:
            _bound_pools(manager, self.limits)
        return manager

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, *, stream: bool = False, timeout: object = None, **options: Any
    ) -> requests.Response:
        """Send a request and read its answer."""
        del timeout
        limits = (min(_CONNECT_SECONDS, self.limits.seconds), self.limits.seconds)
        try:
            response = super().send(request, stream=stream, timeout=limits, **options)
            if not stream:
                response.raw = _read_body(response, self.limits)
        except _TooLongError as error:
            raise LongAnswerError(str(error), request=request) from None
        except ReadTimeoutError as error:
            raise requests.ReadTimeout(error, request=request) from error
        except DecodeError as error:
            raise requests.exceptions.ContentDecodingError(error, request=request) from error
        except HTTPError as error:
            raise requests.exceptions.ChunkedEncodingError(error, request=request) from error
        return response


class BoundedSession(requests.Session):
    """A session whose answers are bounded, and which stays with the host that it asks.

    Parameters
    ----------
    limits
        Of each answer.
    adapter
        In place of a plain one.
    """

    def __init__(self, limits: AnswerLimits, adapter: BoundedAdapter | None = None) -> None:
        super().__init__()
        self.max_redirects = _REDIRECTS
        # What else may be installed here need not unpack in bounded pieces.
        self.headers["Accept-Encoding"] = "gzip, deflate"
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter or BoundedAdapter(limits))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where an answer leads, if that is the same host.

        Raises
        ------
        ElsewhereError
            If it is another one.
        """
        try:
            target = super().get_redirect_target(resp)
            if target is None or _is_at_home(resp.url, urljoin(resp.url, target)):
                return target
        except ValueError:
            target = None
        msg = f"{resp.status_code}, a redirect to {_name_place(resp.url, target)}, which is not followed"
        raise ElsewhereError(msg, request=resp.request, response=resp)


def silence_addresses() -> None:
    """Keep addresses out of the log, for whoever asks secret ones: the library beneath tells them at DEBUG."""
    logger = logging.getLogger("urllib3.connectionpool")
    logger.setLevel(max(logger.level, logging.INFO))


def get_bounded(url: str, limits: AnswerLimits, headers: Mapping[str, str] | None = None) -> requests.Response:
    """Get one answer, whatever its status.

    Raises
    ------
    requests.RequestException
        As the module says.
    """
    with BoundedSession(limits) as session:
        return session.get(url, headers=headers)


def _is_at_home(url: str, target: str) -> bool:
    asked, led = urlsplit(url), urlsplit(target)
    if (led.scheme, led.netloc) == (asked.scheme, asked.netloc):
        return True
    return (asked.scheme, led.scheme) == ("http", "https") and led.hostname == asked.hostname


def _name_place(url: str, target: str | None) -> str:
    if target is None:
        return "an address that is none"
    parts = urlsplit(urljoin(url, target))
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return place if len(place) <= 120 else f"{place[:120]}…"


class _TooLongError(Exception):
    """More bytes than allowed; no OSError, which urllib3 would take for a broken connection."""

    def __init__(self, limits: AnswerLimits) -> None:
        super().__init__(f"the answer is longer than {limits.bytes:,} bytes")


def _read_body(response: requests.Response, limits: AnswerLimits) -> io.BytesIO:
    body = io.BytesIO()
    try:
        for piece in response.raw.stream(_PIECE, decode_content=True):
            body.write(piece)
            _check_length(body.tell(), limits)
    except (HTTPError, _TooLongError):
        response.raw.close()
        if response.status_code < requests.codes.bad_request:
            raise
    body.seek(0)
    return body


def _check_length(length: int, limits: AnswerLimits) -> None:
    if length > limits.bytes:
        raise _TooLongError(limits)


class _BoundedReader(io.RawIOBase):
    """What an answer comes in by: no read waits past the answer's end, none takes more than its bytes."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, limits: AnswerLimits) -> None:
        self._raw = raw
        self._sock = sock
        self._limits = limits
        self._ends_at = monotonic() + limits.seconds
        self._left = limits.bytes + _HEADERS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._left <= 0:
            raise _TooLongError(self._limits)
        remaining = self._ends_at - monotonic()
        if remaining > 0:
            self._sock.settimeout(remaining)
            with suppress(TimeoutError):
                count: int | None = self._raw.readinto(buffer)
                self._left -= count or 0
                return count
        msg = f"no whole answer within {self._limits.seconds:g} s"
        raise TimeoutError(msg)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, limits: AnswerLimits, **more: Any) -> None:
        super().__init__(sock, *arguments, **more)
        self.fp = io.BufferedReader(_BoundedReader(self.fp.detach(), sock, limits))


def _bound_pools(manager: PoolManager, limits: AnswerLimits) -> None:
    """Let a manager make pools whose connections, a proxy's included, read their answers within limits."""

    def answer(sock: socket.socket, *arguments: Any, **more: Any) -> _BoundedResponse:
        return _BoundedResponse(sock, *arguments, limits=limits, **more)

    def bound(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        connection = type("BoundedConnection", (pool.ConnectionCls,), {"response_class": staticmethod(answer)})
        return type("BoundedPool", (pool,), {"ConnectionCls": connection})

    pools: dict[str, type[HTTPConnectionPool]] = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: bound(pool) for scheme, pool in pools.items()}
