"""HEAD wherever there is GET, as HTTP asks of every server."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FOUND = ("route", "path_params")
"""What routing writes into a scope."""


class HeadMiddleware:
    """Answers HEAD as GET, without the body; headers, status and length are those of GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        started = False

        async def send_without_body(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        async def receive_until_started() -> Message:
            # A stream would go on until the client leaves: it has all that it asked for.
            return {"type": "http.disconnect"} if started else await receive()

        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive_until_started, send_without_body)
        finally:
            # Whoever counts requests by their routes does so out here.
            scope.update({key: as_get[key] for key in _FOUND if key in as_get})
