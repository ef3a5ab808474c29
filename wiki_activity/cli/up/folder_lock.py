"""One `up` for one state folder: a lock on a file in it, which ends with the process however that ends."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WAIT_SECONDS = 10.0
"""How long those that a killed `up` has left behind may take to end."""


class FolderTakenError(Exception):
    """Another `up` works in this folder; the message names it."""


@contextmanager
def holding_folder(state_dir: Path) -> Iterator[int]:
    """Hold the lock; lends the open file, which whoever else is to hold it has to inherit.

    Raises
    ------
    FolderTakenError
        If another process holds it.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(_lock_file(state_dir), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not _try_lock(handle):
            holder = _read_pid(handle)
            if (holder is not None and _is_alive(holder)) or time.monotonic() > deadline:
                whose = "" if holder is None else f", process {holder}"
                msg = (
                    f"another `wiki-activity up`{whose}, runs in {state_dir}: one for one state folder. "
                    "End that one first, or set WIKI_ACTIVITY_STATE_DIR to another folder."
                )
                raise FolderTakenError(msg)
            time.sleep(0.1)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield handle
    finally:
        os.close(handle)


def find_holder(state_dir: Path) -> int | None:
    """Return the process that holds a folder's lock; None when nobody does, 0 where that cannot be told."""
    try:
        handle = os.open(_lock_file(state_dir), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _try_lock(handle) else _read_pid(handle) or 0
    finally:
        os.close(handle)


def _lock_file(state_dir: Path) -> Path:
    return state_dir / "up.lock"


def _try_lock(handle: int) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - there is none on Windows

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(handle: int) -> int | None:
    text = os.pread(handle, 32, 0)
    return int(text) if text.isdigit() else None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
