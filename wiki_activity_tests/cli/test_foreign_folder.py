"""Called in a folder that has Python files of its own, Dagster's code server takes none of them."""

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

import wiki_activity
from wiki_activity.cli.up.dagster_home import dagster_programs, prepare_dagster_home
from wiki_activity_tests.cli.test_supervisor import wait_until

_PACKAGES = str(Path(wiki_activity.__file__).parent.parent)


@pytest.mark.parametrize("path", [{}, {"PYTHONPATH": _PACKAGES}], ids=["installed", "on the path"])
def test_the_code_server_starts_beside_a_numpy_that_is_none(path: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('not the numpy that is meant')")
    home = prepare_dagster_home(tmp_path / "state")
    environment = {**os.environ, "DAGSTER_HOME": str(home), "PYTHONSAFEPATH": "1"}
    environment |= {"WIKI_ACTIVITY_STATE_DIR": str(tmp_path / "state")} | path
    with tempfile.TemporaryDirectory(prefix="wa-") as sockets, (tmp_path / "log").open("w+") as log:
        code = dagster_programs(home, Path(sockets), 3000)[0]
        with subprocess.Popen(code.command, env=environment, cwd=tmp_path, stdout=log, stderr=log) as process:
            try:
                wait_until(
                    lambda: process.poll() is not None or "Started Dagster code server" in read(tmp_path / "log")
                )
                assert process.poll() is None, read(tmp_path / "log")
            finally:
                process.terminate()
                # Told to end while it starts, it may not hear it.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()


def read(path: Path) -> str:
    return path.read_text()
