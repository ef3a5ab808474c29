"""`wiki-activity explore`: the web explorer."""

import gc
import os
import sys
import threading
from contextlib import suppress

import click
import uvicorn

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.explorer.explorer_place import place_explorer, tell_place
from wiki_activity.cli.explorer.heap import keep_heap_small
from wiki_activity.cli.logs import tell, tell_error
from wiki_activity.cli.setup import now, open_database, settings_from_environment
from wiki_activity.cli.up.ports import is_free
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.serving import configure_server
from wiki_activity.storage.patience import Patience
from wiki_activity.storage.storage_errors import StorageError

_TURN_SECONDS = 0.001
_LOOK_SECONDS = 0.25
_LIST_SECONDS = 5


@click.command("explore")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 for any free one  [default: that of EXPLORER_BIND, or the next free one]",
)
@click.option("--quiet", is_flag=True, help="Print no addresses; whoever started this has printed them.")
def command(*, port: int | None, quiet: bool) -> int:
    """Serve the web explorer: look, compare, annotate, and watch edits come in.

    It reads the database and the live store that `up`, `refresh` and `watch` fill. Listens on loopback unless
    WIKI_ACTIVITY_EXPLORER_BIND and WIKI_ACTIVITY_AUTH say otherwise, until Ctrl-C. Ends with 1 when the port is taken,
    2 on settings that do not fit, 3 when the database is out of reach.
    """
    settings, own = place_explorer(settings_from_environment(), os.environ, port)
    if not is_free(own.port, own.host):
        tell_error(f"{own.host}:{own.port} is taken, or is no address of this machine")
        return FAILED
    keep_heap_small()
    with open_database(settings, Patience.READER) as engine:
        app = create_app(settings, own, engine, now, look_seconds=_LOOK_SECONDS, list_seconds=_LIST_SECONDS)
        if not quiet:
            tell_place(settings, own)
            tell("Ctrl-C ends it.")
        # Whoever comes first need not wait for all of it.
        threading.Thread(target=_read_first, args=(app.state.explorer,), name="first snapshot", daemon=True).start()
        # Nor has whoever asks for the first picture to wait for the fonts.
        app.state.explorer.painter.warm()
        # Whoever has a page rendered holds up those whose page only has to be sent, for so long at the most.
        sys.setswitchinterval(_TURN_SECONDS)
        server = uvicorn.Server(configure_server(app, host=own.host, port=own.port))
        with suppress(KeyboardInterrupt):
            server.run()
    return DONE if server.started else FAILED


def _read_first(explorer: Explorer) -> None:
    # Readers are told if the database is away, and it is tried again for each of them.
    with suppress(StorageError):
        explorer.snapshots.read()
        explorer.days.read()
    # What is loaded by now stays: to look through all of it for garbage stops every reader for a tenth of a second.
    gc.freeze()
