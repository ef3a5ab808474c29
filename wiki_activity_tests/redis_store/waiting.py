"""Waiting for what another thread or process does, within a limit."""

import threading
import time
from collections.abc import Callable

_LIMIT_SECONDS = 60


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so; fail when it does not become so within a minute."""
    until = time.monotonic() + _LIMIT_SECONDS
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < until, "it does not become so"
        pause.wait(0.02)
