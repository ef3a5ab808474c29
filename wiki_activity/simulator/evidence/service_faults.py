"""Faults of single services of evidence: each may be away, hang, refuse, lead elsewhere, or leave a field out."""

import asyncio
import json
import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wiki_activity.simulator.faults import FaultPlan
from wiki_activity.simulator.gateway import hang

_PATHS: Final = (
    # what a path holds, name of the service
    (r"/metrics/edits/aggregate/.*/daily/", "days"),
    (r"/metrics/edited-pages/top-by-edits/", "top_pages"),
    (r"/metrics/editors/top-by-edits/", "top_editors"),
    (r"/metrics/pageviews/top/", "views"),
    (r"/metrics/registered-users/new/", "new_users"),
    (r"^/wikis/[^/]+/w/rest\.php/campaignevents/", "events"),
    (r"^/outreachdashboard/", "dashboard"),
    (r"^/noc/", "throttle"),
)


class ServiceFaults:
    """Does to requests what :class:`Faults` says of their service.

    Parameters
    ----------
    app
        What answers.
    plan
        What goes wrong.
    """

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or do what the service's fault asks for."""
        faults = self._plan.faults
        wanted = dict(one.split("=", 1) for one in faults.service_faults) if scope["type"] == "http" else {}
        behaviour = wanted.get(name_service(Request(scope)), "") if wanted else ""
        if behaviour == "hung":
            await hang(receive, faults.hang_seconds)
            behaviour = "away"
        elif behaviour == "slow":
            await asyncio.sleep(faults.hang_seconds)
            behaviour = ""
        if behaviour.startswith("without:"):
            await self._app(scope, receive, _leave_out(send, behaviour.removeprefix("without:")))
        elif behaviour:
            await _answer(behaviour)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def name_service(request: Request) -> str:
    """Name the service that a request asks: of a wiki's API its list, `siteinfo` or `titles`; empty for all others."""
    path = request.url.path
    if re.search(r"/w/api\.php$", path):
        asked = request.query_params
        return asked.get("list") or asked.get("meta") or ("titles" if "titles" in asked else "")
    return next((name for pattern, name in _PATHS if re.search(pattern, path)), "")


def _answer(behaviour: str) -> Response:
    answers = {
        "limited": PlainTextResponse("Too many requests.\n", 429, {"Retry-After": "1"}),
        "redirect": RedirectResponse("https://login.example.org/", 302),
        "html": HTMLResponse("<h1>Something else</h1>"),
        "empty": JSONResponse({}),
        "list": JSONResponse([]),
        "forbidden": PlainTextResponse("Forbidden\n", 403),
    }
    return answers.get(behaviour) or PlainTextResponse("upstream request timeout", 503)


def _leave_out(send: Send, key: str) -> Send:
    """Return a `send` that passes JSON on without a key, wherever that is."""
    start: Message = {}
    parts: list[bytes] = []

    async def send_rest(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        body = b"".join(parts)
        if any(name.lower() == b"content-type" and b"json" in value for name, value in start["headers"]):
            body = json.dumps(_without(json.loads(body), key)).encode()
        kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    return send_rest


def _without(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _without(one, key) for name, one in value.items() if name != key}
    return [_without(one, key) for one in value] if isinstance(value, list) else value
