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

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_END_SECONDS = 6.0
"""After so long whoever has not ended is made to: Dagster takes its time, and all is to be over within ten seconds."""


class LentGroup:
    """A process group with a warden in it, which ends everybody in it when this process is gone."""

    def __init__(self, keep_open: Sequence[int]) -> None:
        self._keep_open = tuple(keep_open)
        self._reading, self._writing = os.pipe()
        self._warden = self._start(group=0)
        self.number = self._warden.pid

    def renew_warden(self) -> bool:
        """Start another warden should it have died; return whether it had. Linux alone can.

        The dead one is waited for only after that: until then the group's number belongs to nobody else.
        """
        if sys.platform != "linux":
            return False
        if os.waitid(os.P_PID, self._warden.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        dead, self._warden = self._warden, self._start(self.number)
        dead.wait()
        return True

    def end_all(self) -> None:
        """End everybody in the group."""
        _adopt_orphans()
        # As above: after its process was waited for, the number is ours only while others are in the group.
        with suppress(ProcessLookupError):
            os.killpg(self.number, signal.SIGTERM)
        self._warden.kill()
        self._warden.wait()
        deadline = time.monotonic() + _END_SECONDS
        while _is_anybody_in(self.number):
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.killpg(self.number, signal.SIGKILL)
            time.sleep(0.05)
        os.close(self._reading)
        os.close(self._writing)

    def _start(self, group: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("warden.py"))]
        return subprocess.Popen(  # noqa: S603 - ours
            command, stdin=self._reading, process_group=group, pass_fds=self._keep_open
        )


@contextmanager
def lend_group(keep_open: Sequence[int]) -> Iterator[LentGroup]:
    """Lend a process group of a small process that ends everybody in it when this one is gone; end them all after."""
    group = LentGroup(keep_open)
    try:
        yield group
    finally:
        group.end_all()


def end_with(parent: int) -> None:
    """Have the kernel ask this process to end when its parent is gone, warden or not; Linux alone can.

    For a child to call before it becomes another program.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


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
