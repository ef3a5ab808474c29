"""`wiki-activity explore`: the web explorer."""

import gc
import os
import sys

import click
import uvicorn

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.explorer_place import place_explorer
from wiki_activity.cli.ports import is_free
from wiki_activity.cli.setup import now, open_database, settings_from_environment
from wiki_activity.explorer.ahead import making_ahead
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import Auth
from wiki_activity.storage.patience import Patience

_END_SECONDS = 5
"""How long streams under way may take to end."""
_TURN_SECONDS = 0.001
_LOOK_SECONDS = 0.25


@click.command("explore")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 for any free one  [default: that of EXPLORER_BIND, or the next free one]",
)
def command(*, port: int | None) -> int:
    """Serve the web explorer: look, compare, annotate, and watch edits come in.

    It reads the database and the live store that `up`, `refresh` and `watch` fill. Listens on loopback unless
    WIKI_ACTIVITY_EXPLORER_BIND and WIKI_ACTIVITY_AUTH say otherwise, until Ctrl-C. Ends with 1 when the port is taken,
    2 on settings that do not fit, 3 when the database is out of reach.
    """
    settings, own = place_explorer(settings_from_environment(), os.environ, port)
    if not is_free(own.port, own.host):
        click.secho(f"Error: {own.host}:{own.port} is taken, or is no address of this machine", fg="red", err=True)
        return FAILED
    with open_database(settings, Patience.READER) as engine:
        app = create_app(settings, own, engine, now, look_seconds=_LOOK_SECONDS)
        click.echo(f"Explorer: {settings.explorer_url}  (Ctrl-C ends it)")
        if own.auth is Auth.LOCAL:
            click.echo(
                "Whoever can use this machine may write; for others to log in, set WIKI_ACTIVITY_AUTH=mediawiki."
            )
        # What is loaded by now stays: to look through all of it for garbage stops every reader for a tenth of a second.
        gc.freeze()
        # Whoever has a page rendered holds up those whose page only has to be sent, for so long at the most.
        sys.setswitchinterval(_TURN_SECONDS)
        with making_ahead(app, settings, own):
            uvicorn.run(
                app,
                host=own.host,
                port=own.port,
                log_level="warning",
                # Addresses may hold a login's code; /metrics has the counts.
                access_log=False,
                server_header=False,
                # Whom to believe about addresses is TRUSTED_PROXIES' to say.
                proxy_headers=False,
                timeout_graceful_shutdown=_END_SECONDS,
            )
    return DONE
