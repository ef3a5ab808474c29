"""Whether a disk is full, in words."""

import shutil
from pathlib import Path

_LITTLE_BYTES = 256 * 1024


def explain_full_disk(folder: Path) -> str | None:
    """Say that the disk of a folder is full; None when it is not, or nobody knows."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    if free >= _LITTLE_BYTES:
        return None
    return f"The disk of {folder} is full ({free // 1024} kB are free): make room, and everything goes on by itself."
