"""What processes cost, as the benchmarks read it."""

import subprocess
import sys

import pytest

from benchmarks.processes import list_tree, measure

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

_CHILD = (
    "import sys; hold = bytearray(b'x' * {size}); sum(range({rounds})); print('ready', flush=True); sys.stdin.read()"
)
_PARENT = f"""
import subprocess, sys
child = [sys.executable, "-c", {_CHILD.format(size=100_000_000, rounds=10**7)!r}]
subprocess.run(child, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
subprocess.Popen(child, stdin=sys.stdin).wait()
"""


def test_a_process_counts_with_what_it_has_started_and_what_of_it_has_ended() -> None:
    parent = [sys.executable, "-c", _PARENT]
    with subprocess.Popen(parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        both = list_tree(process.pid)
        together, alone = measure(both), measure([process.pid])
        process.communicate()

    assert len(both) == 2
    assert alone.bytes < 100_000_000 < together.bytes < 200_000_000
    assert 0 < alone.seconds < together.seconds, "the child that has ended took as long as the one that is there"


def test_a_process_that_has_ended_costs_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()

    assert list_tree(process.pid) == []
    assert measure([process.pid]) == (0, 0)
