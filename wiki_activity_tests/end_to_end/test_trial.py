"""An installation that is spread over hosts: one after the other is killed, and nothing is lost or doubled."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from wiki_activity_tests.deploy.compose_file import ROOT
from wiki_activity_tests.deploy.stage import can_be_staged
from wiki_activity_tests.servers import give_up

pytestmark = pytest.mark.skipif("NIGHTLY" not in os.environ, reason="takes a quarter of an hour: make nightly")


def test_nothing_is_lost_or_doubled_whichever_host_is_killed() -> None:
    if not can_be_staged():
        give_up("no namespaces, which root alone may make")
    for program in ("nginx", "openssl", "setpriv", "nsenter", "ip"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            give_up(f"no {program}")
    with tempfile.TemporaryDirectory(prefix="wa-trial-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        # Whatever ends this process ends all in there.
        alone = ["setpriv", "--pdeathsig=KILL", "unshare", "--net", "--mount", "--mount-proc", "--pid", "--fork"]
        command = [*alone, "--kill-child", sys.executable, "-m", "wiki_activity_tests.end_to_end.trial", name]
        # Its servers keep their files where they go with all the rest.
        here = {**os.environ, "TMPDIR": name}
        done = subprocess.run(command, check=False, cwd=ROOT, env=here, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.stdout.write(done.stdout)
    assert "nothing was lost or doubled" in done.stdout
