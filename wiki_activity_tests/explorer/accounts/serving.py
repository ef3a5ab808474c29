"""Applications served over real HTTP on free ports of loopback, with an access log as in production."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from wiki_activity.explorer.serving import configure_server


@contextmanager
def serving(app: ASGIApp, listening: socket.socket, **changed: object) -> Iterator[str]:
    """Serve an application until the block is left; lends its address."""
    # Other servers of this process may have silenced the access log for all.
    logging.getLogger("uvicorn.access").propagate = True
    changes = {"access_log": True, "log_config": None, "log_level": "debug", "timeout_graceful_shutdown": 1}
    config = configure_server(app, **changes, **changed)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    # Connections queue in the listening socket until the server takes them: there is nothing to wait for.
    try:
        yield f"http://localhost:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the server did not end"
