"""One `up` for one state folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wiki_activity.cli.up.folder_lock import FolderTakenError, find_holder, holding_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")

_HOLD = """
import sys
from pathlib import Path
from wiki_activity.cli.up.folder_lock import holding_folder
with holding_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_told_who_works_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"

        assert find_holder(tmp_path) == other.pid
        with (
            pytest.raises(FolderTakenError, match=rf"process {other.pid}, runs in {tmp_path}"),
            holding_folder(tmp_path),
        ):
            pass

        other.kill()
        other.wait()
        assert find_holder(tmp_path) is None
        with holding_folder(tmp_path):
            assert find_holder(tmp_path) == os.getpid()


def test_a_folder_without_a_lock_is_held_by_nobody(tmp_path: Path) -> None:
    assert find_holder(tmp_path / "new") is None
    with holding_folder(tmp_path / "new"):
        pass
    assert find_holder(tmp_path / "new") is None
