"""The demo leaves with 0 when all that it promises was met: one run, four requests a wiki, every partition."""

import subprocess
import sys


def test_the_demo_meets_what_it_promises() -> None:
    command = [sys.executable, "-m", "wiki_activity", "demo", "--once", "--wikis", "150"]

    demo = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "planted peaks found" in demo.stdout
    assert "not as it should be" not in demo.stdout
