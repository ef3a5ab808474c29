"""`python -m wiki_activity.explorer.ahead_worker`: makes pages ahead for the explorer that started it, by its pipes."""

import os
import pickle
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO

from fastapi import FastAPI

from wiki_activity.explorer.accounts.sessions import LOCAL_PERSON
from wiki_activity.explorer.ahead import MadeAhead
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import Auth, ExplorerSettings
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.pages.wiki_page import make_ahead
from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.errors import StorageError

_LOOK_SECONDS = 2.0
_NICE = 10

State = tuple[object, ...]


def main() -> None:
    """Make what has changed, look again, and so on until the explorer is gone."""
    # What anything prints must not come among what is made.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if sys.platform != "win32":
        os.nice(_NICE)
    orders = sys.stdin.buffer
    settings: Settings
    own: ExplorerSettings
    # Sent by the explorer that started this process.
    settings, own = pickle.load(orders)  # noqa: S301
    left = threading.Event()
    threading.Thread(target=_wait_for_the_end, args=(orders, left), name="left", daemon=True).start()
    engine = create_database_engine(settings.database_url)
    app = create_app(settings, own, engine, lambda: datetime.now(UTC))
    known: dict[str, State] = {}
    try:
        while not left.wait(_LOOK_SECONDS):
            for one in make_what_changed(app, known):
                pickle.dump(one, out, pickle.HIGHEST_PROTOCOL)
                out.flush()
    except BrokenPipeError:
        # What is still in the buffer has nowhere to go.
        os._exit(0)
    finally:
        engine.dispose()


def make_what_changed(app: FastAPI, known: dict[str, State]) -> Iterator[MadeAhead]:
    """Make the pages of the wikis that are not as they were, the biggest first.

    Parameters
    ----------
    app
        An application of this process, over the explorer's database.
    known
        What each wiki was like when its page was made; changed as they are made anew.
    """
    explorer: Explorer = app.state.explorer
    # Most readers are the person at the machine, or not logged in.
    person = LOCAL_PERSON if explorer.own.auth is Auth.LOCAL else None
    # What cannot be read the explorer says itself, to everybody who asks; we look again a little later.
    with suppress(StorageError):
        wikis = explorer.catalogue.wikis
        now = explorer.clock()
        versions = explorer.versions.of(*wikis)
        for wiki, version in zip(wikis.values(), versions, strict=True):
            state = (wiki, version, now.year, now.month)
            if known.get(wiki.project) == state:
                continue
            with suppress(StorageError):
                key, page, held = make_ahead(app, wiki.project, person)
                made = MadeAhead(key, page, wiki.project, held.version, held.pack())
                known[wiki.project] = state
                # Nobody asks this process for it again.
                explorer.records.let_go(held)
                yield made


def _wait_for_the_end(orders: IO[bytes], left: threading.Event) -> None:
    """Wait until the explorer has closed its end, or is gone."""
    orders.read()
    left.set()


if __name__ == "__main__":
    main()
