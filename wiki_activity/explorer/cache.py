"""Values that are dear to read: one that may be a few seconds old, and those that their keys say all about."""

import hashlib
import threading
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import LRUCache
from starlette.concurrency import run_in_threadpool

Value = TypeVar("Value")

OVERHEAD = 1000
"""Bytes that a kept value takes besides its content, key and all."""


@dataclass(frozen=True, slots=True)
class _Read(Generic[Value]):
    """A value, when it began to be read, and how often it had been forgotten by then."""

    value: Value
    at: float
    forgotten: int


class RenewedValue(Generic[Value]):
    """One value, read anew by whoever asks first after it has grown old; an error is not kept.

    Parameters
    ----------
    load
        Reads it.
    seconds
        How old it may be.
    timer
        Monotonic seconds.
    meanwhile
        Those who come while it is read anew get one up to so many seconds old, and wait for the new one when it is
        older; by default twice as old as otherwise.
    """

    def __init__(
        self,
        load: Callable[[], Value],
        seconds: float,
        timer: Callable[[], float] = time.monotonic,
        *,
        meanwhile: float | None = None,
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._meanwhile = 2 * seconds if meanwhile is None else meanwhile
        self._timer = timer
        self._lock = threading.Lock()
        self._kept: _Read[Value] | None = None
        self._forgotten = 0

    def find(self) -> Value | None:
        """Return the value if it is not old; nothing is read."""
        return self._find(self._seconds)

    def read(self) -> Value:
        """Return the value, read anew if it is old."""
        value = self._find(self._seconds)
        if value is not None:
            return value
        usable = self._find(self._meanwhile)
        if not self._lock.acquire(blocking=usable is None):
            assert usable is not None
            return usable
        try:
            # Whoever held the lock may have read it just now.
            value = self._find(self._seconds)
            if value is None:
                forgotten, at = self._forgotten, self._timer()
                value = self._load()
                self._kept = _Read(value, at, forgotten)
            return value
        finally:
            self._lock.release()

    async def look(self) -> Value:
        """Return the same as :meth:`read` does, without holding up the event loop."""
        # While somebody else reads it anew, one that is hardly old will do.
        value = self._find(self._meanwhile if self._lock.locked() else self._seconds)
        return await run_in_threadpool(self.read) if value is None else value

    def forget(self) -> None:
        """Let whoever asks next read it anew, and keep nothing that is being read now: it may be older than this."""
        self._forgotten += 1

    def _find(self, seconds: float) -> Value | None:
        kept = self._kept
        if kept is None or kept.forgotten != self._forgotten or self._timer() - kept.at >= seconds:
            return None
        return kept.value


class BoundedCache(Generic[Value]):
    """The values that were asked for last.

    Parameters
    ----------
    most
        How much: the sum of the sizes.
    size_of
        Tells the size of a value; without it each counts as one.
    """

    def __init__(self, most: int, size_of: Callable[[Value], int] | None = None) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, Value] = LRUCache(most, size_of)

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value; one that is larger than all that may be kept is not."""
        with self._lock, suppress(ValueError):
            self._kept[key] = value

    def find(self, key: Hashable) -> Value | None:
        """Return the value of a key if it is kept."""
        with self._lock:
            return self._kept.get(key)

    def __len__(self) -> int:
        """How many there are."""
        with self._lock:
            return len(self._kept)


@dataclass(frozen=True, slots=True)
class TwoPartCache(Generic[Value]):
    """Values that are kept as long as there is room, and those of which anybody may make any number.

    Parameters
    ----------
    lasting
        Of addresses of which there are few, and which most readers ask for.
    passing
        Of all others: whoever walks through them pushes out none but these.
    """

    lasting: BoundedCache[Value]
    passing: BoundedCache[Value]

    def find(self, key: Hashable, *, lasts: bool) -> Value | None:
        """Return the value of a key if it is kept."""
        return (self.lasting if lasts else self.passing).find(key)

    def put(self, key: Hashable, value: Value, *, lasts: bool) -> None:
        """Keep a value."""
        (self.lasting if lasts else self.passing).put(key, value)


def name_address(path: str, query: str = "") -> bytes:
    """Return what an address is, path and query, in few bytes: addresses are long if anybody wants it."""
    text = path.encode()
    return hashlib.sha256(b"%d:%b%b" % (len(text), text, query.encode())).digest()
