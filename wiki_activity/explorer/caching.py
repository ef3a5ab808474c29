"""Values that are dear to read: one that may be a few seconds old, and those that their keys say all about."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

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
            value = self._load()
            self._kept = (self._timer(), value)
            return value
        finally:
            self._lock.release()


class Kept(Generic[Value]):
    """The values that were asked for last, each made once for its key.

    Parameters
    ----------
    most
        How many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()

    def read(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key; two readers who come at once may both make it, and an error is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
