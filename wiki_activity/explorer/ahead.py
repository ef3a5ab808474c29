"""Pages made ahead by a process of its own, so that readers need not share theirs with what nobody waits for."""

import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

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
    try:
        # The worker needs none of the secrets; through the pipe, since anybody may list command lines.
        orders = pickle.dumps((settings, replace(own, secret_keys=(), oauth_client_secret="")))
        process = _start(orders)
    except OSError as error:
        logger.warning("pages are made when they are asked for, and not ahead: %s", error)
        yield
        return
    ending = threading.Event()
    thread = threading.Thread(target=_take, args=(process, app, ending), name="ahead", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        process.terminate()
        process.wait()
        thread.join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _start(orders: bytes) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(  # noqa: S603 - our own module, and nothing that anybody wrote
        [sys.executable, "-m", _WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for us; the worker ends when its input does, however we end.
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(orders)
        process.stdin.flush()
    except OSError:
        # It has ended already.
        process.kill()
        process.wait()
        process.stdout.close()
        with suppress(OSError):
            process.stdin.close()
        if process.stdout is not None:
            process.stdout.close()
        raise
    return process


def _take(process: "subprocess.Popen[bytes]", app: FastAPI, ending: threading.Event) -> None:
    explorer: Explorer = app.state.explorer
    pages: Kept[KeptPage] = app.state.pages.lasting
    assert process.stdout is not None
    try:
        while True:
            # Written by our own worker.
            one: MadeAhead = pickle.load(process.stdout)  # noqa: S301
            pages.put(one.key, one.page)
            explorer.records.offer(one.project, one.version, one.packed)
    except EOFError:
        reason = "its process has ended"
    except pickle.UnpicklingError as error:
        reason = f"its process wrote something else: {error}"
    process.terminate()
    process.wait()
    if not ending.is_set():
        logger.warning("pages are made when they are asked for from now on, and not ahead: %s", reason)
