"""Makes ahead what readers are likely to ask for: every wiki's page, the biggest first, whenever it has changed."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from sqlalchemy.exc import DatabaseError

from wiki_activity.explorer.accounts.sessions import LOCAL_PERSON
from wiki_activity.explorer.configuration import Auth
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.pages.wiki_page import make_ahead
from wiki_activity.storage.errors import StorageError

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
_REST = 3.0
"""Of the time that one page took: readers who come meanwhile have the processor to themselves most of the time."""


@contextmanager
def making_ahead(app: FastAPI) -> Iterator[None]:
    """Make pages in a thread of its own while the block runs."""
    stop = threading.Event()
    thread = threading.Thread(target=_go_on, args=(app, stop), name="ahead", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _go_on(app: FastAPI, stop: threading.Event) -> None:
    made: dict[str, object] = {}
    while not stop.is_set():
        try:
            _make_what_changed(app, stop, made)
        except (StorageError, DatabaseError) as error:
            # Readers are told by each page that cannot be read, and the log by them.
            logger.debug("no pages are made ahead: %s", error)
        stop.wait(_LOOK_SECONDS)


def _make_what_changed(app: FastAPI, stop: threading.Event, made: dict[str, object]) -> None:
    """Make the pages of the wikis that are not as they were when they were made; `made` has their versions."""
    explorer: Explorer = app.state.explorer
    # Most readers are the person at the machine, or not logged in.
    person = LOCAL_PERSON if explorer.own.auth is Auth.LOCAL else None
    wikis = explorer.catalogue.wikis
    now = explorer.clock()
    versions = explorer.versions.of(*wikis)
    for wiki, version in zip(wikis.values(), versions, strict=True):
        state = (wiki, version, now.year, now.month)
        if made.get(wiki.project) == state:
            continue
        began = time.perf_counter()
        make_ahead(app, wiki.project, person)
        made[wiki.project] = state
        if stop.wait(_REST * (time.perf_counter() - began)):
            return
