"""What holds for every request and every answer: who may ask, by which name, how much, and with which headers."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wiki_activity.explorer.accounts.addresses import (
    client_key,
    find_client,
    forwarded_for,
    forwarded_hosts,
    is_loopback,
    keep_client,
)
from wiki_activity.explorer.accounts.cookies import take_cookie_lines
from wiki_activity.explorer.accounts.limits import RateLimits, too_many
from wiki_activity.explorer.accounts.sites import Site, make_site
from wiki_activity.explorer.api.request_metrics import CountRequests
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.settings import Settings

LARGEST_BODY = 16 * 1024
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_UNUSED_FEATURES = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED_FEATURES),
}
_YEAR = 365 * 24 * 3600
_SHOWN = 80
_OF_PROXIES = (
    "Forwarded",
    "Via",
    "X-Real-IP",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "CF-Connecting-IP",
)
"""Headers that a browser at the machine itself never sends: whoever asks through a proxy may sit anywhere."""
_OPEN_API = "/api/v1/"
_SESSION = "/api/v1/session"
_SECRETIVE = frozenset({"/oauth/callback", "/login"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_STRANGER = "WIKI_ACTIVITY_AUTH=local is for people at the machine itself."
_TO_CHANGE = (
    "If it is, the proxy in front has to pass the name on (nginx: proxy_set_header Host $host), or "
    "WIKI_ACTIVITY_EXPLORER_URL names another one."
)
_NOT_SHARED = "Pages of other sites may only GET what is under /api/v1, without cookies."


@dataclass(frozen=True, slots=True)
class Rules:
    """What hardening goes by.

    Parameters
    ----------
    site
        Where the explorer is.
    trusted_proxies
        Networks whose `X-Forwarded-For` is believed.
    limits
        None where nothing is limited.
    """

    site: Site
    trusted_proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
    limits: RateLimits | None


class HardenedApp(FastAPI):
    """An application whose every answer, that to a defect included, leaves through :class:`Hardening`, counted."""

    def build_middleware_stack(self) -> ASGIApp:
        """Put both around all there is: the answer to a defect is made outside of added middleware."""
        return CountRequests(Hardening(super().build_middleware_stack(), self.state.rules), self.state.request_metrics)


def install_hardening(app: HardenedApp, settings: Settings, own: ExplorerSettings, limits: RateLimits | None) -> None:
    """Say what hardening goes by."""
    app.state.rules = Rules(make_site(own.auth, settings.explorer_url), own.trusted_proxies, limits)


class Hardening:
    """Refuses what must not come in, and adds what every answer must carry; answers pass unbuffered.

    Parameters
    ----------
    app
        All the rest.
    rules
        What it goes by.
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules
        self._headers = dict(_HEADERS)
        if not rules.site.local and rules.site.scheme == "https":
            self._headers["Strict-Transport-Security"] = f"max-age={_YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(scope, MutableHeaders(scope=message))
            await send(message)

        answer = self._refuse(scope) or _answer_preflight(scope)
        if answer is None and scope["method"] not in _WITHOUT_BODY:
            try:
                receive = await _read_body(receive)
            except _TooLargeError:
                answer = _refuse_body(scope)
        await (answer or self._app)(scope, receive, send_with_headers)

    def _complete(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        for line in take_cookie_lines(scope):
            headers.append("Set-Cookie", line)
        if scope["method"] in {"GET", "HEAD"} and _is_open(scope) and "cookie" not in Headers(scope=scope):
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
        if scope["path"] in _SECRETIVE:
            # The server writes its access log after this; tokens, code and state are no business of a log.
            scope["query_string"] = b""

    def _refuse(self, scope: Scope) -> Response | None:
        site, headers = self._rules.site, Headers(scope=scope)
        client = find_client(scope, self._rules.trusted_proxies)
        keep_client(scope, client)
        near = client is not None and client.is_loopback
        far = client is not None and not near
        if site.local and (far or _is_passed_on(headers)):
            return _present(scope, ProblemError(HTTPStatus.FORBIDDEN, "Not from this machine", _STRANGER))
        hosts = headers.getlist("host")
        if not site.local:
            # TLS ends before us; the address that people use is set, whatever the proxies in between say of it.
            scope["scheme"] = site.scheme
            hosts = self._read_hosts(scope, headers)
        if len(hosts) != 1 or not site.names_it(hosts[0], scope["path"]):
            return _present(scope, _wrong_host(", ".join(hosts), site))
        if not site.local:
            # Whole addresses are made of this header, and a proxy may leave out the port, or name itself.
            MutableHeaders(scope=scope)["Host"] = site.authority
        if any(not size.isdecimal() or int(size) > LARGEST_BODY for size in headers.getlist("content-length")):
            return _refuse_body(scope)
        return self._limit(scope)

    def _read_hosts(self, scope: Scope, headers: Headers) -> list[str]:
        """Return by which name the request came; a proxy that is believed may hand it on in a header of its own."""
        hosts = headers.getlist("host")
        told = [hosts[0], *forwarded_hosts(scope, self._rules.trusted_proxies)] if len(hosts) == 1 else []
        return next(([name] for name in told if self._rules.site.names_it(name, scope["path"])), hosts)

    def _limit(self, scope: Scope) -> Response | None:
        if self._rules.limits is None or scope["path"].startswith("/static/"):
            return None
        wait = self._rules.limits.read(client_key(scope))
        detail = "There were too many requests from this address just now. Wait a moment and load the page again."
        return _present(scope, too_many("Too many requests", detail, wait)) if wait else None


class _TooLargeError(Exception):
    """A body goes on beyond the limit."""


async def _read_body(receive: Receive) -> Receive:
    """Read a small body to its end, so that a larger one is refused before anything acts on its first part."""
    messages: list[Message] = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise _TooLargeError
        if not message.get("more_body", False):
            break
    waiting = iter(messages)

    async def replay() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return replay


def _is_passed_on(headers: Headers) -> bool:
    """Tell whether a proxy brings the request, as far as it says so."""
    return any(name in headers for name in _OF_PROXIES) or not all(is_loopback(hop) for hop in forwarded_for(headers))


def _answer_preflight(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    method = headers.get("access-control-request-method")
    if scope["method"] != "OPTIONS" or method is None or "origin" not in headers:
        return None
    if method == "GET" and _is_open(scope):
        allowed = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Allow-Headers": "If-None-Match",
            "Access-Control-Max-Age": "86400",
        }
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=allowed)
    return _present(scope, ProblemError(HTTPStatus.FORBIDDEN, "Not for other sites", _NOT_SHARED))


def _is_open(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith(_OPEN_API) and path != _SESSION


def _wrong_host(host: str, site: Site) -> ProblemError:
    names = "localhost or 127.0.0.1" if site.local else site.host
    shown = host if len(host) <= _SHOWN else f"{host[:_SHOWN]}…"
    detail = f"This page is reached by the name {names} only, not {shown!r}."
    if not site.local:
        detail += f" {_TO_CHANGE}"
    return ProblemError(HTTPStatus.BAD_REQUEST, "Wrong host", detail)


def _refuse_body(scope: Scope) -> Response:
    detail = f"What is sent may have {LARGEST_BODY // 1024} KB."
    # What is still to come of it, nobody reads.
    headers = {"Connection": "close"}
    return _present(scope, ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large", detail, headers=headers))


def _present(scope: Scope, problem: ProblemError) -> Response:
    """Make an answer that needs neither database nor templates, and tells nothing of whoever is logged in."""
    if "text/html" in Headers(scope=scope).get("accept", ""):
        text = f"{problem.title}\n\n{problem.detail}\n"
        return PlainTextResponse(text, problem.status, dict(problem.headers))
    return JSONResponse(problem.as_json(), problem.status, dict(problem.headers), media_type="application/problem+json")
