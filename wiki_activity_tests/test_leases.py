import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from wiki_activity.leases import is_alive, is_gone, sign_lease

HERE = sign_lease("x").partition(" on ")[2]


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits for its standard input to end."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        yield process


def sign(process: int | str, place: str = HERE) -> str:
    return f"wiki-activity refresh, process {process} on {place}"


def test_a_holder_is_named_by_what_it_does_and_its_process() -> None:
    assert sign_lease("wiki-activity refresh") == sign(os.getpid())
    assert HERE.startswith(socket.gethostname())


def test_a_living_process_is_not_gone(process: "subprocess.Popen[bytes]") -> None:
    assert not is_gone(sign(process.pid))
    assert is_alive(sign(process.pid))


def test_a_process_that_has_ended_is_gone(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    assert is_gone(sign(process.pid))
    assert not is_alive(sign(process.pid))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the state of a process in /proc")
def test_a_killed_process_whose_parent_has_not_noticed_is_gone(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(sign(process.pid))


@pytest.mark.parametrize("holder", [sign(2**22 + 1, "elsewhere"), "somebody", sign(10**30), ""])
def test_whoever_cannot_be_judged_is_neither_gone_nor_alive(holder: str) -> None:
    assert not is_gone(holder)
    assert not is_alive(holder)


def test_a_process_of_somebody_else_lives() -> None:
    assert is_alive(sign(1))


@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no `unshare` to make a PID namespace with")
def test_whoever_counts_processes_otherwise_cannot_be_judged_though_the_host_has_the_same_name() -> None:
    command = [sys.executable, "-c", "from wiki_activity.leases import sign_lease; print(sign_lease('refresh'))"]
    inside = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", *command], capture_output=True, text=True, check=False
    )
    if inside.returncode:
        pytest.skip(f"no PID namespace can be made here: {inside.stderr}")

    holder = inside.stdout.strip()

    assert f"on {socket.gethostname()} (" in holder
    assert not is_gone(holder)
    assert not is_alive(holder)
