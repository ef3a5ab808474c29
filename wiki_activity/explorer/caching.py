"""Values that are dear to read: one that may be a few seconds old, and those that their keys say all about."""

import threading
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

from cachetools import LRUCache

Value = TypeVar("Value")


class Cached(Generic[Value]):
    """One value, read anew by whoever asks first after it has grown old; an error is not kept.

    Parameters
    ----------
    load
        Reads it.
    seconds
        How old it may be.
    timer
        Monotonic seconds.
    """

    def __init__(self, load: Callable[[], Value], seconds: float, timer: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._seconds = seconds
        self._timer = timer
        self._lock = threading.Lock()
        self._kept: tuple[float, Value] | None = None
        self._forgotten = 0

    @property
    def is_old(self) -> bool:
        """Whether the next one to ask has to wait for it."""
        kept = self._kept
        return kept is None or self._timer() - kept[0] >= self._seconds

    def read(self) -> Value:
        """Return the value; readers who come while it is read anew get the old one, the first ones wait."""
        kept = self._kept
        if kept is not None and self._timer() - kept[0] < self._seconds:
            return kept[1]
        if not self._lock.acquire(blocking=kept is None):
            assert kept is not None
            return kept[1]
        try:
            if self._kept is not kept and self._kept is not None:
                return self._kept[1]
            forgotten, began = self._forgotten, self._timer()
            value = self._load()
            if forgotten == self._forgotten:
                self._kept = (began, value)
            return value
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Let whoever asks next read it anew, and keep nothing that is being read now: it may be older than this."""
        self._forgotten += 1
        self._kept = None


class Kept(Generic[Value]):
    """The values that were asked for last, each made once for its key.

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

    def read(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key; two readers who come at once may both make it, and an error is not kept."""
        with self._lock, suppress(KeyError):
            return self._kept[key]
        made = make()
        self.put(key, made)
        return made

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value that was made elsewhere; one that is larger than all that may be kept is not."""
        with self._lock, suppress(ValueError):
            self._kept[key] = value

    def find(self, key: Hashable) -> Value | None:
        """Return the value of a key if it is kept."""
        with self._lock:
            return self._kept.get(key)
