"""The memory of a process that makes large arrays in many threads for weeks."""

import ctypes

_M_MMAP_THRESHOLD = -3
_THRESHOLD = 256 * 1024


def keep_heap_small() -> None:
    """Let the C library give arrays back to the system as soon as they are freed, where it is glibc.

    Left to itself it keeps them for its next ones, in a heap for each thread, which nothing else fits into: with 870
    wikis that is 30 to 50 MB of 300. Other libraries do nothing of that kind.
    """
    # Of the program itself, which has the library's functions.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _THRESHOLD)
