"""Holders: how a process signs its lease, and how another one on the same machine sees that it is dead."""

import os
import re
import socket
import sys

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
    try:
        os.kill(int(match["process"]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
