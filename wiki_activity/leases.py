"""Holders: how a process signs its lease, and how another one that sees the same processes tells whether it lives."""

import os
import re
import socket
import sys
from functools import cache
from pathlib import Path

_SIGNATURE = re.compile(r".*, process (?P<process>\d+) on (?P<place>.+)")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")


def sign_lease(what: str) -> str:
    """Name the holder of a lease for people: `wiki-activity refresh, process 123 on host (start …, processes …)`.

    A host name is not enough: two containers may share it, and number their processes each for itself.
    """
    return f"{what}, process {os.getpid()} on {_name_place()}"


def is_gone(holder: str) -> bool:
    """Tell whether a holder is known to be dead: a process that would be seen from here, and no longer exists.

    False where that cannot be told; then its lease has to run out.
    """
    return _exists(holder) is False


def is_alive(holder: str) -> bool:
    """Tell whether a holder is known to live: a process that is seen from here, whatever any clock says."""
    return _exists(holder) is True


def _exists(holder: str) -> bool | None:
    match = _SIGNATURE.fullmatch(holder)
    if match is None or match["place"] != _name_place() or sys.platform == "win32":
        return None
    process = int(match["process"])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return None
    except PermissionError:
        return True
    return not _is_zombie(process)


@cache
def _name_place() -> str:
    """Name the host, this start of it, and whose process numbers hold here; the host alone where that is not told."""
    host = socket.gethostname()
    try:
        boot, processes = _BOOT.read_text(encoding="ascii").strip(), _PROCESSES.readlink().name
    except OSError:
        return host
    return f"{host} (start {int(boot[:8], 16)}, processes {processes.strip('pid:[]')})"


def _is_zombie(process: int) -> bool:
    """Tell whether a process has died and its parent has not noticed; containers often have none that would."""
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return False
    # The state follows the name, which stands in parentheses and may hold some itself.
    return status.rpartition(b")")[2].split()[:1] == [b"Z"]
