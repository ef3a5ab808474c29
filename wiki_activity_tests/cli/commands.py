"""The `wiki-activity` command as a process of its own, with an environment of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("wiki-activity")
TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed on standard output, as JSON."""
        return json.loads(self.out)


def run(environment: dict[str, str], *arguments: str) -> Ended:
    """Run a command to its end."""
    with start(environment, *arguments) as process:
        return wait(process)


@contextmanager
def start(environment: dict[str, str], *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a command; it is killed at the end of the block if it still runs."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [COMMAND, *arguments],
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait(process: "subprocess.Popen[str]", seconds: float = TIMEOUT_SECONDS) -> Ended:
    """Wait until a command ends, for so many seconds at most."""
    out, err = process.communicate(timeout=seconds)
    return Ended(process.returncode, out, err)
