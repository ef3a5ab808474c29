"""How many heaps the C library keeps for the explorer's threads."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other C libraries have no such heaps")

_PROGRAM = """
import ctypes, threading
from wiki_activity.cli.explorer.heap import keep_heap_small

libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
{call}
together = threading.Barrier(16)

def hold():
    together.wait()
    held = [bytes(10_000) for _ in range(100)]
    together.wait()

threads = [threading.Thread(target=hold) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
output = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, output)
libc.fflush(output)
"""


def count_heaps(call: str) -> int:
    command = [sys.executable, "-c", _PROGRAM.format(call=call)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("<heap nr=")


def test_many_threads_share_two_heaps() -> None:
    if count_heaps("") == 0:
        pytest.skip("the C library is not glibc")
    assert count_heaps("") > 2, "left to itself there are more"

    assert count_heaps("keep_heap_small()") == 2
