"""One connection to an event stream: opened in a thread of its own, read without waiting longer than asked."""

import select
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from io import BufferedReader
from queue import Empty, SimpleQueue
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, PassingError, RefusedError, UnreachableError
from wiki_activity.wikimedia.chunked import ChunkedDecoder, ChunkError
from wiki_activity.wikimedia.http import root_cause
from wiki_activity.wikimedia.retry_after import read_retry_after

_AT_ONCE_BYTES: Final = 2**17
_IDS_FAULT: Final = frozenset({400, 410, 413, 414, 416, 422, 431})
"""Statuses by which a server may refuse the place to resume at; a proxy's 403 or 404 has nothing to do with it."""
_WILL_HEAL: Final = frozenset({requests.codes.request_timeout, requests.codes.too_many_requests})


class IdRefusedError(RefusedError):
    """A final no that may be meant for the place to resume at."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for the stream.

    Parameters
    ----------
    connect_seconds
        For the connection itself.
    silence_seconds
        For the answer's beginning, and between any two pieces of it.
    """

    connect_seconds: float = 5.0
    silence_seconds: float = 30.0


class EventConnection:
    """The body of an answered request.

    `requests` has no way to take what has come and no more, and spends about ten times as long on a chunk as we do. So
    this reads from the buffered reader beneath the response, which `http.client` keeps as `fp`: its `read1` makes at
    most one read of the socket, of whatever is there.

    Parameters
    ----------
    response
        Of a request with `stream=True`, without content coding. Waits for the first bytes.

    Raises
    ------
    UnreachableError
        If it broke before them.
    """

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        # urllib3 keeps http.client's response as `_fp`; there is no public name for it.
        answer: Any = response.raw._fp  # noqa: SLF001
        self._reader: BufferedReader = answer.fp
        self._coding = ChunkedDecoder() if answer.chunked else None
        self._left: int | None = None if answer.chunked else answer.length
        self._ended = self._left == 0
        # The reader may hold bytes of which the socket knows no more; after this it never does.
        self._first: bytes | None = b"" if self._ended else self._read_what_is_there()
        self._arrival = select.poll()
        if not self._ended:
            self._arrival.register(self._reader.fileno(), select.POLLIN)

    def read(self, wait_seconds: float) -> bytes | None:
        """Return what has come; empty bytes if nothing did within the time; None once the connection has ended.

        Raises
        ------
        UnreachableError
            If it broke.
        """
        if self._ended:
            return None
        data, self._first = self._first, None
        if data is None:
            if not self._arrival.poll(max(1000 * wait_seconds, 0.0)):
                return b""
            data = self._read_what_is_there()
        if not data:
            self._ended = True
            return None
        try:
            return self._take_off_coding(data)
        except ChunkError as error:
            msg = f"{self._response.url}: {error}"
            raise UnreachableError(msg) from error

    def close(self) -> None:
        """Hang up."""
        self._response.close()

    def _read_what_is_there(self) -> bytes:
        try:
            # Larger than the reader's buffer and than a TLS record, so that nothing is left behind in either.
            return self._reader.read1(_AT_ONCE_BYTES)
        except OSError as error:
            msg = f"{self._response.url}: the connection broke ({type(error).__name__}: {root_cause(error)})"
            raise UnreachableError(msg) from error

    def _take_off_coding(self, data: bytes) -> bytes:
        if self._coding is not None:
            content = self._coding.feed(data)
            self._ended = self._coding.ended
            return content
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
            self._ended = self._left == 0
        return data


class Opening:
    """A request under way in a thread of its own, so that waiting for its answer holds nothing up.

    Parameters
    ----------
    url, headers, parameters
        The request.
    timeouts
        How long it may take.
    """

    def __init__(self, url: str, headers: Mapping[str, str], parameters: Mapping[str, str], timeouts: Timeouts) -> None:
        self._outcome: SimpleQueue[EventConnection | Exception] = SimpleQueue()
        self._given_up = threading.Event()
        arguments = (url, dict(headers), dict(parameters), timeouts)
        self._thread = threading.Thread(target=self._run, args=arguments, name="event stream opening", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> EventConnection | None:
        """Return the connection; None if it is not there within the time.

        Raises
        ------
        PassingError
            If what was answered may heal; UnreachableError when nothing was.
        WikimediaError
            If it was answered otherwise.
        """
        try:
            outcome = self._outcome.get(timeout=max(seconds, 0.0))
        except Empty:
            return None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def give_up(self) -> None:
        """Hang up as soon as there is an answer."""
        self._given_up.set()

    def is_under_way(self) -> bool:
        """Tell whether the request has not ended yet."""
        return self._thread.is_alive()

    def _run(self, url: str, headers: dict[str, str], parameters: dict[str, str], timeouts: Timeouts) -> None:
        try:
            connection = _open(url, headers, parameters, timeouts)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            self._outcome.put(error)
            return
        if self._given_up.is_set():
            connection.close()
        else:
            self._outcome.put(connection)


def _open(url: str, headers: dict[str, str], parameters: dict[str, str], timeouts: Timeouts) -> EventConnection:
    limits = (timeouts.connect_seconds, timeouts.silence_seconds)
    try:
        response = requests.get(url, parameters, headers=headers, stream=True, timeout=limits, allow_redirects=False)
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        # requests lets some of what is beneath it through, for headers that are none for instance.
        msg = f"{url}: no answer ({type(error).__name__}: {root_cause(error)})"
        raise UnreachableError(msg) from error
    try:
        _check(response, url)
        return EventConnection(response)
    except BaseException:
        response.close()
        raise


def _check(response: requests.Response, url: str) -> None:
    status = response.status_code
    if status != requests.codes.ok:
        msg = f"{url}: {status} {response.reason or ''}".rstrip()
        if status >= 500 or status in _WILL_HEAL:
            raise PassingError(msg, retry_after_seconds=read_retry_after(response))
        if response.is_redirect:
            msg = f"{msg}, to another place: not followed"
        raise IdRefusedError(msg) if status in _IDS_FAULT else RefusedError(msg)
    content_type = response.headers.get("Content-Type", "")
    if not content_type.lower().startswith("text/event-stream"):
        msg = f"{url}: answered with {content_type or 'no content type'}, not with text/event-stream"
        raise MalformedAnswerError(msg)
    for header, plain in (("Content-Encoding", "identity"), ("Transfer-Encoding", "chunked")):
        coding = response.headers.get(header, plain).strip().lower()
        if coding not in {plain, "identity", ""}:
            msg = f"{url}: answered in {coding}, which was not asked for"
            raise MalformedAnswerError(msg)
