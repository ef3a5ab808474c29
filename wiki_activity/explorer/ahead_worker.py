"""`python -m wiki_activity.explorer.ahead_worker`: makes pages ahead for the explorer that started it, by its pipes."""

import os
import pickle
import select
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

from fastapi import FastAPI
from sqlalchemy.exc import DatabaseError

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
    if hasattr(os, "nice"):
        os.nice(_NICE)
    orders, out = sys.stdin.buffer, sys.stdout.buffer
    settings: Settings
    own: ExplorerSettings
    # Sent by the explorer that started this process.
    settings, own = pickle.load(orders)  # noqa: S301
    engine = create_database_engine(settings.database_url)
    app = create_app(settings, own, engine, lambda: datetime.now(UTC))
    known: dict[str, State] = {}
    try:
        while not _is_left(orders):
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
    try:
        wikis = explorer.catalogue.wikis
        now = explorer.clock()
        versions = explorer.versions.of(*wikis)
        for wiki, version in zip(wikis.values(), versions, strict=True):
            state = (wiki, version, now.year, now.month)
            if known.get(wiki.project) != state:
                key, page, held = make_ahead(app, wiki.project, person)
                known[wiki.project] = state
                yield MadeAhead(key, page, wiki.project, held.version, held.pack())
    except (StorageError, DatabaseError):
        # The explorer says so itself to everybody who asks; we look again a little later.
        return


def _is_left(orders: IO[bytes]) -> bool:
    """Wait a little, and tell whether the explorer has ended meanwhile."""
    readable, _, _ = select.select([orders], [], [], _LOOK_SECONDS)
    return bool(readable)


if __name__ == "__main__":
    main()
