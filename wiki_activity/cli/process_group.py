"""A process group that ends with whoever made it, by a warden beside it that notices every kind of end."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_END_SECONDS = 6.0
"""After so long whoever has not ended is made to: Dagster takes its time, and all is to be over within ten seconds."""


@contextmanager
def lend_group(keep_open: Sequence[int]) -> Iterator[int]:
    """Lend a process group of a small process that ends everybody in it when this one is gone; end them all after."""
    reading, writing = os.pipe()
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("warden.py"))]
    warden = subprocess.Popen(  # noqa: S603 - ours
        command, stdin=reading, process_group=0, pass_fds=tuple(keep_open)
    )
    os.close(reading)
    try:
        yield warden.pid
    finally:
        _end_all(warden)
        os.close(writing)


def _end_all(warden: "subprocess.Popen[bytes]") -> None:
    group = warden.pid
    _adopt_orphans()
    # Before its process is waited for the group's number belongs to nobody else; after it, only while others are in it.
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
    warden.kill()
    warden.wait()
    deadline = time.monotonic() + _END_SECONDS
    while _is_anybody_in(group):
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        time.sleep(0.05)


def _adopt_orphans() -> None:
    """Let those whose parents end before them be our children; Linux alone can.

    They would be in the group until the system's first process has taken note of their end: seconds on a busy machine.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _is_anybody_in(group: int) -> bool:
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG)[0]:
            continue
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS says so of a group in which all have died.
        return False
    return True
