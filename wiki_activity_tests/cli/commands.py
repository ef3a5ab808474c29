"""The `wiki-activity` command as a process of its own, with an environment of its own."""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wiki_activity.cli.main import COMMANDS, main

COMMAND = Path(sys.executable).with_name("wiki-activity")
TIMEOUT_SECONDS = 120
_KEPT = ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_CONFIG")
"""Variables that a command has from whoever runs the tests; by the last one `make coverage` measures it."""

# A command imports for a second or two, and hundreds are run: they fork from a process that has imported all of them.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([f"wiki_activity.cli.{module}" for module, _ in COMMANDS.values()])


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
    """Run a command to its end, in a process that begins with everything imported; `start` begins with nothing."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        arguments = ("wiki-activity", *arguments)
        process = _PROCESSES.Process(target=_run, args=(_complete(environment), arguments, Path.cwd(), out, err))
        process.start()
        try:
            process.join(TIMEOUT_SECONDS)
            code = process.exitcode
        finally:
            process.kill()
            process.join()
            process.close()
        said, cause = out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
    assert code is not None, f"{arguments} took over {TIMEOUT_SECONDS} s; it said {said!r} and {cause!r}"
    return Ended(code, said, cause)


@contextmanager
def start(environment: dict[str, str], *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a command; it is killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        [COMMAND, *arguments],
        env=_complete(environment),
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


def _complete(environment: dict[str, str]) -> dict[str, str]:
    return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **environment}


def _run(environment: Mapping[str, str], arguments: Sequence[str], folder: Path, out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.argv[:] = arguments
    main()
