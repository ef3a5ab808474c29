"""Pages made ahead by a process of its own, so that readers need not share theirs with what nobody waits for."""

import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from fastapi import FastAPI

from wiki_activity.explorer.caching import Kept
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.rendering import KeptPage
from wiki_activity.settings import Settings

logger = logging.getLogger(__name__)

_WORKER = "wiki_activity.explorer.ahead_worker"


@dataclass(frozen=True, slots=True)
class MadeAhead:
    """What was made of one wiki.

    Parameters
    ----------
    key, page
        The page, and what it is kept by.
    project, version, packed
        What is held of the wiki, packed, and of which version that is.
    """

    key: Hashable
    page: KeptPage
    project: str
    version: int
    packed: bytes


@contextmanager
def making_ahead(app: FastAPI, settings: Settings, own: ExplorerSettings) -> Iterator[None]:
    """Have every wiki's page made ahead while the block runs, the biggest wikis' first, and again when it has changed.

    Without the process, pages are made when they are asked for.

    Parameters
    ----------
    app
        Keeps what was made.
    settings, own
        As the application has them.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module, and nothing that anybody wrote
        [sys.executable, "-m", _WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for us; the worker ends when its input does, however we end.
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    # Through the pipe, since a list of processes shows what is given to one by its command line.
    pickle.dump((settings, own), process.stdin)
    process.stdin.flush()
    thread = threading.Thread(target=_take, args=(process.stdout, app), name="ahead", daemon=True)
    thread.start()
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        thread.join()
        process.stdin.close()
        process.stdout.close()


def _take(made: IO[bytes], app: FastAPI) -> None:
    explorer: Explorer = app.state.explorer
    pages: Kept[KeptPage] = app.state.pages
    while True:
        try:
            # Written by our own worker.
            one: MadeAhead = pickle.load(made)  # noqa: S301
        except (EOFError, pickle.UnpicklingError):
            logger.info("no more pages are made ahead")
            return
        pages.put(one.key, one.page)
        explorer.records.offer(one.project, one.version, one.packed)
