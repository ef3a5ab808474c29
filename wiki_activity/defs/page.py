"""Dagster's page, guarded: whoever reaches it may launch runs, so it answers under its own names alone.

Without that, a page of somebody else's in a reader's browser could let its name point to this machine (DNS rebinding),
and ask for whatever it likes.
"""

import os
from collections.abc import Collection
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click
import dagster as dg
import uvicorn
from dagster import __version__
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from wiki_activity.defs.partitions import find_published, register_months
from wiki_activity.settings import LOOPBACK_HOSTS, PREFIX

_LOOPBACK = "127.0.0.1"
_LOOK_MILLISECONDS = 2000


class OwnNames:
    """Lets requests through that are made to the page's own names, and by its own pages if by any.

    Parameters
    ----------
    app
        What is guarded.
    names
        Host names, without a port.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 to a strange `Host`, 403 to a strange `Origin`."""
        if scope["type"] in {"http", "websocket"}:
            headers = Headers(scope=scope)
            host, origin = headers.get("host", ""), headers.get("origin")
            if _name_of(f"//{host}") not in self._names:
                return await _refuse(400, "this page has another name", scope, receive, send)
            if origin is not None and _name_of(origin) not in self._names:
                return await _refuse(403, "a page of somebody else's may not ask for this", scope, receive, send)
        return await self._app(scope, receive, send)


async def _refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse(f"{why}\n", status)(scope, receive, send)


def _name_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


@click.command()
@click.option("--host", default=_LOOPBACK)
@click.option("--port", type=int, required=True)
@click.option("--workspace", required=True)
def main(*, host: str, port: int, workspace: str) -> None:
    """Serve Dagster's page: `python -m wiki_activity.defs.page`, on loopback; a container has walls of its own."""
    own = urlsplit(os.environ.get(f"{PREFIX}DAGSTER_URL", "")).hostname
    target = WorkspaceFileTarget([workspace])
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, workspace_load_target=target, version=__version__) as context,
    ):
        # Whoever opens the page finds the months; those that are stored besides come with the sensor's first tick.
        register_months(instance, find_published(datetime.now(UTC), None))
        app = create_app_from_workspace_process_context(context, live_data_poll_rate=_LOOK_MILLISECONDS)
        guarded = OwnNames(app, LOOPBACK_HOSTS | ({own} if own else set()))
        uvicorn.run(guarded, host=host, port=port, log_level="warning")


if __name__ == "__main__":
    main()
