"""Values that are dear to read and may be a few seconds old."""

import threading
import time
from collections.abc import Callable
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
