import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from wiki_activity.holders import is_gone, sign_lease


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits for its standard input to end."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        yield process


def sign(process: int | str, host: str = socket.gethostname()) -> str:
    return f"wiki-activity refresh, process {process} on {host}"


def test_a_holder_is_named_by_what_it_does_and_its_process() -> None:
    assert sign_lease("wiki-activity refresh") == sign(os.getpid())


def test_a_living_process_is_not_gone(process: "subprocess.Popen[bytes]") -> None:
    assert not is_gone(sign(process.pid))


def test_a_process_that_has_ended_is_gone(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    assert is_gone(sign(process.pid))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the state of a process in /proc")
def test_a_killed_process_whose_parent_has_not_noticed_is_gone(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(sign(process.pid))


@pytest.mark.parametrize("holder", [sign(1), sign(2**22 + 1, "elsewhere"), "somebody", sign(10**30), ""])
def test_whoever_cannot_be_judged_is_not_gone(holder: str) -> None:
    assert not is_gone(holder)
