"""Several processes that ask a stand-in, as workers on several machines would."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_PROJECT = Path(__file__).parent.parent


@contextmanager
def lend_workers(
    kinds: Sequence[str], times: int, url: str, environment: Mapping[str, str]
) -> "Iterator[list[subprocess.Popen[str]]]":
    """Lend one process for each kind, all ready, which begin when :func:`begin` is called.

    Parameters
    ----------
    times
        How often each asks.
    url
        Whom they ask.
    environment
        Of settings, without `WIKI_ACTIVITY_`.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith("WIKI_ACTIVITY_")}
    own = {f"WIKI_ACTIVITY_{name}": value for name, value in environment.items()}
    command = [sys.executable, "-m", "wiki_activity_tests.asking_worker"]
    workers = [
        subprocess.Popen(
            [*command, kind, str(times), url],
            env={**others, **own},
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for kind in kinds
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def begin(workers: "Sequence[subprocess.Popen[str]]") -> None:
    """Let all begin."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
