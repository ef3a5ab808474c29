"""The supervisor as a process of its own, with small programs under it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wiki_activity.cli.up.log_file import LogFile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs process groups")

_SUPERVISE = """
import os, sys
from pathlib import Path
from wiki_activity.cli.up.supervisor import Program, supervise
lines = [line.split(":", 1) for line in sys.argv[2:]]
programs = [
    Program(name.rstrip("!"), [sys.executable, "-c", code], ends_all=name.endswith("!")) for name, code in lines
]
sys.exit(supervise(programs, os.environ, Path(sys.argv[1])))
"""
_NOTE_PID = "import os, time; open({path!r}, 'a').write(f'{{os.getpid()}} '); print('up', flush=True); time.sleep(600)"
# Like an init that takes no note of the end of others' orphans.
_CARELESS = """
import ctypes, signal, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)
process = subprocess.Popen(sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: process.terminate())
sys.exit(process.wait())
"""
_WITH_CHILD = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"


@contextmanager
def supervising(folder: Path, *programs: str, under: tuple[str, ...] = ()) -> Iterator["subprocess.Popen[str]"]:
    command = [*under, sys.executable, "-c", _SUPERVISE, str(folder), *programs]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def read_pids(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_dies_is_named_and_started_again(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with supervising(tmp_path / "logs", "it:" + _NOTE_PID.format(path=str(pids))) as supervisor:
        wait_until(lambda: len(read_pids(pids)) == 1)
        os.kill(read_pids(pids)[0], signal.SIGKILL)
        wait_until(lambda: len(read_pids(pids)) == 2)
        supervisor.terminate()
        _, told = supervisor.communicate(timeout=60)

    assert "it ended with SIGKILL after" in told
    assert "it is started again in 1 s" in told
    assert supervisor.returncode == 128 + signal.SIGTERM
    assert not is_running(read_pids(pids)[1])


def test_the_second_delay_is_longer_than_the_first(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    dying = f"import os; open({str(pids)!r}, 'a').write(f'{{os.getpid()}} '); print('no such thing'); os._exit(3)"
    with supervising(tmp_path / "logs", f"it:{dying}") as supervisor:
        wait_until(lambda: len(read_pids(pids)) == 3)
        supervisor.terminate()
        _, told = supervisor.communicate(timeout=60)

    assert "it ended with exit code 3 after" in told
    assert "again in 1 s" in told
    assert "again in 2 s" in told
    assert "  no such thing" in told


def test_the_end_of_one_may_be_the_end_of_all(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    last = f"import os, time\nwhile not os.path.exists({str(pids)!r}): time.sleep(.05)\nraise SystemExit(7)"
    with supervising(tmp_path / "logs", "other:" + _NOTE_PID.format(path=str(pids)), f"last!:{last}") as supervisor:
        assert supervisor.wait(60) == 7

    assert not is_running(read_pids(pids)[0])


@pytest.fixture
def no_signal_ignored() -> Iterator[None]:
    """Under `nohup`, or in the background of a script, what is started here would ignore some of them as well."""
    ignored = [one for one in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, signal.SIG_DFL)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


@pytest.mark.usefixtures("no_signal_ignored")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_however_the_supervisor_ends_so_do_all_and_what_they_started(tmp_path: Path, number: signal.Signals) -> None:
    pids = tmp_path / "pids"
    child = _NOTE_PID.format(path=str(pids))
    programs = ("parent:" + _WITH_CHILD.format(child=child), f"single:{child}")
    with supervising(tmp_path / "logs", *programs) as supervisor:
        wait_until(lambda: len(read_pids(pids)) == 2)
        supervisor.send_signal(number)
        supervisor.wait(60)
        wait_until(lambda: not any(is_running(pid) for pid in read_pids(pids)))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the warden's death is not seen")
def test_all_end_with_the_supervisor_also_after_the_warden_was_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with supervising(tmp_path / "logs", "it:" + _NOTE_PID.format(path=str(pids))) as supervisor:
        wait_until(lambda: len(read_pids(pids)) == 1)
        warden = os.getpgid(read_pids(pids)[0])
        os.kill(warden, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{warden}").exists())
        supervisor.kill()
        supervisor.wait(60)
        wait_until(lambda: not is_running(read_pids(pids)[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody is left to notice")
def test_all_end_when_the_supervisor_and_the_warden_are_killed_at_once(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with supervising(tmp_path / "logs", "it:" + _NOTE_PID.format(path=str(pids))) as supervisor:
        wait_until(lambda: len(read_pids(pids)) == 1)
        # Stopped, so that it cannot start another.
        supervisor.send_signal(signal.SIGSTOP)
        os.kill(os.getpgid(read_pids(pids)[0]), signal.SIGKILL)
        supervisor.kill()
        supervisor.wait(60)
        wait_until(lambda: not is_running(read_pids(pids)[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere orphans cannot be adopted")
def test_orphans_that_nobody_buries_are_not_waited_for(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    parent = "parent:" + _WITH_CHILD.format(child=_NOTE_PID.format(path=str(pids)))
    with supervising(tmp_path / "logs", parent, under=(sys.executable, "-c", _CARELESS)) as supervisor:
        wait_until(lambda: len(read_pids(pids)) == 1)
        supervisor.terminate()
        assert supervisor.wait(60) == 128 + signal.SIGTERM


def test_what_is_said_is_appended_to_the_log(tmp_path: Path) -> None:
    (tmp_path / "it.log").write_text("of yesterday\n")
    pids = tmp_path / "pids"
    with supervising(tmp_path, "it:" + _NOTE_PID.format(path=str(pids))):
        wait_until(lambda: (tmp_path / "it.log").read_text() == "of yesterday\nup\n")


def test_colours_stay_out_of_a_log(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "it.log")
    log.write(b"\x1b[32m2026-11-28 12:00:00 +0000\x1b[0m - dagster.daemon - \x1b[1;34mINFO\x1b[0m - up\n")
    log.close()

    assert (tmp_path / "it.log").read_text() == "2026-11-28 12:00:00 +0000 - dagster.daemon - INFO - up\n"


def test_a_log_is_bounded_and_the_one_before_is_kept(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "it.log", limit_bytes=100)
    for number in range(30):
        log.write(f"line {number:02}\n".encode())
    log.close()

    kept = (tmp_path / "it.log.1").read_text() + (tmp_path / "it.log").read_text()
    assert kept.endswith("line 28\nline 29\n")
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())


def test_modules_in_the_folder_of_the_call_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = tmp_path / "pids"
    (tmp_path / "stranger.py").write_text("")
    monkeypatch.chdir(tmp_path)
    looking = "import importlib.util; print('found:', importlib.util.find_spec('stranger')); "
    with supervising(tmp_path / "logs", f"it:{looking}{_NOTE_PID.format(path=str(pids))}"):
        wait_until(lambda: "found:" in (tmp_path / "logs" / "it.log").read_text() if read_pids(pids) else False)

    assert "found: None" in (tmp_path / "logs" / "it.log").read_text()
