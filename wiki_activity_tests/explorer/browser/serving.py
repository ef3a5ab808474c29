"""The explorer on a loopback port, as `wiki-activity explore` serves it, over a database of the test's choice."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

import uvicorn
from sqlalchemy import Engine
from starlette.types import ASGIApp

from wiki_activity.explorer.accounts.signing import Signatures
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.explorer.serving import configure_server
from wiki_activity.settings import PREFIX, read_settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.explorer.stored import NOW

_START_SECONDS = 30
KEY = "the-key-of-every-explorer-in-a-browser"


def printed_link(url: str) -> str:
    """The link that is printed at the start of an explorer, by any of its addresses: whoever opens it may write."""
    return f"{urljoin(url, '/login')}?token={Signatures([KEY]).link_token}"


@dataclass(frozen=True, slots=True)
class Site:
    """A running explorer.

    Parameters
    ----------
    url
        `http://localhost:49152`, without a trailing slash.
    engine
        Its database.
    """

    url: str
    engine: Engine


@contextmanager
def serving(
    database: Path, state_dir: Path, clock: Callable[[], datetime] = lambda: NOW, **settings: str
) -> Iterator[Site]:
    """Serve a migrated SQLite file while the block runs; `settings` are named as in the environment."""
    engine = create_database_engine(f"sqlite:///{database}")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        named = {
            "STATE_DIR": str(state_dir),
            "WATCHLIST": "hi.wikipedia.org,he.wikipedia.org,lang:bn",
            "EXPLORER_URL": f"http://localhost:{port}",
            "EXPLORER_BIND": f"127.0.0.1:{port}",
            "SECRET_KEY": KEY,
            **settings,
        }
        environment = {f"{PREFIX}{name}": value for name, value in named.items()}
        app = create_app(read_settings(environment), read_explorer_settings(environment), engine, clock)
        with running(app, listening):
            yield Site(f"http://localhost:{port}", engine)
    engine.dispose()


@contextmanager
def running(app: ASGIApp, listening: socket.socket) -> Iterator[None]:
    """Run an application in a thread while the block runs."""
    config = configure_server(app, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="explorer", daemon=True)
    thread.start()
    # Connections queue in the listening socket until the server takes them: there is nothing to wait for.
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        assert not thread.is_alive(), "the explorer did not end"
