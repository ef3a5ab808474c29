"""Holders: how a process signs its lease, and how another one on the same machine sees that it is dead."""

import os
import re
import socket
import sys
from pathlib import Path

_SIGNATURE = re.compile(r".*, process (?P<process>\d+) on (?P<host>\S+)")


def sign_lease(what: str) -> str:
    """Name the holder of a lease for people: `wiki-activity refresh, process 123 on host`."""
    return f"{what}, process {os.getpid()} on {socket.gethostname()}"


def is_gone(holder: str) -> bool:
    """Tell whether a holder is known to be dead: a process of this machine that no longer exists.

    False where that cannot be told; then its lease has to run out.
    """
    match = _SIGNATURE.fullmatch(holder)
    if match is None or match["host"] != socket.gethostname() or sys.platform == "win32":
        return False
    process = int(match["process"])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Tell whether a process has died and its parent has not noticed; containers often have none that would."""
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return False
    # The state follows the name, which stands in parentheses and may hold some itself.
    return status.rpartition(b")")[2].split()[:1] == [b"Z"]
