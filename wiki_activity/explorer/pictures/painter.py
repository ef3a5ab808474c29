"""Paints SVG as PNG in a process of its own, which one thread talks to."""

import asyncio
import os
import select
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus

from wiki_activity.explorer.pictures.painter_process import HEAD
from wiki_activity.explorer.problems import ProblemError

PATIENCE_SECONDS = 10
"""For one picture, and for the process to begin and to end; after that it is ended."""
MOST_WAITING = 20
"""Some seconds' worth of pictures."""
_SMALL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><text y="8" font-family="Noto Sans">a</text></svg>'
)
_MODULE = "wiki_activity.explorer.pictures.painter_process"


class PaintingError(Exception):
    """A picture that could not be painted."""


class Painter:
    """Paints one picture after another; the process begins with the first of them, or with :meth:`warm`.

    Parameters
    ----------
    patience_seconds
        How long one picture may take.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._threads: ThreadPoolExecutor | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting = 0
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Let the process begin and read its fonts; nobody waits for it."""
        self._worker().submit(self._try, _SMALL.encode())

    async def paint(self, svg: bytes) -> bytes:
        """Paint a picture as PNG.

        Raises
        ------
        ProblemError
            503, if too many wait already, or it cannot be painted.
        """
        if self._waiting >= MOST_WAITING:
            raise _cannot_paint("Too many pictures are being painted now.")
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._worker().submit(self.paint_now, svg))
        except (OSError, PaintingError) as error:
            raise _cannot_paint("It could not be painted; the same as SVG is there.") from error
        finally:
            self._waiting -= 1

    def paint_now(self, svg: bytes) -> bytes:
        """Paint a picture in this thread.

        Raises
        ------
        PaintingError, OSError
            If it cannot be painted, or not in time.
        """
        with self._lock:
            try:
                return self._ask(svg)
            except OSError:
                # The process has ended, or takes too long: the next picture gets another.
                self._end()
                raise

    def close(self) -> None:
        """End the process, after the picture that it paints."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
            self._threads = None
        with self._lock:
            self._end()

    def _worker(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "painter")
        return self._threads

    def _try(self, svg: bytes) -> None:
        with suppress(OSError, PaintingError):
            self.paint_now(svg)

    def _ask(self, svg: bytes) -> bytes:
        if self._process is None or self._process.poll() is not None:
            self._end()
            # Its standard input ends when this process does, and so does it.
            self._process = subprocess.Popen(  # noqa: S603 - our own
                [sys.executable, "-m", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        assert self._process.stdin is not None
        deadline = time.monotonic() + self._patience
        self._write(HEAD.pack(1, len(svg)) + svg, deadline)
        is_done, size = HEAD.unpack(self._read(HEAD.size, deadline))
        png = self._read(size, deadline)
        if not is_done:
            msg = "not an SVG that can be painted"
            raise PaintingError(msg)
        return png

    def _write(self, message: bytes, deadline: float) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pipe = self._process.stdin.fileno()
        os.set_blocking(pipe, False)
        left = memoryview(message)
        while left:
            _wait(pipe, select.POLLOUT, deadline)
            left = left[os.write(pipe, left) :]

    def _read(self, size: int, deadline: float) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        parts, missing = [], size
        while missing:
            _wait(pipe, select.POLLIN, deadline)
            part = os.read(pipe, missing)
            if not part:
                msg = "the painter has ended"
                raise BrokenPipeError(msg)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()


def _wait(pipe: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0.0, 1000 * (deadline - time.monotonic()))):
        msg = "the painter takes too long"
        raise TimeoutError(msg)


def _cannot_paint(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "No picture now", detail, headers={"Retry-After": "5"})
