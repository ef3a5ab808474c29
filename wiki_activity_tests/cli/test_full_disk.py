"""A state folder on a disk that is full: said in so many words, and nothing else breaks because of it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wiki_activity.cli.full_disk import explain_full_disk
from wiki_activity.cli.up.log_file import LogFile
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.cli.test_supervisor import supervising, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few MB with nothing free."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr}")
    try:
        (place / "logs").mkdir()
        (place / "logs" / "it.log").write_bytes(b"of yesterday\n")
        with pytest.raises(OSError, match="No space left"):
            (place / "filler").write_bytes(bytes(4_000_000))
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_is_named_when_a_program_dies(full_disk: Path, tmp_path: Path) -> None:
    died = tmp_path / "died"
    dying = f"import pathlib; print('x' * 10_000); pathlib.Path({str(died)!r}).touch(); raise SystemExit('no room')"
    with supervising(full_disk / "logs", f"it:{dying}") as supervisor:
        wait_until(died.exists)
        assert supervisor.stderr is not None
        while not supervisor.stderr.readline().startswith("it ended with exit code 1"):
            pass
        assert f"The disk of {full_disk / 'logs'} is full" in supervisor.stderr.readline()


def test_a_log_goes_on_without_what_the_disk_does_not_take(full_disk: Path) -> None:
    log = LogFile(full_disk / "logs" / "it.log")
    log.write(b"y" * 8192 + b"\nthe last line\n")
    assert log.tail[-1] == "the last line"

    (full_disk / "filler").unlink()
    log.write(b"there is room again\n")
    log.close()

    assert (full_disk / "logs" / "it.log").read_text().endswith("there is room again\n")


def test_a_disk_with_room_is_not_called_full(tmp_path: Path) -> None:
    assert explain_full_disk(tmp_path) is None


def test_up_says_so_at_once(full_disk: Path, environment: dict[str, str]) -> None:
    ended = run({**environment, "WIKI_ACTIVITY_STATE_DIR": str(full_disk)}, "up")

    assert ended.code == 1
    assert "disk" in ended.err
    assert "full" in ended.err
    assert "Traceback" not in ended.err


def test_doctor_and_status_say_so(full_disk: Path, environment: dict[str, str]) -> None:
    environment = {**environment, "WIKI_ACTIVITY_STATE_DIR": str(full_disk)}

    checked, told = run(environment, "doctor", "--json"), run(environment, "status")

    (found,) = [one for one in checked.json["findings"] if one["check"] == "state folder"]
    assert found["level"] == "fail"
    assert f"The disk of {full_disk} is full" in found["message"]
    assert f"The disk of {full_disk} is full" in told.out


def test_up_says_so_when_nobody_dies_of_it_and_when_it_is_over(full_disk: Path) -> None:
    # Each short-lived one wakes the supervisor.
    with supervising(full_disk / "logs", "it:import time; time.sleep(600)", "other:") as supervisor:
        assert supervisor.stderr is not None
        assert f"The disk of {full_disk / 'logs'} is full" in supervisor.stderr.readline()
        (full_disk / "filler").unlink()
        while "There is room on the disk" not in supervisor.stderr.readline():
            pass
