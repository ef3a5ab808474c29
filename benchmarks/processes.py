"""What processes cost: their time of processor and their memory, as Linux tells it in /proc.

Memory is PSS, which counts a page that several processes share once.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """Of some processes together: seconds of processor so far, and bytes of memory."""

    seconds: float
    bytes: int


def list_tree(process: int) -> list[int]:
    """List a process and all that it has started; none where it has ended."""
    found = [process] if Path(f"/proc/{process}").exists() else []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = tasks.read_text(encoding="ascii").split()
        except OSError:
            continue
        found += [one for child in children for one in list_tree(int(child))]
    return found


def measure(processes: Iterable[int]) -> Usage:
    """Add processes up; those that have ended cost nothing, but their time stays with who has waited for them."""
    seconds, size = 0.0, 0
    for process in processes:
        try:
            # utime, stime, and those of children that have ended.
            times = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:15]
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        seconds += sum(map(int, times)) / _TICKS
        size += sum(1024 * int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return Usage(seconds, size)
